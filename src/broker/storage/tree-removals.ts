/**
 * Removes the directories of deleted logs, file by file, one directory after the other: a deleted topic may have thousands
 * of partitions, and a log thousands of files, whose removal would hold everything up if it were one piece of work. What
 * is not removed when the node stops is found by its name at the next start.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { isPassing } from './storage-guard.ts'

/** Work between two turns of everybody else. */
const SLICE_MS = 2

interface Removal {
  readonly path: string
  /** What is left of its files; undefined until it was listed, which is done once: a log may have very many. */
  names?: string[]
}

export class TreeRemovals {
  private readonly disk: Disk
  private readonly clock: Clock
  private readonly log: Logger
  private readonly due: Removal[] = []
  private isRunning = false

  constructor(disk: Disk, clock: Clock, log: Logger) {
    this.disk = disk
    this.clock = clock
    this.log = log
  }

  /** Removes the directory and all it holds, `delayMs` from now or soon after. A failure is logged. */
  later(path: string, delayMs: number): void {
    this.clock.schedule(delayMs, () => {
      this.due.push({ path })
      if (this.isRunning) return
      this.isRunning = true
      this.slice()
    })
  }

  private slice(): void {
    const startedMs = this.clock.monotonicMs()
    do {
      const removal = this.due[0]!
      const { path } = removal
      try {
        if (!this.emptied(removal, startedMs)) break
        this.disk.removeTree(path)
        this.log.info(`Deleted ${path}`)
      } catch (error) {
        this.log.warn(`cannot remove ${path}`, error)
      }
      this.due.shift()
    } while (this.due.length > 0 && this.hasTime(startedMs))
    this.isRunning = this.due.length > 0
    if (this.isRunning) this.clock.schedule(1, () => this.slice())
  }

  /** Removes the files of the directory, as far as the time of this slice goes; returns whether all are gone. */
  private emptied(removal: Removal, startedMs: number): boolean {
    const { path } = removal
    removal.names ??= this.disk.stat(path) === undefined ? [] : this.disk.list(path)
    const { names } = removal
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (this.disk.stat(`${path}/${name}`)?.isDirectory === true) continue
      this.disk.removeFile(`${path}/${name}`)
      // Looked at behind it: every slice gets on, however long the listing took.
      if (!this.hasTime(startedMs)) return false
    }
    return true
  }

  private hasTime(startedMs: number): boolean {
    return this.clock.monotonicMs() - startedMs < SLICE_MS
  }
}

/**
 * Gives a directory that is to be removed its new name. A full disk may have no room for a longer name: there the directory
 * goes at once, which makes room for others.
 */
export function renameOrRemove(disk: Disk, from: string, to: string): void {
  try {
    disk.rename(from, to)
  } catch (error) {
    if (!isPassing(error)) throw error
    disk.removeTree(from)
  }
}
