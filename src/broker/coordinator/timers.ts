/**
 * Named timers of one shard over the clock port. A timer that was replaced or cancelled never runs, also when its
 * callback was already due. They end with their machine: one that was thrown away cannot write through the next.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { CoordinatorTimers, Decision } from './machine.ts'

export class ShardTimers<Rec> implements CoordinatorTimers<Rec> {
  readonly #clock: Clock
  readonly #run: (operation: (nowMs: number) => Decision<Rec, unknown>) => void
  readonly #timers = new Map<string, Timer>()
  #closed = false

  constructor(clock: Clock, run: (operation: (nowMs: number) => Decision<Rec, unknown>) => void) {
    this.#clock = clock
    this.#run = run
  }

  schedule(key: string, delayMs: number, operation: (nowMs: number) => Decision<Rec, unknown>): void {
    this.cancel(key)
    if (this.#closed) return
    const timer = this.#clock.schedule(Math.max(0, delayMs), () => {
      if (this.#timers.get(key) !== timer) return
      this.#timers.delete(key)
      this.#run(operation)
    })
    this.#timers.set(key, timer)
  }

  cancel(key: string): void {
    const timer = this.#timers.get(key)
    if (timer === undefined) return
    this.#timers.delete(key)
    timer.cancel()
  }

  has(key: string): boolean {
    return this.#timers.has(key)
  }

  /** Cancels all; nothing can be scheduled afterwards. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }
}
