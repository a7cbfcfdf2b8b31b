/**
 * Topic ids that are still to be written into the directories of new partitions. Making a file is most of what a new
 * partition costs, and of thousands at once it is seconds: so it is put off until nothing was made for a moment, and then
 * done a few at a time. A log that gets its first record before that writes its own (`Log`), so that no record is ever
 * without. A directory that ends without one is empty: the next start gives it the id that the metadata says.
 */
import type { Clock, Timer } from '../../base/clock.ts'

/** Nothing was made for so long. */
const QUIET_MS = 1000
/** So many files in one turn, and the pause after it. */
const SLICE = 16
const PAUSE_MS = 50

interface LateLog {
  /** Writes the file unless it is there, or the log is not in use any more; keeps its errors to itself. */
  settleTopicId(): void
}

export class LateTopicIds {
  readonly #clock: Clock
  readonly #waiting = new Set<LateLog>()
  #timer: Timer | undefined
  #addedMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Logs whose id is not written. */
  get size(): number {
    return this.#waiting.size
  }

  add(log: LateLog): void {
    this.#waiting.add(log)
    this.#addedMs = this.#clock.monotonicMs()
    if (this.#timer === undefined) this.#arm(QUIET_MS)
  }

  /** The log has its id, or needs none. */
  remove(log: LateLog): void {
    this.#waiting.delete(log)
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined
      const quietMs = this.#clock.monotonicMs() - this.#addedMs
      if (quietMs < QUIET_MS) this.#arm(QUIET_MS - quietMs)
      else this.#writeSome()
    })
  }

  #writeSome(): void {
    let count = 0
    for (const log of this.#waiting) {
      this.#waiting.delete(log)
      log.settleTopicId()
      if (++count === SLICE) break
    }
    if (this.#waiting.size > 0) this.#arm(PAUSE_MS)
  }
}
