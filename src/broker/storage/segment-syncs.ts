/**
 * What of a log has reached stable storage: full segments that are not synced yet, the end of what is synced in the
 * active one, names of files that the directory may still lose. Brings the rest there, now or in the background.
 *
 * Invariant: everything before `recoveryPoint` is on stable storage, with its indexes where the segment is full.
 */
import type { Disk } from '../../base/disk.ts'
import { parentOf, syncFile } from './atomic-file.ts'
import type { Segment } from './segment.ts'
import { isPassing } from './storage-guard.ts'

interface SyncedLog {
  readonly active: Segment
  readonly endOffset: number
  readonly segments: readonly Segment[]
  segmentAfter(segment: Segment): Segment | undefined
}

export interface SegmentSyncsOptions {
  readonly disk: Disk
  readonly directory: string
  readonly recoveryPoint: number
  readonly namesSynced: boolean
  readonly unsyncedFiles: readonly string[]
  readonly onFailure: (error: unknown) => void
}

export class SegmentSyncs {
  private readonly o: SegmentSyncsOptions
  private readonly of: SyncedLog
  /** Exclusive end of what was synced in the active segment. */
  private syncedOffset: number
  /** Full segments that are not completely synced yet, oldest first. */
  private unsynced: Segment[]
  private syncRunning = false
  /** The segment that is synced in the background; undefined also where it was written to again since. */
  private syncing: Segment | undefined
  /** Files were created, renamed or removed since the directory was synced. */
  private namesUnsynced: boolean
  private unsyncedFiles: readonly string[]
  private parentUnsynced: boolean
  private stopped = false

  /** `of` is read from here on: its segments must be there. */
  constructor(options: SegmentSyncsOptions, of: SyncedLog) {
    this.o = options
    this.of = of
    this.syncedOffset = options.recoveryPoint
    this.namesUnsynced = !options.namesSynced
    this.parentUnsynced = !options.namesSynced
    this.unsyncedFiles = options.unsyncedFiles
    this.unsynced = of.segments.slice(0, -1).filter((_, i) => of.segments[i + 1]!.baseOffset > this.syncedOffset)
  }

  /** Where recovery begins after a crash. */
  get recoveryPoint(): number {
    return Math.min(this.unsynced[0]?.baseOffset ?? this.syncedOffset, this.syncedOffset)
  }

  /** A newer segment has taken over from this one. */
  isFull(segment: Segment): void {
    this.unsynced.push(segment)
    this.namesUnsynced = true
  }

  /** Names in the directory changed. */
  namesChanged(): void {
    this.namesUnsynced = true
  }

  /** These segments need no sync any more: they are removed, replaced, or written to again. */
  forget(which: (segment: Segment) => boolean): void {
    this.unsynced = this.unsynced.filter((segment) => !which(segment))
    if (this.syncing !== undefined && which(this.syncing)) this.syncing = undefined
  }

  /** What was synced at and beyond `offset` is gone. */
  truncatedTo(offset: number): void {
    this.syncedOffset = Math.min(this.syncedOffset, offset)
  }

  /** Everything before `offset` needs no sync. */
  syncedUpTo(offset: number): void {
    this.syncedOffset = Math.max(this.syncedOffset, offset)
  }

  /** Returns when everything appended is on stable storage, with the names of its files if `names`. */
  sync({ names }: { names: boolean }): void {
    for (const segment of this.unsynced) {
      segment.syncLog()
      segment.syncIndexes()
    }
    this.unsynced = []
    if (this.syncedOffset < this.of.endOffset) this.of.active.syncLog()
    if (names) this.syncNames()
    this.syncedOffset = this.of.endOffset
  }

  syncNames(): void {
    if (!this.namesUnsynced) return
    const { disk, directory } = this.o
    for (const path of this.unsyncedFiles) if (disk.stat(path) !== undefined) syncFile(disk, path)
    disk.syncDirectory(directory)
    if (this.parentUnsynced) disk.syncDirectory(parentOf(directory))
    this.parentUnsynced = false
    this.unsyncedFiles = []
    this.namesUnsynced = false
  }

  /** As `SegmentedLog.syncFullInBackground`. */
  syncFullInBackground(done: (upTo: number) => void): void {
    const segment = this.unsynced[0]
    if (segment === undefined || this.syncRunning || this.stopped) return
    this.syncRunning = true
    this.syncing = segment
    segment.syncLogInBackground((error) => {
      this.syncRunning = false
      if (this.stopped || this.unsynced[0] !== segment || this.syncing !== segment) {
        this.syncFullInBackground(done)
        return
      }
      const end = this.of.segmentAfter(segment)?.baseOffset ?? this.of.endOffset
      try {
        if (error !== undefined) throw error
        segment.syncIndexes()
        this.syncNames()
        done(end)
      } catch (failure) {
        // Nobody called: what is thrown here would end the process.
        if (!isPassing(failure)) this.o.onFailure(failure)
        return
      }
      this.unsynced.shift()
      this.syncedUpTo(end)
      this.syncFullInBackground(done)
    })
  }

  /** The log closes: nothing goes on in the background. */
  stop(): void {
    this.stopped = true
  }
}
