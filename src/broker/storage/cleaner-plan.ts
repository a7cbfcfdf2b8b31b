/**
 * What there is to clean in a log, and how much it is worth: Kafka's rules for the dirty part, its bounds and its ratio,
 * and which neighbouring segments become one.
 *
 * Never cleaned: the active segment, anything at or above the last stable offset, and from the first segment on that holds
 * records younger than `min.compaction.lag.ms`.
 */
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { OFFSET_ENTRY_BYTES } from './offset-index.ts'
import type { Segment } from './segment.ts'
import { TIME_ENTRY_BYTES } from './time-index.ts'

const RELATIVE_OFFSET_MAX = 0x7fffffff

export interface CleaningPlan {
  readonly log: Log
  readonly firstDirtyOffset: number
  /** Exclusive end of what may be cleaned: the start of a segment. */
  readonly firstUncleanableOffset: number
  readonly cleanBytes: number
  readonly cleanableBytes: number
  /** Dirty bytes by all bytes, 0 to 1. */
  readonly ratio: number
  /** How long `max.compaction.lag.ms` has been exceeded, in ms; 0: it is not. */
  readonly overdueMs: number
  /** The checkpoint does not fit the log: why, and it has to be corrected to `firstDirtyOffset`. */
  readonly correction: string | undefined
}

/** `checkpoint`: where the last cleaning ended, undefined for a log never cleaned. */
export function planCleaning(log: Log, checkpoint: number | undefined, nowMs: number): CleaningPlan {
  const { settings, files } = log
  const { start, correction } = firstDirty(log, checkpoint)
  const lagBound = settings.minCompactionLagMs > 0 ? firstTooYoung(log, start, nowMs) : undefined
  const bound = Math.max(
    start,
    Math.min(log.lastStableOffset, files.active.baseOffset, lagBound ?? Number.POSITIVE_INFINITY),
  )
  // Segments are cleaned whole: the one that holds the bound is not cleaned.
  const firstUncleanableOffset = segmentsFrom(log, bound)[0]?.baseOffset ?? files.active.baseOffset
  const cleanBytes = bytesOf(segmentsIn(files.segments, 0, start))
  const cleanableBytes = bytesOf(
    segmentsIn(files.segments, Math.min(start, firstUncleanableOffset), firstUncleanableOffset),
  )
  const totalBytes = cleanBytes + cleanableBytes
  return {
    log,
    firstDirtyOffset: start,
    firstUncleanableOffset,
    cleanBytes,
    cleanableBytes,
    ratio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    overdueMs: overdueMs(log, start, nowMs),
    correction,
  }
}

/** Whether the log should be cleaned now: dirty enough, or waiting for too long. */
export function isDue(plan: CleaningPlan): boolean {
  if (plan.cleanableBytes === 0) return false
  return plan.overdueMs > 0 || plan.ratio > plan.log.settings.minCleanableRatio
}

function firstDirty(log: Log, checkpoint: number | undefined): { start: number; correction: string | undefined } {
  const { logStartOffset, logEndOffset } = log
  if (checkpoint === undefined) return { start: logStartOffset, correction: undefined }
  if (checkpoint < logStartOffset) {
    return { start: logStartOffset, correction: `${checkpoint} is before the log's start ${logStartOffset}` }
  }
  if (checkpoint > logEndOffset) {
    return { start: logStartOffset, correction: `${checkpoint} is behind the log's end ${logEndOffset}` }
  }
  return { start: checkpoint, correction: undefined }
}

function firstTooYoung(log: Log, start: number, nowMs: number): number | undefined {
  const youngest = nowMs - log.settings.minCompactionLagMs
  return segmentsFrom(log, start).find((segment) => segment.largestTimestamp > youngest)?.baseOffset
}

function overdueMs(log: Log, start: number, nowMs: number): number {
  const { maxCompactionLagMs } = log.settings
  if (maxCompactionLagMs >= nowMs) return 0
  let earliest = Number.POSITIVE_INFINITY
  for (const segment of segmentsFrom(log, start)) {
    for (const batch of segment.batchesFrom(0)) {
      if (batch.maxTimestamp > 0) earliest = Math.min(earliest, batch.maxTimestamp)
      break
    }
  }
  return Math.max(0, nowMs - maxCompactionLagMs - earliest)
}

/** The full segments from the one that holds `offset` on. */
function segmentsFrom(log: Log, offset: number): Segment[] {
  const { files } = log
  return offset > files.active.baseOffset ? [] : segmentsIn(files.segments, offset, files.active.baseOffset)
}

/** The segments that hold offsets of [`from`, `to`), in order. */
export function segmentsIn(segments: readonly Segment[], from: number, to: number): Segment[] {
  if (from >= to) return []
  return segments.filter(
    (segment, index) => segment.baseOffset < to && (segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY) > from,
  )
}

function bytesOf(segments: readonly Segment[]): number {
  let sum = 0
  for (const segment of segments) sum += segment.sizeBytes
  return sum
}

/** Rows of neighbours that are written into one segment each: by `segment.bytes`, index size and the span of offsets. */
export function groupSegments(
  segments: readonly Segment[],
  config: Pick<LogConfig, 'segmentBytes' | 'indexBytes'>,
  firstUncleanableOffset: number,
): Segment[][] {
  const groups: Segment[][] = []
  let group: Segment[] = []
  let sum = NO_SIZES
  segments.forEach((segment, index) => {
    const with_ = add(sum, sizesOf(segment))
    const lastOffset = (segments[index + 1]?.baseOffset ?? firstUncleanableOffset) - 1
    const fits =
      group.length > 0 &&
      with_.logBytes <= config.segmentBytes &&
      with_.indexBytes <= config.indexBytes &&
      with_.timeIndexBytes <= config.indexBytes &&
      (segment.sizeBytes === 0 || lastOffset - group[0]!.baseOffset <= RELATIVE_OFFSET_MAX)
    if (!fits) {
      group = []
      groups.push(group)
    }
    group.push(segment)
    sum = fits ? with_ : sizesOf(segment)
  })
  return groups
}

const NO_SIZES = { logBytes: 0, indexBytes: 0, timeIndexBytes: 0 }

function sizesOf(segment: Segment): typeof NO_SIZES {
  // Asking for it makes sure that the indexes were looked at.
  void segment.maxTimestamp
  return {
    logBytes: segment.sizeBytes,
    indexBytes: segment.offsetIndex.file.count * OFFSET_ENTRY_BYTES,
    timeIndexBytes: segment.timeIndex.file.count * TIME_ENTRY_BYTES,
  }
}

function add(one: typeof NO_SIZES, other: typeof NO_SIZES): typeof NO_SIZES {
  return {
    logBytes: one.logBytes + other.logBytes,
    indexBytes: one.indexBytes + other.indexBytes,
    timeIndexBytes: one.timeIndexBytes + other.timeIndexBytes,
  }
}
