/** Counting records without decoding them agrees with decoding them. */
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { COMPRESSIONS, readBatchHeader } from '../../src/protocol/records/batch.ts'
import { encodeBatch, type RecordInput } from '../../src/protocol/records/record.ts'
import { countRecords } from '../../src/perf/record-walk.ts'

const count = (batch: Buffer, from = 0, until = Number.MAX_SAFE_INTEGER) => {
  const counted = { records: 0, bytes: 0 }
  countRecords(readBatchHeader(batch, 0), batch, from, until, counted)
  return counted
}

describe('counting records', () => {
  it.each(COMPRESSIONS)('of a batch compressed by %s', (compression) => {
    const seed = Date.now() & 0xffff
    const random = new Prng(seed)
    const records = Array.from(
      { length: 500 },
      (_, i): RecordInput => ({
        offset: 1000 + i * 3,
        timestamp: 1_700_000_000_000 + random.int(2 ** 31),
        key: random.chance(0.3) ? null : random.bytes(random.int(200)),
        value: random.chance(0.1) ? null : random.bytes(random.int(3000)),
        headers: random.chance(0.2) ? [{ key: 'h', value: random.bytes(10) }] : [],
      }),
    )
    const bytes = (list: RecordInput[]) =>
      list.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
    const batch = encodeBatch({ compression, baseOffset: 1000 }, records)
    expect(count(batch), `seed ${seed}`).toEqual({ records: 500, bytes: bytes(records) })
    const some = records.filter(({ offset }) => offset! >= 1300 && offset! < 1900)
    expect(count(batch, 1300, 1900), `seed ${seed}`).toEqual({ records: some.length, bytes: bytes(some) })
  })

  it('finds damage', () => {
    const batch = encodeBatch({}, [{ timestamp: 1, key: null, value: Buffer.from('value') }])
    batch[batch.length - 3]! ^= 1
    expect(() => count(batch)).toThrow(expect.objectContaining({ error: 'CORRUPT_MESSAGE' }))
  })
})
