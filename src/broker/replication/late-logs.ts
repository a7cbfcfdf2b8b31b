/**
 * Partitions whose log could not be made for want of room on the disk, or of descriptors: tried again every second until
 * it can be, so that no restart is needed when there is room again.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Partition } from './partition.ts'

const RETRY_MS = 1000
/** Of one round. */
const FAILURES_MAX = 16

export class LateLogs {
  readonly #clock: Clock
  /** True: the partition waits no more. */
  readonly #open: (partition: Partition, isNew: boolean) => boolean
  /** With whether the partition was made when its log was first missed. */
  readonly #waiting = new Map<Partition, boolean>()
  #timer: Timer | undefined

  constructor(clock: Clock, open: (partition: Partition, isNew: boolean) => boolean) {
    this.#clock = clock
    this.#open = open
  }

  add(partition: Partition, isNew: boolean): void {
    this.#waiting.set(partition, isNew)
    this.#arm()
  }

  forget(partition: Partition): void {
    this.#waiting.delete(partition)
  }

  close(): void {
    this.#waiting.clear()
    this.#timer?.cancel()
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return
    this.#timer = this.#clock.schedule(RETRY_MS, () => {
      this.#timer = undefined
      this.#tryAgain()
      this.#arm()
    })
  }

  /** Ends after some failures; who failed is tried last the next time, since others may lie in another directory. */
  #tryAgain(): void {
    let failures = 0
    for (const [partition, isNew] of [...this.#waiting]) {
      const isDone = this.#open(partition, isNew)
      this.#waiting.delete(partition)
      if (isDone) continue
      this.#waiting.set(partition, isNew)
      failures += 1
      if (failures === FAILURES_MAX) return
    }
  }
}
