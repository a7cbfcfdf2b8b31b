/**
 * The clock port: the only source of time for everything under `src/broker` and `src/base`.
 * The platform implements it with real timers, the simulator with virtual time. Callbacks run on the event loop,
 * never inside the call that scheduled them.
 */

/** A scheduled callback. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch: record timestamps, retention, log lines. May jump. */
  nowMs(): number
  /** Never goes back; for durations, deadlines and session timeouts. Origin unspecified. Fractions allowed. */
  monotonicMs(): number
  /** Runs `callback` once, `delayMs` from now (0 or more). Real timers must not keep the process alive alone. */
  schedule(delayMs: number, callback: () => void): Timer
  /** Runs `callback` after the current turn's input was handled: where work of one turn is grouped. */
  defer(callback: () => void): void
}
