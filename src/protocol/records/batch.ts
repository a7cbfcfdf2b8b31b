/**
 * Record batches (magic 2) in place: the 61-byte header is read and patched where it lies, records are never decoded
 * here. Base offset and leader epoch lie outside the checksum, so that they can be set without touching the rest.
 */
import { createRequire } from 'node:module'
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '../../base/bytes.ts'
import { ApiError } from '../errors.ts'

/** Bytes of a batch before its records. */
export const BATCH_OVERHEAD = 61
/** Base offset and length: what stands before the bytes that the length counts. */
export const LOG_OVERHEAD = 12

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof COMPRESSIONS)[number]
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** Where each header field lies, from the start of the batch. */
export const BATCH_FIELD = {
  baseOffset: 0,
  length: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** Bits of the attributes. */
export const BATCH_ATTRIBUTE = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const

export interface BatchHeader {
  readonly baseOffset: number
  readonly lastOffset: number
  /** The whole batch, base offset and length included. */
  readonly sizeBytes: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
  readonly compression: Compression
  readonly timestampType: TimestampType
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly hasDeleteHorizon: boolean
}

type Crc32c = (bytes: Uint8Array, seed?: number) => number
let native: Crc32c | undefined

/** CRC-32C (Castagnoli), unsigned. `seed` is the checksum of what came before. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  if (native === undefined) {
    native = (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c }).crc32c
  }
  return native(bytes, seed)
}

function corrupt(message: string): ApiError {
  return new ApiError('CORRUPT_MESSAGE', message)
}

/**
 * The header of the batch at `position`; only these 61 bytes need to be in the buffer. Throws CORRUPT_MESSAGE when they
 * are not, and on an impossible length, another magic than 2 or an unknown compression. The checksum is not looked at.
 */
export function readBatchHeader(buffer: Buffer, position: number): BatchHeader {
  if (buffer.length - position < BATCH_OVERHEAD) throw corrupt('record batch header ends early')
  const length = readInt32(buffer, position + BATCH_FIELD.length)
  const magic = (buffer[position + BATCH_FIELD.magic]! << 24) >> 24
  if (magic !== 2) throw corrupt(`record batch of magic ${magic}, only 2 is supported`)
  if (length < BATCH_OVERHEAD - LOG_OVERHEAD) throw corrupt(`record batch length ${length} is too small`)
  const attributes = readInt16(buffer, position + BATCH_FIELD.attributes)
  const compression = COMPRESSIONS[attributes & BATCH_ATTRIBUTE.compression]
  if (compression === undefined) throw corrupt(`unknown compression ${attributes & BATCH_ATTRIBUTE.compression}`)
  const baseOffset = readInt64(buffer, position)
  const lastOffsetDelta = readInt32(buffer, position + BATCH_FIELD.lastOffsetDelta)
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeBytes: LOG_OVERHEAD + length,
    partitionLeaderEpoch: readInt32(buffer, position + BATCH_FIELD.partitionLeaderEpoch),
    magic,
    crc: readInt32(buffer, position + BATCH_FIELD.crc) >>> 0,
    attributes,
    lastOffsetDelta,
    baseTimestamp: readInt64(buffer, position + BATCH_FIELD.baseTimestamp),
    maxTimestamp: readInt64(buffer, position + BATCH_FIELD.maxTimestamp),
    producerId: readInt64(buffer, position + BATCH_FIELD.producerId),
    producerEpoch: readInt16(buffer, position + BATCH_FIELD.producerEpoch),
    baseSequence: readInt32(buffer, position + BATCH_FIELD.baseSequence),
    recordCount: readInt32(buffer, position + BATCH_FIELD.recordCount),
    compression,
    timestampType: (attributes & BATCH_ATTRIBUTE.logAppendTime) === 0 ? 'CreateTime' : 'LogAppendTime',
    isTransactional: (attributes & BATCH_ATTRIBUTE.transactional) !== 0,
    isControl: (attributes & BATCH_ATTRIBUTE.control) !== 0,
    hasDeleteHorizon: (attributes & BATCH_ATTRIBUTE.deleteHorizon) !== 0,
  }
}

/** Whether the stored checksum is that of the bytes; false as well when the batch is not whole. */
export function checkBatchCrc(buffer: Buffer, position: number): boolean {
  if (buffer.length - position < BATCH_OVERHEAD) return false
  const end = position + LOG_OVERHEAD + readInt32(buffer, position + BATCH_FIELD.length)
  if (end > buffer.length || end < position + BATCH_OVERHEAD) return false
  const stored = readInt32(buffer, position + BATCH_FIELD.crc) >>> 0
  return crc32c(buffer.subarray(position + BATCH_FIELD.attributes, end)) === stored
}

/** The whole batches in the buffer, in order; a partial last one ends it silently. Throws as `readBatchHeader` does. */
export function* eachBatch(buffer: Buffer): Generator<{ header: BatchHeader; position: number }, void, undefined> {
  let position = 0
  while (buffer.length - position >= BATCH_OVERHEAD) {
    const header = readBatchHeader(buffer, position)
    if (header.sizeBytes > buffer.length - position) return
    yield { header, position }
    position += header.sizeBytes
  }
}

export function setBaseOffset(buffer: Buffer, position: number, offset: number): void {
  writeInt64(buffer, position + BATCH_FIELD.baseOffset, offset)
}

export function setLeaderEpoch(buffer: Buffer, position: number, epoch: number): void {
  writeInt32(buffer, position + BATCH_FIELD.partitionLeaderEpoch, epoch)
}

/** Makes it a LogAppendTime batch of this time, in milliseconds, and renews the checksum. The batch must be whole. */
export function setLogAppendTime(buffer: Buffer, position: number, timestampMs: number): void {
  const attributes = readInt16(buffer, position + BATCH_FIELD.attributes)
  writeInt16(buffer, position + BATCH_FIELD.attributes, attributes | BATCH_ATTRIBUTE.logAppendTime)
  writeInt64(buffer, position + BATCH_FIELD.maxTimestamp, timestampMs)
  writeBatchCrc(buffer, position)
}

/** Computes and stores the checksum of the whole batch at `position`. */
export function writeBatchCrc(buffer: Buffer, position: number): void {
  const end = position + LOG_OVERHEAD + readInt32(buffer, position + BATCH_FIELD.length)
  writeInt32(buffer, position + BATCH_FIELD.crc, crc32c(buffer.subarray(position + BATCH_FIELD.attributes, end)))
}
