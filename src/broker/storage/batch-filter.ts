/**
 * What compaction keeps of one batch. A batch of which everything stays is left as it is, byte for byte; otherwise it is
 * built anew with the same offsets, leader epoch, producer, sequence and codec, so that nobody can tell from its header
 * that records are missing but by their count.
 *
 * Tombstones, and markers of transactions that are gone, stay for `delete.retention.ms` from the cleaning that first meets
 * them: their batch then gets the time at which they may go as its base timestamp (KIP-534).
 */
import { readInt16, readInt64, varintSize, varlongSize, writeInt16, writeInt32, writeInt64 } from '../../base/bytes.ts'
import { writeVarint, writeVarlong } from '../../base/bytes.ts'
import {
  BATCH_ATTRIBUTE,
  BATCH_FIELD,
  BATCH_OVERHEAD,
  COMPRESSIONS,
  LOG_OVERHEAD,
  writeBatchCrc,
} from '../../protocol/records/batch.ts'
import { compress, decompress } from '../../protocol/records/compression.ts'
import { MAX_DECOMPRESSED_BYTES } from '../../protocol/records/record.ts'
import { type BatchInfo, isControl, isLogAppendTime } from './batch-fields.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import { RecordWalk, type WalkedRecord } from './record-walk.ts'

const NO_TIMESTAMP = -1
/** What is done with the records of a large batch before others get their turn. */
export const RECORDS_PER_STEP = 2000
/** From here on a batch is large: taking it apart or putting it together is a step by itself. */
export const LARGE_SECTION_BYTES = 128 * 1024

export interface FilterRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  /** When the cleaning began: the time that deletions go by. */
  readonly nowMs: number
  /** `delete.retention.ms`. */
  readonly deleteRetentionMs: number
  /** Where the part of the log ends that may be cleaned; the batch before it stays, so that the end is still known. */
  readonly upperBound: number
  /** Whether the batch is what a live producer's sequence and epoch are known by. */
  isLastOfProducer(batch: BatchInfo): boolean
}

export interface FilteredBatch {
  /** Undefined: nothing of it stays. */
  readonly bytes: Buffer | undefined
  readonly recordsKept: number
}

interface KeptRecord {
  readonly start: number
  readonly rest: number
  readonly end: number
  readonly timestamp: number
}

const NOTHING: FilteredBatch = { bytes: undefined, recordsKept: 0 }

/** The records of a whole batch as bytes, decompressed. Throws ApiError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE. */
export function recordSection(batch: BatchInfo, bytes: Buffer): Buffer {
  const codec = COMPRESSIONS[batch.attributes & BATCH_ATTRIBUTE.compression]!
  return decompress(codec, bytes.subarray(BATCH_OVERHEAD), MAX_DECOMPRESSED_BYTES)
}

/**
 * Applies the rules to the next batch of the log; `bytes` is the whole batch, its checksum known to be right. A generator,
 * so that a large batch is not one piece of work: it yields between its steps, and returns what stays.
 */
export function* filterBatch(
  batch: BatchInfo,
  bytes: Buffer,
  rules: FilterRules,
): Generator<number, FilteredBatch, void> {
  const obsolete = rules.transactions.isObsolete(batch, bytes)
  const control = isControl(batch)
  const horizon = deleteHorizonOf(batch, bytes)
  const mustStay = rules.isLastOfProducer(batch) || batch.lastOffset + 1 === rules.upperBound
  const empty = (): FilteredBatch => (mustStay ? { bytes: emptied(batch, bytes), recordsKept: 0 } : NOTHING)
  if (obsolete && (!control || (horizon !== undefined && horizon <= rules.nowMs))) return empty()
  const section = recordSection(batch, bytes)
  const isLarge = section.length >= LARGE_SECTION_BYTES
  if (isLarge) yield 0
  const { kept, tombstone } = yield* keep(batch, bytes, section, rules, horizon)
  if (kept.length === 0) return empty()
  const newHorizon = (tombstone || (obsolete && control)) && horizon === undefined
  if (kept.length === batch.recordCount && !newHorizon) return { bytes, recordsKept: kept.length }
  const base = newHorizon ? Math.min(rules.nowMs + rules.deleteRetentionMs, Number.MAX_SAFE_INTEGER) : horizon
  if (isLarge) yield 0
  return { bytes: rebuilt(batch, bytes, section, kept, base), recordsKept: kept.length }
}

function deleteHorizonOf(batch: BatchInfo, bytes: Buffer): number | undefined {
  if ((batch.attributes & BATCH_ATTRIBUTE.deleteHorizon) === 0) return undefined
  return readInt64(bytes, BATCH_FIELD.baseTimestamp)
}

function* keep(
  batch: BatchInfo,
  bytes: Buffer,
  section: Buffer,
  { map, nowMs }: FilterRules,
  horizon: number | undefined,
): Generator<number, { kept: KeptRecord[]; tombstone: boolean }, void> {
  const control = isControl(batch)
  const appendTime = isLogAppendTime(batch) ? batch.maxTimestamp : undefined
  const baseTimestamp = readInt64(bytes, BATCH_FIELD.baseTimestamp)
  const keepsTombstones = horizon === undefined || nowMs < horizon
  const kept: KeptRecord[] = []
  let tombstone = false
  const visit = (record: WalkedRecord): void => {
    const offset = batch.baseOffset + record.offsetDelta
    if (!control && offset <= map.latestOffset) {
      // A record without a key cannot be compacted: it is from the time before the topic was.
      if (record.keyBytes < 0) return
      const key = section.subarray(record.keyStart, record.keyStart + record.keyBytes)
      if (offset < map.get(key) || !(record.hasValue || keepsTombstones)) return
    }
    if (!record.hasValue) tombstone = true
    const timestamp = appendTime ?? baseTimestamp + record.timestampDelta
    kept.push({ start: record.start, rest: record.rest, end: record.end, timestamp })
  }
  const walk = new RecordWalk(section, batch.recordCount)
  while (walk.some(RECORDS_PER_STEP, visit)) yield 0
  return { kept, tombstone }
}

/** The batch with `kept` for its records; `horizon`: the base timestamp that it gets, by default the first record's. */
function rebuilt(
  batch: BatchInfo,
  bytes: Buffer,
  section: Buffer,
  kept: readonly KeptRecord[],
  horizon: number | undefined,
): Buffer {
  const baseTimestamp = horizon ?? kept[0]!.timestamp
  const sameTimes = baseTimestamp === readInt64(bytes, BATCH_FIELD.baseTimestamp) && !isLogAppendTime(batch)
  const records = sameTimes ? copied(section, kept) : retimed(section, kept, baseTimestamp)
  const codec = COMPRESSIONS[batch.attributes & BATCH_ATTRIBUTE.compression]!
  const out = Buffer.concat([bytes.subarray(0, BATCH_OVERHEAD), compress(codec, records)])
  let maxTimestamp = batch.maxTimestamp
  if (!isLogAppendTime(batch)) {
    maxTimestamp = NO_TIMESTAMP
    for (const { timestamp } of kept) if (timestamp > maxTimestamp) maxTimestamp = timestamp
  }
  const attributes = batch.attributes | (horizon === undefined ? 0 : BATCH_ATTRIBUTE.deleteHorizon)
  finish(out, { attributes, baseTimestamp, maxTimestamp, recordCount: kept.length })
  return out
}

/** The batch without any record: what is left of a producer's last one. */
function emptied(batch: BatchInfo, bytes: Buffer): Buffer {
  const out = Buffer.from(bytes.subarray(0, BATCH_OVERHEAD))
  const { logAppendTime, transactional, control } = BATCH_ATTRIBUTE
  finish(out, {
    attributes: readInt16(bytes, BATCH_FIELD.attributes) & (logAppendTime | transactional | control),
    baseTimestamp: NO_TIMESTAMP,
    maxTimestamp: batch.maxTimestamp,
    recordCount: 0,
  })
  return out
}

function finish(
  out: Buffer,
  o: { attributes: number; baseTimestamp: number; maxTimestamp: number; recordCount: number },
): void {
  writeInt32(out, BATCH_FIELD.length, out.length - LOG_OVERHEAD)
  writeInt16(out, BATCH_FIELD.attributes, o.attributes)
  writeInt64(out, BATCH_FIELD.baseTimestamp, o.baseTimestamp)
  writeInt64(out, BATCH_FIELD.maxTimestamp, o.maxTimestamp)
  writeInt32(out, BATCH_FIELD.recordCount, o.recordCount)
  writeBatchCrc(out, 0)
}

function copied(section: Buffer, kept: readonly KeptRecord[]): Buffer {
  return Buffer.concat(kept.map(({ start, end }) => section.subarray(start, end)))
}

/** The records with their timestamps relative to another base. */
function retimed(section: Buffer, kept: readonly KeptRecord[], baseTimestamp: number): Buffer {
  let total = 0
  const sizes = kept.map(({ rest, end, timestamp }) => {
    const bodyBytes = 1 + varlongSize(timestamp - baseTimestamp) + end - rest
    total += varintSize(bodyBytes) + bodyBytes
    return bodyBytes
  })
  const out = Buffer.allocUnsafe(total)
  let at = 0
  kept.forEach(({ rest, end, timestamp }, index) => {
    at = writeVarint(out, at, sizes[index]!)
    out[at] = 0
    at = writeVarlong(out, at + 1, timestamp - baseTimestamp)
    at += section.copy(out, at, rest, end)
  })
  return out
}
