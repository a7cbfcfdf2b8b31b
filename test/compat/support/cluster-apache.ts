/**
 * Three real Apache Kafka nodes for the compat suites, combined brokers and controllers. One of them is formatted with Kafka's own
 * StorageTool and the others get copies under their own ids, since each start of a JVM costs seconds of the two cores.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaRun, tools } from './apache-kafka.ts'
import type { ClusterOptions, ClusterPlace, StartedCluster } from './clusters.ts'
import { nodeProperties, servesMetadata } from './node.ts'
import { eventually, Running, runOk } from './process.ts'

const START_MS = 120_000

/** A random id as Kafka writes it: a type 4 UUID in base64url that does not begin with a dash. */
export function kafkaId(): string {
  const bytes = randomBytes(16)
  bytes[0] = bytes[0]! & 0x7f
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('base64url')
}

interface KafkaNode {
  readonly id: number
  readonly port: number
  readonly propertiesFile: string
  readonly logDirs: readonly string[]
  readonly directoryId: string
  running: Running | undefined
}

/** What the nodes of a test cluster have in common, whichever engine runs them. */
export function clusterProperties(options: ClusterOptions): Record<string, string> {
  return {
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'share.coordinator.state.topic.replication.factor': '3',
    'share.coordinator.state.topic.min.isr': '2',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'broker.heartbeat.interval.ms': '1000',
    'broker.session.timeout.ms': '6000',
    'replica.lag.time.max.ms': '10000',
    // the suites say when a preferred leader is elected
    'auto.leader.rebalance.enable': 'false',
    ...options.properties,
  }
}

function makeNode(folder: string, place: ClusterPlace, index: number, options: ClusterOptions): KafkaNode {
  const id = place.ids[index]!
  const home = join(folder, `node-${id}`)
  const logDirs = Array.from({ length: options.logDirs ?? 1 }, (_, at) => join(home, `data-${at + 1}`))
  for (const dir of logDirs) mkdirSync(dir, { recursive: true })
  const { 'controller.quorum.voters': _alone, ...common } = nodeProperties(
    { client: place.clientPorts[index]!, controller: place.controllerPorts[index]! },
    logDirs.join(','),
  )
  const addresses = place.controllerPorts.map((port) => `127.0.0.1:${port}`)
  const quorum: Record<string, string> =
    options.quorum === 'static'
      ? { 'controller.quorum.voters': addresses.map((one, at) => `${place.ids[at]}@${one}`).join(',') }
      : { 'controller.quorum.bootstrap.servers': addresses.join(',') }
  const properties = {
    ...common,
    ...quorum,
    'advertised.listeners': [
      `PLAINTEXT://127.0.0.1:${place.clientPorts[index]}`,
      `CONTROLLER://127.0.0.1:${place.controllerPorts[index]}`,
    ].join(','),
    'node.id': String(id),
    'broker.rack': place.racks[index]!,
    'metadata.log.dir': logDirs[0]!,
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    ...clusterProperties(options),
  }
  const propertiesFile = join(home, 'server.properties')
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(propertiesFile, lines.join(''))
  const port = place.clientPorts[index]!
  return { id, port, propertiesFile, logDirs, directoryId: kafkaId(), running: undefined }
}

async function format(
  version: string,
  nodes: readonly KafkaNode[],
  place: ClusterPlace,
  clusterId: string,
  options: ClusterOptions,
): Promise<void> {
  const [first, ...others] = nodes as [KafkaNode, ...KafkaNode[]]
  const voters = nodes.map(({ id, directoryId }, at) => `${id}@127.0.0.1:${place.controllerPorts[at]}:${directoryId}`)
  const quorum = options.quorum === 'static' ? [] : ['--initial-controllers', voters.join(',')]
  const levels = Object.entries(options.features ?? {}).flatMap(([name, level]) => ['--feature', `${name}=${level}`])
  const args = ['format', '-t', clusterId, '-c', first.propertiesFile, ...quorum, ...levels]
  await runOk(kafkaRun(version), [tools['kafka-storage'], ...args], { timeoutMs: START_MS })
  for (const node of others) {
    for (const [at, dir] of node.logDirs.entries()) {
      cpSync(first.logDirs[at]!, dir, { recursive: true })
      const file = join(dir, 'meta.properties')
      const text = readFileSync(file, 'utf8')
        .replace(/^node\.id=.*$/m, `node.id=${node.id}`)
        .replace(/^directory\.id=.*$/m, `directory.id=${at === 0 ? node.directoryId : kafkaId()}`)
      writeFileSync(file, text)
    }
  }
}

async function boot(version: string, node: KafkaNode): Promise<void> {
  const running = new Running(kafkaRun(version), ['kafka.Kafka', node.propertiesFile], {
    env: { KAFKA_HEAP_OPTS: '-Xms64m -Xmx384m', KAFKA_OPTS: '-Dkafka.log.level=INFO' },
  })
  node.running = running
  await running.until(({ stdout, stderr }) => (stdout + stderr).includes('Kafka Server started'), START_MS)
  await eventually(`node ${node.id} serves metadata`, () => servesMetadata(node.port), START_MS)
}

/** Formats and starts the nodes of `place`; resolves when each serves. */
export async function startApacheCluster(
  version: string,
  place: ClusterPlace,
  options: ClusterOptions,
): Promise<StartedCluster> {
  const folder = mkdtempSync(join(tmpdir(), `compat-cluster-${version}-`))
  const clusterId = kafkaId()
  const nodes = place.ids.map((_, index) => makeNode(folder, place, index, options))
  const find = (id: number): KafkaNode => {
    const node = nodes.find((one) => one.id === id)
    if (node === undefined) throw new Error(`the cluster has no node ${id}`)
    return node
  }
  const end = async (id: number, signal: NodeJS.Signals): Promise<void> => {
    const node = find(id)
    await node.running?.stop(signal, 60_000)
    node.running = undefined
  }
  const destroy = async (): Promise<void> => {
    await Promise.all(nodes.map(({ id }) => end(id, 'SIGKILL')))
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
  }
  try {
    await format(version, nodes, place, clusterId, options)
    await Promise.all(nodes.map((node) => boot(version, node)))
  } catch (error) {
    await destroy()
    throw error
  }
  return {
    clusterId,
    folder,
    kill: (id) => end(id, 'SIGKILL'),
    stop: (id) => end(id, 'SIGTERM'),
    start: (id) => boot(version, find(id)),
    pid(id) {
      const pid = find(id).running?.child.pid
      if (pid === undefined) throw new Error(`node ${id} does not run`)
      return pid
    },
    logDirs: (id) => find(id).logDirs,
    controllers: place.controllerPorts.map((port) => `127.0.0.1:${port}`),
    destroy,
  }
}
