/**
 * A histogram of whole numbers in fixed memory: buckets whose width grows with the value, so that a percentile is right to
 * one part in 32. Percentiles are of the last five to ten minutes; count, sum and largest of the whole life.
 */

/** Each power of two above 64 is cut into 32 buckets. */
const SUB_BITS = 5
const EXACT_BELOW = 2 << SUB_BITS
const VALUE_MAX = 0x7fffffff
const BUCKETS = EXACT_BELOW + (31 - (SUB_BITS + 1)) * (1 << SUB_BITS)
/** Ticks of five seconds before the present window becomes the former one. */
const WINDOW_TICKS = 60

export class Histogram {
  count = 0
  sum = 0
  max = 0
  /** Grown to what the values need: most histograms hold nothing but small numbers. */
  #recent = new Uint32Array(EXACT_BELOW)
  #before = new Uint32Array(EXACT_BELOW)
  #ticks = 0

  /** Takes one value; it is rounded, and kept within 0 and 2^31 - 1. */
  update(value: number): void {
    const whole = value >= VALUE_MAX ? VALUE_MAX : value > 0 ? Math.round(value) : 0
    this.count++
    this.sum += whole
    if (whole > this.max) this.max = whole
    const bucket = bucketOf(whole)
    if (bucket >= this.#recent.length) this.#recent = grown(this.#recent, bucket)
    this.#recent[bucket]!++
  }

  /** Five seconds went by. */
  tick(): void {
    if (++this.#ticks % WINDOW_TICKS !== 0) return
    this.#before = this.#recent
    this.#recent = new Uint32Array(EXACT_BELOW)
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count
  }

  /** The values at these quantiles (0 to 1, ascending); zeros while there is nothing. */
  percentiles(quantiles: readonly number[]): number[] {
    const before = this.#before
    const recent = this.#recent
    let total = 0
    for (const n of before) total += n
    for (const n of recent) total += n
    const result: number[] = []
    if (total === 0) return quantiles.map(() => 0)
    let bucket = -1
    let seen = 0
    for (const quantile of quantiles) {
      const wanted = Math.max(1, Math.ceil(quantile * total))
      while (seen < wanted) {
        bucket++
        seen += (before[bucket] ?? 0) + (recent[bucket] ?? 0)
      }
      result.push(Math.min(middleOf(bucket), this.max))
    }
    return result
  }
}

function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value
  const power = 31 - Math.clz32(value)
  const sub = (value >>> (power - SUB_BITS)) & ((1 << SUB_BITS) - 1)
  return EXACT_BELOW + ((power - SUB_BITS - 1) << SUB_BITS) + sub
}

function middleOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket
  const power = ((bucket - EXACT_BELOW) >> SUB_BITS) + SUB_BITS + 1
  const sub = (bucket - EXACT_BELOW) & ((1 << SUB_BITS) - 1)
  const width = 2 ** (power - SUB_BITS)
  return 2 ** power + sub * width + Math.floor((width - 1) / 2)
}

function grown(counts: Uint32Array<ArrayBuffer>, bucket: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.min(BUCKETS, Math.max(bucket + 1, counts.length * 2)))
  larger.set(counts)
  return larger
}
