/**
 * Records inside a batch: decoding a whole batch and building one. Used by clients, commands, compaction and the logs
 * that the broker reads itself; the data path of produce and fetch never comes here.
 */
import {
  readInt32,
  varintSize,
  varlongSize,
  writeInt16,
  writeInt32,
  writeInt64,
  writeVarint,
  writeVarlong,
} from '../../base/bytes.ts'
import { ApiError } from '../errors.ts'
import {
  BATCH_ATTRIBUTE,
  BATCH_FIELD,
  BATCH_OVERHEAD,
  type BatchHeader,
  COMPRESSIONS,
  type Compression,
  checkBatchCrc,
  LOG_OVERHEAD,
  readBatchHeader,
  type TimestampType,
  writeBatchCrc,
} from './batch.ts'
import { compress, decompress } from './compression.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface KafkaRecord {
  readonly offset: number
  /** Milliseconds since the epoch, or -1. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: RecordHeader[]
}

export interface RecordInput {
  /** Default: one behind the record before, the first at the base offset. */
  readonly offset?: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RecordHeader[]
}

export interface BatchOptions {
  readonly baseOffset?: number
  readonly partitionLeaderEpoch?: number
  readonly compression?: Compression
  /** Effort of the codec, in its own range; default: its library's. */
  readonly compressionLevel?: number | undefined
  readonly timestampType?: TimestampType
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
}

/** Largest decompressed batch that `decodeBatch` takes by default. */
export const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024
/** A record's length, attributes, deltas, key, value and header count take a byte each at least. */
const MIN_RECORD_BYTES = 7

/**
 * The records of exactly one batch. Throws ApiError CORRUPT_MESSAGE when size, checksum or compressed data are wrong,
 * INVALID_RECORD when the records are, MESSAGE_TOO_LARGE beyond `maxBytes` decompressed. Keys and values are views.
 */
export function decodeBatch(batch: Buffer, maxBytes = MAX_DECOMPRESSED_BYTES): KafkaRecord[] {
  const header = readBatchHeader(batch, 0)
  if (header.sizeBytes !== batch.length) {
    throw new ApiError('CORRUPT_MESSAGE', `a batch of ${header.sizeBytes} bytes in ${batch.length}`)
  }
  if (!checkBatchCrc(batch, 0)) throw new ApiError('CORRUPT_MESSAGE', 'the checksum of a record batch is wrong')
  return decodeRecords(header, decompress(header.compression, batch.subarray(BATCH_OVERHEAD), maxBytes))
}

/** The records of a batch whose record section is given, already decompressed. Throws ApiError INVALID_RECORD. */
export function decodeRecords(header: BatchHeader, section: Buffer): KafkaRecord[] {
  const count = header.recordCount
  if (count < 0 || count * MIN_RECORD_BYTES > section.length) throw invalid(`${count} records do not fit their batch`)
  const cursor = new Cursor(section)
  const records: KafkaRecord[] = []
  for (let i = 0; i < count; i += 1) records.push(cursor.record(header))
  if (cursor.position !== section.length) throw invalid('bytes follow the last record of a batch')
  return records
}

function invalid(message: string): ApiError {
  return new ApiError('INVALID_RECORD', message)
}

class Cursor {
  readonly bytes: Buffer
  position = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  varint(): number {
    const { bytes } = this
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = bytes[this.position++]
      if (byte === undefined) throw invalid('a record ends early')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw invalid('a varint of more than 5 bytes')
  }

  varlong(): number {
    const start = this.position
    const { bytes } = this
    let low = 0
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = bytes[this.position++]
      if (byte === undefined) throw invalid('a record ends early')
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let wide = BigInt(low)
    for (let shift = 28n; shift <= 63n; shift += 7n) {
      const byte = bytes[this.position++]
      if (byte === undefined) throw invalid('a record ends early')
      wide |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const unsigned = BigInt.asUintN(64, wide)
        return Number((unsigned >> 1n) ^ -(unsigned & 1n))
      }
    }
    throw invalid(`a varint of more than 10 bytes at ${start}`)
  }

  slice(length: number): Buffer {
    const start = this.position
    if (length > this.bytes.length - start) throw invalid('a record ends early')
    this.position = start + length
    return this.bytes.subarray(start, start + length)
  }

  nullable(): Buffer | null {
    const length = this.varint()
    return length < 0 ? null : this.slice(length)
  }

  headers(): RecordHeader[] {
    const count = this.varint()
    if (count === 0) return []
    if (count < 0 || count * 2 > this.bytes.length - this.position) throw invalid(`${count} record headers do not fit`)
    const headers: RecordHeader[] = []
    for (let i = 0; i < count; i += 1) {
      const keyLength = this.varint()
      if (keyLength < 0) throw invalid('a record header without a key')
      const key = this.slice(keyLength).toString('utf8')
      headers.push({ key, value: this.nullable() })
    }
    return headers
  }

  record(header: BatchHeader): KafkaRecord {
    const size = this.varint()
    const start = this.position
    if (size < 0 || size > this.bytes.length - start) throw invalid(`a record of ${size} bytes does not fit its batch`)
    this.position += 1
    const timestampDelta = this.varlong()
    const offset = header.baseOffset + this.varint()
    const key = this.nullable()
    const value = this.nullable()
    const headers = this.headers()
    if (this.position !== start + size) throw invalid(`a record of ${this.position - start} bytes claims ${size}`)
    const timestamp =
      header.timestampType === 'LogAppendTime' ? header.maxTimestamp : header.baseTimestamp + timestampDelta
    return { offset, timestamp, key, value, headers }
  }
}

interface Sized {
  readonly record: RecordInput
  readonly offsetDelta: number
  readonly timestampDelta: number
  readonly bodyBytes: number
  readonly headerKeys: readonly Buffer[]
}

function measure(record: RecordInput, offsetDelta: number, timestampDelta: number): Sized {
  const headers = record.headers ?? []
  const headerKeys = headers.map((header) => Buffer.from(header.key))
  let bodyBytes = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta)
  bodyBytes += nullableSize(record.key) + nullableSize(record.value) + varintSize(headers.length)
  for (let i = 0; i < headers.length; i += 1) {
    const key = headerKeys[i]!
    bodyBytes += varintSize(key.length) + key.length + nullableSize(headers[i]!.value)
  }
  return { record, offsetDelta, timestampDelta, bodyBytes, headerKeys }
}

function nullableSize(value: Buffer | null): number {
  return value === null ? 1 : varintSize(value.length) + value.length
}

function writeNullable(target: Buffer, position: number, value: Buffer | null): number {
  if (value === null) return writeVarint(target, position, -1)
  const p = writeVarint(target, position, value.length)
  target.set(value, p)
  return p + value.length
}

function writeRecord(target: Buffer, position: number, sized: Sized): number {
  const { record, headerKeys } = sized
  let p = writeVarint(target, position, sized.bodyBytes)
  target[p++] = 0
  p = writeVarlong(target, p, sized.timestampDelta)
  p = writeVarint(target, p, sized.offsetDelta)
  p = writeNullable(target, p, record.key)
  p = writeNullable(target, p, record.value)
  p = writeVarint(target, p, headerKeys.length)
  for (let i = 0; i < headerKeys.length; i += 1) {
    p = writeNullable(target, p, headerKeys[i]!)
    p = writeNullable(target, p, record.headers![i]!.value)
  }
  return p
}

/** One batch of at least one record, checksummed. Timestamps are milliseconds; producer fields default to "none". */
export function encodeBatch(options: BatchOptions, records: readonly RecordInput[]): Buffer {
  const first = records[0]
  if (first === undefined) throw new RangeError('a batch needs a record')
  const baseOffset = options.baseOffset ?? first.offset ?? 0
  const sized: Sized[] = []
  let sectionBytes = 0
  let maxTimestamp = first.timestamp
  let offsetDelta = -1
  for (const record of records) {
    offsetDelta = record.offset === undefined ? offsetDelta + 1 : record.offset - baseOffset
    const item = measure(record, offsetDelta, record.timestamp - first.timestamp)
    sized.push(item)
    sectionBytes += varintSize(item.bodyBytes) + item.bodyBytes
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
  }
  const codec = options.compression ?? 'none'
  let batch = Buffer.allocUnsafe(BATCH_OVERHEAD + sectionBytes)
  let position = BATCH_OVERHEAD
  for (const item of sized) position = writeRecord(batch, position, item)
  if (codec !== 'none') {
    const section = compress(codec, batch.subarray(BATCH_OVERHEAD), options.compressionLevel)
    batch = Buffer.concat([batch.subarray(0, BATCH_OVERHEAD), section])
  }
  sealBatch(batch, options, {
    baseOffset,
    lastOffsetDelta: offsetDelta,
    baseTimestamp: first.timestamp,
    maxTimestamp,
    recordCount: records.length,
  })
  return batch
}

/** What a batch header says of the records behind it. Timestamps are milliseconds. */
export interface BatchContent {
  readonly baseOffset: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly recordCount: number
}

/** Writes the header in front of records that are there already, compressed as the options say, and the checksum of it all. */
export function sealBatch(batch: Buffer, options: BatchOptions, content: BatchContent): void {
  const attributes =
    COMPRESSIONS.indexOf(options.compression ?? 'none') |
    (options.timestampType === 'LogAppendTime' ? BATCH_ATTRIBUTE.logAppendTime : 0) |
    (options.isTransactional ? BATCH_ATTRIBUTE.transactional : 0) |
    (options.isControl ? BATCH_ATTRIBUTE.control : 0)
  writeInt64(batch, BATCH_FIELD.baseOffset, content.baseOffset)
  writeInt32(batch, BATCH_FIELD.length, batch.length - LOG_OVERHEAD)
  writeInt32(batch, BATCH_FIELD.partitionLeaderEpoch, options.partitionLeaderEpoch ?? -1)
  batch[BATCH_FIELD.magic] = 2
  writeInt16(batch, BATCH_FIELD.attributes, attributes)
  writeInt32(batch, BATCH_FIELD.lastOffsetDelta, content.lastOffsetDelta)
  writeInt64(batch, BATCH_FIELD.baseTimestamp, content.baseTimestamp)
  writeInt64(batch, BATCH_FIELD.maxTimestamp, content.maxTimestamp)
  writeInt64(batch, BATCH_FIELD.producerId, options.producerId ?? -1)
  writeInt16(batch, BATCH_FIELD.producerEpoch, options.producerEpoch ?? -1)
  writeInt32(batch, BATCH_FIELD.baseSequence, options.baseSequence ?? -1)
  writeInt32(batch, BATCH_FIELD.recordCount, content.recordCount)
  writeBatchCrc(batch, 0)
}

/** The number of records that a batch claims, without decoding it. */
export function recordCountOf(batch: Buffer, position = 0): number {
  return readInt32(batch, position + BATCH_FIELD.recordCount)
}
