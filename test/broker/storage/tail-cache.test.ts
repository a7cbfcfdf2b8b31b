/** The memory behind the cached tails: bounded by the budget whatever else the process makes and forgets meanwhile. */
import { describe, expect, it } from 'vitest'
import { type LogTail, TailCache } from '../../../src/broker/storage/tail-cache.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'

const ALL = { maxBytes: Number.MAX_SAFE_INTEGER, minOneBatch: true, upTo: Number.MAX_SAFE_INTEGER }
const PIECES_BYTES = 2 * 128 * 1024

const batch = encodeBatch({ baseOffset: 0, partitionLeaderEpoch: 0 }, [
  { timestamp: 0, key: null, value: Buffer.alloc(30) },
])

/** Bytes of all memory that what the tails hold lies in. */
function memoryOf(...tails: LogTail[]): number {
  const memory = new Set<ArrayBufferLike>()
  for (const tail of tails) {
    for (let offset = 0; offset < 100_000; offset += 1) {
      for (const { buffer } of tail.read(offset, ALL)?.records ?? []) memory.add(buffer)
    }
  }
  return [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

describe('the memory of cached tails', () => {
  it('is not that of small buffers made in between', () => {
    const budget = 64 * 1024
    const tail = new TailCache(budget).tailOf()
    for (let offset = 0; offset < 2000; offset += 1) {
      tail.add(batch, offset, offset + 1, 0)
      Buffer.from('x'.repeat(3000))
    }
    expect(tail.read(1999, ALL)?.records).toHaveLength(1)
    expect(memoryOf(tail)).toBeLessThanOrEqual(budget + PIECES_BYTES)
  })

  it('is not that of tails that were cleared', () => {
    const budget = 256 * 1024
    const cache = new TailCache(budget)
    const kept = cache.tailOf()
    const cleared = cache.tailOf()
    for (let offset = 0; offset < 2000; offset += 1) {
      kept.add(batch, offset, offset + 1, 0)
      for (let more = 0; more < 20; more += 1) cleared.add(batch, more, more + 1, 0)
      cleared.clear()
    }
    expect(kept.read(1999, ALL)?.records).toHaveLength(1)
    expect(memoryOf(kept)).toBeLessThanOrEqual(budget + PIECES_BYTES)
  })

  it('is free when everything is too old', () => {
    const cache = new TailCache()
    const tail = cache.tailOf()
    tail.add(batch, 0, 1, 0)
    cache.dropOlderThan(20_000, 10_000)
    expect(cache.bytes).toBe(0)
    expect(tail.read(0, ALL)).toBeUndefined()
    tail.add(batch, 0, 1, 20_000)
    expect(tail.read(0, ALL)?.records[0]?.equals(batch)).toBe(true)
  })
})
