/**
 * A log as a row of segments: appends to the last one, rolls, reads, truncates, brings bytes to stable storage. Knows
 * nothing of producers, leaders or retention; offsets and checks are its caller's.
 *
 * Invariants: there is always a last segment, the active one, and only it is written to; segments rise by base offset
 * and do not overlap; everything before `recoveryPoint` is on stable storage, with its indexes where the segment is full.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { BatchInfo } from './batch-fields.ts'
import { SUFFIX } from './file-names.ts'
import { type LogConfig, rollJitterMs } from './log-config.ts'
import type { OpenFiles } from './open-files.ts'
import { Segment } from './segment.ts'
import type { ReadLimits } from './segment-read.ts'
import { ReadHints } from './read-hints.ts'
import { SegmentSyncs } from './segment-syncs.ts'
import type { LogTail } from './tail-cache.ts'

export interface SegmentedLogOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly log: Logger
  readonly openFiles: OpenFiles
  readonly tail: LogTail
  readonly directory: string
  readonly config: LogConfig
  /** Ascending, at least one. */
  readonly segments: Segment[]
  readonly endOffset: number
  readonly recoveryPoint: number
  /** Nothing of the directory may be lost yet: it was closed cleanly and not touched since. */
  readonly namesSynced: boolean
  /** Files that may have been written without a sync when the directory was made: synced with the first records. */
  readonly unsyncedFiles: readonly string[]
  /** Background work failed; the directory cannot be trusted any more. */
  readonly onFailure: (error: unknown) => void
  /** Everything from `offset` on is about to be removed; throws when that must not happen. */
  readonly beforeTruncation: (offset: number) => void
}

export class SegmentedLog {
  readonly directory: string
  config: LogConfig
  /** Offset of the next record. */
  endOffset: number
  segments: Segment[]
  /** Changes when segments that were full are removed, cut or replaced. */
  generation = 0
  private readonly o: SegmentedLogOptions
  private readonly syncs: SegmentSyncs
  /** Something was written since the log was opened. */
  private written = false
  private readonly hints = new ReadHints()

  constructor(options: SegmentedLogOptions) {
    this.o = options
    this.directory = options.directory
    this.config = options.config
    this.segments = options.segments
    this.endOffset = options.endOffset
    this.syncs = new SegmentSyncs(options, this)
  }

  get active(): Segment {
    return this.segments.at(-1)!
  }

  /** Made ready for appends when the first one comes: most of a node's many logs get none before it stops again. */
  private writable(): Segment {
    const { active } = this
    if (!active.isActive) active.activate()
    return active
  }

  get sizeBytes(): number {
    let sum = 0
    for (const segment of this.segments) sum += segment.sizeBytes
    return sum
  }

  /** Everything before it is on stable storage: where recovery begins after a crash. */
  get recoveryPoint(): number {
    return this.syncs.recoveryPoint
  }

  updateConfig(config: LogConfig): void {
    this.config = config
    for (const segment of this.segments) segment.config = config
    this.active.resizeIndexes()
  }

  // ---- writing -----------------------------------------------------------------------------------------------------

  /** Appends to the active segment; all or nothing. */
  append(records: Buffer, batches: readonly BatchInfo[], nowMs: number): void {
    const last = batches.at(-1)!.lastOffset
    this.written = true
    this.writable().append(records, batches)
    this.o.tail.add(records, this.endOffset, last + 1, nowMs)
    this.endOffset = last + 1
  }

  /** Whether these bytes need a new segment: by size, age, full index, or offsets too far from the base. */
  mustRollFor(records: { sizeBytes: number; lastOffset: number; maxTimestamp: number }, nowMs: number): boolean {
    const { config } = this
    const active = this.writable()
    return (
      active.sizeBytes > config.segmentBytes - records.sizeBytes ||
      active.offsetIndex.isFull ||
      active.timeIndex.isFull ||
      records.lastOffset - active.baseOffset > 0x7fffffff ||
      (active.sizeBytes > 0 &&
        active.ageMs(nowMs, records.maxTimestamp) >
          config.segmentMs - rollJitterMs(config, this.directory, active.baseOffset))
    )
  }

  /**
   * Begins a segment at `baseOffset` (the end offset, or later where a follower's log has a gap). On failure nothing has
   * changed. The full segment is synced in the background.
   */
  roll(baseOffset: number): void {
    const before = this.writable()
    if (before.baseOffset === baseOffset) {
      // Nothing was written to it: it rolls because an index is full or the size bound is tiny.
      before.drop()
      this.hints.clear()
      this.segments[this.segments.length - 1] = this.createSegment(baseOffset)
      return
    }
    const next = this.createSegment(baseOffset)
    before.deactivate()
    this.segments.push(next)
    this.endOffset = baseOffset
    this.syncs.isFull(before)
  }

  private createSegment(baseOffset: number): Segment {
    const options = this.segmentOptions(baseOffset)
    try {
      return Segment.create(options)
    } catch (error) {
      for (const kind of [SUFFIX.log, SUFFIX.index, SUFFIX.timeIndex]) {
        try {
          this.o.disk.removeFile(`${this.directory}/${String(baseOffset).padStart(20, '0')}${kind}`)
        } catch {
          // The first error tells what is wrong; an empty file left behind is overwritten by the next attempt.
        }
      }
      throw error
    }
  }

  /** An empty segment in files of their own, to be put into the place of others with `replace`. */
  createCleaned(baseOffset: number): Segment {
    return Segment.create({ ...this.segmentOptions(baseOffset), suffix: SUFFIX.cleaned })
  }

  private segmentOptions(baseOffset: number) {
    return {
      disk: this.o.disk,
      directory: this.directory,
      baseOffset,
      config: this.config,
      openFiles: this.o.openFiles,
      nowMs: this.o.clock.nowMs(),
      onFailure: this.o.onFailure,
      onRepair: (message: string) => this.o.log.warn(message),
    }
  }

  // ---- reading -----------------------------------------------------------------------------------------------------

  /** The segment whose range holds `offset`; the first one for earlier offsets. */
  segmentFor(offset: number): Segment {
    let low = 0
    let high = this.segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.segments[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return this.segments[low]!
  }

  segmentAfter(segment: Segment): Segment | undefined {
    return this.segments[this.segments.indexOf(segment) + 1]
  }

  /** Whole batches from the one that holds `offset` on; `offset` < `upTo` <= end offset. */
  read(offset: number, limits: ReadLimits): { records: Buffer[]; nextOffset: number } {
    const cached = this.o.tail.read(offset, limits)
    if (cached !== undefined) return cached
    const hint = this.hints.get(offset)
    let segment: Segment | undefined = hint?.segment ?? this.segmentFor(offset)
    let position = hint?.position ?? segment.locate(offset)?.position
    while (segment !== undefined) {
      if (position !== undefined && position < segment.sizeBytes) {
        const pieces = segment.read(position, limits)
        if (pieces.damaged && pieces.records.length === 0) {
          throw new ApiError('CORRUPT_MESSAGE', `no record batch at byte ${position} of ${segment.path(SUFFIX.log)}`)
        }
        if (pieces.records.length === 0) break
        this.hints.note(pieces.nextOffset, segment, pieces.nextPosition)
        return pieces
      }
      segment = this.segmentAfter(segment)
      position = 0
    }
    return { records: [], nextOffset: offset }
  }

  // ---- removing ----------------------------------------------------------------------------------------------------

  /** Removes everything from `offset` on; the caller has checked that it lies within the log. */
  truncateTo(offset: number): void {
    this.o.beforeTruncation(offset)
    this.written = true
    this.forgetReads()
    this.generation += 1
    const gone = this.segments.filter((segment) => segment.baseOffset > offset)
    if (gone.length > 0) {
      this.segments = this.segments.filter((segment) => segment.baseOffset <= offset)
      // The newest one first: a crash in between leaves a log without a gap.
      for (const segment of gone.reverse()) this.discard(segment)
      this.syncs.namesChanged()
    }
    this.syncs.forget((segment) => segment.baseOffset > offset || segment === this.active)
    this.active.truncateTo(offset)
    // What was cut off must not come back after a power cut, behind records that were appended in its place.
    this.active.syncLog()
    this.syncs.syncNames()
    this.endOffset = offset
    this.syncs.truncatedTo(offset)
  }

  /** Removes everything and starts anew at `offset`. */
  restartAt(offset: number): void {
    this.o.beforeTruncation(offset)
    this.forgetReads()
    this.generation += 1
    const gone = this.segments
    this.syncs.forget(() => true)
    // Not renamed but removed: the new first segment may need the same name.
    for (const segment of gone.slice().reverse()) segment.removeFiles()
    this.segments = [this.createSegment(offset)]
    // Otherwise a power cut might bring old segments back, in front of the new one.
    this.o.disk.syncDirectory(this.directory)
    this.endOffset = offset
    this.syncs.truncatedTo(offset)
  }

  /** Takes these segments, the oldest ones, out of the log; their files go after `file.delete.delay.ms`. */
  removeOldest(count: number): void {
    this.forgetReads()
    this.generation += 1
    const gone = this.segments.splice(0, count)
    this.syncs.forget((segment) => gone.includes(segment))
    this.syncs.syncedUpTo(this.segments[0]!.baseOffset)
    for (const segment of gone) this.discard(segment)
  }

  /**
   * Puts `cleaned`, which is on stable storage, into the place of neighbours. Whatever is interrupted here is finished, or
   * undone, by the next start (`interrupted-swap.ts`).
   */
  replace(cleaned: Segment, replaced: readonly Segment[]): void {
    this.forgetReads()
    this.generation += 1
    cleaned.markWith(SUFFIX.swap)
    this.o.disk.syncDirectory(this.directory)
    this.segments.splice(this.segments.indexOf(replaced[0]!), replaced.length, cleaned)
    this.syncs.forget((segment) => replaced.includes(segment))
    for (const segment of replaced) this.discard(segment)
    cleaned.markWith('')
    this.o.disk.syncDirectory(this.directory)
  }

  private discard(segment: Segment): void {
    segment.markWith(SUFFIX.deleted)
    this.o.clock.schedule(this.config.fileDeleteDelayMs, () => {
      try {
        segment.removeFiles()
      } catch (error) {
        this.o.log.warn(`cannot remove ${segment.path(SUFFIX.log)}`, error)
      }
    })
  }

  private forgetReads(): void {
    this.hints.clear()
    this.o.tail.clear()
  }

  // ---- stable storage ----------------------------------------------------------------------------------------------

  /** Returns when everything appended is on stable storage. */
  sync(): void {
    // A log that never had a record has nothing to lose with its names: they would be made again.
    this.syncs.sync({ names: this.written || this.endOffset > 0 })
  }

  /**
   * Syncs full segments one after the other without holding up the event loop; `done` syncs what belongs to each, before
   * the recovery point passes it. A failure is reported or, if it may pass, made up for with the next full segment.
   */
  syncFullInBackground(done: (upTo: number) => void): void {
    this.syncs.syncFullInBackground(done)
  }

  /** Syncs and closes, indexes included: what a clean shutdown leaves. */
  close(): void {
    this.sync()
    this.syncs.stop()
    for (const segment of this.segments) {
      segment.close()
      // Where nothing was written the indexes are as they were; a size that a power cut leaves behind is noticed.
      if (segment === this.active && this.written) segment.syncIndexes()
    }
    this.forgetReads()
  }

  /** Closes without writing: the disk failed, or the log is deleted. */
  drop(): void {
    this.syncs.stop()
    for (const segment of this.segments) segment.drop()
    this.forgetReads()
  }
}
