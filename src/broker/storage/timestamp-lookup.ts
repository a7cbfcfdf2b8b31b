/** From times to offsets. The time index narrows it down to one batch; that one batch is decoded. */
import { decodeBatch } from '../../protocol/records/record.ts'
import type { BatchInfo } from './batch-fields.ts'
import { timeEntryHolds } from './index-check.ts'
import type { Segment } from './segment.ts'
import type { SegmentedLog } from './segmented-log.ts'

export interface TimestampedOffset {
  readonly offset: number
  readonly timestamp: number
  /** -1: unknown. */
  readonly leaderEpoch: number
}

/** The first record from `startOffset` on whose timestamp is `timestamp` or later. */
export function findByTimestamp(files: SegmentedLog, timestamp: number, startOffset: number): TimestampedOffset | null {
  for (const segment of files.segments) {
    if (segment.maxTimestamp.timestamp < timestamp) continue
    const found = findInSegment(segment, timestamp, startOffset)
    if (found !== null) return found
  }
  return null
}

function findInSegment(segment: Segment, timestamp: number, startOffset: number): TimestampedOffset | null {
  // Every record up to the entry's offset is older than the entry's timestamp or equal to it; one at exactly `timestamp`
  // may lie before, so the search begins behind the last entry that is strictly older.
  let entry = segment.timeIndex.lookup(timestamp - 1)
  if (entry.timestamp >= 0 && !timeEntryHolds(segment, entry)) {
    segment.rebuildIndexes(`the time index names offset ${entry.offset} for ${entry.timestamp}`)
    entry = segment.timeIndex.lookup(timestamp - 1)
  }
  const from = entry.offset
  const { position } = segment.offsetIndex.lookup(Math.max(from, startOffset))
  for (const batch of segment.batchesFrom(position)) {
    if (batch.maxTimestamp < timestamp || batch.lastOffset < startOffset) continue
    const record = decodeBatch(segment.readBatch(batch)).find(
      (each) => each.timestamp >= timestamp && each.offset >= startOffset,
    )
    if (record !== undefined) return located(batch, record.offset, record.timestamp)
  }
  return null
}

/** The first record with the greatest timestamp of the log. */
export function findMaxTimestamp(files: SegmentedLog): TimestampedOffset | null {
  let latest: Segment | undefined
  for (const segment of files.segments) {
    if (segment.maxTimestamp.timestamp > (latest?.maxTimestamp.timestamp ?? -1)) latest = segment
  }
  if (latest === undefined) return null
  const { timestamp, offset } = latest.maxTimestamp
  for (const batch of latest.batchesFrom(latest.offsetIndex.lookup(offset).position)) {
    if (batch.maxTimestamp !== timestamp) continue
    const record = decodeBatch(latest.readBatch(batch)).find((each) => each.timestamp === timestamp)
    return located(batch, record?.offset ?? batch.lastOffset, timestamp)
  }
  return null
}

function located(batch: BatchInfo, offset: number, timestamp: number): TimestampedOffset {
  return { offset, timestamp, leaderEpoch: batch.leaderEpoch }
}
