/** Packed records are what the decoder reads back, whole and in halves. */
import { describe, expect, it } from 'vitest'
import { PackedBatch, PackedRecords, type Slice } from '../../src/client/packed-batch.ts'
import { COMPRESSIONS, readBatchHeader } from '../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'

const slice = (text: string): Slice => {
  const bytes = Buffer.from(`<${text}>`)
  return { bytes, start: 1, end: bytes.length - 1 }
}
const IDENTITY = { producerId: 7, producerEpoch: 3 }

function packed(count: number): PackedRecords {
  const records = new PackedRecords(64 << 10)
  for (let i = 0; i < count; i++) {
    const key = i % 2 === 0 ? null : slice(`key-${i}`)
    records.add(key, slice(`${i}`.padEnd(i, 'x')), 1_700_000_000_000 + (i >> 2) * 100, 10 + (i >> 3))
  }
  return records
}

const values = (batch: Buffer) => decodeBatch(batch).map(({ value }) => String(value))

describe('packed records', () => {
  it.each(COMPRESSIONS)('are read back: %s', (compression) => {
    const records = packed(300)
    const batch = new PackedBatch(5, records)
    const bytes = batch.encode(compression, IDENTITY)
    expect(readBatchHeader(bytes, 0)).toMatchObject({
      ...{ compression, producerId: 7, producerEpoch: 3, baseSequence: 5, recordCount: 300, lastOffsetDelta: 299 },
      ...{ baseTimestamp: 1_700_000_000_000, maxTimestamp: 1_700_000_007_400 },
    })
    const decoded = decodeBatch(bytes)
    for (const [i, { key, value, timestamp, offset }] of decoded.entries()) {
      expect([offset, String(key), String(value)]).toEqual([
        i,
        i % 2 === 0 ? 'null' : `key-${i}`,
        `${i}`.padEnd(i, 'x'),
      ])
      expect(timestamp).toBe(1_700_000_000_000 + (i >> 2) * 100)
    }
    const sum = decoded.reduce((total, { key, value }) => total + (key?.length ?? 0) + value!.length, 0)
    expect([batch.count, batch.payloadBytes]).toEqual([300, sum])
    expect(records.counts.reduce((a, b) => a + b)).toBe(300)
  })

  it('have room while the next one fits', () => {
    const records = new PackedRecords(1000)
    let added = 0
    while (records.hasRoom(50)) {
      records.add(null, slice('v'.repeat(50)), 1, 1)
      added++
    }
    expect(added).toBeGreaterThan(10)
    expect(records.position).toBeLessThanOrEqual(1000)
    records.clear()
    expect([records.count, records.hasRoom(50), records.times]).toEqual([0, true, []])
  })

  it('are cut in halves whose numbers and times go on', () => {
    const batch = new PackedBatch(40, packed(21))
    const [left, right] = batch.halves()
    expect([left.first, left.count, right.first, right.count]).toEqual([40, 10, 50, 11])
    const all = [...values(left.encode('none', IDENTITY)), ...values(right.encode('none', IDENTITY))]
    expect(all).toEqual(Array.from({ length: 21 }, (_, i) => `${i}`.padEnd(i, 'x')))
    expect(left.packed.times).toEqual([10, 11])
    expect(left.packed.counts).toEqual([8, 2])
    expect(right.packed.times).toEqual([11, 12])
    expect(right.packed.counts).toEqual([6, 5])
    expect(readBatchHeader(right.encode('none', IDENTITY), 0).baseSequence).toBe(50)
  })
})
