/**
 * Virtual time: nothing happens until `advance` moves it. Timers run in order of their deadline, then of their creation;
 * deferred callbacks run before time moves. The same sequence of calls gives the same run.
 */
import type { Clock, Timer } from '../../src/base/clock.ts'

interface Pending {
  readonly atMs: number
  readonly sequence: number
  readonly callback: () => void
}

export class ManualClock implements Clock {
  private wallMs: number
  private elapsedMs = 0
  private sequence = 0
  private timers: Pending[] = []
  private deferred: (() => void)[] = []

  constructor(startMs = 1_700_000_000_000) {
    this.wallMs = startMs
  }

  nowMs(): number {
    return this.wallMs
  }

  monotonicMs(): number {
    return this.elapsedMs
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const pending = { atMs: this.elapsedMs + Math.max(0, delayMs), sequence: this.sequence++, callback }
    this.timers.push(pending)
    return {
      cancel: () => {
        this.timers = this.timers.filter((each) => each !== pending)
      },
    }
  }

  defer(callback: () => void): void {
    this.deferred.push(callback)
  }

  /** Runs what was deferred, and what that defers. */
  runDeferred(): void {
    for (let next = this.deferred.shift(); next !== undefined; next = this.deferred.shift()) next()
  }

  /** Moves both clocks, running every timer that falls due on the way, also those set on the way. */
  advance(durationMs: number): void {
    const endMs = this.elapsedMs + durationMs
    this.runDeferred()
    for (;;) {
      const due = this.nextTimer()
      if (due === undefined || due.atMs > endMs) break
      this.timers = this.timers.filter((each) => each !== due)
      this.moveTo(due.atMs)
      due.callback()
      this.runDeferred()
    }
    this.moveTo(endMs)
  }

  /** The wall clock alone jumps: an operator set it. */
  setWallMs(wallMs: number): void {
    this.wallMs = wallMs
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.timers.length
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  nextTimerInMs(): number | undefined {
    const next = this.nextTimer()
    return next === undefined ? undefined : next.atMs - this.elapsedMs
  }

  private nextTimer(): Pending | undefined {
    let first: Pending | undefined
    for (const each of this.timers) {
      if (first === undefined || each.atMs < first.atMs || (each.atMs === first.atMs && each.sequence < first.sequence))
        first = each
    }
    return first
  }

  private moveTo(elapsedMs: number): void {
    this.wallMs += elapsedMs - this.elapsedMs
    this.elapsedMs = elapsedMs
  }
}
