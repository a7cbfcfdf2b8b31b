/** Holds a load to so many records a second. What was missed is caught up, a second's worth at most. Pure: time is passed in. */

const CREDIT_MS = 1000

export class Throttle {
  readonly #perMs: number
  #fromMs: number
  #taken = 0

  /** `fromMs`: when it begins, on the clock of the later calls. */
  constructor(recordsPerSecond: number, fromMs: number) {
    this.#perMs = recordsPerSecond / 1000
    this.#fromMs = fromMs
  }

  /** How many records may go now. */
  allowed(nowMs: number): number {
    const due = (nowMs - this.#fromMs) * this.#perMs - this.#taken
    if (due > this.#perMs * CREDIT_MS + 1) {
      this.#fromMs = nowMs - CREDIT_MS
      this.#taken = 0
      return Math.floor(this.#perMs * CREDIT_MS)
    }
    return Math.max(0, Math.floor(due))
  }

  take(records: number): void {
    this.#taken += records
  }

  /** ms until one more may go. */
  waitMs(nowMs: number): number {
    return Math.max(0, (this.#taken + 1) / this.#perMs - (nowMs - this.#fromMs))
  }
}
