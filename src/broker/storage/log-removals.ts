/**
 * Logs on their way out: taken out of service and renamed at once (with one sync for many), so that their names are free,
 * and removed later. What was renamed is found by its name after a crash.
 */
import type { Clock } from '../../base/clock.ts'
import { type Disk, DiskError } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { DELETE_DIRECTORY, markedDirectoryName } from './file-names.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import { isPassing } from './storage-guard.ts'
import { renameOrRemove, TreeRemovals } from './tree-removals.ts'

const justRename: typeof renameOrRemove = (disk, from, to) => disk.rename(from, to)

export interface LogRemovalsHost {
  readonly disk: Disk
  readonly clock: Clock
  readonly log: Logger
  readonly uniqueMark: () => string
  /** The cleaner's checkpoint is not to speak of these logs any more. */
  forgetCleaning(logs: readonly Log[], directory: LogDirectory): void
  /** The log is not the partition's any more. */
  leave(log: Log): void
  /** The directory's disk failed. */
  fail(directory: LogDirectory, error: unknown): void
}

export class LogRemovals {
  private readonly host: LogRemovalsHost
  private readonly trees: TreeRemovals

  constructor(host: LogRemovalsHost) {
    this.host = host
    this.trees = new TreeRemovals(host.disk, host.clock, host.log)
  }

  /** Removes a directory of any name, `delayMs` from now. */
  later(path: string, delayMs: number): void {
    this.trees.later(path, delayMs)
  }

  /** Takes logs away: renamed now, removed after `file.delete.delay.ms`. */
  remove(directory: LogDirectory, logs: readonly Log[]): void {
    const paths = this.takeAway(directory, logs, DELETE_DIRECTORY)
    for (const [log, path] of paths) this.trees.later(path, log.settings.fileDeleteDelayMs)
  }

  /** Puts aside logs of a directory that do not go on elsewhere. */
  takeAway(directory: LogDirectory, logs: readonly Log[], mark: string): Map<Log, string> {
    const forget = (): void => {
      try {
        this.host.forgetCleaning(logs, directory)
      } catch (error) {
        // On a full disk the entries stay; they go when logs of these names are made again.
        if (!isPassing(error)) throw error
      }
    }
    return this.putAside(directory, logs, mark, forget, mark === DELETE_DIRECTORY ? renameOrRemove : justRename)
  }

  /** Takes logs out of service and renames their directories; returns the new paths, none when the disk failed. */
  putAside(
    directory: LogDirectory,
    logs: readonly Log[],
    mark: string,
    first = () => {},
    rename = justRename,
  ): Map<Log, string> {
    const { disk } = this.host
    const paths = new Map<Log, string>()
    if (logs.length === 0) return paths
    try {
      first()
      for (const log of logs) {
        const key = log.name
        this.host.leave(log)
        if (directory.logs.get(key) === log) directory.logs.delete(key)
        log.drop(`${key} was deleted`)
        const target = `${directory.path}/${markedDirectoryName(log, this.host.uniqueMark(), mark)}`
        rename(disk, log.path, target)
        paths.set(log, target)
      }
      disk.syncDirectory(directory.path)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.host.fail(directory, error)
      paths.clear()
    }
    return paths
  }
}
