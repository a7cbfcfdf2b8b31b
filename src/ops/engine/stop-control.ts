/**
 * How a run is stopped from outside: the first request lets it go on to the next safe point, the second one ends it at
 * once. Whoever runs it connects signals or a deadline to `request`.
 */
import type { Clock } from '../../base/clock.ts'
import type { Json } from './plan.ts'
import { Abandoned, type Control, type StepProgress } from './operation.ts'

export class StopControl implements Control {
  readonly clock: Clock
  /** Told of every progress. */
  onProgress: (progress: StepProgress) => void = () => {}
  /** The engine's: told of what a step leaves behind. */
  onLeft: (left: Json | null) => void = () => {}
  readonly #aborter = new AbortController()
  #isStopping = false
  #reason = 'stopped'

  constructor(clock: Clock) {
    this.clock = clock
  }

  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Why it was stopped, for the journal. */
  get reason(): string {
    return this.#reason
  }

  /** Once: stop at a safe point. Twice: at once. */
  request(reason: string): void {
    if (this.#isStopping) this.abandon()
    this.#isStopping = true
    this.#reason = reason
  }

  /** Ends the run at once; whoever waits for it gets `reason`. */
  abandon(reason: Error = new Abandoned('stopped at once')): void {
    this.#isStopping = true
    this.#aborter.abort(reason)
  }

  report(progress: StepProgress): void {
    this.onProgress(progress)
  }

  leave(left: Json | null): void {
    this.onLeft(left)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this
      const end = () => {
        timer.cancel()
        reject(signal.reason)
      }
      const timer = this.clock.schedule(ms, () => {
        signal.removeEventListener('abort', end)
        resolve()
      })
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }
}
