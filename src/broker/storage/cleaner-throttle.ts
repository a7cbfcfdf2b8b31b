/** Holds the cleaner to `log.cleaner.io.max.bytes.per.second`: reads and writes together, averaged over short windows. */

const WINDOW_MS = 300

export class CleanerThrottle {
  private readonly bytesPerSecond: () => number
  private windowStartMs = 0
  private windowBytes = 0

  /** `bytesPerSecond` is asked whenever it matters: the setting may change. */
  constructor(bytesPerSecond: () => number) {
    this.bytesPerSecond = bytesPerSecond
  }

  /** `bytes` were moved. */
  moved(bytes: number): void {
    this.windowBytes += bytes
  }

  /** How many ms to rest now, so that the rate is kept. */
  restMs(monotonicMs: number): number {
    const elapsedMs = monotonicMs - this.windowStartMs
    const neededMs = (this.windowBytes / Math.max(this.bytesPerSecond(), 1)) * 1000
    if (neededMs > elapsedMs) return neededMs - elapsedMs
    if (elapsedMs >= WINDOW_MS) {
      this.windowStartMs = monotonicMs
      this.windowBytes = 0
    }
    return 0
  }
}
