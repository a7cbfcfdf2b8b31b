/**
 * One partition that this node follows: where its own log ends, in which epoch, and what the leader's answers do to it.
 * The leader's bytes are appended as they are; nothing of them is decoded but the heads of batches. Synchronous.
 */
import type { Partition } from '../partition.ts'
import { batchBytesAt } from '../../storage/batch-fields.ts'
import { readBatchEpoch, truncationOffset } from './divergence.ts'

/** What the leader is asked for. */
export interface FetchPosition {
  readonly offset: number
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly leaderEpoch: number
}

/** Where a follower stands with its leader: it fetches, or has lost its place and asks where the leader's log ends and begins. */
export type FollowedState = 'fetching' | 'end unknown' | 'start unknown' | 'waiting for metadata'

export class Followed {
  readonly partition: Partition
  readonly leaderEpoch: number
  state: FollowedState = 'fetching'
  /** Not asked for before this time (monotonic milliseconds). */
  notBeforeMs = 0
  /** As the leader knows it from the last request that named it; undefined: the session does not hold it. */
  sent: FetchPosition | undefined
  /** How many records the leader's high watermark is ahead; undefined before the first answer. */
  lag: number | undefined

  constructor(partition: Partition) {
    this.partition = partition
    this.leaderEpoch = partition.leaderEpoch
  }

  /** Of the partition, among those of one leader. */
  get key(): string {
    return `${this.partition.topicId}:${this.partition.index}`
  }

  get name(): string {
    return `${this.partition.topic}-${this.partition.index}`
  }

  /** Still led by whom it was when this began. */
  get isCurrent(): boolean {
    const { partition } = this
    return partition.isOnline && !partition.isLeader && partition.leaderEpoch === this.leaderEpoch
  }

  /** It has all that is committed, as far as it knows. */
  get isInSync(): boolean {
    return this.lag !== undefined && this.lag <= 0
  }

  position(): FetchPosition {
    const log = this.partition.log()
    return {
      offset: log.logEndOffset,
      lastFetchedEpoch: log.epochs.latest() ?? -1,
      logStartOffset: log.logStartOffset,
      leaderEpoch: this.leaderEpoch,
    }
  }

  /** Before the first fetch: a log without epochs cannot be compared, so only what is known to be committed stays. */
  begin(): void {
    const log = this.partition.log()
    if (log.epochs.latest() === undefined) log.truncateTo(log.highWatermark)
  }

  /**
   * Appends what the leader sent and takes over its bounds. Returns the bytes appended. Throws ApiError: CORRUPT_MESSAGE,
   * INVALID_RECORD (offsets that do not follow), KAFKA_STORAGE_ERROR.
   */
  append(records: Buffer, leader: { highWatermark: number; logStartOffset: number }): number {
    const log = this.partition.log()
    let appended = 0
    for (const piece of pieces(records, log.settings.segmentBytes, this.leaderEpoch)) {
      log.appendAsFollower(piece)
      appended += piece.length
    }
    this.takeBounds(leader)
    return appended
  }

  /** The leader's high watermark and log start, as far as they concern what is here. */
  takeBounds(leader: { readonly highWatermark: number; readonly logStartOffset: number }): void {
    const log = this.partition.log()
    // A new leader may know less of what is committed than this node does: what is committed stays so.
    if (leader.highWatermark > log.highWatermark) log.updateHighWatermark(leader.highWatermark)
    if (leader.logStartOffset > log.logStartOffset) {
      log.advanceLogStartOffset(Math.min(leader.logStartOffset, log.highWatermark))
    }
    this.lag = Math.max(0, leader.highWatermark - log.logEndOffset)
  }

  /** The leader's log has another history from some point on: cuts this one back towards it. Returns the new end. */
  truncate(diverging: { epoch: number; endOffset: number }): number {
    const log = this.partition.log()
    const offset = truncationOffset(log, diverging)
    log.truncateTo(offset)
    return offset
  }

  /** The leader's log ends before this one, without a common epoch to tell where they part. */
  truncateToEnd(leaderEnd: number): void {
    this.partition.log().truncateTo(leaderEnd)
  }

  /** The leader no longer has what comes next here: everything goes, the log begins where the leader's does. */
  restartAt(leaderStart: number): void {
    this.partition.log().truncateFullyAndStartAt(leaderStart)
  }
}

/**
 * `records` in pieces of whole batches that fit a segment. Ends at a batch of a later epoch than the one that is followed:
 * it belongs to a leader that this node does not follow yet. A torn batch at the end is left out.
 */
function* pieces(records: Buffer, maxBytes: number, leaderEpoch: number): Generator<Buffer> {
  let from = 0
  let at = 0
  while (at < records.length) {
    const bytes = batchBytesAt(records, at)
    // What is no batch is handed on as it is: the log says what is wrong with it.
    if (bytes < 0) {
      at = records.length
      break
    }
    if (bytes > records.length - at || readBatchEpoch(records, at) > leaderEpoch) break
    if (at > from && at + bytes - from > maxBytes) {
      yield records.subarray(from, at)
      from = at
    }
    at += bytes
  }
  if (at > from) yield records.subarray(from, at)
}
