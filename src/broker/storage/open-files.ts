/**
 * Bounds the file descriptors of logs: the files used last stay open, the others give theirs back and open again when they
 * are needed. Everybody uses a file within one turn, so none in use is ever closed.
 *
 * A file that was written to is synced before it is closed: what a failed write-back leaves behind must be told to the
 * log, and the system forgets it with the last descriptor. That is done in the background while there is some room above
 * the bound, and at once where there is none.
 */
import { DiskError, type DiskFile } from '../../base/disk.ts'

export interface Holder {
  /** Closes what is open; the next use opens it again. */
  release(): void
  /** Brings what was written to stable storage and calls `synced` if that is all; failures go to the log. */
  syncSoon(): void
  /** As `syncSoon`, before it returns. */
  syncNow(): void
}

const WHEN_UNKNOWN = 1000
const AT_LEAST = 64
const AT_MOST = 65_536
/** How far above the bound files may wait for their sync. */
const SLACK = 1.25
const SYNCS_AT_ONCE = 4
/** Share of the files that are closed when the process has no descriptor left. */
const RELIEF = 0.1

/** How many descriptors the logs of a process may hold that may have so many in all: sockets need the others. */
export function openFilesLimit(maxDescriptors: number | undefined): number {
  if (maxDescriptors === undefined || !Number.isFinite(maxDescriptors)) return WHEN_UNKNOWN
  return Math.min(AT_MOST, Math.max(AT_LEAST, Math.floor(maxDescriptors / 2)))
}

export class OpenFiles {
  private limit: number
  /** In order of last use, oldest first: those that may be closed at once, and those that were written to. */
  private readonly clean = new Set<Holder>()
  private readonly dirty = new Set<Holder>()
  private readonly syncing = new Set<Holder>()
  private makingRoom = false

  constructor(limit = WHEN_UNKNOWN) {
    this.limit = limit
  }

  get size(): number {
    return this.clean.size + this.dirty.size
  }

  /** Opens a file for `holder`. Where the process has no descriptor left others are closed, and it is tried once more. */
  open(holder: Holder, open: () => DiskFile): DiskFile {
    const file = this.opening(open)
    this.clean.add(holder)
    this.makeRoom(holder)
    return file
  }

  /** Opens a file that is closed within the same turn. */
  opening(open: () => DiskFile): DiskFile {
    try {
      return open()
    } catch (error) {
      if (!(error instanceof DiskError) || (error.errno !== 'EMFILE' && error.errno !== 'ENFILE')) throw error
      if (!this.relieve()) throw error
      return open()
    }
  }

  used(holder: Holder): void {
    const files = this.dirty.has(holder) ? this.dirty : this.clean
    files.delete(holder)
    files.add(holder)
  }

  /** It was used, and written to. */
  wrote(holder: Holder): void {
    this.clean.delete(holder)
    this.dirty.delete(holder)
    this.dirty.add(holder)
  }

  /** Everything that was written is on stable storage. */
  synced(holder: Holder): void {
    this.syncing.delete(holder)
    if (!this.dirty.delete(holder)) return
    this.clean.add(holder)
    this.makeRoom(undefined)
  }

  /** A sync ended, and the file is not clean: it failed, or more was written meanwhile. */
  syncEnded(holder: Holder): void {
    this.syncing.delete(holder)
  }

  closed(holder: Holder): void {
    this.clean.delete(holder)
    this.dirty.delete(holder)
    this.syncing.delete(holder)
  }

  private makeRoom(forHolder: Holder | undefined): void {
    // A sync that ends at once leads back here, while `forHolder` has not got its file yet.
    if (this.makingRoom) return
    this.makingRoom = true
    try {
      if (!this.releaseClean(forHolder)) this.releaseDirty(forHolder)
    } finally {
      this.makingRoom = false
    }
  }

  private releaseDirty(forHolder: Holder | undefined): void {
    for (const holder of this.dirty) {
      if (this.syncing.size >= SYNCS_AT_ONCE) break
      if (holder === forHolder || this.syncing.has(holder)) continue
      this.syncing.add(holder)
      holder.syncSoon()
    }
    this.releaseClean(forHolder)
    const waiting = this.size > this.limit * SLACK ? first(this.dirty, forHolder) : undefined
    if (waiting === undefined) return
    waiting.syncNow()
    this.release(waiting)
  }

  /** Returns whether the bound is kept. */
  private releaseClean(forHolder: Holder | undefined): boolean {
    while (this.size > this.limit) {
      const oldest = first(this.clean, forHolder)
      if (oldest === undefined) return false
      this.release(oldest)
    }
    return true
  }

  /** Closes some files for good measure and keeps fewer open from now on. Returns whether there was one to close. */
  private relieve(): boolean {
    const count = Math.max(1, Math.floor(this.clean.size * RELIEF))
    let released = 0
    for (; released < count; released += 1) {
      const oldest = first(this.clean, undefined)
      if (oldest === undefined) break
      this.release(oldest)
    }
    if (released === 0) {
      const waiting = first(this.dirty, undefined)
      if (waiting === undefined) return false
      waiting.syncNow()
      this.release(waiting)
    }
    this.limit = Math.max(AT_LEAST, Math.min(this.limit, this.size))
    return true
  }

  private release(holder: Holder): void {
    this.closed(holder)
    holder.release()
  }
}

function first(holders: Iterable<Holder>, but: Holder | undefined): Holder | undefined {
  for (const holder of holders) if (holder !== but) return holder
  return undefined
}
