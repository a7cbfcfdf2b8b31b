/**
 * Recovery after a crash: every segment that may hold unsynced bytes is checked batch by batch, its indexes, transaction
 * index and leader epochs are rebuilt. The log ends at the first batch that is not valid: what follows, in this segment
 * and in later ones, is removed, since nothing behind a hole can be trusted to be in order.
 */
import type { Logger } from '../../base/log.ts'
import { isControl } from './batch-fields.ts'
import { SUFFIX } from './file-names.ts'
import { indexedEnd } from './index-check.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogEnvironment } from './log-environment.ts'
import { rebuildProducerState } from './producer-rebuild.ts'
import type { ProducerState } from './producer-state.ts'
import { replayBatch } from './producer-updates.ts'
import type { Segment } from './segment.ts'

export interface RecoveryOptions {
  readonly environment: LogEnvironment
  readonly log: Logger
  readonly name: string
  readonly directory: string
  /** Ascending; those beyond the damage are taken out. */
  readonly segments: Segment[]
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly recoveryPoint: number
  readonly logStartOffset: number
  /**
   * Compaction may have left gaps between segments; otherwise, and where the indexes of a segment reach beyond its end, a gap
   * means that a power cut took the end of one. (Apache Kafka passes over every gap.)
   */
  readonly compacted: boolean
}

/** Recovers the segments from the one that holds the recovery point on, in steps. */
export function* recoverSegments(o: RecoveryOptions): Generator<void, void, void> {
  const { segments, log, name } = o
  const from = firstUnsynced(segments, o.recoveryPoint)
  let { compacted } = o
  for (let index = from; index < segments.length; index += 1) {
    const segment = segments[index]!
    log.info(
      `${name}: recovering the segment at ${segment.baseOffset}, ${index - from} of ${segments.length - from} done`,
    )
    const next = segments[index + 1]
    const indexed = next === undefined ? undefined : indexedEnd(o.environment.disk, segment)
    const { truncatedBytes, damage, position, nextOffset, isCompacted } = yield* recoverSegment(o, segment, index)
    compacted ||= isCompacted
    const lostItsEnd = indexed !== undefined && (indexed.position >= position || indexed.offset >= nextOffset)
    const gap = (!compacted || lostItsEnd) && next !== undefined && nextOffset < next.baseOffset
    const overlap = next !== undefined && nextOffset > next.baseOffset
    if (truncatedBytes === 0 && !gap && !overlap) continue
    log.warn(
      `${name}: ${segment.path(SUFFIX.log)} ${damage === undefined ? `ends at offset ${nextOffset}` : `holds ${damage}`} at byte ${position}; ` +
        `${truncatedBytes} bytes and ${segments.length - index - 1} later segments are removed`,
    )
    for (const later of segments.splice(index + 1).reverse()) later.removeFiles()
    // What was removed must not come back after a power cut, among records that were appended in its place.
    segment.syncLog()
    o.environment.disk.syncDirectory(o.directory)
  }
}

function* recoverSegment(o: RecoveryOptions, segment: Segment, index: number) {
  rebuildProducerState(o.producers, o.segments.slice(0, index), {
    logStartOffset: o.logStartOffset,
    endOffset: segment.baseOffset,
    nowMs: o.environment.clock.nowMs(),
  })
  // Only compaction leaves gaps inside of a segment: another broker may have been at work and not come to its checkpoint.
  let isCompacted = false
  let expected = segment.baseOffset
  const result = yield* segment.recover(({ info, bytes }) => {
    isCompacted ||= info.baseOffset > expected || info.recordCount <= info.lastOffset - info.baseOffset
    expected = info.lastOffset + 1
    o.epochs.seen(info.leaderEpoch, info.baseOffset)
    const marker = info.producerId >= 0 && isControl(info)
    replayBatch(o.producers, info, marker ? bytes : NOTHING, segment.txnIndex)
    o.producers.mapEndOffset = info.lastOffset + 1
    return undefined
  })
  o.producers.takeSnapshot({ sync: false })
  return { ...result, isCompacted }
}

const NOTHING = Buffer.alloc(0)

function firstUnsynced(segments: readonly Segment[], recoveryPoint: number): number {
  for (let index = segments.length - 1; index > 0; index -= 1) {
    if (segments[index]!.baseOffset <= recoveryPoint) return index
  }
  return 0
}
