/**
 * What the process uses, under Prometheus' common names, and how idle its event loop is: it does the work of Kafka's network
 * threads and of its request handlers, so it stands under both of their names.
 */
import { type MetricRegistry, TICK_MS } from '../../base/metrics.ts'
import type { ProcessStats } from '../../base/process-stats.ts'

const MINUTE_WEIGHT = 1 - Math.exp(-TICK_MS / 60_000)

/** The share of the last minute in which the event loop waited: 0 to 1, exponentially weighted. */
export class LoopIdle {
  readonly #stats: ProcessStats
  #idleMs: number
  #activeMs: number
  #average: number | undefined

  constructor(stats: ProcessStats) {
    this.#stats = stats
    const { idleMs, activeMs } = stats.eventLoop()
    this.#idleMs = idleMs
    this.#activeMs = activeMs
  }

  /** To be called every `TICK_MS`. */
  tick(): void {
    const { idleMs, activeMs } = this.#stats.eventLoop()
    const now = share(idleMs - this.#idleMs, activeMs - this.#activeMs)
    this.#idleMs = idleMs
    this.#activeMs = activeMs
    this.#average = this.#average === undefined ? now : this.#average + MINUTE_WEIGHT * (now - this.#average)
  }

  /** Before the first tick: since the beginning. */
  get average(): number {
    if (this.#average !== undefined) return this.#average
    const { idleMs, activeMs } = this.#stats.eventLoop()
    return share(idleMs - this.#idleMs, activeMs - this.#activeMs)
  }
}

function share(idleMs: number, activeMs: number): number {
  return idleMs + activeMs <= 0 ? 1 : idleMs / (idleMs + activeMs)
}

export function registerProcessMetrics(registry: MetricRegistry, stats: ProcessStats, idle: LoopIdle): void {
  const named = (domain: string, type: string, name: string) => ({ domain, type, name })
  const gauge = (domain: string, name: string, help: string, read: () => number | undefined): void =>
    registry.pull(named(domain, '', name), 'gauge', help, () => {
      const value = read()
      return value === undefined ? [] : [{ tags: {}, value }]
    })
  const pool = 'KafkaRequestHandlerPool'
  const waits = 'Share of the last minute in which the event loop waited for work'
  gauge('kafka.server', `${pool}_RequestHandlerAvgIdle_percent`, waits, () => idle.average)
  gauge('kafka.server', `${pool}_RequestHandlerAvgIdlePercent_OneMinuteRate`, waits, () => idle.average)
  gauge('kafka.network', 'SocketServer_NetworkProcessorAvgIdlePercent', waits, () => idle.average)

  registry.total(named('process', '', 'cpu_seconds_total'), 'Processor time used', () => stats.cpuSeconds())
  gauge('process', 'resident_memory_bytes', 'Memory in use', () => stats.residentBytes())
  gauge('process', 'virtual_memory_bytes', 'Address space in use', () => stats.virtualBytes())
  gauge('process', 'open_fds', 'Open files and sockets', () => stats.openDescriptors())
  gauge('process', 'max_fds', 'How many files and sockets may be open', () => stats.maxDescriptors())
  gauge('process', 'start_time_seconds', 'When the process began, since the epoch', () => stats.startedAtSeconds())
  gauge('nodejs', 'heap_size_used_bytes', 'JavaScript heap in use', () => stats.heap().usedBytes)
  gauge('nodejs', 'heap_size_total_bytes', 'JavaScript heap taken from the system', () => stats.heap().totalBytes)
  gauge('nodejs', 'external_memory_bytes', 'Buffers outside the heap', () => stats.heap().externalBytes)
  gauge('nodejs', 'active_resources_total', 'Sockets, timers and files the loop knows', () => stats.activeResources())
  gauge('nodejs', 'eventloop_utilization', 'Share of the last minute in which the loop worked', () => 1 - idle.average)
}
