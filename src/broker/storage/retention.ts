/**
 * Which of the oldest segments a log no longer has to keep: those before the log start offset, and for topics with
 * cleanup.policy=delete those that are too old or beyond the size bound. Never a record above the high watermark.
 */
import type { SegmentedLog } from './segmented-log.ts'
import type { Segment } from './segment.ts'

export interface RetentionState {
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly nowMs: number
}

/** The number of segments, from the oldest on, that may go; may include the active one. */
export function removableByRetention(files: SegmentedLog, state: RetentionState): number {
  const { config } = files
  const passed = countOldest(files, state, (_, next) => next !== undefined && next.baseOffset <= state.logStartOffset)
  if (!config.delete) return passed
  return Math.max(passed, countBySize(files, state), countByAge(files, state))
}

/** The number of the oldest segments that lie wholly before `offset`; never the active one. */
export function removableBefore({ segments }: SegmentedLog, offset: number): number {
  let count = 0
  while (count < segments.length - 1 && segments[count + 1]!.baseOffset <= offset) count += 1
  return count
}

function countBySize(files: SegmentedLog, state: RetentionState): number {
  const { retentionBytes } = files.config
  if (retentionBytes < 0) return 0
  let excess = files.sizeBytes - retentionBytes
  return countOldest(files, state, (segment) => {
    if (excess < segment.sizeBytes) return false
    excess -= segment.sizeBytes
    return true
  })
}

function countByAge(files: SegmentedLog, state: RetentionState): number {
  const { retentionMs } = files.config
  if (retentionMs < 0) return 0
  return countOldest(files, state, (segment) => state.nowMs - segment.largestTimestamp > retentionMs)
}

/** How many of the oldest segments pass `removable` without a gap; an empty active segment and open ends stay. */
function countOldest(
  files: SegmentedLog,
  state: RetentionState,
  removable: (segment: Segment, next: Segment | undefined) => boolean,
): number {
  const { segments } = files
  let count = 0
  for (; count < segments.length; count += 1) {
    const segment = segments[count]!
    const next = segments[count + 1]
    if (next === undefined && segment.sizeBytes === 0) break
    if ((next?.baseOffset ?? files.endOffset) > state.highWatermark || !removable(segment, next)) break
  }
  return count
}
