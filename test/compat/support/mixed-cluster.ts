/**
 * Clusters whose nodes are of both engines, for the interop suites: controllers and brokers as processes of their own, each Apache
 * Kafka or the bundled broker, on the same kind of server.properties. The first controllers are told by --initial-controllers, or
 * stand in controller.quorum.voters.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaRun, type Tool, tools } from './apache-kafka.ts'
import { kafkaId } from './cluster-apache.ts'
import { portTaker } from './ports.ts'
import { repositoryRoot } from './peers.ts'
import { eventually, type Finished, Running, run, runOk } from './process.ts'

export type MixedEngine = 'apache' | 'bundled'

export interface MixedNodeSetup {
  readonly id: number
  readonly engine: MixedEngine
  readonly roles: 'broker' | 'controller' | 'broker,controller'
  /** False: not among the first voters; it may be added later. Default true for controllers. */
  readonly begins?: boolean
  readonly properties?: Record<string, string>
}

export interface MixedNode extends MixedNodeSetup {
  readonly clientPort: number
  readonly controllerPort: number
  readonly dataDir: string
  readonly propertiesFile: string
  readonly directoryId: string
  running: Running | undefined
}

/**
 * Levels that the bundled broker supports; a node that lacks a feature cannot join a cluster that has it. The last four are
 * those of groups, transactions and share groups, which come with Kafka's newer protocols.
 */
const FEATURES = {
  'eligible.leader.replicas.version': 1,
  'group.version': 0,
  'transaction.version': 0,
  'share.version': 0,
  'streams.version': 0,
}

const START_MS = 90_000
const freePort = portTaker(22_500, 22_999)

function lines(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

export class MixedCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'raft-mixed-'))
  readonly clusterId = kafkaId()
  readonly nodes = new Map<number, MixedNode>()
  private formatted: MixedNode | undefined
  private isStatic = false

  /** Lays out the nodes; none runs yet. `common`: lines for each of them. */
  static async create(
    setups: readonly MixedNodeSetup[],
    common: Record<string, string> = {},
    quorum: 'dynamic' | 'static' = 'dynamic',
  ): Promise<MixedCluster> {
    const cluster = new MixedCluster()
    cluster.isStatic = quorum === 'static'
    for (const setup of setups) {
      const home = join(cluster.folder, `node-${setup.id}`)
      mkdirSync(join(home, 'data'), { recursive: true })
      cluster.nodes.set(setup.id, {
        ...setup,
        clientPort: await freePort(),
        controllerPort: await freePort(),
        dataDir: join(home, 'data'),
        propertiesFile: join(home, 'server.properties'),
        directoryId: kafkaId(),
        running: undefined,
      })
    }
    for (const node of cluster.nodes.values()) cluster.writeProperties(node, common)
    return cluster
  }

  node(id: number): MixedNode {
    const node = this.nodes.get(id)
    if (node === undefined) throw new Error(`the cluster has no node ${id}`)
    return node
  }

  /** Where clients connect: all brokers that run, or those of `ids`. */
  bootstrap(...ids: number[]): string {
    const wanted = ids.length > 0 ? ids.map((id) => this.node(id)) : this.runningWith('broker')
    return wanted.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(',')
  }

  bootstrapController(...ids: number[]): string {
    const wanted = ids.length > 0 ? ids.map((id) => this.node(id)) : this.runningWith('controller')
    return wanted.map(({ controllerPort }) => `127.0.0.1:${controllerPort}`).join(',')
  }

  /** Starts a node; resolves when it says that it serves. */
  async start(id: number): Promise<void> {
    const node = this.node(id)
    if (node.engine === 'apache') {
      await this.formatApache(node)
      node.running = new Running(kafkaRun(), ['kafka.Kafka', node.propertiesFile], {
        env: { KAFKA_HEAP_OPTS: '-Xms64m -Xmx320m -XX:+UseSerialGC', KAFKA_OPTS: '-Dkafka.log.level=INFO' },
      })
      const isUp = (output: string) => output.includes('Kafka Server started')
      await node.running.until(({ stdout, stderr }) => isUp(stdout + stderr), START_MS)
      return
    }
    const broker = process.env.MQ_BROKER_FILE ?? join(repositoryRoot, 'bin', 'broker.js')
    const voters = node.roles === 'broker' ? [] : this.voterFlags(node)
    const args = [broker, '--config', node.propertiesFile, '--cluster-id', this.clusterId, '--metrics-port', 'off']
    node.running = new Running(process.execPath, [...args, ...voters])
    await node.running.until(({ stdout }) => stdout.includes('ready '), START_MS)
  }

  /** All of `ids` at once. */
  async startAll(...ids: number[]): Promise<void> {
    for (const id of ids) if (this.node(id).engine === 'apache') await this.formatApache(this.node(id))
    await Promise.all(ids.map((id) => this.start(id)))
  }

  async stop(id: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const node = this.node(id)
    await node.running?.stop(signal, 60_000)
    node.running = undefined
  }

  /** Everything that a node has said. */
  output(id: number): string {
    const { running } = this.node(id)
    return running === undefined ? '' : running.stdout + running.stderr
  }

  tool(name: Tool, ...args: string[]): Promise<Finished> {
    return run(kafkaRun(), [tools[name], ...args], { timeoutMs: START_MS })
  }

  /** One of Kafka's tools, whose exit code must be 0; its output. */
  async toolOk(name: Tool, ...args: string[]): Promise<string> {
    return (await runOk(kafkaRun(), [tools[name], ...args], { timeoutMs: START_MS })).stdout
  }

  /** What `kafka-metadata-quorum describe --status` says, by its words. */
  async quorum(...controllers: number[]): Promise<Record<string, string>> {
    const at = ['--bootstrap-controller', this.bootstrapController(...controllers)]
    const text = await this.toolOk('kafka-metadata-quorum', ...at, 'describe', '--status')
    return Object.fromEntries([...text.matchAll(/^(\w+):\s+(.*)$/gm)].map((match) => [match[1], match[2]]))
  }

  /** Waits until `check` holds; says `what` did not happen otherwise. */
  async until(what: string, check: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    await eventually(what, check, timeoutMs)
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.nodes.keys()].map((id) => this.stop(id, 'SIGKILL')))
    rmSync(this.folder, { recursive: true, force: true })
  }

  private runningWith(role: 'broker' | 'controller'): MixedNode[] {
    return [...this.nodes.values()].filter((node) => node.running !== undefined && node.roles.includes(role))
  }

  private beginners(): MixedNode[] {
    return [...this.nodes.values()].filter((node) => node.roles !== 'broker' && node.begins !== false)
  }

  private voterFlags(node: MixedNode): string[] {
    if (this.isStatic) return []
    if (node.begins === false) return ['--no-initial-controllers']
    const voters = this.beginners().map(
      ({ id, controllerPort, directoryId }) => `${id}@127.0.0.1:${controllerPort}:${directoryId}`,
    )
    return ['--initial-controllers', voters.join(',')]
  }

  private quorumProperties(): Record<string, string> {
    const addresses = this.beginners().map(({ id, controllerPort }) => ({ id, at: `127.0.0.1:${controllerPort}` }))
    return this.isStatic
      ? { 'controller.quorum.voters': addresses.map(({ id, at }) => `${id}@${at}`).join(',') }
      : { 'controller.quorum.bootstrap.servers': addresses.map(({ at }) => at).join(',') }
  }

  private writeProperties(node: MixedNode, common: Record<string, string>): void {
    const client = `PLAINTEXT://127.0.0.1:${node.clientPort}`
    const controller = `CONTROLLER://127.0.0.1:${node.controllerPort}`
    const isBroker = node.roles.includes('broker')
    const listeners = [...(isBroker ? [client] : []), ...(node.roles.includes('controller') ? [controller] : [])]
    const properties = {
      'process.roles': node.roles,
      'node.id': String(node.id),
      listeners: listeners.join(','),
      'advertised.listeners': listeners.join(','),
      ...(isBroker ? { 'inter.broker.listener.name': 'PLAINTEXT' } : {}),
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      ...this.quorumProperties(),
      'log.dirs': node.dataDir,
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      'log.cleaner.dedupe.buffer.size': '2097152',
      'log.cleaner.threads': '1',
      'num.network.threads': '2',
      'num.io.threads': '2',
      'broker.heartbeat.interval.ms': '500',
      'broker.session.timeout.ms': '3000',
      'replica.lag.time.max.ms': '5000',
      'auto.leader.rebalance.enable': 'false',
      ...common,
      ...node.properties,
    }
    writeFileSync(node.propertiesFile, lines(properties))
  }

  /** The first node with Kafka's own tool; others get copies, since each start of a JVM costs seconds. */
  private async formatApache(node: MixedNode): Promise<void> {
    const meta = { version: '1', 'cluster.id': this.clusterId, 'node.id': String(node.id) }
    const file = join(node.dataDir, 'meta.properties')
    if (readIfThere(file) !== undefined) return
    if (node.roles === 'broker' || node.begins === false) {
      writeFileSync(file, lines({ ...meta, 'directory.id': node.directoryId }))
      return
    }
    if (this.formatted === undefined) {
      this.formatted = node
      const levels = Object.entries(FEATURES).flatMap(([name, level]) => ['--feature', `${name}=${level}`])
      const args = ['format', '-t', this.clusterId, '-c', node.propertiesFile, ...this.voterFlags(node), ...levels]
      await runOk(kafkaRun(), [tools['kafka-storage'], ...args], { timeoutMs: START_MS })
      return
    }
    cpSync(this.formatted.dataDir, node.dataDir, { recursive: true })
    writeFileSync(file, lines({ ...meta, 'directory.id': node.directoryId }))
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Not formatted yet.
    return undefined
  }
}
