/**
 * A bound on the bytes that replication of chosen replicas may take on one side, leader or follower (KIP-73): a rate over
 * a window of several samples, and the topic settings that say whose bytes count. Only replicas that are behind are ever
 * held back, so a bound never pushes one out of the in-sync set.
 */
import type { Clock } from '../../base/clock.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import type { Partition } from './partition.ts'

export interface ReplicationQuotaOptions {
  readonly nodeId: number
  readonly clock: Clock
  /** The topic's setting that names the replicas. */
  readonly replicas: (config: TopicConfig) => readonly string[]
  /** Bytes per second; the largest number: no bound. */
  readonly bytesPerSecond: () => number
  /** `replication.quota.window.num`, the one in progress included. */
  readonly samples: number
  readonly sampleMs: number
}

const NO_BOUND = Number.MAX_SAFE_INTEGER

export class ReplicationQuota {
  readonly #o: ReplicationQuotaOptions
  /** Oldest first. */
  #samples: { readonly startMs: number; bytes: number }[] = []
  /** Bytes were counted since the start. */
  wasUsed = false
  /** Parsed settings, by the value that was parsed. */
  readonly #parsed = new WeakMap<readonly string[], ReadonlySet<string>>()

  constructor(options: ReplicationQuotaOptions) {
    this.#o = options
  }

  /** The partition's replica here is one of those whose bytes count. */
  covers(partition: Partition): boolean {
    const names = this.#o.replicas(partition.log().config)
    if (names.length === 0) return false
    let set = this.#parsed.get(names)
    if (set === undefined) {
      set = new Set(names)
      this.#parsed.set(names, set)
    }
    return set.has('*') || set.has(`${partition.index}:${this.#o.nodeId}`)
  }

  record(bytes: number): void {
    if (bytes <= 0) return
    this.wasUsed = true
    const nowMs = this.#o.clock.monotonicMs()
    const last = this.#samples.at(-1)
    if (last !== undefined && nowMs - last.startMs < this.#o.sampleMs) last.bytes += bytes
    else {
      this.#forget(nowMs)
      this.#samples.push({ startMs: nowMs, bytes })
    }
  }

  /** Bytes per second over the window. */
  get rate(): number {
    const nowMs = this.#o.clock.monotonicMs()
    this.#forget(nowMs)
    let bytes = 0
    for (const sample of this.#samples) bytes += sample.bytes
    const elapsedMs = this.#samples.length === 0 ? 0 : nowMs - this.#samples[0]!.startMs
    return (bytes * 1000) / Math.max(this.#o.sampleMs, elapsedMs)
  }

  get isExceeded(): boolean {
    const bound = this.#o.bytesPerSecond()
    return bound < NO_BOUND && this.rate > bound
  }

  #forget(nowMs: number): void {
    const from = nowMs - this.#o.samples * this.#o.sampleMs
    if (this.#samples[0] === undefined || this.#samples[0].startMs >= from) return
    this.#samples = this.#samples.filter(({ startMs }) => startMs >= from)
  }
}

/** Both sides' bounds, from the node's settings as they change. */
export function replicationQuotas(nodeId: number, clock: Clock, config: Pick<CurrentConfig, 'get'>) {
  const common = {
    nodeId,
    clock,
    samples: config.get('replication.quota.window.num'),
    sampleMs: config.get('replication.quota.window.size.seconds') * 1000,
  }
  return {
    leader: new ReplicationQuota({
      ...common,
      replicas: (topic) => topic.get('leader.replication.throttled.replicas'),
      bytesPerSecond: () => Number(config.get('leader.replication.throttled.rate')),
    }),
    follower: new ReplicationQuota({
      ...common,
      replicas: (topic) => topic.get('follower.replication.throttled.replicas'),
      bytesPerSecond: () => Number(config.get('follower.replication.throttled.rate')),
    }),
  }
}
