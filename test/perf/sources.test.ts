/** What a load generator sends, and when it may. */
import { describe, expect, it } from 'vitest'
import { partitionOfKey } from '../../src/client/partitioner.ts'
import { chosen, keys, letters, type PayloadSource, runningNumber } from '../../src/perf/payload.ts'
import { Throttle } from '../../src/perf/throttle.ts'

const take = (source: PayloadSource, count: number) =>
  Array.from({ length: count }, () => {
    const { bytes, start, end } = source.next()
    return bytes.toString('latin1', start, end)
  })

describe('values', () => {
  it('of letters have their size and are the same with the same seed', () => {
    const values = take(letters(50, 7), 100_000)
    expect(values.every((value) => /^[A-Z]{50}$/.test(value))).toBe(true)
    expect(take(letters(50, 7), 1000)).toEqual(values.slice(0, 1000))
    expect(take(letters(50, 8), 1)).not.toEqual(values.slice(0, 1))
    // more than one round through the buffer, and hardly any value twice
    expect(new Set(values).size).toBeGreaterThan(90_000)
  })

  it('may be larger than the buffer usually is', () => {
    expect(take(letters(3 << 20, 1), 3).map((value) => value.length)).toEqual([3 << 20, 3 << 20, 3 << 20])
  })

  it('of lines are those lines', () => {
    const source = chosen([Buffer.from('a'), Buffer.from('bcd')], 1)
    expect(source.maxBytes).toBe(3)
    expect(new Set(take(source, 100))).toEqual(new Set(['a', 'bcd']))
  })

  it('of running numbers run', () => expect(take(runningNumber(), 3)).toEqual(['0', '1', '2']))
})

describe('keys', () => {
  it('come from a set, with the partition that Java would choose', () => {
    const source = keys(10, 6, 1)
    const seen = new Set<string>()
    for (let i = 0; i < 1000; i++) {
      const { key, partition } = source.next()
      expect(partition).toBe(partitionOfKey(key.bytes, 6))
      seen.add(key.bytes.toString())
    }
    expect(seen.size).toBe(10)
    expect([...seen].every((key) => key.length <= source.maxBytes)).toBe(true)
  })
})

describe('a throttle', () => {
  it('allows what is due, and says how long the next one takes', () => {
    const throttle = new Throttle(100, 1000)
    expect(throttle.allowed(1000)).toBe(0)
    expect(throttle.waitMs(1000)).toBe(10)
    expect(throttle.allowed(1035)).toBe(3)
    throttle.take(3)
    expect(throttle.allowed(1035)).toBe(0)
    expect(throttle.waitMs(1035)).toBe(5)
    expect(throttle.allowed(1100)).toBe(7)
  })

  it('catches up a second at most', () => {
    const throttle = new Throttle(100, 0)
    expect(throttle.allowed(60_000)).toBe(100)
    throttle.take(100)
    expect(throttle.allowed(60_000)).toBe(0)
    expect(throttle.allowed(60_100)).toBe(10)
  })
})
