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
import { BrokerConfig, internalTopicDefaults } from '../config/broker-config.ts'
import { NodeClock } from '../platform/node-clock.ts'
import { silentLog } from '../platform/node-log.ts'
import { NodeNetwork } from '../platform/node-network.ts'
import { NodeRandom } from '../platform/node-random.ts'
import { NodeProcessStats } from '../platform/node-process-stats.ts'
import { Broker } from './broker.ts'
import { MetricsEndpoint } from './metrics-endpoint.ts'

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

/** Starts one node and resolves when clients may connect. Rejects with an MqError that says what is in the way. */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  if (options.memory === true && options.dataDir !== undefined) {
    throw new UsageError('memory and dataDir exclude each other', 'leave one of them out')
  }
  const host = options.host ?? '127.0.0.1'
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
      defaults: { ...internalTopicDefaults(1), ...EMBEDDED_DEFAULTS },
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
    })
    return running(broker, options.memory === true ? undefined : dataDir, metrics, remove)
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
