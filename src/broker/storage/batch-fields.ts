/**
 * Single fields of a record batch, read in place. Scans walk millions of batches and need two or three numbers of each,
 * so they do not build the full header object; nothing here checks a CRC. A batch that a log cannot hold (a length below
 * the header, another magic) reads as -1 bytes.
 */
import { readInt16, readInt32, readInt64 } from '../../base/bytes.ts'
import { BATCH_ATTRIBUTE, BATCH_FIELD, BATCH_OVERHEAD, LOG_OVERHEAD } from '../../protocol/records/batch.ts'

export const NO_TIMESTAMP = -1

const MAGIC_V2 = 2

export function baseOffsetAt(buffer: Buffer, position: number): number {
  return readInt64(buffer, position)
}

/** Bytes of the whole batch, or -1 when what stands there cannot be a batch. Needs 17 readable bytes. */
export function batchBytesAt(buffer: Buffer, position: number): number {
  const bytes = readInt32(buffer, position + BATCH_FIELD.length) + LOG_OVERHEAD
  return bytes < BATCH_OVERHEAD || buffer[position + BATCH_FIELD.magic] !== MAGIC_V2 ? -1 : bytes
}

/** Inclusive. */
export function lastOffsetAt(buffer: Buffer, position: number): number {
  return readInt64(buffer, position) + readInt32(buffer, position + BATCH_FIELD.lastOffsetDelta)
}

/** True when the first batch begins before `offset` and reaches it: left by a deletion of its first records. */
export function spansOffset(records: Buffer, offset: number): boolean {
  if (records.length < BATCH_OVERHEAD || batchBytesAt(records, 0) < 0) return false
  return baseOffsetAt(records, 0) >= 0 && baseOffsetAt(records, 0) < offset && lastOffsetAt(records, 0) >= offset
}

export function maxTimestampAt(buffer: Buffer, position: number): number {
  return readInt64(buffer, position + BATCH_FIELD.maxTimestamp)
}

/** What a log must know of a batch that it takes in. */
export interface BatchInfo {
  /** Byte position in the buffer or file that it was read from. */
  readonly position: number
  readonly sizeBytes: number
  readonly baseOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly maxTimestamp: number
  readonly attributes: number
  /** -1: not of an idempotent producer. */
  readonly producerId: number
  readonly producerEpoch: number
  /** -1: none. */
  readonly baseSequence: number
  readonly recordCount: number
}

/** Reads the header at `position` of the buffer, checked before with `batchBytesAt`; it came from `filePosition`. */
export function batchInfoAt(buffer: Buffer, position: number, filePosition = position): BatchInfo {
  const baseOffset = readInt64(buffer, position)
  return {
    position: filePosition,
    sizeBytes: readInt32(buffer, position + BATCH_FIELD.length) + LOG_OVERHEAD,
    baseOffset,
    lastOffset: baseOffset + readInt32(buffer, position + BATCH_FIELD.lastOffsetDelta),
    leaderEpoch: readInt32(buffer, position + BATCH_FIELD.partitionLeaderEpoch),
    maxTimestamp: readInt64(buffer, position + BATCH_FIELD.maxTimestamp),
    attributes: readInt16(buffer, position + BATCH_FIELD.attributes),
    producerId: readInt64(buffer, position + BATCH_FIELD.producerId),
    producerEpoch: readInt16(buffer, position + BATCH_FIELD.producerEpoch),
    baseSequence: readInt32(buffer, position + BATCH_FIELD.baseSequence),
    recordCount: readInt32(buffer, position + BATCH_FIELD.recordCount),
  }
}

export function isTransactional(batch: BatchInfo): boolean {
  return (batch.attributes & BATCH_ATTRIBUTE.transactional) !== 0
}

export function isControl(batch: BatchInfo): boolean {
  return (batch.attributes & BATCH_ATTRIBUTE.control) !== 0
}

export function isLogAppendTime(batch: BatchInfo): boolean {
  return (batch.attributes & BATCH_ATTRIBUTE.logAppendTime) !== 0
}

/** Sequence numbers run to 2^31-1 and go on at 0. */
export function advanceSequence(sequence: number, by: number): number {
  const next = sequence + by
  return next > 0x7fffffff ? next - 0x8000_0000 : next
}

/** Sequence of the batch's last record; -1 when it has none. */
export function lastSequenceOf(batch: BatchInfo): number {
  return batch.baseSequence < 0 ? -1 : advanceSequence(batch.baseSequence, batch.lastOffset - batch.baseOffset)
}
