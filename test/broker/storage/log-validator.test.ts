/** What a leader refuses, and what it changes in the batches it takes. */
import { beforeAll, describe, expect, it } from 'vitest'
import { RecordsRejectedError } from '../../../src/broker/storage/log-validator.ts'
import { BATCH_OVERHEAD, readBatchHeader, writeBatchCrc } from '../../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import { loadCodecs } from '../../../src/protocol/records/compression.ts'
import { type Bench, type BatchSpec, batchOf, errorOf, openBench, readAll, START_MS } from './support.ts'

function append({ log }: Bench, spec: BatchSpec | Buffer, origin: 'client' | 'coordinator' = 'client') {
  return log.appendAsLeader(Buffer.isBuffer(spec) ? spec : batchOf(spec), { leaderEpoch: 2, origin })
}

/** A batch with one header field overwritten and its checksum made right again. */
function patched(spec: BatchSpec, patch: (batch: Buffer) => void): Buffer {
  const batch = batchOf(spec)
  patch(batch)
  writeBatchCrc(batch, 0)
  return batch
}

function rejection(work: () => unknown): RecordsRejectedError {
  try {
    work()
  } catch (error) {
    if (error instanceof RecordsRejectedError) return error
    throw error
  }
  throw new Error('nothing was rejected')
}

beforeAll(() => loadCodecs())

describe('refusals', () => {
  const bench = openBench({ settings: { maxMessageBytes: 2000 } })

  it.each([
    ['a wrong checksum', () => batchOf().fill(1, 70), 'CORRUPT_MESSAGE'],
    ['another magic', () => patched({}, (b) => b.writeInt8(1, 16)), 'CORRUPT_MESSAGE'],
    ['more offsets than records', () => patched({ values: 3 }, (b) => b.writeInt32BE(5, 23)), 'INVALID_RECORD'],
    ['no records', () => patched({}, (b) => b.writeInt32BE(0, 57)), 'INVALID_RECORD'],
    ['a negative offset range', () => patched({}, (b) => b.writeInt32BE(-2, 23)), 'INVALID_RECORD'],
    ['a base offset', () => batchOf({ baseOffset: 7 }), 'INVALID_RECORD'],
    ['control records', () => batchOf({ isControl: true, producerId: 1, baseSequence: 0 }), 'INVALID_RECORD'],
    ['a producer without a sequence', () => batchOf({ producerId: 4, producerEpoch: 0 }), 'INVALID_RECORD'],
    ['an unknown codec', () => patched({}, (b) => b.writeInt16BE(6, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['too many bytes', () => batchOf({ values: ['x'.repeat(2000)] }), 'MESSAGE_TOO_LARGE'],
    ['nothing', () => Buffer.alloc(0), 'INVALID_RECORD'],
    ['a timestamp too far ahead', () => batchOf({ timestamp: START_MS + 3_600_001 }), 'INVALID_TIMESTAMP'],
    ['LogAppendTime by the client', () => batchOf({ timestampType: 'LogAppendTime' }), 'INVALID_TIMESTAMP'],
  ] as const)('%s', (_, make, error) => {
    expect(errorOf(() => append(bench, make()))).toBe(error)
    expect(bench.log.logEndOffset).toBe(0)
  })

  it('names the records with wrong timestamps', () => {
    const bench = openBench({ settings: { timestampBeforeMaxMs: 1000 } })
    const timestamps = [START_MS, START_MS - 1001, START_MS + 3_600_001, -1, START_MS - 1000]
    const error = rejection(() => append(bench, { values: 5, timestamps }))
    expect([error.error, error.recordErrors.map((each) => each.batchIndex)]).toEqual(['INVALID_TIMESTAMP', [1, 2]])
  })

  it('names the records without a key on a compacted topic', () => {
    const bench = openBench({ settings: { compact: true } })
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const error = rejection(() => append(bench, { values: 3, keys: ['a', null, null], compression }))
      expect([error.error, error.recordErrors.map((each) => each.batchIndex)]).toEqual(['INVALID_RECORD', [1, 2]])
    }
    const error = rejection(() =>
      append(bench, { values: 3, keys: [null, 'b', 'c'], timestamps: [START_MS, START_MS + 3_600_001, START_MS] }),
    )
    expect(error.error).toBe('INVALID_TIMESTAMP')
    expect(error.recordErrors.map((each) => [each.batchIndex, each.batchIndexErrorMessage])).toEqual([
      [0, 'Compacted topic cannot accept message without key in topic partition events-0'],
      [1, expect.stringMatching(/^Timestamp \d+ of message with offset 1 is out of range/)],
    ])
    append(bench, { values: 2, keys: ['a', 'b'] })
  })

  it('refuses a record of a compacted topic that is none', () => {
    const bench = openBench({ settings: { compact: true } })
    const whole = encodeBatch({}, [
      { timestamp: START_MS, key: Buffer.from('k'), value: Buffer.from('v'), headers: [{ key: 'h', value: null }] },
    ])
    // Length, attributes, two deltas, key with its length, value with its length, then the headers.
    const headers = BATCH_OVERHEAD + 8
    for (const [at, byte] of [
      [headers, 4],
      [headers, 0],
      [headers + 1, 40],
      [headers + 3, 40],
      [headers - 2, 40],
    ] as const) {
      const bad = Buffer.from(whole)
      bad[at] = byte
      writeBatchCrc(bad, 0)
      expect([at, byte, errorOf(() => append(bench, bad))]).toEqual([at, byte, 'INVALID_RECORD'])
    }
    append(bench, Buffer.from(whole))
  })

  it('refuses more than a segment holds', () => {
    const bench = openBench()
    expect(errorOf(() => append(bench, { values: ['x'.repeat(5000)] }))).toBe('RECORD_LIST_TOO_LARGE')
  })
})

describe('changes', () => {
  it('leaves the codec alone, or makes it the topic’s', () => {
    const codecs = { producer: 'gzip', uncompressed: 'none', lz4: 'lz4', zstd: 'zstd', snappy: 'snappy' } as const
    for (const [compressionType, expected] of Object.entries(codecs)) {
      const bench = openBench({ settings: { compressionType: compressionType as keyof typeof codecs } })
      append(bench, { values: 3, compression: 'gzip', producerId: 3, producerEpoch: 1, baseSequence: 0 })
      append(bench, { values: 2, compression: 'gzip', producerId: 3, producerEpoch: 1, baseSequence: 3 })
      const header = readBatchHeader(bench.log.read(3, { maxBytes: 1, minOneBatch: true, upTo: 5 }).records[0]!, 0)
      expect(header).toMatchObject({ compression: expected, baseOffset: 3, partitionLeaderEpoch: 2, baseSequence: 3 })
      expect(readAll(bench.log).map((record) => record.offset)).toEqual([0, 1, 2, 3, 4])
    }
  })

  it.each([
    ['gzip', { gzipLevel: 1 }, { gzipLevel: 9 }],
    ['zstd', { zstdLevel: -50 }, { zstdLevel: 19 }],
  ] as const)('takes the effort that the topic wants of %s', (compressionType, least, most) => {
    const values = Array.from({ length: 200 }, (_, index) => `{"sensor":${index % 7},"value":${(index * 7919) % 1000}}`)
    const [quick, thorough] = [least, most].map((level) => {
      const bench = openBench({ settings: { compressionType, segmentBytes: 1 << 20, ...level } })
      append(bench, { values })
      expect(readAll(bench.log).map((record) => record.value!.toString())).toEqual(values)
      return bench.log.sizeBytes
    })
    expect(thorough).toBeLessThan(quick!)
  })

  it('stamps LogAppendTime with a right checksum', () => {
    const bench = openBench({ settings: { timestampType: 'LogAppendTime' } })
    bench.clock.advance(5000)
    const result = append(bench, { values: 2, timestamp: START_MS - 1e9 })
    expect(result.logAppendTime).toBe(START_MS + 5000)
    expect(readAll(bench.log).map((record) => record.timestamp)).toEqual([START_MS + 5000, START_MS + 5000])
  })

  it('takes several batches at once and gives one row of offsets', () => {
    const bench = openBench()
    const both = Buffer.concat([batchOf({ values: 2 }), batchOf({ values: 3 })])
    expect(append(bench, both)).toMatchObject({ firstOffset: 0, lastOffset: 4, recordCount: 5 })
    expect(readAll(bench.log).length).toBe(5)
  })

  it('lets coordinators write control batches', () => {
    const bench = openBench()
    append(bench, { isControl: true, producerId: 1, producerEpoch: 0, keys: ['\0\0\0\x01'] }, 'coordinator')
    expect(bench.log.logEndOffset).toBe(1)
  })
})
