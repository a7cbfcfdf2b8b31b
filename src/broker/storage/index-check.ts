/**
 * Whether the indexes of a segment can be right. Sizes and ends are checked when a segment is first used, and every entry
 * that a search ends at is held against the batch that it names: a wrong entry elsewhere only makes a search begin earlier.
 */
import type { BatchInfo } from './batch-fields.ts'
import type { OffsetIndex } from './offset-index.ts'
import type { TimeIndex, TimestampOffset } from './time-index.ts'

export interface IndexedSegment {
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly sizeBytes: number
  batchesFrom(position: number): Iterable<BatchInfo>
}

/** What speaks against the two files of these sizes; undefined when nothing does. */
export function indexDamage(segment: IndexedSegment, offsetBytes: number, timeBytes: number): string | undefined {
  const { offsetIndex, timeIndex, sizeBytes } = segment
  const damage = offsetIndex.damage(sizeBytes, offsetBytes) ?? timeIndex.damage(timeBytes)
  if (damage !== undefined || sizeBytes === 0) return damage
  if (timeIndex.file.count === 0) return 'the time index is empty'
  return timeEntryHolds(segment, timeIndex.last()) ? undefined : 'the last time does not belong to its batch'
}

/** Whether the batch at the entry's offset has the entry's timestamp. */
export function timeEntryHolds(segment: IndexedSegment, entry: TimestampOffset): boolean {
  for (const batch of segment.batchesFrom(segment.offsetIndex.lookup(entry.offset).position)) {
    if (batch.lastOffset >= entry.offset) return batch.maxTimestamp === entry.timestamp
  }
  return false
}
