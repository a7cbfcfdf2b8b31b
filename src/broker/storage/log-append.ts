/**
 * The first half of an append: which batches are in the bytes, whether they may be appended, what they change in the
 * producer state. Nothing of the log is touched here.
 */
import { ApiError } from '../../protocol/errors.ts'
import type { BatchInfo } from './batch-fields.ts'
import type { LogConfig } from './log-config.ts'
import { inspectBatches, validateAndAssign } from './log-validator.ts'
import type { KeptBatch } from './producer-entry.ts'
import type { ProducerState } from './producer-state.ts'
import { ProducerUpdates } from './producer-updates.ts'

export interface AppendResult {
  readonly firstOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  /** -1 for CreateTime. */
  readonly logAppendTime: number
  readonly logStartOffset: number
  /** The batch was here already; the offsets are those it got then. */
  readonly duplicate: boolean
  readonly recordCount: number
  readonly sizeBytes: number
}

export interface AppendOptions {
  readonly leaderEpoch: number
  /** Coordinators may write control batches, and their producers' sequences are not checked. */
  readonly origin: 'client' | 'coordinator'
  /** Wall time; default: now. */
  readonly nowMs?: number
}

/** Checked batches, ready to be written. */
export interface PreparedAppend {
  readonly records: Buffer
  readonly batches: readonly BatchInfo[]
  readonly updates: ProducerUpdates
}

interface Target {
  readonly name: string
  readonly config: LogConfig
  readonly producers: ProducerState
  readonly nextOffset: number
}

/** Validates a producer's batches and gives them their offsets; or finds that they are here already. */
export function prepareAsLeader(
  records: Buffer,
  target: Target,
  o: Required<AppendOptions>,
): PreparedAppend | { duplicate: KeptBatch } {
  const inspected = inspectBatches(records, target.name, target.config.maxMessageBytes)
  if (inspected.length === 0) throw nothingToAppend(target.name)
  const { records: bytes, batches } = validateAndAssign(records, inspected, {
    // Named one by one: spreading objects costs more than the rest of this function.
    name: target.name,
    config: target.config,
    nextOffset: target.nextOffset,
    leaderEpoch: o.leaderEpoch,
    origin: o.origin,
    nowMs: o.nowMs,
  })
  const updates = new ProducerUpdates(target.producers)
  for (const batch of batches) {
    if (batch.producerId < 0) continue
    const duplicate = o.origin === 'client' ? updates.duplicateOf(batch) : undefined
    if (duplicate !== undefined) return { duplicate }
    updates.add(batch, bytesOf(bytes, batch), o.origin)
  }
  checkSegmentSize(bytes, target)
  return { records: bytes, batches, updates }
}

/** Checks batches that another leader has accepted: checksums, and offsets that rise from the log end on. */
export function prepareAsFollower(records: Buffer, target: Target): PreparedAppend {
  const batches = inspectBatches(records, target.name, Number.POSITIVE_INFINITY)
  const last = batches.at(-1)
  if (last === undefined) throw nothingToAppend(target.name)
  const updates = new ProducerUpdates(target.producers)
  let expected = target.nextOffset
  for (const batch of batches) {
    if (batch.baseOffset < expected || batch.lastOffset < batch.baseOffset) {
      throw new ApiError(
        'INVALID_RECORD',
        `${target.name}: offsets ${batch.baseOffset} to ${batch.lastOffset} where ${expected} is next`,
      )
    }
    expected = batch.lastOffset + 1
    if (batch.producerId >= 0) updates.add(batch, bytesOf(records, batch), 'replication')
  }
  const end = last.position + last.sizeBytes
  const whole = end === records.length ? records : records.subarray(0, end)
  checkSegmentSize(whole, target)
  return { records: whole, batches, updates }
}

export function resultOfAppend(prepared: PreparedAppend, logStartOffset: number, logAppendTime: number): AppendResult {
  const { batches } = prepared
  let recordCount = 0
  for (const batch of batches) recordCount += batch.recordCount
  return {
    firstOffset: batches[0]!.baseOffset,
    lastOffset: batches.at(-1)!.lastOffset,
    logAppendTime,
    logStartOffset,
    duplicate: false,
    recordCount,
    sizeBytes: prepared.records.length,
  }
}

/** The answer to a batch that is there already: Kafka's, which names the batch's time even with CreateTime. */
export function resultOfDuplicate(kept: KeptBatch, logStartOffset: number): AppendResult {
  return {
    firstOffset: kept.lastOffset - kept.offsetDelta,
    lastOffset: kept.lastOffset,
    logAppendTime: kept.timestamp,
    logStartOffset,
    duplicate: true,
    recordCount: kept.offsetDelta + 1,
    sizeBytes: 0,
  }
}

function checkSegmentSize(records: Buffer, { name, config }: Target): void {
  if (records.length <= config.segmentBytes) return
  throw new ApiError(
    'RECORD_LIST_TOO_LARGE',
    `${records.length} bytes for ${name} exceed its segment size of ${config.segmentBytes}`,
  )
}

function nothingToAppend(name: string): ApiError {
  return new ApiError('INVALID_RECORD', `no record batch in an append to ${name}`)
}

function bytesOf(records: Buffer, batch: BatchInfo): Buffer {
  return records.subarray(batch.position, batch.position + batch.sizeBytes)
}
