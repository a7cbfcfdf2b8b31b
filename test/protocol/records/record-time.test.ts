/** The time of a record, found without decoding the others. */
import { describe, expect, it } from 'vitest'
import { BATCH_OVERHEAD, readBatchHeader } from '../../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { recordSection, RecordTimes } from '../../../src/protocol/records/record-time.ts'

const records = [0, 5, -3, 1_000_000, 2 ** 41].map((delta, index) => ({
  offset: 100 + index * 2,
  timestamp: 1_700_000_000_000 + delta,
  key: index % 2 === 0 ? null : Buffer.from('key'),
  value: Buffer.alloc(index * 100, 'v'),
}))

describe.each(['none', 'gzip', 'zstd'] as const)('RecordTimes, %s', (compression) => {
  const batch = encodeBatch({ baseOffset: 100, compression }, records)
  const header = readBatchHeader(batch, 0)
  const section = recordSection(header, batch)

  it.each(records)('finds offset $offset', ({ offset, timestamp }) => {
    expect(new RecordTimes(header, section).atOrAfter(offset)).toBe(timestamp)
    expect(new RecordTimes(header, section).atOrAfter(offset - 1)).toBe(timestamp)
  })

  it('knows when there is none', () => expect(new RecordTimes(header, section).atOrAfter(109)).toBeUndefined())

  it('answers many questions in one walk, and one out of order too', () => {
    const times = new RecordTimes(header, section)
    for (const { offset, timestamp } of [...records, ...records.toReversed()]) {
      expect([times.atOrAfter(offset - 1), times.atOrAfter(offset), times.atOrAfter(offset)]).toEqual([
        timestamp,
        timestamp,
        timestamp,
      ])
    }
    expect([times.atOrAfter(109), times.atOrAfter(110), times.atOrAfter(100)]).toEqual([
      undefined,
      undefined,
      records[0]!.timestamp,
    ])
  })
})

it('takes the time of the batch where the broker stamped it', () => {
  const batch = encodeBatch({ baseOffset: 100, timestampType: 'LogAppendTime' }, records)
  const header = readBatchHeader(batch, 0)
  expect(new RecordTimes(header, batch.subarray(BATCH_OVERHEAD)).atOrAfter(103)).toBe(header.maxTimestamp)
})

it('refuses what is no list of records', () => {
  const batch = encodeBatch({ baseOffset: 100 }, records)
  const header = readBatchHeader(batch, 0)
  for (const section of [Buffer.alloc(0), Buffer.alloc(20, 0xff), Buffer.from([0x7e, 0, 0, 0])]) {
    expect(() => new RecordTimes(header, section).atOrAfter(105)).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD' }),
    )
  }
})
