/**
 * The metadata log on the broker's own segment log (`__cluster_metadata-0`), with its snapshots beside the segments. What
 * a snapshot replaces is removed when the directory exceeds metadata.max.retention.bytes, or the snapshot that replaced
 * it metadata.max.retention.ms; the newest snapshot and everything after it always stay.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { Logger } from '../base/log.ts'
import type { OffsetAndEpoch, ReplicatedLog } from './raft/log.ts'
import { parseSnapshotFileName, snapshotFileName } from './raft/snapshot.ts'
import type { Log } from './storage/log.ts'

const PARTIAL = '.part'

export interface MetadataLogOptions {
  readonly log: Log
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly retentionBytes: number
  readonly retentionMs: number
}

export class MetadataLog implements ReplicatedLog {
  private readonly options: MetadataLogOptions
  /** Ascending by offset. */
  private snapshots: OffsetAndEpoch[]

  constructor(options: MetadataLogOptions) {
    this.options = options
    const { disk, log } = options
    const names = disk.list(log.path)
    // Left by a crash while a snapshot was written.
    for (const name of names) if (name.endsWith(PARTIAL)) disk.removeFile(`${log.path}/${name}`)
    this.snapshots = names
      .map(parseSnapshotFileName)
      .filter((id) => id !== undefined)
      .sort((one, other) => one.offset - other.offset)
    const latest = this.latestSnapshotId()
    // The log ends before the snapshot, or in an older epoch, when it was loaded from a leader and the node stopped before
    // it took the log's place.
    const isLoaded =
      latest !== undefined && (latest.offset > log.logEndOffset || latest.epoch > (log.epochs.latest() ?? latest.epoch))
    if (isLoaded) log.truncateFullyAndStartAt(latest.offset)
  }

  get startOffset(): number {
    return this.options.log.logStartOffset
  }

  get sizeBytes(): number {
    return this.options.log.sizeBytes
  }

  endOffset(): OffsetAndEpoch {
    const { log } = this.options
    return { offset: log.logEndOffset, epoch: log.epochs.latest() ?? this.latestSnapshotId()?.epoch ?? 0 }
  }

  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const { log } = this.options
    const end = this.endOffset()
    if (epoch >= end.epoch) return end
    const found = log.epochs.endOffsetFor(epoch)
    if (found.epoch >= 0 && found.endOffset > log.logStartOffset) return { epoch: found.epoch, offset: found.endOffset }
    // Everything older than the log is in the snapshot that it begins with; nothing here tells where in it an epoch ended.
    const oldest = this.snapshots.find((id) => id.offset === log.logStartOffset)
    return { epoch: oldest?.epoch ?? 0, offset: log.logStartOffset }
  }

  latestSnapshotId(): OffsetAndEpoch | undefined {
    return this.snapshots.at(-1)
  }

  append(records: Buffer): void {
    this.options.log.appendAsFollower(records)
  }

  truncateTo(endOffset: number): void {
    this.options.log.truncateTo(endOffset)
  }

  sync(): void {
    this.options.log.flush()
  }

  updateHighWatermark(offset: number): void {
    this.options.log.updateHighWatermark(offset)
  }

  read(offset: number, maxBytes: number, upTo: number): Buffer {
    const { records } = this.options.log.read(offset, { maxBytes, minOneBatch: true, upTo })
    return records.length === 1 ? records[0]! : Buffer.concat(records)
  }

  writeSnapshot(id: OffsetAndEpoch, bytes: Buffer): void {
    const { disk, log } = this.options
    const path = `${log.path}/${snapshotFileName(id)}`
    try {
      disk.writeFile(path + PARTIAL, bytes, { sync: true })
      disk.rename(path + PARTIAL, path)
    } catch (error) {
      this.removePartial(path + PARTIAL)
      throw error
    }
    disk.syncDirectory(log.path)
    this.snapshots = [...this.snapshots.filter((other) => other.offset !== id.offset), id]
    this.snapshots.sort((one, other) => one.offset - other.offset)
  }

  /** On a full disk half a snapshot would only be in the way. */
  private removePartial(path: string): void {
    try {
      this.options.disk.removeFile(path)
    } catch {
      // What kept it from being written is what is told; the next start removes it.
    }
  }

  readSnapshot(id: OffsetAndEpoch): Buffer | undefined {
    const { disk, log } = this.options
    const path = `${log.path}/${snapshotFileName(id)}`
    return disk.stat(path) === undefined ? undefined : disk.readFile(path)
  }

  snapshotBytes(id: OffsetAndEpoch): number | undefined {
    const { disk, log } = this.options
    return disk.stat(`${log.path}/${snapshotFileName(id)}`)?.sizeBytes
  }

  readSnapshotPiece(id: OffsetAndEpoch, position: number, length: number): Buffer {
    const { disk, log } = this.options
    const file = disk.open(`${log.path}/${snapshotFileName(id)}`, 'read')
    try {
      const piece = Buffer.allocUnsafe(Math.max(0, Math.min(length, file.size() - position)))
      return piece.subarray(0, file.read(position, piece, 0, piece.length))
    } finally {
      file.close()
    }
  }

  startAtSnapshot(id: OffsetAndEpoch): void {
    const { disk, log } = this.options
    log.truncateFullyAndStartAt(id.offset)
    for (const other of this.snapshots) {
      if (other.offset < id.offset) disk.removeFile(`${log.path}/${snapshotFileName(other)}`)
    }
    this.snapshots = this.snapshots.filter((other) => other.offset >= id.offset)
  }

  deleteBeforeSnapshot(): void {
    const { disk, log, logger } = this.options
    while (this.snapshots.length > 1 && this.mustShrink()) {
      const [oldest, next] = this.snapshots
      disk.removeFile(`${log.path}/${snapshotFileName(oldest!)}`)
      this.snapshots.shift()
      log.advanceLogStartOffset(next!.offset)
      const removed = log.removeSegmentsBefore(next!.offset)
      logger.info(`Removed snapshot ${snapshotFileName(oldest!)} and ${removed} segment(s) before ${next!.offset}`)
    }
  }

  close(): void {
    this.options.log.close()
  }

  private mustShrink(): boolean {
    const { disk, log, clock, retentionBytes, retentionMs } = this.options
    let sizeBytes = log.sizeBytes
    for (const id of this.snapshots) {
      sizeBytes += disk.stat(`${log.path}/${snapshotFileName(id)}`)?.sizeBytes ?? 0
    }
    if (retentionBytes >= 0 && sizeBytes > retentionBytes) return true
    const oldest = disk.stat(`${log.path}/${snapshotFileName(this.snapshots[0]!)}`)
    return retentionMs >= 0 && oldest !== undefined && clock.nowMs() - oldest.modifiedMs > retentionMs
  }
}
