/**
 * One partition's log: what leaders append to, followers copy, consumers read. Synchronous; offsets are record numbers,
 * end offsets exclusive. Every method throws ApiError KAFKA_STORAGE_ERROR while the disk is full (the log is as before
 * and works again when there is room) and for ever after an I/O error (the directory is offline).
 *
 * Invariants: logStartOffset <= highWatermark <= logEndOffset; lastStableOffset <= highWatermark; the producer state and
 * the leader epochs are those of the batches in [logStartOffset, logEndOffset).
 */
import { partitionKey } from '../../base/topic-partition.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { collectAborted } from './aborted-transactions.ts'
import { type BatchInfo, baseOffsetAt, spansOffset } from './batch-fields.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import {
  type AppendOptions,
  type AppendResult,
  type PreparedAppend,
  prepareAsFollower,
  prepareAsLeader,
  resultOfAppend,
  resultOfDuplicate,
} from './log-append.ts'
import { LogBounds } from './log-bounds.ts'
import { type LogConfig, logConfigOf } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { LogFlushes } from './log-flushes.ts'
import { beginPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'
import type { ActiveProducer, ProducerState } from './producer-state.ts'
import type { LogState, ReadOptions, ReadResult } from './log-types.ts'
import { applyUpdates, type ProducerUpdates } from './producer-updates.ts'
import { removableBefore, removableByRetention } from './retention.ts'
import type { SegmentedLog } from './segmented-log.ts'
import type { StorageGuard } from './storage-guard.ts'
import { findByTimestamp, findMaxTimestamp, type TimestampedOffset } from './timestamp-lookup.ts'

export type { AppendResult } from './log-append.ts'
export type { LogState, ReadOptions, ReadResult } from './log-types.ts'

export class Log {
  readonly topic: string
  readonly partition: number
  /** Zero where the directory does not say. */
  topicId: Uuid
  readonly epochs: LeaderEpochs
  /** @internal parts, for the log manager and tests */
  readonly files: SegmentedLog
  /** @internal */
  readonly producers: ProducerState
  private readonly environment: LogEnvironment
  private readonly guard: StorageGuard
  private topicConfig: TopicConfig | undefined
  private readonly bounds: LogBounds
  private readonly flushes: LogFlushes
  /** Set by `close`: everything is on stable storage, the indexes included. */
  closedCleanly = false
  /** The directory does not hold the topic id yet. */
  private idIsLate = false

  /** Logs are made by `openLog` and the log manager. */
  constructor(state: LogState) {
    this.environment = state.environment
    this.topic = state.topic
    this.partition = state.partition
    this.topicId = state.topicId
    this.topicConfig = state.config
    this.files = state.files
    this.producers = state.producers
    this.epochs = state.epochs
    this.guard = state.guard
    this.bounds = new LogBounds(state)
    this.flushes = new LogFlushes(state)
    if (state.idIsLate === true) this.putIdOff()
  }

  get name(): string {
    return partitionKey(this.topic, this.partition)
  }
  /** The partition's own directory. */
  get path(): string {
    return this.files.directory
  }
  /** The log directory that it lies in. */
  get directory(): string {
    return this.path.slice(0, this.path.lastIndexOf('/'))
  }
  get config(): TopicConfig {
    if (this.topicConfig === undefined) throw new Error(`${this.name} was opened without a topic configuration`)
    return this.topicConfig
  }
  get settings(): LogConfig {
    return this.files.config
  }
  get logStartOffset(): number {
    return this.bounds.start
  }
  get logEndOffset(): number {
    return this.files.endOffset
  }
  get highWatermark(): number {
    return this.bounds.committedEnd
  }
  get lastStableOffset(): number {
    return this.bounds.lastStable
  }
  get sizeBytes(): number {
    return this.files.sizeBytes
  }
  /** Everything before it is on stable storage. */
  get recoveryPoint(): number {
    return this.files.recoveryPoint
  }
  get isOffline(): boolean {
    return this.guard.isOffline
  }

  /** Writes the topic id into a directory that has none: made by an old Kafka, or cut off while it was made. */
  assignTopicId(topicId: Uuid): void {
    if (this.files.endOffset > 0) {
      this.guard.run(() => writePartitionMetadata(this.environment.disk, this.path, topicId))
    } else this.putIdOff()
    this.topicId = topicId
  }

  private putIdOff(): void {
    this.idIsLate = true
    this.environment.lateTopicIds.add(this)
  }

  /** Writes the topic id into the directory, if that was put off and the log is in use; what fails is tried again with the first record. */
  settleTopicId(): void {
    this.guard.inBackground(() => this.guard.run(() => this.writeLateId()))
  }

  /** Before anything else is written into the directory. Throws DiskError. */
  private writeLateId(): void {
    if (!this.idIsLate) return
    beginPartitionMetadata(this.environment.disk, this.path, this.topicId)
    this.idIsLate = false
    this.environment.lateTopicIds.remove(this)
  }

  updateConfig(config: TopicConfig): void {
    this.topicConfig = config
    this.guard.inBackground(() => this.guard.run(() => this.files.updateConfig(logConfigOf(config))))
  }

  // ---- appending ---------------------------------------------------------------------------------------------------

  /**
   * Validates the batches as Kafka's leader does, gives them offsets and the leader epoch in place, appends them. The
   * buffer is the log's from here on. Throws ApiError (RecordsRejectedError names single records).
   */
  appendAsLeader(records: Buffer, o: AppendOptions): AppendResult {
    this.guard.check()
    const nowMs = o.nowMs ?? this.environment.clock.nowMs()
    const prepared = prepareAsLeader(records, this.appendTarget(), { ...o, nowMs })
    if ('duplicate' in prepared) {
      // It may come again because there was no room to sync what belongs to it: acknowledged now, it is synced now.
      this.guard.run(() => this.flushes.flushIfDue())
      return resultOfDuplicate(prepared.duplicate, this.logStartOffset)
    }
    this.commit(prepared, nowMs)
    return resultOfAppend(prepared, this.logStartOffset, this.settings.timestampType === 'LogAppendTime' ? nowMs : -1)
  }

  /**
   * Appends batches whose offsets and epochs another leader has set. Offsets must rise from the log end on; where the
   * leader's log begins in the middle of a batch, an empty log begins where that batch does.
   */
  appendAsFollower(records: Buffer): AppendResult {
    this.guard.check()
    const end = this.files.endOffset
    if (this.logStartOffset === end && spansOffset(records, end)) this.truncateFullyAndStartAt(baseOffsetAt(records, 0))
    const prepared = prepareAsFollower(records, this.appendTarget())
    this.commit(prepared, this.environment.clock.nowMs())
    return resultOfAppend(prepared, this.logStartOffset, -1)
  }

  private appendTarget() {
    return {
      name: this.name,
      config: this.files.config,
      producers: this.producers,
      nextOffset: this.files.endOffset,
    }
  }

  private commit({ records, batches, updates }: PreparedAppend, nowMs: number): void {
    const { files } = this
    this.guard.run(() => {
      this.writeLateId()
      this.rollFor(records.length, batches, nowMs)
      for (const batch of batches) {
        const latest = this.epochs.latest() ?? -1
        if (batch.leaderEpoch > latest) this.epochs.assign(batch.leaderEpoch, batch.baseOffset)
        else if (batch.leaderEpoch < latest) this.epochs.seen(batch.leaderEpoch, batch.baseOffset)
      }
      files.append(records, batches, nowMs)
      this.takeProducers(updates)
      this.flushes.appended(batches.at(-1)!.lastOffset - batches[0]!.baseOffset + 1)
    })
  }

  private rollFor(sizeBytes: number, batches: readonly BatchInfo[], nowMs: number): void {
    const lastOffset = batches.at(-1)!.lastOffset
    let maxTimestamp = -1
    for (const batch of batches) if (batch.maxTimestamp > maxTimestamp) maxTimestamp = batch.maxTimestamp
    if (!this.files.mustRollFor({ sizeBytes, lastOffset, maxTimestamp }, nowMs)) return
    // At the log end even if the batch begins later: recovery takes a gap between two segments for lost records.
    const { endOffset } = this.files
    this.roll(lastOffset - endOffset > 0x7fffffff ? batches[0]!.baseOffset : endOffset)
  }

  private roll(baseOffset: number): void {
    const { files, producers } = this
    files.roll(baseOffset)
    producers.mapEndOffset = files.endOffset
    this.guard.tolerateFull(() => producers.takeSnapshot({ sync: false }))
    this.syncFullSegments()
  }

  private syncFullSegments(): void {
    this.files.syncFullInBackground((upTo) => {
      this.guard.tolerateFull(() => {
        this.producers.snapshots.sync(upTo)
        this.epochs.flush()
      })
    })
  }

  private takeProducers(updates: ProducerUpdates): void {
    const { producers, files } = this
    applyUpdates(producers, updates, files.active.txnIndex)
    producers.mapEndOffset = files.endOffset
    this.bounds.refreshUnstable()
  }

  // ---- reading -----------------------------------------------------------------------------------------------------

  /**
   * Whole batches from the one that holds `offset` on. Throws OFFSET_OUT_OF_RANGE outside [logStartOffset, logEndOffset].
   */
  read(offset: number, o: ReadOptions): ReadResult {
    if (offset < this.logStartOffset || offset > this.files.endOffset) {
      throw new ApiError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} of ${this.name} is outside ${this.logStartOffset} to ${this.files.endOffset}`,
      )
    }
    const upTo = Math.min(o.upTo, this.files.endOffset)
    const aborted = o.withAborted === true
    if (offset >= upTo) {
      return { records: [], startOffset: offset, nextOffset: offset, ...(aborted ? { abortedTransactions: [] } : {}) }
    }
    return this.guard.run(() => {
      const { records, nextOffset } = this.files.read(offset, { ...o, upTo })
      if (!aborted) return { records, startOffset: offset, nextOffset }
      const abortedTransactions = collectAborted(this.files, offset, nextOffset)
      return { records, startOffset: offset, nextOffset, abortedTransactions }
    })
  }

  /** The first record at or after `timestamp` (ms); null when there is none. */
  offsetForTimestamp(timestamp: number): TimestampedOffset | null {
    return this.guard.run(() => findByTimestamp(this.files, timestamp, this.logStartOffset))
  }

  /** The record with the greatest timestamp; null for an empty log. */
  maxTimestamp(): TimestampedOffset | null {
    return this.guard.run(() => findMaxTimestamp(this.files))
  }

  /** The producers whose state is kept, as DescribeProducers lists them. */
  activeProducers(): ActiveProducer[] {
    return this.producers.active()
  }

  // ---- moving the bounds -------------------------------------------------------------------------------------------

  /** Sets the high watermark, bounded by log start and end. True when it changed. */
  updateHighWatermark(offset: number): boolean {
    return this.bounds.commit(offset)
  }

  /** Records before `offset` are gone for readers. Throws OFFSET_OUT_OF_RANGE beyond the high watermark. */
  advanceLogStartOffset(offset: number): void {
    if (offset > this.highWatermark) {
      throw new ApiError('OFFSET_OUT_OF_RANGE', `offset ${offset} of ${this.name} is beyond ${this.highWatermark}`)
    }
    if (offset <= this.logStartOffset) return
    this.guard.run(() => this.bounds.startAt(offset))
  }

  /** Removes everything from `offset` on. */
  truncateTo(offset: number): void {
    // An epoch without records may begin at the very end: the leader that asks for this knows nothing of it.
    if (offset >= this.files.endOffset) this.guard.run(() => this.epochs.truncateFromEnd(offset))
    else if (offset < this.files.segments[0]!.baseOffset) this.truncateFullyAndStartAt(offset)
    else
      this.guard.run(() => {
        this.files.truncateTo(offset)
        this.bounds.truncatedTo(offset)
      })
  }

  /** Removes everything; the next record gets `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.guard.run(() => {
      this.writeLateId()
      this.files.restartAt(offset)
      this.bounds.emptiedAt(offset)
    })
  }

  /** Removes what retention no longer keeps; returns the number of segments removed. */
  applyRetention(nowMs: number): number {
    if (this.guard.isOffline) return 0
    return this.guard.run(() => {
      const count = removableByRetention(this.files, {
        logStartOffset: this.logStartOffset,
        highWatermark: this.highWatermark,
        nowMs,
      })
      if (count > 0) this.removeOldest(count)
      return count
    })
  }

  /** Removes the oldest segments that lie wholly before `offset`, never the active one: after a metadata snapshot. */
  removeSegmentsBefore(offset: number): number {
    return this.guard.run(() => {
      const count = removableBefore(this.files, offset)
      if (count > 0) this.removeOldest(count)
      return count
    })
  }

  private removeOldest(count: number): void {
    const { files, producers } = this
    if (count === files.segments.length) this.roll(files.endOffset)
    files.removeOldest(count)
    const first = files.segments[0]!.baseOffset
    producers.snapshots.removeIf((offset) => offset < first)
    this.bounds.firstSegmentAt(first)
  }

  removeExpiredProducers(nowMs: number): void {
    this.producers.removeExpired(nowMs)
  }

  // ---- stable storage ----------------------------------------------------------------------------------------------

  /** Returns when everything appended is on stable storage. */
  flush(): void {
    this.flushes.flush()
  }

  /** Flushes, writes a producer snapshot at the log end and closes all files: the log opens without recovery. */
  close(): void {
    if (this.guard.isOffline) return
    this.environment.lateTopicIds.remove(this)
    this.flush()
    this.guard.run(() => {
      this.producers.takeSnapshot({ sync: true })
      this.files.close()
    })
    this.closedCleanly = true
    this.guard.shut(`${this.name} is closed`)
  }

  /** Closes without writing; everything throws KAFKA_STORAGE_ERROR from now on. */
  drop(why: string): void {
    this.environment.lateTopicIds.remove(this)
    this.flushes.stop()
    this.guard.shut(why)
    this.files.drop()
  }
}
