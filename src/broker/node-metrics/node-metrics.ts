/**
 * All metrics of a node: one registry, the meters that the data path marks, the gauges that are read when somebody asks, and
 * the tick that moves the rates. Nothing here costs anything while nobody asks, but a timer every five seconds.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Disk } from '../../base/disk.ts'
import { MetricRegistry, TICK_MS } from '../../base/metrics.ts'
import type { ProcessStats } from '../../base/process-stats.ts'
import type { GroupCoordinator } from '../coordinator/index.ts'
import type { NodeListeners } from '../listeners.ts'
import type { MetadataNode } from '../metadata-node.ts'
import { exposition } from '../metrics/exposition.ts'
import { RequestMetrics } from '../metrics/request-metrics.ts'
import { BrokerTopicMetrics } from '../metrics/topic-metrics.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { TimedSyncs } from '../storage/timed-syncs.ts'
import { registerControllerMetrics } from './controller.ts'
import { registerGroupMetrics } from './groups.ts'
import { type LogParts, registerLogMetrics } from './logs.ts'
import { LoopIdle, registerProcessMetrics } from './process.ts'
import { type ReplicaParts, registerReplicaMetrics } from './replicas.ts'

/** Kafka's numbers of a broker's state. */
export const BROKER_STATE = {
  notRunning: 0,
  starting: 1,
  recovery: 2,
  running: 3,
  controlledShutdown: 6,
  shuttingDown: 7,
} as const
export type BrokerState = keyof typeof BROKER_STATE

export interface NodeParts extends ReplicaParts, LogParts {
  readonly logs: LogManager
  readonly metadata: MetadataNode
  readonly groups: GroupCoordinator
  readonly listeners: NodeListeners
  readonly state: () => BrokerState
}

export class NodeMetrics {
  readonly registry = new MetricRegistry()
  readonly topics = new BrokerTopicMetrics(this.registry)
  readonly requests = new RequestMetrics(this.registry)
  /** Of segments brought to stable storage. */
  readonly flushes = this.registry.histogram(
    { domain: 'kafka.log', type: 'LogFlushStats', name: 'LogFlushRateAndTimeMs' },
    'Milliseconds that a sync of a segment took',
  )
  readonly #clock: Clock
  readonly #idle: LoopIdle | undefined
  #timer: Timer | undefined

  constructor(options: { clock: Clock; process?: ProcessStats }) {
    this.#clock = options.clock
    if (options.process === undefined) return
    this.#idle = new LoopIdle(options.process)
    registerProcessMetrics(this.registry, options.process, this.#idle)
  }

  /** The same ports, with a disk whose syncs are measured. */
  measuring<Ports extends { readonly disk: Disk }>(ports: Ports): Ports {
    return { ...ports, disk: new TimedSyncs(ports.disk, this.#clock, (tookMs) => this.flushes.update(tookMs)) }
  }

  /** Registers the gauges of a node's parts. */
  watch(parts: NodeParts): void {
    const { registry } = this
    registry.gauge(
      { domain: 'kafka.server', type: 'KafkaServer', name: 'BrokerState' },
      '1 starting, 2 recovering, 3 running, 6 asking to go down, 7 going down',
      () => BROKER_STATE[parts.state()],
    )
    registerReplicaMetrics(registry, parts)
    registerLogMetrics(registry, parts)
    registerControllerMetrics(registry, parts.metadata, this.#clock)
    registerGroupMetrics(registry, parts.groups)
    this.#watchConnections(parts.listeners)
  }

  /** Begins to take rates. */
  start(): void {
    this.#timer = this.#clock.schedule(TICK_MS, () => {
      this.registry.tick()
      this.#idle?.tick()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** The text for Prometheus, in pieces. */
  text(): Iterable<string> {
    return exposition(this.registry.families())
  }

  #watchConnections(listeners: NodeListeners): void {
    const { registry } = this
    const each = (name: string, help: string, read: (one: { open: number; accepted: number }) => number): void =>
      registry.pull({ domain: 'kafka.server', type: 'SocketServerMetrics', name }, 'gauge', help, () =>
        listeners.connections().map((one) => ({
          tags: { listener: one.listener, network_processor: '0' },
          value: read(one),
        })),
      )
    each('connection_count', 'Open connections', ({ open }) => open)
    each('connection_creation', 'Connections accepted since the start', ({ accepted }) => accepted)
    each('connection_close', 'Connections closed since the start', ({ open, accepted }) => accepted - open)
    registry.gauge(
      { domain: 'kafka.network', type: 'SocketServer', name: 'ExpiredConnectionsKilledCount' },
      'Connections closed because they were idle too long',
      () => listeners.connections().reduce((sum, { expired }) => sum + expired, 0),
    )
    registry.gauge(
      { domain: 'kafka.network', type: 'RequestChannel', name: 'ResponseQueueSize' },
      'Answers that wait behind an older request of their connection',
      () => listeners.heldAnswers,
    )
  }
}
