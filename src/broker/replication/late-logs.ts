/**
 * Partitions whose log could not be made for want of room on the disk, or of descriptors: tried again every second until
 * it can be, so that no restart is needed when there is room again.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Partition } from './partition.ts'

const RETRY_MS = 1000

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

  /** Until one fails: for the others there will be no more room. */
  #tryAgain(): void {
    for (const [partition, isNew] of [...this.#waiting]) {
      if (!this.#open(partition, isNew)) return
      this.#waiting.delete(partition)
    }
  }
}
