/** The figures of a load: how much, how fast, and how long records took. Bytes are those of keys and values; 1 MiB is 2^20 of them. */
import { type LatencyFigures, LatencyHistogram } from './latency.ts'

export interface LoadFigures {
  records: number
  bytes: number
  durationMs: number
  recordsPerSecond: number
  mibPerSecond: number
}

export interface LatencyLoadFigures extends LoadFigures {
  latencyMs: LatencyFigures
}

const MIB = 1 << 20

/** Rates of what passed in `durationMs`; nothing passed in no time at all. */
export function loadFigures(records: number, bytes: number, durationMs: number): LoadFigures {
  const seconds = durationMs / 1000
  const rate = (amount: number) => (seconds > 0 ? Math.round((amount / seconds) * 100) / 100 : 0)
  return {
    records,
    bytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
    recordsPerSecond: rate(records),
    mibPerSecond: rate(bytes / MIB),
  }
}

/** Counts records from a moment on. */
export class LoadMeter {
  readonly histogram = new LatencyHistogram()
  records = 0
  bytes = 0
  #fromMs: number

  /** `fromMs`: performance.now() when it begins. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs
  }

  get fromMs(): number {
    return this.#fromMs
  }

  add(records: number, bytes: number): void {
    this.records += records
    this.bytes += bytes
  }

  /** What was counted up to `nowMs`. */
  figures(nowMs: number): LatencyLoadFigures {
    return { ...loadFigures(this.records, this.bytes, nowMs - this.#fromMs), latencyMs: this.histogram.figures }
  }

  /** Begins anew at `nowMs`. */
  restart(nowMs: number): void {
    this.records = 0
    this.bytes = 0
    this.#fromMs = nowMs
    this.histogram.clear()
  }
}
