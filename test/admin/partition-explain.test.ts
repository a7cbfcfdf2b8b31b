/** Where keys go: hashes by published vectors, changes by brute force, co-partitioning by its reasons. */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { partitionOfKey } from '../../src/client/partitioner.ts'
import {
  coPartitioning,
  type ExplainedTopic,
  explainChange,
  keyBytes,
  partitionBy,
  type PartitionerSample,
} from '../../src/admin/partition-explain.ts'

describe('keys', () => {
  it('are the bytes that Java serializers make', () => {
    expect(keyBytes('é', 'string').toString('hex')).toBe('c3a9')
    expect(keyBytes('258', 'short').toString('hex')).toBe('0102')
    expect(keyBytes('-2', 'int').toString('hex')).toBe('fffffffe')
    expect(keyBytes('42', 'long').toString('hex')).toBe('000000000000002a')
    expect(keyBytes('-9223372036854775808', 'long').toString('hex')).toBe('8000000000000000')
    expect(keyBytes('00fF', 'hex').toString('hex')).toBe('00ff')
    expect(keyBytes('AQI=', 'base64').toString('hex')).toBe('0102')
  })

  it('that are none are refused', () => {
    const wrong = [
      ['32768', 'short'],
      ['2147483648', 'int'],
      ['1.5', 'long'],
      ['0', 'hex'],
      ['a-b', 'base64'],
    ] as const
    for (const [text, type] of wrong) expect(() => keyBytes(text, type), `${text} as ${type}`).toThrow(text)
  })
})

describe('partitioners', () => {
  it('hash as published', () => {
    // Remainders by a number above every hash would be the hash; these are its low digits.
    expect(partitionBy('crc32', Buffer.from('123456789'), 2 ** 32)).toBe(0xcbf43926)
    expect(partitionBy('fnv1a', Buffer.from('foobar'), 2 ** 32)).toBe(2 ** 32 - 0xbf9cf968)
    expect(partitionBy('fnv1a', Buffer.from(''), 2 ** 32)).toBe(2 ** 32 - 0x811c9dc5)
    expect(partitionBy('murmur2', Buffer.from('foobar'), 2 ** 31)).toBe(-790332482 & 0x7fffffff)
  })

  it('murmur2 is what the producer uses', () => {
    const seed = Date.now() & 0xffff
    const random = new Prng(seed)
    for (let i = 0; i < 200; i++) {
      const key = random.bytes(random.int(30))
      expect(partitionBy('murmur2', key, 7), `seed ${seed}`).toBe(partitionOfKey(key, 7))
    }
  })
})

describe('another number of partitions', () => {
  it.each([
    [6, 12],
    [6, 8],
    [3, 7],
    [12, 6],
    [5, 5],
    [1, 4],
  ])('%i to %i', (from, to) => {
    const change = explainChange(from, to)
    const seen = Array.from({ length: from }, () => new Set<number>())
    let stays = 0
    for (let hash = 0; hash < from * to; hash++) {
      seen[hash % from]!.add(hash % to)
      if (hash % from === hash % to) stays++
    }
    expect(change.stays).toBeCloseTo(stays / (from * to))
    expect(change.moves).toEqual(seen.map((set, partition) => ({ partition, to: [...set].sort((a, b) => a - b) })))
  })

  it('refuses what nobody could read', () => expect(() => explainChange(99_991, 99_989)).toThrow('anywhere'))
})

describe('co-partitioning', () => {
  const sample = (withKey: number, murmur2: number, crc32: number): PartitionerSample => ({
    ...{ records: 100, withKey, fits: { murmur2, crc32, fnv1a: 0 } },
    partitioner: murmur2 === withKey ? 'murmur2' : crc32 === withKey ? 'crc32' : null,
  })
  const topic = (name: string, partitions: number, of: PartitionerSample | null = null): ExplainedTopic => ({
    ...{ topic: name, partitions, sample: of },
  })

  it('needs the same number of partitions', () => {
    expect(coPartitioning([topic('a', 6), topic('b', 6)])).toEqual({ holds: true, reason: 'all have 6 partitions' })
    expect(coPartitioning([topic('a', 6), topic('b', 8)])).toEqual({
      holds: false,
      reason: 'the numbers of partitions differ: a has 6, b has 8',
    })
  })

  it('and the same partitioner, where samples tell', () => {
    const [java, native] = [sample(50, 50, 9), sample(50, 9, 50)]
    const verdict = (...topics: ExplainedTopic[]) => coPartitioning(topics)
    expect(verdict(topic('a', 6, java), topic('b', 6, java)).reason).toContain('lie alike')
    expect(verdict(topic('a', 6, java), topic('b', 6, native))).toEqual({
      holds: false,
      reason: 'they were written with different partitioners: a by murmur2, b by crc32',
    })
    const mixed = verdict(topic('a', 6, java), topic('b', 6, sample(50, 40, 20)))
    expect(mixed.holds).toBe(false)
    expect(mixed.reason).toContain('10 of 50 keys of b')
    expect(verdict(topic('a', 1, java), topic('b', 1, sample(50, 40, 20))).holds).toBe(true)
  })
})
