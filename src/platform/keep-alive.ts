/**
 * Keeps the process alive while nothing else does: timers of the clock port do not, nor does a connection that is not read
 * from. A node that waits for one of these while it shuts down would end in the middle, without its logs closed.
 */

const RARELY_MS = 3_600_000

/** Until the process is ended. */
export function keepAlive(): void {
  setInterval(() => {}, RARELY_MS)
}
