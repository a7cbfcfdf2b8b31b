/**
 * Answers that wait for the high watermark of one partition. Kept in log order: an answer is given when everything that
 * was appended before it was decided is committed, which makes reads as strong as writes. A deadline bounds the wait.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { ApiError } from '../../protocol/errors.ts'

interface Waiter {
  /** Exclusive end offset that has to be committed. */
  readonly endOffset: number
  readonly deadlineMs: number
  readonly finish: (error: ApiError | undefined) => void
}

export class ParkedAnswers {
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** Invariant: end offsets never fall from front to back, and neither do deadlines. */
  #waiters: Waiter[] = []
  #timer: Timer | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  get count(): number {
    return this.#waiters.length
  }

  /** Runs `finish` when the high watermark reaches `endOffset`, or with an error when that takes too long. */
  park(endOffset: number, finish: (error: ApiError | undefined) => void): void {
    this.#waiters.push({ endOffset, deadlineMs: this.#clock.monotonicMs() + this.#timeoutMs, finish })
    this.#arm()
  }

  /** Answers everyone whose records lie below the high watermark. */
  release(highWatermark: number): void {
    while (this.#waiters.length > 0 && this.#waiters[0]!.endOffset <= highWatermark) {
      const waiter = this.#waiters.shift()!
      waiter.finish(undefined)
    }
    if (this.#waiters.length === 0) this.#disarm()
  }

  /** Answers everyone with `error`. */
  fail(error: ApiError): void {
    const waiters = this.#waiters
    this.#waiters = []
    this.#disarm()
    for (const waiter of waiters) waiter.finish(error)
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiters.length === 0) return
    const delayMs = Math.max(0, this.#waiters[0]!.deadlineMs - this.#clock.monotonicMs())
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined
      const nowMs = this.#clock.monotonicMs()
      while (this.#waiters.length > 0 && this.#waiters[0]!.deadlineMs <= nowMs) {
        this.#waiters.shift()!.finish(new ApiError('REQUEST_TIMED_OUT', 'the records were not committed in time'))
      }
      this.#arm()
    })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
