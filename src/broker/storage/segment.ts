/**
 * One segment: a `.log` file of whole batches from its base offset on, with its indexes (`segment-indexes.ts`). Only the
 * last segment of a log is written to. Files are opened when they are needed, and those of a log's first segment made when
 * the first record comes: of a node's many partitions most are empty for long.
 *
 * Invariant: `sizeBytes` is the length of the valid part; bytes behind it (after a failed write) are cut off before
 * anything else happens to the file.
 */
import type { Disk, DiskFile, OpenMode } from '../../base/disk.ts'
import { type BatchInfo, NO_TIMESTAMP } from './batch-fields.ts'
import { type ScanEnd, scanHeaders, scanVerified, type VerifiedBatch } from './batch-scan.ts'
import { offsetName, SUFFIX } from './file-names.ts'
import type { LogConfig } from './log-config.ts'
import type { OffsetIndex } from './offset-index.ts'
import type { OpenFiles } from './open-files.ts'
import { SegmentIndexes } from './segment-indexes.ts'
import { SEGMENT_FILES, type SegmentOptions } from './segment-options.ts'
import { type Pieces, type ReadLimits, readPieces } from './segment-read.ts'
import type { TimeIndex, TimestampOffset } from './time-index.ts'
import type { TxnIndex } from './txn-index.ts'
export type { SegmentOptions } from './segment-options.ts'

export class Segment {
  readonly baseOffset: number
  config: LogConfig
  sizeBytes = 0
  /** Wall time of creation (of the last write before, for an existing one). */
  createdMs: number
  private readonly indexes: SegmentIndexes
  private readonly disk: Disk
  private readonly openFiles: OpenFiles
  private readonly onFailure: (error: unknown) => void
  private readonly directory: string
  private suffix: string
  private file: DiskFile | undefined
  private firstTimestamp: number | undefined
  private tornTail = false
  /** Changes of the file so far, and how many of them are known to be on stable storage. */
  private changes = 0
  private syncedChanges = 0
  private closedForGood = false
  /** None of its files is there yet. */
  private unmade = false
  private readonly bytes = {
    read: (at: number, to: Buffer, from: number, length: number) => this.handle().read(at, to, from, length),
  }

  private constructor(options: SegmentOptions) {
    this.disk = options.disk
    this.directory = options.directory
    this.suffix = options.suffix ?? ''
    this.baseOffset = options.baseOffset
    this.config = options.config
    this.openFiles = options.openFiles
    this.onFailure = options.onFailure
    this.createdMs = options.nowMs
    this.indexes = new SegmentIndexes(options, this)
  }

  /** A new, empty, active segment on disk; what was there under its name is emptied. */
  static create(options: SegmentOptions): Segment {
    const segment = new Segment(options)
    segment.make()
    return segment
  }

  /** As `create`, but nothing is on disk before the first record: for a base offset that is found without a file's name. */
  static begin(options: SegmentOptions): Segment {
    const segment = new Segment(options)
    segment.unmade = true
    segment.indexes.begin()
    return segment
  }

  private make(): void {
    try {
      const file = this.openFile('create')
      if (file.size() > 0) file.truncate(0)
      this.indexes.create()
      this.unmade = false
    } catch (error) {
      // Tried again with the next record; whatever was made by then is emptied.
      this.drop()
      throw error
    }
  }

  /** An existing segment as it lies on disk; its log file must exist. */
  static open(options: SegmentOptions): Segment {
    const segment = new Segment(options)
    const log = segment.disk.stat(segment.path(SUFFIX.log))!
    segment.sizeBytes = log.sizeBytes
    segment.createdMs = log.modifiedMs
    return segment
  }

  path(kind: string): string {
    return `${this.directory}/${offsetName(this.baseOffset)}${kind}${this.suffix}`
  }

  // ---- state -------------------------------------------------------------------------------------------------------

  get offsetIndex(): OffsetIndex {
    return this.indexes.offsets
  }
  get timeIndex(): TimeIndex {
    return this.indexes.times
  }
  get txnIndex(): TxnIndex {
    return this.indexes.txns
  }

  /** Greatest timestamp of the segment and the last offset of its batch; timestamp -1 when there is none. */
  get maxTimestamp(): TimestampOffset {
    return this.indexes.maxTimestamp
  }

  /** What retention by time goes by: the greatest timestamp, or the file's age when records carry none. */
  get largestTimestamp(): number {
    const { timestamp } = this.maxTimestamp
    return timestamp >= 0 ? timestamp : this.createdMs
  }

  /** Milliseconds that the segment has been collecting, by record time where records have one. */
  ageMs(nowMs: number, messageTimestamp: number): number {
    if (this.firstTimestamp === undefined && this.sizeBytes > 0) {
      for (const batch of this.batchesFrom(0)) {
        this.firstTimestamp = batch.maxTimestamp
        break
      }
    }
    const first = this.firstTimestamp ?? NO_TIMESTAMP
    return first >= 0 ? messageTimestamp - first : nowMs - this.createdMs
  }

  /** Offset after the last record; found by scanning from the last index entry. */
  nextOffset(): number {
    this.indexes.check()
    let next = this.baseOffset
    for (const batch of this.batchesFrom(this.offsetIndex.last().position)) next = batch.lastOffset + 1
    return next
  }

  // ---- writing -----------------------------------------------------------------------------------------------------

  /** Appends the bytes of these batches. On failure the segment is as before. */
  append(records: Buffer, batches: readonly BatchInfo[]): void {
    const file = this.handle()
    if (this.tornTail) this.cutTornTail(file)
    try {
      file.write(this.sizeBytes, [records])
    } catch (error) {
      this.tornTail = true
      this.cutTornTail(file, error)
    } finally {
      this.changed()
    }
    let position = this.sizeBytes
    for (const batch of batches) {
      this.noteBatch(batch, position)
      position += batch.sizeBytes
    }
    this.sizeBytes = position
  }

  private noteBatch(batch: BatchInfo, position: number): void {
    this.firstTimestamp ??= position === 0 ? batch.maxTimestamp : undefined
    this.indexes.add(batch, position)
  }

  private cutTornTail(file: DiskFile, cause?: unknown): void {
    try {
      file.truncate(this.sizeBytes)
      this.changed()
      this.tornTail = false
    } catch (error) {
      throw cause ?? error
    }
    if (cause !== undefined) throw cause
  }

  /** Makes it the segment that is appended to. */
  activate(): void {
    if (this.unmade) this.make()
    else this.indexes.activate()
  }

  get isActive(): boolean {
    return this.indexes.areActive
  }

  resizeIndexes(): void {
    this.indexes.resize()
  }

  /** A newer segment takes over: the time index gets its closing entry, the indexes are cut to size. */
  deactivate(): void {
    this.indexes.finish()
  }

  /** Removes everything from `offset` on; returns the bytes removed. The segment is active afterwards. */
  truncateTo(offset: number): number {
    this.activate()
    const batch = this.locate(offset)
    this.indexes.truncateTo(offset)
    if (batch === undefined) return 0
    const removed = this.sizeBytes - batch.position
    this.handle().truncate(batch.position)
    this.changed()
    this.sizeBytes = batch.position
    if (this.sizeBytes === 0) this.firstTimestamp = undefined
    this.indexes.rescanMaxTimestamp()
    return removed
  }

  // ---- reading -----------------------------------------------------------------------------------------------------

  /** The batch that holds `offset`, or the first one after it; undefined when the segment ends before. */
  locate(offset: number): BatchInfo | undefined {
    this.indexes.check()
    const entry = this.offsetIndex.lookup(offset)
    let first = true
    for (const batch of this.batchesFrom(entry.position)) {
      if (first && entry.position > 0 && batch.lastOffset !== entry.offset) break
      if (batch.lastOffset >= offset) return batch
      first = false
    }
    if (!first || entry.position === 0) return undefined
    this.rebuildIndexes(`the entry for offset ${entry.offset} does not point to its batch`)
    for (const batch of this.batchesFrom(this.offsetIndex.lookup(offset).position)) {
      if (batch.lastOffset >= offset) return batch
    }
    return undefined
  }

  /** Whole batches from `position` (the start of a batch) on. */
  read(position: number, limits: ReadLimits): Pieces {
    return readPieces(this.handle(), position, this.sizeBytes, limits)
  }

  /** Headers from `position` on. */
  batchesFrom(position: number): Generator<BatchInfo, void, undefined> {
    return scanHeaders(this.bytes, position, this.sizeBytes)
  }

  /** The bytes of one whole batch. */
  readBatch(batch: BatchInfo): Buffer {
    const bytes = Buffer.allocUnsafe(batch.sizeBytes)
    this.handle().read(batch.position, bytes, 0, bytes.length)
    return bytes
  }

  // ---- checking and rebuilding -------------------------------------------------------------------------------------

  /**
   * Checks every batch, rebuilds all indexes and cuts the file behind the last valid batch. `visit` sees each valid batch
   * in order and may declare it damaged. The transaction index is emptied: who visits fills it. Nobody may use the segment
   * before all steps are done.
   */
  *recover(
    visit: (batch: VerifiedBatch) => string | undefined,
  ): Generator<void, ScanEnd & { truncatedBytes: number; nextOffset: number }, void> {
    this.firstTimestamp = undefined
    this.indexes.reset()
    this.txnIndex.reset()
    const fileBytes = this.handle().size()
    let lastOffset = this.baseOffset - 1
    const end = yield* scanVerified(this.bytes, 0, fileBytes, (batch) => {
      const { info } = batch
      if (info.baseOffset <= lastOffset || info.lastOffset < info.baseOffset) {
        return `a batch of offsets ${info.baseOffset} to ${info.lastOffset} after offset ${lastOffset}`
      }
      if (info.lastOffset - this.baseOffset > 0x7fffffff) return `offset ${info.lastOffset} is too far from the base`
      const damage = visit(batch)
      if (damage !== undefined) return damage
      lastOffset = info.lastOffset
      this.noteBatch(info, info.position)
      return undefined
    })
    this.sizeBytes = end.position
    if (fileBytes > end.position) {
      this.handle().truncate(end.position)
      this.changed()
    }
    this.indexes.finish()
    return { ...end, truncatedBytes: fileBytes - end.position, nextOffset: lastOffset + 1 }
  }

  /** Builds the indexes anew from the log; they were found to be wrong. */
  rebuildIndexes(why: string): void {
    this.indexes.rebuild(why)
  }

  // ---- files -------------------------------------------------------------------------------------------------------

  /** Brings the log file to stable storage; its indexes follow when it is full, recovery rebuilds them before. */
  syncLog(): void {
    if (this.unmade) return
    this.handle().sync()
    this.syncedTo(this.changes)
  }

  /** As `syncLog`, without holding up the event loop: a full segment may be large. */
  syncLogInBackground(done: (error: unknown) => void): void {
    if (this.unmade) done(undefined)
    else this.startSync(done)
  }

  private startSync(done: (error: unknown) => void): void {
    const { changes } = this
    this.handle().syncInBackground((error) => {
      if (error === undefined) this.syncedTo(changes)
      done(error)
    })
  }

  private syncedTo(changes: number): void {
    this.syncedChanges = Math.max(this.syncedChanges, changes)
    if (this.syncedChanges === this.changes) this.openFiles.synced(this)
  }

  private changed(): void {
    this.changes += 1
    if (this.file !== undefined) this.openFiles.wrote(this)
  }

  syncSoon(): void {
    this.startSync((error) => {
      this.openFiles.syncEnded(this)
      // The system names a lost write to one sync only: also where a later one succeeded, and the file was closed for room.
      if (error !== undefined && !this.closedForGood) this.onFailure(error)
    })
  }

  syncNow(): void {
    try {
      if (this.file !== undefined) this.syncLog()
    } catch (error) {
      this.onFailure(error)
    }
  }

  syncIndexes(): void {
    if (!this.unmade) this.indexes.sync()
  }

  /** Closes for good, with the index closed as a full one: a clean shutdown. */
  close(): void {
    this.indexes.writeClosingEntry()
    if (this.tornTail) this.cutTornTail(this.handle())
    this.indexes.close()
    this.closeFile()
  }

  /** Closes without writing anything. */
  drop(): void {
    this.indexes.drop()
    this.closeFile()
  }

  release(): void {
    this.file?.close()
    this.file = undefined
  }

  /** Renames all files of the segment, the log first, to carry `suffix`; only while nobody appends to it. */
  markWith(suffix: string): void {
    this.drop()
    const from = SEGMENT_FILES.map((kind) => this.path(kind))
    this.suffix = suffix
    SEGMENT_FILES.forEach((kind, at) => {
      if (this.disk.stat(from[at]!) !== undefined) this.disk.rename(from[at]!, this.path(kind))
    })
    this.drop()
    this.indexes.renamed()
  }

  removeFiles(): void {
    this.drop()
    for (const kind of SEGMENT_FILES) this.disk.removeFile(this.path(kind))
  }

  private handle(): DiskFile {
    if (this.file === undefined) return this.openFile('readwrite')
    this.openFiles.used(this)
    return this.file
  }

  private openFile(mode: OpenMode): DiskFile {
    this.file = this.openFiles.open(this, () => this.disk.open(this.path(SUFFIX.log), mode))
    this.closedForGood = false
    return this.file
  }

  private closeFile(): void {
    this.release()
    this.closedForGood = true
    this.openFiles.closed(this)
  }
}
