/** The histogram of latencies beside a sorted list: the same ranks as Kafka's tools, to 0.1 %. */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { LatencyHistogram } from '../../src/perf/latency.ts'

describe('a histogram of latencies', () => {
  it('has the percentiles of the sorted list', () => {
    const seed = Date.now() & 0xffff
    const random = new Prng(seed)
    const histogram = new LatencyHistogram()
    const all: number[] = []
    for (let i = 0; i < 20_000; i++) {
      // From microseconds to minutes.
      const ms = 10 ** (random.float() * 8 - 3)
      const records = 1 + random.int(3)
      histogram.add(ms, records)
      for (let n = 0; n < records; n++) all.push(ms)
    }
    all.sort((a, b) => a - b)
    for (const quantile of [0, 0.01, 0.5, 0.95, 0.99, 0.999, 1]) {
      const exact = all[Math.min(all.length - 1, Math.floor(quantile * all.length))]!
      const told = histogram.quantile(quantile)
      expect(told, `seed ${seed}, quantile ${quantile}`).toBeLessThanOrEqual(exact)
      expect(told, `seed ${seed}, quantile ${quantile}`).toBeGreaterThanOrEqual(exact * 0.998 - 0.001)
    }
    const { avg, max } = histogram.figures
    expect(max).toBeCloseTo(all.at(-1)!, 2)
    expect(avg).toBeCloseTo(all.reduce((sum, ms) => sum + ms, 0) / all.length, 2)
  })

  it('is zero while there is nothing, and again when cleared', () => {
    const histogram = new LatencyHistogram()
    const nothing = { avg: 0, p50: 0, p95: 0, p99: 0, p999: 0, max: 0 }
    expect(histogram.figures).toEqual(nothing)
    histogram.add(5, 3)
    expect(histogram.figures).toMatchObject({ avg: 5, p50: 5, max: 5 })
    histogram.clear()
    expect(histogram.figures).toEqual(nothing)
  })

  it('keeps what is longer than it can count, and what goes back in time', () => {
    const histogram = new LatencyHistogram()
    histogram.add(-3)
    histogram.add(10 * 3_600_000)
    expect(histogram.quantile(0)).toBe(0)
    expect(histogram.figures.max).toBe(36_000_000)
    expect(histogram.quantile(1)).toBeGreaterThan(70 * 60_000)
  })
})
