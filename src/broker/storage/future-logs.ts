/**
 * Replicas on their way into another log directory (KIP-113): a second log of the partition, in a directory of its own
 * (`topic-partition.<32 hex digits>-future`), that is filled from the first one and then takes its place.
 *
 * Invariants: at most one future log a partition, never in the directory of the current log; while there is one, neither of
 * the two is compacted (a record copied before a cleaning and its tombstone removed by one would leave a deleted key
 * behind); `promote` leaves, at whatever point it is interrupted, either the current log under its name, or the complete
 * future log beside a `-delete` directory.
 */
import type { LogEnvironment } from './log-environment.ts'
import { DiskError } from '../../base/disk.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { DELETE_DIRECTORY, FUTURE_DIRECTORY, markedDirectoryName } from './file-names.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import type { OpenLogOptions } from './log-loader.ts'
import { isPassing } from './storage-guard.ts'

export interface PlacedLog {
  readonly log: Log
  readonly directory: LogDirectory
}

export type OpenInOptions = { config: TopicConfig } & Partial<
  Pick<OpenLogOptions, 'topicId' | 'lateTopicId' | 'recoveryPoint' | 'logStartOffset' | 'clean' | 'compacted'>
>

/** What the log manager lends. */
export interface FutureLogsHost {
  readonly environment: LogEnvironment
  readonly directories: readonly LogDirectory[]
  current(key: string): PlacedLog | undefined
  /** Makes a log the partition's current one. */
  adopt(key: string, placed: PlacedLog): void
  /** Opens a log in the sub-directory `name`. */
  openAt(directory: LogDirectory, name: string, at: TopicPartition, o: OpenInOptions): Log
  /** Takes a log out of service and renames its directory; returns the new path, undefined when the disk failed. */
  putAside(placed: PlacedLog, mark: string): string | undefined
  removeLater(path: string, delayMs: number): void
  uniqueMark(): string
  /** Ends a cleaning of the partition's log that is under way; none begins while there is a future log. */
  endCleaning(at: TopicPartition): void
  moved(at: TopicPartition, from: LogDirectory, to: LogDirectory): void
  fail(directory: LogDirectory, error: unknown): void
}

export class FutureLogs {
  private readonly host: FutureLogsHost
  private readonly byKey = new Map<string, PlacedLog>()

  constructor(host: FutureLogsHost) {
    this.host = host
  }

  get(topic: string, partition: number): Log | undefined {
    return this.byKey.get(partitionKey(topic, partition))?.log
  }

  has(key: string): boolean {
    return this.byKey.has(key)
  }

  *all(): Iterable<Log> {
    for (const { log } of this.byKey.values()) yield log
  }

  get size(): number {
    return this.byKey.size
  }

  /** The name of a partition's future directory may not be longer than a file name can be. */
  static isNameTooLong(at: TopicPartition): boolean {
    return `${partitionKey(at.topic, at.partition)}.${'0'.repeat(32)}${FUTURE_DIRECTORY}`.length > 255
  }

  /** At start: takes over what a former life has left. A second one of the same partition is put aside. */
  load(directory: LogDirectory, name: string, at: TopicPartition, o: OpenInOptions): void {
    const key = partitionKey(at.topic, at.partition)
    const log = this.host.openAt(directory, name, at, o)
    const placed = { log, directory }
    if (this.byKey.has(key) || directory === this.host.current(key)?.directory) {
      this.discard(placed)
      return
    }
    directory.add(log)
    this.byKey.set(key, placed)
  }

  /**
   * Makes an empty future log in the log directory `path`, which is online and not that of the current log. Throws
   * KAFKA_STORAGE_ERROR when its disk fails or is full.
   */
  create(at: TopicPartition, path: string, o: { topicId: Uuid; config: TopicConfig }): Log {
    const key = partitionKey(at.topic, at.partition)
    const directory = this.host.directories.find((each) => each.path === path)!
    const name = markedDirectoryName(at, this.host.uniqueMark(), FUTURE_DIRECTORY)
    try {
      directory.forgetFormer(key)
      const log = this.host.openAt(directory, name, at, o)
      directory.add(log)
      this.byKey.set(key, { log, directory })
      this.host.endCleaning(at)
      return log
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (!error.isFull && !isPassing(error)) this.host.fail(directory, error)
      throw new ApiError('KAFKA_STORAGE_ERROR', error.message, { cause: error })
    }
  }

  /** Gives the future log up: its files go at once. Nothing happens when there is none. */
  remove(topic: string, partition: number): void {
    const key = partitionKey(topic, partition)
    const placed = this.byKey.get(key)
    if (placed === undefined) return
    this.byKey.delete(key)
    this.discard(placed)
  }

  private discard(placed: PlacedLog): void {
    const path = this.host.putAside(placed, DELETE_DIRECTORY)
    if (path !== undefined) this.host.removeLater(path, 0)
  }

  /** The directory failed: what lay in it is gone until the next start. */
  forget(directory: LogDirectory): void {
    for (const [key, placed] of this.byKey) if (placed.directory === directory) this.byKey.delete(key)
  }

  /**
   * Puts the future log into the place of the current one (or into an empty place) and returns it; the former one waits
   * for its removal. The caller has seen that it holds everything. Throws KAFKA_STORAGE_ERROR: on a full disk everything is
   * as before, on any other failure a directory goes offline.
   */
  promote(topic: string, partition: number): Log {
    const { host } = this
    const key = partitionKey(topic, partition)
    const future = this.byKey.get(key)!
    const current = host.current(key)
    const { config, topicId, settings } = future.log
    const highWatermark = current?.log.highWatermark ?? future.log.highWatermark
    const at = { topic, partition }
    try {
      // After a crash the checkpoints must speak for the log in its new directory. Closed last: where there is no room for
      // them it must be able to go on.
      future.log.updateHighWatermark(highWatermark)
      future.log.flush()
      future.directory.writeLogStarts()
      future.directory.writeRecoveryPoints({ sync: true })
      future.directory.writeHighWatermarks({ sync: true })
      future.log.close()
    } catch (error) {
      if (isPassing(error)) throw new ApiError('KAFKA_STORAGE_ERROR', (error as DiskError).message, { cause: error })
      throw this.failed(future, error)
    }
    const { logStartOffset, logEndOffset } = future.log
    if (current !== undefined) {
      const path = host.putAside(current, DELETE_DIRECTORY)
      if (path === undefined) throw new ApiError('KAFKA_STORAGE_ERROR', `${current.log.path} cannot be renamed`)
      host.removeLater(path, settings.fileDeleteDelayMs)
    }
    this.byKey.delete(key)
    const { disk } = host.environment
    try {
      disk.rename(future.log.path, `${future.directory.path}/${key}`)
      disk.syncDirectory(future.directory.path)
      const log = host.openAt(future.directory, key, at, {
        config,
        topicId,
        logStartOffset,
        recoveryPoint: logEndOffset,
        clean: true,
      })
      // Producers that send their last batches again must be recognised, as if nothing had happened.
      log.producers.takeOver((current ?? future).log.producers)
      log.updateHighWatermark(highWatermark)
      future.directory.add(log)
      host.adopt(key, { log, directory: future.directory })
      if (current !== undefined) host.moved(at, current.directory, future.directory)
      return log
    } catch (error) {
      throw this.failed(future, error)
    }
  }

  /** The disk failed in work on the future log that does not pass through the log itself: its directory goes offline. */
  fail(topic: string, partition: number, error: unknown): void {
    const placed = this.byKey.get(partitionKey(topic, partition))
    if (placed !== undefined) this.host.fail(placed.directory, error)
  }

  private failed({ directory }: PlacedLog, error: unknown): unknown {
    if (!(error instanceof DiskError)) return error
    this.host.fail(directory, error)
    return new ApiError('KAFKA_STORAGE_ERROR', error.message, { cause: error })
  }
}
