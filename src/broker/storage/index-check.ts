/**
 * Whether the indexes of a segment can be right, or show that its log has lost its end. Sizes and ends are checked when a segment is first used, and every entry
 * that a search ends at is held against the batch that it names: a wrong entry elsewhere only makes a search begin earlier.
 */
import type { Disk } from '../../base/disk.ts'
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

const NOWHERE = { position: -1, offset: -1 }

/**
 * What the index files of a segment, as they lie there, say of a log that must have been longer: the end of its last entry
 * of each. They are written after the log, so a log that does not reach that far has lost something; one that compaction
 * wrote never does, since it is synced as a whole before it is used. -1 where there is no entry. To be asked before the indexes are used or rebuilt.
 */
export function indexedEnd(
  disk: Pick<Disk, 'stat'>,
  { offsetIndex, timeIndex }: Pick<IndexedSegment, 'offsetIndex' | 'timeIndex'>,
): { position: number; offset: number } {
  const offsets = disk.stat(offsetIndex.file.path)?.sizeBytes ?? 0
  const times = disk.stat(timeIndex.file.path)?.sizeBytes ?? 0
  offsetIndex.file.adopt(offsets)
  timeIndex.file.adopt(times)
  timeIndex.reset()
  const byOffset = offsetIndex.file.count === 0 ? NOWHERE : offsetIndex.last()
  const byTime = timeIndex.file.count === 0 ? NOWHERE : timeIndex.last()
  return { position: byOffset.position, offset: Math.max(byOffset.offset, byTime.offset) }
}
