/** Holds a stream to a rate of records or bytes. A pause of the stream adds no credit beyond a second's worth. */

export type Rate = { readonly recordsPerSecond: number } | { readonly bytesPerSecond: number }

/** Shorter waits are not worth a timer. */
const WAIT_MIN_MS = 5
const CREDIT_MS = 1000

export class Pace {
  readonly #limit: number
  readonly #countsRecords: boolean
  #fromMs = performance.now()
  #taken = 0

  constructor(rate: Rate) {
    this.#countsRecords = 'recordsPerSecond' in rate
    this.#limit = 'recordsPerSecond' in rate ? rate.recordsPerSecond : rate.bytesPerSecond
  }

  /** Counts one record of `bytes` bytes; how many ms to wait before the next one. */
  take(bytes: number): number {
    this.#taken += this.#countsRecords ? 1 : bytes
    const aheadMs = (this.#taken / this.#limit) * 1000 - (performance.now() - this.#fromMs)
    if (aheadMs < -CREDIT_MS) {
      this.#fromMs = performance.now()
      this.#taken = 0
    }
    return aheadMs > WAIT_MIN_MS ? aheadMs : 0
  }
}
