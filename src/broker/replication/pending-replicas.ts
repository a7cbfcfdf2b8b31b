/**
 * Replicas that are still to be made. Each costs a directory and its files: thousands at once would keep everybody else
 * waiting for seconds, so they are made in slices, between which the event loop serves. Until its turn comes a partition
 * answers NOT_LEADER_OR_FOLLOWER, which clients try again, as they do where Kafka's broker has not caught up.
 */
import type { Clock } from '../../base/clock.ts'
import type { Uuid } from '../../base/uuid.ts'

/** New partitions of one batch of metadata that are made before anything else happens. */
export const MADE_AT_ONCE = 64
/** A slice ends after so many, or when it has taken as long as everybody else since the one before, within bounds. */
const SLICE = 256
const SLICE_MIN_MS = 20
const SLICE_MAX_MS = 100

export class PendingReplicas {
  readonly #clock: Clock
  readonly #make: (topicId: Uuid, partition: number) => void
  /** By key, oldest first. */
  readonly #waiting = new Map<string, { readonly topicId: Uuid; readonly partition: number }>()
  #deferred = false
  /** When the last slice ended, or its work came up. */
  #endedMs = 0
  #closed = false

  /** `make` is called once for each replica that was added, with whatever has become of the partition by then. */
  constructor(clock: Clock, make: (topicId: Uuid, partition: number) => void) {
    this.#clock = clock
    this.#make = make
  }

  get size(): number {
    return this.#waiting.size
  }

  has(topicId: Uuid, partition: number): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(`${topicId}:${partition}`)
  }

  add(topicId: Uuid, partition: number): void {
    if (this.#waiting.size === 0) this.#endedMs = this.#clock.monotonicMs()
    this.#waiting.set(`${topicId}:${partition}`, { topicId, partition })
    this.#later()
  }

  /** Makes no more. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
  }

  #later(): void {
    if (this.#deferred || this.#closed || this.#waiting.size === 0) return
    this.#deferred = true
    this.#clock.defer(() => {
      this.#deferred = false
      this.#makeSome()
      this.#later()
    })
  }

  #makeSome(): void {
    let made = 0
    const startMs = this.#clock.monotonicMs()
    const endMs = startMs + Math.min(Math.max(startMs - this.#endedMs, SLICE_MIN_MS), SLICE_MAX_MS)
    for (const [key, { topicId, partition }] of this.#waiting) {
      this.#waiting.delete(key)
      this.#make(topicId, partition)
      if (++made === SLICE || this.#clock.monotonicMs() >= endMs) break
    }
    this.#endedMs = this.#clock.monotonicMs()
  }
}
