/** Batches built and read back with every codec, and what happens to damaged ones. */
import { describe, expect, test } from 'vitest'
import {
  COMPRESSIONS,
  checkBatchCrc,
  crc32c,
  eachBatch,
  readBatchHeader,
  setBaseOffset,
  setLeaderEpoch,
  setLogAppendTime,
} from '../../../src/protocol/records/batch.ts'
import { decodeBatch, encodeBatch, type RecordInput } from '../../../src/protocol/records/record.ts'

const records: RecordInput[] = Array.from({ length: 100 }, (_, i) => ({
  timestamp: 1_700_000_000_000 + i * 7 - (i % 3) * 1000,
  key: i % 5 === 0 ? null : Buffer.from(`key-${i}`),
  value: i % 7 === 0 ? null : Buffer.from(`value ${i} `.repeat(i)),
  headers:
    i % 4 === 0
      ? [
          { key: 'h', value: null },
          { key: 'ü', value: Buffer.from([0, 1, 255]) },
        ]
      : [],
}))

describe.each(COMPRESSIONS)('a batch compressed with %s', (compression) => {
  const batch = encodeBatch({ baseOffset: 42, compression, producerId: 7, producerEpoch: 1, baseSequence: 5 }, records)

  test('reads back', () => {
    expect(decodeBatch(batch)).toEqual(records.map((record, i) => ({ offset: 42 + i, ...record })))
    expect(readBatchHeader(batch, 0)).toMatchObject({
      baseOffset: 42,
      lastOffset: 141,
      sizeBytes: batch.length,
      recordCount: 100,
      compression,
      timestampType: 'CreateTime',
      producerId: 7,
      producerEpoch: 1,
      baseSequence: 5,
      partitionLeaderEpoch: -1,
      isControl: false,
      baseTimestamp: records[0]!.timestamp,
      maxTimestamp: Math.max(...records.map((r) => r.timestamp)),
    })
  })

  test('decompresses within the bound only', () => {
    if (compression === 'none') return
    expect(() => decodeBatch(batch, 1000)).toThrow(expect.objectContaining({ error: 'MESSAGE_TOO_LARGE' }))
  })
})

test('offset and epoch are patched without touching the checksum; log append time renews it', () => {
  const batch = encodeBatch({}, records)
  setBaseOffset(batch, 0, 2 ** 40 + 3)
  setLeaderEpoch(batch, 0, 9)
  expect(checkBatchCrc(batch, 0)).toBe(true)
  setLogAppendTime(batch, 0, 1_800_000_000_000)
  expect(checkBatchCrc(batch, 0)).toBe(true)
  expect(readBatchHeader(batch, 0)).toMatchObject({ timestampType: 'LogAppendTime', partitionLeaderEpoch: 9 })
  expect(decodeBatch(batch).every((r, i) => r.timestamp === 1_800_000_000_000 && r.offset === 2 ** 40 + 3 + i)).toBe(
    true,
  )
})

test('a partial last batch ends the iteration', () => {
  const batch = encodeBatch({}, records)
  const two = Buffer.concat([batch, batch])
  expect([...eachBatch(two)].map((b) => b.position)).toEqual([0, batch.length])
  expect([...eachBatch(two.subarray(0, two.length - 1))]).toHaveLength(1)
  expect([...eachBatch(two.subarray(0, batch.length + 20))]).toHaveLength(1)
})

test('crc32c is Castagnoli and goes on from a seed', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345')))).toBe(0xe3069283)
})

test('a damaged batch gives CORRUPT_MESSAGE', () => {
  const batch = encodeBatch({}, records)
  for (let i = 21; i < batch.length; i += 13) {
    const damaged = Buffer.from(batch)
    damaged[i] = damaged[i]! ^ 0x40
    expect(() => decodeBatch(damaged)).toThrow(expect.objectContaining({ error: 'CORRUPT_MESSAGE' }))
  }
  expect(() => decodeBatch(batch.subarray(0, 60))).toThrow(expect.objectContaining({ error: 'CORRUPT_MESSAGE' }))
  expect(() => decodeBatch(batch.subarray(0, 70))).toThrow(expect.objectContaining({ error: 'CORRUPT_MESSAGE' }))
})

test('timestamps far apart survive', () => {
  const far = [0, 2 ** 52, -1, 2 ** 31].map((timestamp) => ({ timestamp, key: null, value: null }))
  expect(decodeBatch(encodeBatch({}, far)).map((r) => r.timestamp)).toEqual([0, 2 ** 52, -1, 2 ** 31])
})
