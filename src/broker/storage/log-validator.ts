/**
 * What a leader demands of the batches it is asked to append, as Kafka does. Headers decide nearly everything; that the
 * records fill an uncompressed batch is seen from their lengths; they are decoded only where a rule is about single
 * records: compacted topics (every record needs a key), a bound on old timestamps, a codec that the topic does not keep,
 * and to name the records of a batch that is refused.
 */
import { ApiError, type ErrorName } from '../../protocol/errors.ts'
import {
  BATCH_ATTRIBUTE,
  BATCH_OVERHEAD,
  COMPRESSIONS,
  type Compression,
  checkBatchCrc,
  readBatchHeader,
  setBaseOffset,
  setLeaderEpoch,
  setLogAppendTime,
} from '../../protocol/records/batch.ts'
import { decodeBatch, encodeBatch, type KafkaRecord } from '../../protocol/records/record.ts'
import {
  type BatchInfo,
  batchBytesAt,
  batchInfoAt,
  isControl,
  isLogAppendTime,
  isTransactional,
  NO_TIMESTAMP,
} from './batch-fields.ts'
import { recordSection } from './batch-filter.ts'
import type { LogConfig } from './log-config.ts'
import { misframedRecord } from './record-frames.ts'
import { RecordWalk } from './record-walk.ts'

/** Named as in the Produce response, where it goes as it is. */
export interface RecordError {
  /** Position of the record in its batch. */
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string
}

/** The batch is refused because of single records. */
export class RecordsRejectedError extends ApiError {
  readonly recordErrors: readonly RecordError[]

  constructor(error: ErrorName, message: string, recordErrors: readonly RecordError[]) {
    super(error, message)
    this.recordErrors = recordErrors
  }
}

/**
 * The whole batches in `records`: sizes, magic and checksums are right, offsets rise. A partial batch at the end is left
 * out. Throws CORRUPT_MESSAGE, MESSAGE_TOO_LARGE.
 */
export function inspectBatches(records: Buffer, name: string, maxBatchBytes: number): BatchInfo[] {
  const batches: BatchInfo[] = []
  let position = 0
  while (records.length - position >= BATCH_OVERHEAD) {
    const bytes = batchBytesAt(records, position)
    if (bytes < 0) {
      readBatchHeader(records, position)
      throw new ApiError('CORRUPT_MESSAGE', `no record batch at byte ${position} of an append to ${name}`)
    }
    if (bytes > maxBatchBytes) {
      throw new ApiError(
        'MESSAGE_TOO_LARGE',
        `a record batch of ${bytes} bytes for ${name} exceeds the topic's maximum of ${maxBatchBytes}`,
      )
    }
    if (bytes > records.length - position) break
    if (!checkBatchCrc(records, position)) {
      throw new ApiError('CORRUPT_MESSAGE', `a record batch for ${name} has a wrong checksum`)
    }
    batches.push(batchInfoAt(records, position))
    position += bytes
  }
  return batches
}

export interface ValidationOptions {
  readonly name: string
  readonly origin: 'client' | 'coordinator'
  readonly config: LogConfig
  readonly nowMs: number
  readonly leaderEpoch: number
  /** Offset of the first record. */
  readonly nextOffset: number
}

export interface Validated {
  /** The bytes to append: those given, patched in place, or new ones where a codec had to change. */
  readonly records: Buffer
  readonly batches: readonly BatchInfo[]
}

/** Checks the batches and gives them their offsets and leader epoch. Throws ApiError; then nothing was assigned. */
export function validateAndAssign(records: Buffer, batches: readonly BatchInfo[], o: ValidationOptions): Validated {
  for (const batch of batches) {
    checkHeader(batch, o)
    checkTimestampType(batch, o)
    checkRecords(records, batch, o)
  }
  let bytes = records
  let current = batches
  if (batches.some((batch) => targetCodec(batch, o.config) !== codecOf(batch))) {
    bytes = recompress(records, batches, o)
    current = inspectBatches(bytes, o.name, o.config.maxMessageBytes)
  }
  let offset = o.nextOffset
  const assigned = current.map((batch) => {
    setBaseOffset(bytes, batch.position, offset)
    setLeaderEpoch(bytes, batch.position, o.leaderEpoch)
    if (o.config.timestampType === 'LogAppendTime' && !isControl(batch))
      setLogAppendTime(bytes, batch.position, o.nowMs)
    offset += batch.lastOffset - batch.baseOffset + 1
    return batchInfoAt(bytes, batch.position)
  })
  const last = assigned.at(-1)
  const end = last === undefined ? 0 : last.position + last.sizeBytes
  return { records: end === bytes.length ? bytes : bytes.subarray(0, end), batches: assigned }
}

function checkHeader(batch: BatchInfo, o: ValidationOptions): void {
  const count = batch.lastOffset - batch.baseOffset + 1
  if (count <= 0) throw invalid(`batch for ${o.name} has the offsets ${batch.baseOffset} to ${batch.lastOffset}`)
  if (batch.recordCount <= 0) throw invalid(`batch for ${o.name} claims ${batch.recordCount} records`)
  if (count !== batch.recordCount) {
    throw invalid(`batch for ${o.name} has ${count} offsets and ${batch.recordCount} records`)
  }
  if (COMPRESSIONS[batch.attributes & BATCH_ATTRIBUTE.compression] === undefined) {
    throw new ApiError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `unknown codec ${batch.attributes & BATCH_ATTRIBUTE.compression}`,
    )
  }
  if (o.origin !== 'client') return
  if (batch.baseOffset !== 0) {
    throw invalid(`batch for ${o.name} has the base offset ${batch.baseOffset}, a client's must be 0`)
  }
  if (isControl(batch)) throw invalid('clients may not write control records')
  if (batch.producerId >= 0 && batch.baseSequence < 0) {
    throw invalid(`batch of producer ${batch.producerId} has the sequence ${batch.baseSequence}`)
  }
  if (isTransactional(batch) && batch.producerId < 0) throw invalid('transactional batch without a producer id')
}

function checkTimestampType(batch: BatchInfo, o: ValidationOptions): void {
  if (o.config.timestampType === 'LogAppendTime' || !isLogAppendTime(batch)) return
  const message = 'a producer may not set the timestamp type LogAppendTime'
  throw new RecordsRejectedError('INVALID_TIMESTAMP', message, [{ batchIndex: 0, batchIndexErrorMessage: message }])
}

/** The rules about single records; decodes the batch only when one of them can be broken. */
function checkRecords(records: Buffer, batch: BatchInfo, o: ValidationOptions): void {
  if (isControl(batch)) return
  const { config, nowMs } = o
  const checksTime = config.timestampType === 'CreateTime'
  const tooNew = checksTime && batch.maxTimestamp - nowMs > config.timestampAfterMaxMs
  const mayBeTooOld = checksTime && config.timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER
  if (!config.compact && !tooNew && !mayBeTooOld) {
    if (o.origin === 'client' && codecOf(batch) === 'none') checkFrames(records, batch, o)
    return
  }
  // Nearly every batch has all its keys: to see that, nobody has to make records of it.
  if (!tooNew && !mayBeTooOld && allHaveKeys(records, batch)) return
  const errors: RecordError[] = []
  let mistimed = false
  decode(records, batch).forEach((record, batchIndex) => {
    if (config.compact && record.key === null) {
      const message = `Compacted topic cannot accept message without key in topic partition ${o.name}`
      errors.push({ batchIndex, batchIndexErrorMessage: message })
    } else if (checksTime && !isTimely(record.timestamp, nowMs, config)) {
      const message = outOfRange(record.timestamp, batchIndex, nowMs, config)
      errors.push({ batchIndex, batchIndexErrorMessage: message })
      mistimed = true
    }
  })
  if (errors.length === 0) return
  // One wrong time is enough for Kafka to say so of all.
  throw mistimed
    ? new RecordsRejectedError(
        'INVALID_TIMESTAMP',
        'One or more records have been rejected due to invalid timestamp',
        errors,
      )
    : new RecordsRejectedError('INVALID_RECORD', rejectionOf(errors), errors)
}

function outOfRange(
  timestamp: number,
  offset: number,
  nowMs: number,
  { timestampBeforeMaxMs, timestampAfterMaxMs }: LogConfig,
): string {
  const range = [BigInt(nowMs) - javaLong(timestampBeforeMaxMs), BigInt(nowMs) + javaLong(timestampAfterMaxMs)]
  return `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within [${range.join(', ')}]`
}

/** A setting as Java has it: the greatest long is no exact number here. */
function javaLong(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value)
}

/** As Kafka prints it, since producers show it to people. */
function rejectionOf(errors: readonly RecordError[]): string {
  const shown = errors.slice(0, 3).map(({ batchIndex, batchIndexErrorMessage }) => {
    return `RecordError(batchIndex=${batchIndex}, message='${batchIndexErrorMessage}')`
  })
  return (
    `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first ` +
    `three errors at most: [${shown.join(', ')}]`
  )
}

function allHaveKeys(records: Buffer, batch: BatchInfo): boolean {
  const section = recordSection(batch, records.subarray(batch.position, batch.position + batch.sizeBytes))
  let index = 0
  let keyless = false
  new RecordWalk(section, batch.recordCount).some(batch.recordCount, ({ keyBytes, offsetDelta }) => {
    keyless ||= keyBytes < 0
    if (offsetDelta !== index++) throw invalid('the offsets inside a batch have gaps')
  })
  return !keyless
}

function checkFrames(records: Buffer, batch: BatchInfo, o: ValidationOptions): void {
  const end = batch.position + batch.sizeBytes
  const index = misframedRecord(records, batch.position + BATCH_OVERHEAD, end, batch.recordCount)
  if (index < 0) return
  throw invalid(
    index === batch.recordCount
      ? `bytes follow the last of ${index} records of a batch for ${o.name}`
      : `record ${index} of a batch for ${o.name} does not fit into it`,
  )
}

function isTimely(timestamp: number, nowMs: number, config: LogConfig): boolean {
  if (timestamp === NO_TIMESTAMP) return true
  return nowMs - timestamp <= config.timestampBeforeMaxMs && timestamp - nowMs <= config.timestampAfterMaxMs
}

function codecOf(batch: BatchInfo): Compression {
  return COMPRESSIONS[batch.attributes & BATCH_ATTRIBUTE.compression]!
}

function targetCodec(batch: BatchInfo, config: LogConfig): Compression {
  if (config.compressionType === 'producer' || isControl(batch)) return codecOf(batch)
  return config.compressionType === 'uncompressed' ? 'none' : config.compressionType
}

function levelOf(codec: Compression, config: LogConfig): number | undefined {
  if (codec === 'gzip') return config.gzipLevel
  return codec === 'zstd' ? config.zstdLevel : undefined
}

function recompress(records: Buffer, batches: readonly BatchInfo[], o: ValidationOptions): Buffer {
  return Buffer.concat(
    batches.map((batch) => {
      const compression = targetCodec(batch, o.config)
      if (compression === codecOf(batch)) return records.subarray(batch.position, batch.position + batch.sizeBytes)
      return encodeBatch(
        {
          baseOffset: batch.baseOffset,
          compression,
          compressionLevel: levelOf(compression, o.config),
          producerId: batch.producerId,
          producerEpoch: batch.producerEpoch,
          baseSequence: batch.baseSequence,
          isTransactional: isTransactional(batch),
        },
        decode(records, batch),
      )
    }),
  )
}

function decode(records: Buffer, batch: BatchInfo): KafkaRecord[] {
  const decoded = decodeBatch(records.subarray(batch.position, batch.position + batch.sizeBytes))
  decoded.forEach((record, index) => {
    if (record.offset !== batch.baseOffset + index) throw invalid('the offsets inside a batch have gaps')
  })
  return decoded
}

function invalid(message: string): ApiError {
  return new ApiError('INVALID_RECORD', message)
}
