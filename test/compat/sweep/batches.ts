/** Record batches that a producer would send, and such as none should: the pool for Produce's `records`. */
import { type BatchOptions, encodeBatch, type RecordInput } from '../../../src/protocol/records/record.ts'
import { writeBatchCrc } from '../../../src/protocol/records/batch.ts'
import { controlRecord, encodeControlBatch } from '../../../src/protocol/records/control.ts'
import type { Pool } from './generate.ts'

const TIME = 1_700_000_000_000
const record = (more: Partial<RecordInput> = {}): RecordInput => ({
  timestamp: TIME,
  key: Buffer.from('key'),
  value: Buffer.from('value'),
  ...more,
})
const batch = (options: BatchOptions = {}, records: RecordInput[] = [record()]): Buffer => encodeBatch(options, records)

/** A copy with a field of the header overwritten, and its checksum right unless `crc` is false. */
function patched(change: (bytes: Buffer) => void, crc = true, from = batch()): Buffer {
  const bytes = Buffer.from(from)
  change(bytes)
  if (crc) writeBatchCrc(bytes, 0)
  return bytes
}

const BASE_OFFSET = 0
const LENGTH = 8
const MAGIC = 16
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const COUNT = 57

const good = [
  batch(),
  batch({}, [record(), record({ value: null }), record({ key: null, headers: [{ key: 'h', value: null }] })]),
  batch({ compression: 'gzip' }, [record(), record()]),
  batch({ compression: 'lz4' }, [record(), record()]),
  batch({ compression: 'snappy' }, [record(), record()]),
  batch({ producerId: 4000, producerEpoch: 0, baseSequence: 0 }),
]

const bad = [
  null,
  Buffer.alloc(0),
  Buffer.alloc(5),
  batch().subarray(0, 40),
  batch().subarray(0, 65),
  Buffer.concat([batch(), batch()]),
  Buffer.concat([batch(), Buffer.alloc(7)]),
  batch({ compression: 'zstd' }, [record(), record()]),
  batch({ producerId: 4000, producerEpoch: 0, baseSequence: 5 }),
  batch({ producerId: 4001, producerEpoch: 3, baseSequence: 9 }),
  batch({ producerId: 4000, producerEpoch: -1, baseSequence: 0 }),
  batch({ timestampType: 'LogAppendTime' }),
  batch({}, [record({ timestamp: -1 })]),
  batch({}, [record({ timestamp: 4e12 })]),
  batch({}, [record({ value: Buffer.alloc(1_200_000) })]),
  patched((bytes) => bytes.writeUInt8(1, MAGIC)),
  patched((bytes) => bytes.writeUInt8(0, MAGIC)),
  patched((bytes) => bytes.writeUInt8(3, MAGIC)),
  patched((bytes) => bytes.writeUInt8(bytes[70]! ^ 1, 70), false),
  patched((bytes) => bytes.writeInt32BE(3, LAST_OFFSET_DELTA)),
  patched((bytes) => bytes.writeInt32BE(3, COUNT)),
  patched((bytes) => bytes.writeInt32BE(0, COUNT)),
  patched((bytes) => bytes.writeInt32BE(-1, COUNT)),
  patched((bytes) => bytes.writeInt16BE(7, ATTRIBUTES)),
  patched((bytes) => bytes.writeInt16BE(1, ATTRIBUTES)),
  patched((bytes) => bytes.writeInt16BE(0x40, ATTRIBUTES)),
  patched((bytes) => bytes.writeInt32BE(2, LENGTH), false),
  patched((bytes) => bytes.writeInt32BE(-1, LENGTH), false),
  patched((bytes) => bytes.writeBigInt64BE(77n, BASE_OFFSET)),
  encodeControlBatch({ baseOffset: 0 }, [controlRecord('leaderChange', TIME, { leaderId: 1 })]),
]

export const batches: Pool = { good, bad }
