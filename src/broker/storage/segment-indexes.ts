/**
 * The indexes of one segment: offsets, times, aborted transactions. They follow what is appended to its log file; those
 * of an older segment are checked when they are first used, and rebuilt from the log when they cannot be right.
 *
 * Invariant: whatever an index says can be had from the log again; nothing is lost with one.
 */
import type { Disk } from '../../base/disk.ts'
import { type BatchInfo, NO_TIMESTAMP } from './batch-fields.ts'
import { SUFFIX } from './file-names.ts'
import { indexDamage } from './index-check.ts'
import type { LogConfig } from './log-config.ts'
import { OffsetIndex } from './offset-index.ts'
import { TimeIndex, type TimestampOffset } from './time-index.ts'
import type { SegmentOptions } from './segment-options.ts'
import { TxnIndex } from './txn-index.ts'

/** The log file that is indexed. */
export interface IndexedLog {
  readonly baseOffset: number
  readonly config: LogConfig
  /** Bytes of the valid part. */
  readonly sizeBytes: number
  path(kind: string): string
  batchesFrom(position: number): Iterable<BatchInfo>
}

export class SegmentIndexes {
  readonly offsets: OffsetIndex
  readonly times: TimeIndex
  readonly txns: TxnIndex
  private readonly disk: Disk
  private readonly of: IndexedLog
  private readonly onRepair: (message: string) => void
  private maxTimestampSoFar: TimestampOffset | undefined
  private bytesSinceEntry = 0
  private checked = false

  constructor({ disk, openFiles, onRepair }: Pick<SegmentOptions, 'disk' | 'openFiles' | 'onRepair'>, of: IndexedLog) {
    this.disk = disk
    this.of = of
    this.onRepair = onRepair
    this.offsets = new OffsetIndex({ disk, openFiles, path: of.path(SUFFIX.index) }, of.baseOffset)
    this.times = new TimeIndex({ disk, openFiles, path: of.path(SUFFIX.timeIndex) }, of.baseOffset)
    this.txns = new TxnIndex(disk, of.path(SUFFIX.txnIndex))
  }

  /** For a segment whose files are yet to be made: there is nothing to check. */
  begin(): void {
    this.checked = true
  }

  /** For a new segment: empty and active; what lay there is emptied. */
  create(): void {
    this.offsets.file.createActive(this.of.config.indexBytes)
    this.times.file.createActive(this.of.config.indexBytes)
    this.txns.reset()
    this.checked = true
  }

  /** Greatest timestamp of the segment and the last offset of its batch; timestamp -1 when there is none. */
  get maxTimestamp(): TimestampOffset {
    if (this.maxTimestampSoFar === undefined) {
      this.check()
      this.maxTimestampSoFar = this.times.last()
    }
    return this.maxTimestampSoFar
  }

  /** A batch was appended at `position`. */
  add(batch: BatchInfo, position: number): void {
    if (batch.maxTimestamp > this.maxTimestamp.timestamp) {
      this.maxTimestampSoFar = { timestamp: batch.maxTimestamp, offset: batch.lastOffset }
    }
    if (this.bytesSinceEntry > this.of.config.indexIntervalBytes) {
      this.offsets.append(batch.lastOffset, position)
      this.times.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset)
      this.bytesSinceEntry = 0
    }
    this.bytesSinceEntry += batch.sizeBytes
  }

  get areActive(): boolean {
    return this.offsets.file.isActive
  }

  /** Ready for appends. */
  activate(): void {
    this.check()
    this.offsets.file.reopenActive(this.of.config.indexBytes)
    this.times.file.reopenActive(this.of.config.indexBytes)
  }

  /** The configured size may have changed. */
  resize(): void {
    this.offsets.file.resize(this.of.config.indexBytes)
    this.times.file.resize(this.of.config.indexBytes)
  }

  /** No batch follows for now: the closing entry is written, the files are cut to their entries. */
  finish(): void {
    this.times.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset, true)
    this.offsets.file.seal()
    this.times.file.seal()
  }

  /** Forgets what lies at and beyond `offset`; the log file follows, then `rescanMaxTimestamp`. */
  truncateTo(offset: number): void {
    this.offsets.truncateTo(offset)
    this.times.truncateTo(offset)
    this.txns.truncateTo(offset)
    this.bytesSinceEntry = 0
  }

  /** After the log file was cut. */
  rescanMaxTimestamp(): void {
    let max = this.times.last()
    for (const batch of this.of.batchesFrom(this.offsets.lookup(max.offset).position)) {
      if (batch.maxTimestamp > max.timestamp) max = { timestamp: batch.maxTimestamp, offset: batch.lastOffset }
    }
    this.maxTimestampSoFar = max
  }

  /** To be called before the indexes of an existing segment are used. */
  check(): void {
    if (this.checked) return
    this.checked = true
    const offsets = this.disk.stat(this.offsets.file.path)
    const times = this.disk.stat(this.times.file.path)
    if (offsets === undefined || times === undefined) {
      this.rebuild('an index file is missing')
      return
    }
    this.offsets.file.adopt(offsets.sizeBytes)
    this.times.file.adopt(times.sizeBytes)
    const { sizeBytes } = this.of
    const segment = {
      offsetIndex: this.offsets,
      timeIndex: this.times,
      sizeBytes,
      batchesFrom: (position: number) => this.of.batchesFrom(position),
    }
    const damage = indexDamage(segment, offsets.sizeBytes, times.sizeBytes)
    if (damage !== undefined) this.rebuild(damage)
  }

  /** Builds the indexes of offsets and times anew from the log; they were found to be wrong. */
  rebuild(why: string): void {
    this.onRepair(`rebuilding the indexes of ${this.of.path(SUFFIX.log)}: ${why}`)
    const wasActive = this.areActive
    this.reset()
    for (const batch of this.of.batchesFrom(0)) this.add(batch, batch.position)
    this.times.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset, true)
    if (wasActive) return
    this.offsets.file.seal()
    this.times.file.seal()
  }

  /** Empties the indexes of offsets and times for a rebuild. */
  reset(): void {
    this.checked = true
    this.offsets.file.createActive(this.of.config.indexBytes)
    this.times.file.createActive(this.of.config.indexBytes)
    this.times.reset()
    this.maxTimestampSoFar = { timestamp: NO_TIMESTAMP, offset: this.of.baseOffset }
    this.bytesSinceEntry = 0
  }

  sync(): void {
    if (!this.checked) return
    this.offsets.file.sync()
    this.times.file.sync()
    this.txns.sync()
  }

  /** Before an active segment is closed: its greatest timestamp must be found in the file. */
  writeClosingEntry(): void {
    if (!this.checked || !this.areActive) return
    this.times.maybeAppend(this.maxTimestamp.timestamp, this.maxTimestamp.offset, true)
  }

  close(): void {
    this.txns.flush()
    this.offsets.file.close()
    this.times.file.close()
  }

  /** Closes without writing. */
  drop(): void {
    this.offsets.file.drop()
    this.times.file.drop()
  }

  /** The files of the segment have other names now; they are closed. */
  renamed(): void {
    this.offsets.file.path = this.of.path(SUFFIX.index)
    this.times.file.path = this.of.path(SUFFIX.timeIndex)
    this.txns.path = this.of.path(SUFFIX.txnIndex)
  }
}
