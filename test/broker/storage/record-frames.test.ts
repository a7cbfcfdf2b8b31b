/** Batches whose checksum is right and whose records are not: a client's are refused, what they hold is not looked at. */
import { describe, expect, it } from 'vitest'
import { misframedRecord } from '../../../src/broker/storage/record-frames.ts'
import { BATCH_OVERHEAD, writeBatchCrc } from '../../../src/protocol/records/batch.ts'
import { batchOf, openBench } from './support.ts'

const OPTIONS = { leaderEpoch: 0, origin: 'client' } as const

function broken(change: (records: Buffer) => void): Buffer {
  const batch = batchOf({ values: 3 })
  change(batch.subarray(BATCH_OVERHEAD))
  writeBatchCrc(batch, 0)
  return batch
}

describe('the records of a batch', () => {
  it('are accepted when they fill it', () => {
    for (const values of [1, 2, 200]) {
      const batch = batchOf({ values })
      expect(misframedRecord(batch, BATCH_OVERHEAD, batch.length, values)).toBe(-1)
      expect(misframedRecord(batch, BATCH_OVERHEAD, batch.length, values + 1)).toBe(values)
      expect(misframedRecord(batch, BATCH_OVERHEAD, batch.length - 1, values)).toBe(values - 1)
    }
    const long = batchOf({ values: ['x'.repeat(100_000), 'y'] })
    expect(misframedRecord(long, BATCH_OVERHEAD, long.length, 2)).toBe(-1)
    expect(misframedRecord(long, BATCH_OVERHEAD, long.length, 1)).toBe(1)
  })

  it.each([
    ['a length beyond the batch', (records: Buffer) => records.fill(0x7e, 0, 1)],
    ['a negative length', (records: Buffer) => records.fill(0x01, 0, 1)],
    ['a length without an end', (records: Buffer) => records.fill(0xff, 0, 10)],
    ['a length too small for a record', (records: Buffer) => records.fill(0x02, 0, 1)],
  ])('are refused with %s', (_, change) => {
    const { log } = openBench()
    expect(() => log.appendAsLeader(broken(change), OPTIONS)).toThrow(/does not fit|bytes follow/)
    expect(log.logEndOffset).toBe(0)
    log.appendAsLeader(batchOf({ values: 2 }), OPTIONS)
    expect(log.logEndOffset).toBe(2)
  })
})
