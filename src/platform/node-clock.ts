/**
 * The clock port on Node's timers. `defer` runs in the check phase of the event loop: after every socket that was
 * readable in this turn has been read, which is what lets one turn's appends and answers be grouped.
 */
import type { Clock, Timer } from '../base/clock.ts'

/** setTimeout takes at most 2^31-1 ms and fires at once above that; longer delays are cut to it (24.8 days). */
const DELAY_MAX_MS = 2_147_483_647

export class NodeClock implements Clock {
  nowMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return performance.now()
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, Math.min(Math.max(delayMs, 0), DELAY_MAX_MS))
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  }

  defer(callback: () => void): void {
    setImmediate(callback)
  }
}
