/**
 * The public face of the broker: a node inside this process, for tests and tools. With nothing given it listens on a free
 * port of the loopback address, keeps its data in a temporary directory, and leaves nothing behind after `stop()`.
 * Settings given in `config` win over the ones chosen here.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Disk } from '../base/disk.ts'
import { UsageError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { randomUuid } from '../base/uuid.ts'
import { BrokerConfig, internalTopicDefaults } from '../config/broker-config.ts'
import { NodeClock } from '../platform/node-clock.ts'
import { silentLog } from '../platform/node-log.ts'
import { NodeNetwork } from '../platform/node-network.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { NodeProcessStats } from '../platform/node-process-stats.ts'
import { freePort } from '../platform/port-info.ts'
import { Broker } from './broker.ts'
import type { InitialVoter } from './initial-voters.ts'
import { MetricsEndpoint } from './metrics-endpoint.ts'

export { scramCredential } from './controller/scram.ts'
export { formatNode, formattedFeatures, nodeSettings } from './format-node.ts'

const LOOPBACK = '127.0.0.1'

export interface StartBrokerOptions {
  /** Address to listen on and to advertise; default 127.0.0.1. */
  readonly host?: string
  /** Port for clients; default 0, which takes a free one. */
  readonly port?: number
  /** Directory for the data, kept after `stop`. Default: a temporary one, removed on `stop`. */
  readonly dataDir?: string
  /** Keep the data in memory; nothing touches the disk. Not together with `dataDir`. */
  readonly memory?: boolean
  readonly nodeId?: number
  readonly clusterId?: string
  /** Port for `/metrics` and `/health` on the loopback address, 0 for a free one; default: none. */
  readonly metricsPort?: number
  /** Any broker settings, by Kafka's names. */
  readonly config?: Readonly<Record<string, string>>
  /** Where the node's log lines go; default: nowhere. */
  readonly log?: Logger
}

export interface RunningBroker {
  /** What a client takes as bootstrap servers: `127.0.0.1:49321`. */
  readonly bootstrapServers: string
  readonly host: string
  readonly port: number
  readonly clusterId: string
  readonly nodeId: number
  /** Where `/metrics` is; undefined when it was not asked for. */
  readonly metricsPort: number | undefined
  /** Where the data lies; undefined when it is kept in memory. */
  readonly dataDir: string | undefined
  /** Shuts down cleanly; resolves when every file and socket is closed and what was temporary is removed. Idempotent. */
  stop(): Promise<void>
}

/** What `startCluster` takes: settings count for every node. */
export interface StartClusterOptions
  extends Pick<StartBrokerOptions, 'host' | 'memory' | 'clusterId' | 'config' | 'log'> {
  /** How many; default 3. Each is a broker and a controller, in a rack of its own. */
  readonly nodes?: number
}

export interface RunningCluster {
  /** All nodes, `127.0.0.1:49321,…`. */
  readonly bootstrapServers: string
  readonly clusterId: string
  /** By id, from 1. Stopping one of them leaves the others without it. */
  readonly brokers: readonly RunningBroker[]
  /** Stops all nodes. Idempotent. */
  stop(): Promise<void>
}

/** Starts several nodes of one cluster in this process and resolves when each serves. Rejects as `startBroker` does. */
export async function startCluster(options: StartClusterOptions = {}): Promise<RunningCluster> {
  const { nodes = 3, ...shared } = options
  const ids = Array.from({ length: nodes }, (_, index) => index + 1)
  const random = new NodeRandom()
  const clusterId = options.clusterId ?? randomUuid(random)
  const host = options.host ?? LOOPBACK
  // Nodes name each other before any of them listens.
  const ports: number[] = []
  while (ports.length < 2 * nodes) {
    const port = await freePort(LOOPBACK)
    if (!ports.includes(port)) ports.push(port)
  }
  const controllers = ids.map((id) => ({ id, host: LOOPBACK, port: ports[id - 1]!, directoryId: randomUuid(random) }))
  const quorum = controllers.map(({ port }) => `${LOOPBACK}:${port}`).join(',')
  const starting = controllers.map(({ id, port }) => {
    const listeners = `PLAINTEXT://${bracketed(host)}:${ports[nodes + id - 1]},CONTROLLER://${LOOPBACK}:${port}`
    const own = { listeners, 'controller.quorum.bootstrap.servers': quorum, 'broker.rack': `rack-${id}` }
    const config = { ...own, ...options.config }
    return startNode({ ...shared, nodeId: id, clusterId, config }, { initialVoters: controllers, brokers: nodes })
  })
  const outcomes = await Promise.allSettled(starting)
  const started = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  // All go down together: none waits for a controller that goes down as well.
  const stop = async () => {
    for (const { hurry } of started) hurry()
    await Promise.all(started.map(({ running }) => running.stop()))
  }
  const failed = outcomes.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  const brokers = started.map(({ running }) => running)
  return { bootstrapServers: brokers.map((one) => one.bootstrapServers).join(','), clusterId, brokers, stop }
}

/** Starts one node and resolves when clients may connect. Rejects with an MqError that says what is in the way. */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  return (await startNode(options, { initialVoters: undefined, brokers: 1 })).running
}

interface StartedNode {
  readonly running: RunningBroker
  /** Its next stop waits for nobody. */
  readonly hurry: () => void
}

async function startNode(
  options: StartBrokerOptions,
  cluster: { readonly initialVoters: readonly InitialVoter[] | undefined; readonly brokers: number },
): Promise<StartedNode> {
  if (options.memory === true && options.dataDir !== undefined) {
    throw new UsageError('memory and dataDir exclude each other', 'leave one of them out')
  }
  const host = options.host ?? LOOPBACK
  const temporary =
    options.memory === true || options.dataDir !== undefined ? undefined : mkdtempSync(join(tmpdir(), 'mq-broker-'))
  const dataDir = options.memory === true ? '/mq' : (options.dataDir ?? temporary!)
  const disk = await diskFor(options)
  const metrics = await metricsFor(options.metricsPort)
  const remove = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
  try {
    const config = BrokerConfig.resolve({
      overrides: {
        'process.roles': 'broker,controller',
        'node.id': String(options.nodeId ?? 1),
        listeners: `PLAINTEXT://${bracketed(host)}:${options.port ?? 0},CONTROLLER://127.0.0.1:0`,
        'controller.listener.names': 'CONTROLLER',
        'controller.quorum.bootstrap.servers': '127.0.0.1:9093',
        'log.dirs': dataDir,
        ...options.config,
      },
      defaults: { ...internalTopicDefaults(cluster.brokers), ...EMBEDDED_DEFAULTS },
    })
    if (options.memory === true) disk.makeDirectory(dataDir)
    const broker = await Broker.start({
      ports: {
        clock: new NodeClock(),
        disk,
        network: new NodeNetwork(),
        random: new NodeRandom(),
        log: options.log ?? silentLog,
        process: new NodeProcessStats(),
      },
      config,
      hostName: hostname(),
      onFatal: () => {},
      onBuilt: (node) => metrics?.observe(node),
      ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
      ...(cluster.initialVoters === undefined ? {} : { initialVoters: cluster.initialVoters }),
    })
    const { memory } = options
    return {
      running: running(broker, memory === true ? undefined : dataDir, metrics, remove),
      hurry: () => {
        void broker.stop()
        broker.hurry()
      },
    }
  } catch (error) {
    await metrics?.close()
    remove()
    throw error
  }
}

async function diskFor(options: StartBrokerOptions): Promise<Disk> {
  if (options.memory === true) return new (await import('../platform/memory-disk.ts')).MemoryDisk()
  return new (await import('../platform/node-disk.ts')).NodeDisk()
}

async function metricsFor(port: number | undefined): Promise<MetricsEndpoint | undefined> {
  if (port === undefined) return undefined
  const { NodeHttp } = await import('../platform/node-http.ts')
  const endpoint = new MetricsEndpoint(new NodeHttp())
  await endpoint.listen({ host: '127.0.0.1', port })
  return endpoint
}

/** A test wants its groups at once and needs few partitions for their offsets. */
const EMBEDDED_DEFAULTS = {
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
}

function running(
  broker: Broker,
  dataDir: string | undefined,
  metrics: MetricsEndpoint | undefined,
  remove: () => void,
): RunningBroker {
  const { host, port } = broker.bootstrap
  let stopped: Promise<void> | undefined
  return {
    bootstrapServers: `${bracketed(host)}:${port}`,
    host,
    port,
    clusterId: broker.clusterId,
    nodeId: broker.config.nodeId,
    dataDir,
    metricsPort: metrics?.port,
    stop() {
      stopped ??= broker
        .stop()
        .finally(() => metrics?.close())
        .finally(remove)
      return stopped
    },
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
