import { describe, expect, it } from 'vitest'
import { Histogram, Meter, MetricRegistry } from '../../src/base/metrics.ts'

const name = { domain: 'kafka.server', type: 'BrokerTopicMetrics', name: 'BytesInPerSec' }

function read(registry: MetricRegistry) {
  return [...registry.families()].map((family) => ({
    name: family.name,
    kind: family.kind,
    samples: [...family.samples()].map(({ tags, value }) => [tags, typeof value === 'number' ? value : value.count]),
  }))
}

describe('the registry', () => {
  it('gives the same meter for the same name and tags', () => {
    const registry = new MetricRegistry()
    registry.meter(name, 'bytes').mark(3)
    registry.meter({ ...name, tags: { topic: 'a' } }, 'bytes').mark(2)
    registry.meter(name, 'bytes').mark(4)
    expect(read(registry)).toEqual([
      {
        name: 'BytesInPerSec',
        kind: 'meter',
        samples: [
          [{}, 7],
          [{ topic: 'a' }, 2],
        ],
      },
    ])
  })

  it('reads gauges when asked, and takes the newest of a name', () => {
    const registry = new MetricRegistry()
    let value = 1
    registry.gauge(name, 'a value', () => value)
    value = 5
    expect(read(registry)[0]!.samples).toEqual([[{}, 5]])
    registry.gauge(name, 'a value', () => 9)
    expect(read(registry)[0]!.samples).toEqual([[{}, 9]])
  })

  it('forgets what belongs to a topic', () => {
    const registry = new MetricRegistry()
    for (const topic of ['a', 'b']) registry.counter({ ...name, tags: { topic } }, 'bytes').add()
    registry.removeTagged('topic', 'a')
    expect(read(registry)[0]!.samples).toEqual([[{ topic: 'b' }, 1]])
  })

  it('refuses two kinds under one name', () => {
    const registry = new MetricRegistry()
    registry.counter(name, 'bytes')
    expect(() => registry.meter(name, 'bytes')).toThrow('is a counter')
  })

  it('asks a pulled family for its members each time', () => {
    const registry = new MetricRegistry()
    const sizes = new Map([['0', 10]])
    registry.pull(name, 'gauge', 'size', () => [...sizes].map(([partition, value]) => ({ tags: { partition }, value })))
    sizes.set('1', 20)
    expect(read(registry)[0]!.samples).toEqual([
      [{ partition: '0' }, 10],
      [{ partition: '1' }, 20],
    ])
  })
})

describe('a meter', () => {
  it('has the rates of a steady stream at once and follows a change as an exponential average does', () => {
    const meter = new Meter()
    meter.mark(500)
    meter.tick()
    expect([meter.oneMinuteRate, meter.fiveMinuteRate, meter.fifteenMinuteRate, meter.meanRate]).toEqual([
      100, 100, 100, 100,
    ])
    for (let tick = 0; tick < 12; tick++) meter.tick()
    expect(meter.oneMinuteRate).toBeCloseTo(100 / Math.E, 6)
    expect(meter.fiveMinuteRate).toBeCloseTo(100 * Math.exp(-1 / 5), 6)
    expect(meter.meanRate).toBeCloseTo(500 / 65, 6)
  })
})

describe('a histogram', () => {
  it('has exact small values and percentiles within one part in 32 of large ones', () => {
    const histogram = new Histogram()
    for (let value = 1; value <= 10_000; value++) histogram.update(value)
    expect(histogram.count).toBe(10_000)
    expect(histogram.mean).toBe(5000.5)
    const [tiny, p50, p99, p999, all] = histogram.percentiles([0.002, 0.5, 0.99, 0.999, 1])
    expect(tiny).toBe(20)
    expect(Math.abs(p50! - 5000) / 5000).toBeLessThan(1 / 32)
    expect(Math.abs(p99! - 9900) / 9900).toBeLessThan(1 / 32)
    expect(Math.abs(p999! - 9990) / 9990).toBeLessThan(1 / 32)
    expect(all).toBeLessThanOrEqual(10_000)
  })

  it('takes any number', () => {
    const histogram = new Histogram()
    for (const value of [-5, 0, 0.4, 63, 64, 65, 127, 128, 2 ** 31 - 1, 1e15, Number.NaN]) histogram.update(value)
    expect(histogram.percentiles([1])[0]).toBeGreaterThan(2 ** 30)
    expect(histogram.count).toBe(11)
  })

  it('lets go of what is older than ten minutes', () => {
    const histogram = new Histogram()
    histogram.update(1000)
    for (let tick = 0; tick < 60; tick++) histogram.tick()
    histogram.update(1)
    expect(histogram.percentiles([1])[0]).toBeGreaterThan(900)
    for (let tick = 0; tick < 60; tick++) histogram.tick()
    expect(histogram.percentiles([0.5, 1])).toEqual([1, 1])
    expect(histogram.max).toBe(1000)
  })
})
