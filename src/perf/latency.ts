/**
 * Latencies of any number of records in fixed memory: buckets of a microsecond up to 2 ms, and of a thousandth of the value above,
 * so that a percentile is right to 0.1 %. Ranks are counted as Kafka's performance tools count them.
 */

/** Each power of two above 2 ms is cut into 1024 buckets. */
const SUB_BITS = 10
const EXACT_BELOW = 2 << SUB_BITS
const MICROS_MAX = 2 ** 32 - 1
const BUCKETS = EXACT_BELOW + (31 - SUB_BITS) * (1 << SUB_BITS)

/** What is told of latencies, in ms; zeros while there are none. */
export interface LatencyFigures {
  avg: number
  p50: number
  p95: number
  p99: number
  p999: number
  max: number
}

export class LatencyHistogram {
  count = 0
  #sumMs = 0
  #maxMs = 0
  readonly #buckets = new Float64Array(BUCKETS)

  /** Takes the latency of `records` records, in ms; beyond 71 minutes it is kept as that. */
  add(ms: number, records = 1): void {
    const kept = ms > 0 ? ms : 0
    this.count += records
    this.#sumMs += kept * records
    if (kept > this.#maxMs) this.#maxMs = kept
    this.#buckets[bucketOf(kept)]! += records
  }

  /** The value at this quantile, 0 to 1, in ms: the one with `floor(quantile * count)` values below it in order. */
  quantile(quantile: number): number {
    const rank = Math.min(this.count - 1, Math.floor(quantile * this.count))
    if (rank < 0) return 0
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket]!
      if (seen > rank) return Math.min(startOf(bucket), this.#maxMs)
    }
    return this.#maxMs
  }

  get figures(): LatencyFigures {
    const [p50, p95, p99, p999] = [0.5, 0.95, 0.99, 0.999].map((quantile) => rounded(this.quantile(quantile)))
    const avg = this.count === 0 ? 0 : rounded(this.#sumMs / this.count)
    return { avg, p50: p50!, p95: p95!, p99: p99!, p999: p999!, max: rounded(this.#maxMs) }
  }

  /** Empty again. */
  clear(): void {
    this.count = 0
    this.#sumMs = 0
    this.#maxMs = 0
    this.#buckets.fill(0)
  }
}

function bucketOf(ms: number): number {
  const micros = Math.min(MICROS_MAX, Math.floor(ms * 1000))
  if (micros < EXACT_BELOW) return micros
  const power = 31 - Math.clz32(micros)
  const sub = (micros >>> (power - SUB_BITS)) & ((1 << SUB_BITS) - 1)
  return EXACT_BELOW + (power - SUB_BITS - 1) * (1 << SUB_BITS) + sub
}

/** The smallest value of a bucket, in ms. */
function startOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket / 1000
  const power = Math.floor((bucket - EXACT_BELOW) / (1 << SUB_BITS)) + SUB_BITS + 1
  const sub = (bucket - EXACT_BELOW) % (1 << SUB_BITS)
  return (2 ** power + sub * 2 ** (power - SUB_BITS)) / 1000
}

/** To a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
