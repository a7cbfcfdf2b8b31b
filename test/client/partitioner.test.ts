/** Which partition a record goes to: keys as Java clients hash them, records without one in runs, and never to a partition without a leader. */
import { describe, expect, it } from 'vitest'
import { murmur2, Partitioner, partitionOfKey } from '../../src/client/partitioner.ts'

describe('a key', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s hashes as with Java', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash)
    expect(partitionOfKey(Buffer.from(key), 7)).toBe((hash & 0x7fffffff) % 7)
  })

  it('that is empty is a key', () => {
    const partitioner = new Partitioner(5)
    const partitions = Array.from({ length: 20 }, () => partitioner.of(Buffer.alloc(0), 20_000))
    expect(new Set(partitions).size).toBe(1)
  })
})

describe('without a key', () => {
  it('a run of records goes to one partition, the next to another that is drawn', () => {
    const draws = [0.1, 0.9, 0.5]
    const partitioner = new Partitioner(10, { chance: () => draws.shift() ?? 0 })
    const partitions = Array.from({ length: 6 }, () => partitioner.of(null, 8 << 10))
    expect(partitions).toEqual([1, 1, 9, 9, 5, 5])
  })

  it('no partition without a leader is drawn, and one that loses it is left', () => {
    const led = new Set([3, 4])
    const partitioner = new Partitioner(10, { isLed: (partition) => led.has(partition) })
    const partitions = new Set(Array.from({ length: 200 }, () => partitioner.of(null, 20_000)))
    expect([...partitions].sort()).toEqual([3, 4])
    const now = partitioner.of(null, 1)
    led.delete(now)
    expect(partitioner.of(null, 1)).toBe(now === 3 ? 4 : 3)
    led.clear()
    expect(partitioner.of(null, 1)).toBeLessThan(10)
  })
})
