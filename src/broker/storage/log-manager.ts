/**
 * All logs of a node: opens its log directories, finds and makes logs, runs what has to happen now and then, and closes
 * everything so that the next start need not recover. The metadata log lies in one of these directories but is not its.
 */
import type { Clock } from '../../base/clock.ts'
import { type Disk, DiskError } from '../../base/disk.ts'
import { MqError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { type CurrentConfig, fixedConfig } from '../../config/node-config.ts'
import { TopicConfig } from '../../config/topic-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { backgroundTasks, repeat } from './background-tasks.ts'
import { CleanerManager } from './cleaner-manager.ts'
import { DirectoryChoice } from './directory-choice.ts'
import { STRAY_DIRECTORY, uniqueMarks } from './file-names.ts'
import { FutureLogs, type OpenInOptions, type PlacedLog } from './future-logs.ts'
import type { Log } from './log.ts'
import { logConfigOf } from './log-config.ts'
import { LogDirectory } from './log-directory.ts'
import { type LogEnvironment, logEnvironment } from './log-environment.ts'
import { openLogInSteps } from './log-loader.ts'
import { foundLogs } from './log-loading.ts'
import { LogRemovals } from './log-removals.ts'
import { OpenFiles, openFilesLimit } from './open-files.ts'
import { inOneGo } from './slices.ts'
import { isPassing } from './storage-guard.ts'

export interface LogManagerOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly log: Logger
  readonly logDirs: readonly string[]
  readonly brokerConfig: BrokerConfig
  /** The node's settings as they change; `brokerConfig` for ever when absent. */
  readonly config?: CurrentConfig
  readonly clusterId: string
  readonly nodeId: number
  /** Files and sockets that the process may have open; absent: not known. */
  readonly maxDescriptors?: number | undefined
  /** Names directories on their way out; default: derived from the clock and a counter. */
  readonly random?: Random
  /** A directory went offline; its logs are gone from `get`. */
  onDirectoryFailure(directory: string, error: unknown): void
}

export class LogManager {
  private readonly o: LogManagerOptions
  private readonly log: Logger
  private readonly environment: LogEnvironment
  private readonly all: LogDirectory[]
  private readonly byKey = new Map<string, PlacedLog>()
  /** Replicas that move into another directory. */
  readonly futures: FutureLogs
  private readonly choice: DirectoryChoice
  /** Compacts the logs from `startBackground` on. */
  readonly cleaner: CleanerManager
  private readonly removals: LogRemovals
  private stopBackground = (): void => {}
  private isOpen = false
  private isClosed = false
  private openingFailure: unknown

  constructor(options: LogManagerOptions) {
    this.o = options
    this.log = options.log.named('kafka.log.LogManager')
    this.environment = logEnvironment({
      disk: options.disk,
      clock: options.clock,
      log: options.log,
      openFiles: new OpenFiles(openFilesLimit(options.maxDescriptors)),
      producerIdExpirationMs: () => (options.config ?? options.brokerConfig).get('producer.id.expiration.ms'),
    })
    const uniqueMark = uniqueMarks(options.clock, options.random)
    this.all = [...new Set(options.logDirs)].map((path) => new LogDirectory(path, this.environment))
    const config = options.config ?? fixedConfig(options.brokerConfig)
    this.cleaner = new CleanerManager({
      clock: options.clock,
      log: options.log,
      config,
      directories: () => this.all,
      isMoving: (key) => this.futures.has(key),
      onDirectoryFailure: (directory, error) => this.fail(directory, error),
    })
    this.removals = new LogRemovals({
      disk: options.disk,
      clock: options.clock,
      log: this.log,
      uniqueMark,
      forgetCleaning: (logs, directory) => this.cleaner.forget(logs, directory),
      leave: (log) => {
        if (this.byKey.get(log.name)?.log === log) this.byKey.delete(log.name)
      },
      fail: (directory, error) => this.fail(directory, error),
    })
    this.choice = new DirectoryChoice(this.all, () => config.get('cordoned.log.dirs'))
    this.futures = new FutureLogs({
      environment: this.environment,
      directories: this.all,
      current: (key) => this.byKey.get(key),
      adopt: (key, placed) => this.byKey.set(key, placed),
      openAt: (directory, name, at, o) => this.openAt(directory, name, at, o),
      putAside: ({ log, directory }, mark) => this.removals.putAside(directory, [log], mark).get(log),
      removeLater: (path, delayMs) => this.removals.later(path, delayMs),
      uniqueMark,
      endCleaning: (at) => this.cleaner.abortCleaning(at),
      moved: (at, from, to) => this.cleaner.moveCheckpoint(at, from, to),
      fail: (directory, error) => this.fail(directory, error),
    })
  }

  get directories(): readonly Pick<LogDirectory, 'path' | 'id' | 'state'>[] {
    return this.all
  }

  /** Whether a directory with this id is in use; false for one that failed, and for ids that are none of this node's. */
  isOnline(id: Uuid): boolean {
    return this.all.some((directory) => directory.id === id && directory.state === 'online')
  }

  /** The ids of the directories in that state, as far as they are known. */
  directoryIds(state: LogDirectory['state']): Uuid[] {
    return this.all.filter((one) => one.state === state && one.id !== ZERO_UUID).map((one) => one.id)
  }

  get hasOfflineDirectory(): boolean {
    return this.all.some((directory) => directory.state === 'offline')
  }

  /** The id of the directory at `path`; zero when it has none or is not this node's. */
  directoryId(path: string): Uuid {
    return this.all.find((directory) => directory.path === path)?.id ?? ZERO_UUID
  }

  /** True when every directory was closed by a clean shutdown. */
  get wasClean(): boolean {
    return this.all.every((directory) => directory.wasClean)
  }

  /** Epoch under which the broker that closed the directories was registered; -1 after a crash. */
  get previousBrokerEpoch(): number {
    return this.wasClean ? Math.min(...this.all.map((directory) => directory.previousBrokerEpoch)) : -1
  }

  /** Locks all directories and loads their logs; throws as `openDirectories` and `load` do. */
  open(): void {
    this.openDirectories()
    inOneGo(this.load())
  }

  /**
   * Locks all directories and finds out how they were left. One that fails goes offline; throws when one is locked by
   * another process, belongs to another node, or none is left. `load` follows.
   */
  openDirectories(): void {
    for (const directory of this.all) this.opening(directory, () => directory.open(this.o))
    this.requireDirectory()
  }

  /**
   * Loads the logs, recovering where the last shutdown was not clean, in steps that others may come between. Throws when no
   * directory is left, and when the logs were closed meanwhile.
   */
  *load(): Generator<void, void, void> {
    for (const directory of this.all) {
      const loading = this.loadLogs(directory)
      for (let done = false; !done && directory.state === 'online'; yield) {
        if (this.isClosed) throw new MqError('MQ_STOPPED', 'the node was stopped while it loaded its logs')
        this.opening(directory, () => {
          done = loading.next().done === true
        })
      }
    }
    this.requireDirectory()
    this.isOpen = true
  }

  private opening(directory: LogDirectory, work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof DiskError) || error.errno === 'ELOCKED') {
        this.abandon()
        throw error
      }
      this.openingFailure = error
      this.fail(directory, error)
    }
  }

  private requireDirectory(): void {
    if (this.all.some((directory) => directory.state === 'online')) return
    throw this.openingFailure ?? new MqError('MQ_NO_LOG_DIRECTORY', 'no log directory is configured')
  }

  private *loadLogs(directory: LogDirectory): Generator<void, void, void> {
    const startedMs = this.o.clock.monotonicMs()
    const config = TopicConfig.of({}, this.o.brokerConfig)
    const removeLater = (path: string): void => this.removals.later(path, config.get('file.delete.delay.ms'))
    for (const found of foundLogs(directory, { disk: this.o.disk, log: this.log, removeLater })) {
      const state = { ...found.state, config }
      if (found.kind === 'future') this.futures.load(directory, found.name, found.at, state)
      else {
        const opened = yield* this.openInSteps(directory, found.name, found.at, state)
        const log = this.place(directory, opened)
        if (log.directory === directory.path) log.updateHighWatermark(found.highWatermark)
      }
      yield
    }
    directory.isLoaded = true
    const tookMs = Math.round(this.o.clock.monotonicMs() - startedMs)
    const how = directory.wasClean ? 'after a clean shutdown' : 'with recovery'
    this.log.info(`Loaded ${directory.logs.size} logs from ${directory.path} ${how} in ${tookMs} ms`)
  }

  private openIn(directory: LogDirectory, at: TopicPartition, o: OpenInOptions): Log {
    return this.place(directory, this.openAt(directory, partitionKey(at.topic, at.partition), at, o))
  }

  /** Makes a log the partition's, unless it has one elsewhere; returns the partition's log. */
  private place(directory: LogDirectory, log: Log): Log {
    const key = log.name
    const placed = { log, directory }
    const twin = this.byKey.get(key)
    // One without a record was begun where the disk failed, and then made elsewhere.
    const empty = twin && [placed, twin].find((each) => each.log.logEndOffset === 0)
    if (twin !== undefined && empty === undefined) {
      throw new MqError('MQ_DUPLICATE_LOG', `${key} lies both in ${twin.directory.path} and in ${directory.path}`, {
        hint: 'remove one of the two directories; the larger one is usually the complete one',
      })
    }
    if (empty !== undefined) this.removals.remove(empty.directory, [empty.log])
    if (empty === placed) return twin!.log
    directory.add(log)
    this.byKey.set(key, placed)
    return log
  }

  private openAt(directory: LogDirectory, name: string, at: TopicPartition, o: OpenInOptions): Log {
    return inOneGo(this.openInSteps(directory, name, at, o))
  }

  private *openInSteps(
    directory: LogDirectory,
    name: string,
    at: TopicPartition,
    o: OpenInOptions,
  ): Generator<void, Log, void> {
    const log: Log = yield* openLogInSteps(this.environment, {
      ...o,
      ...at,
      directory: `${directory.path}/${name}`,
      settings: logConfigOf(o.config),
      onFailure: (error) => this.fail(directory, error),
      beforeTruncation: (offset) => directory.beforeTruncation(log, offset),
    })
    return log
  }

  get(topic: string, partition: number): Log | undefined {
    return this.byKey.get(partitionKey(topic, partition))?.log
  }

  *logs(): Iterable<Log> {
    for (const { log } of this.byKey.values()) yield log
  }

  /**
   * The partition's log, made where it was asked for (`prefer`), else where `directoryId` says, else in the directory with
   * the fewest logs. A log of another topic id under this name is moved aside. Throws KAFKA_STORAGE_ERROR when the
   * directory is offline or full, and when a partition that is not new has no log while a directory is offline: it may lie
   * there.
   */
  getOrCreate(
    topic: string,
    partition: number,
    o: { topicId: Uuid; config: TopicConfig; directoryId?: Uuid; isNew?: boolean },
  ): Log {
    const key = partitionKey(topic, partition)
    const existing = this.byKey.get(key)
    if (existing !== undefined) {
      const { log } = existing
      if (log.topicId === ZERO_UUID) log.assignTopicId(o.topicId)
      if (log.topicId === o.topicId) {
        log.updateConfig(o.config)
        return log
      }
      this.log.warn(`${log.path} belongs to topic id ${log.topicId}, not ${o.topicId}: it is moved aside`)
      this.removals.takeAway(existing.directory, [log], STRAY_DIRECTORY)
    }
    if (o.isNew === false && this.hasOfflineDirectory) {
      throw new ApiError('KAFKA_STORAGE_ERROR', `${key} has no log, and it may lie in a directory that is offline`)
    }
    let failure: unknown
    for (const directory of this.choice.candidates(key, o.directoryId)) {
      try {
        directory.forgetFormer(key)
        const log = this.openIn(directory, { topic, partition }, { ...o, lateTopicId: true })
        this.choice.forget(key)
        return log
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        if (!error.isFull && !isPassing(error)) this.fail(directory, error)
        failure = error
      }
    }
    const reason = failure instanceof Error ? failure.message : 'every log directory is offline'
    throw new ApiError('KAFKA_STORAGE_ERROR', reason, { cause: failure })
  }

  /** Where a partition is to be made when it comes. Nothing is noted when a log of it lies there already. */
  prefer(topic: string, partition: number, path: string): void {
    const lies = [this.get(topic, partition), this.futures.get(topic, partition)].some((log) => log?.directory === path)
    if (!lies) this.choice.prefer(topic, partition, path)
  }

  /** Takes logs away, with their future ones: renamed (and synced once) now, removed after `file.delete.delay.ms`. */
  delete(topic: string, ...partitions: readonly number[]): void {
    const found = new Map<LogDirectory, Log[]>(this.all.map((directory) => [directory, []]))
    for (const partition of partitions) {
      this.futures.remove(topic, partition)
      this.choice.forget(partitionKey(topic, partition))
      const placed = this.byKey.get(partitionKey(topic, partition))
      if (placed !== undefined) found.get(placed.directory)!.push(placed.log)
    }
    for (const [directory, logs] of found) this.removals.remove(directory, logs)
  }

  /**
   * Moves aside every log that `belongs` does not claim: partitions deleted or moved while this node was down. One with
   * records that does not know its topic id stays: it gets one when its partition is found.
   */
  moveStrays(belongs: (log: Log) => boolean): void {
    for (const log of [...this.futures.all()]) if (!belongs(log)) this.futures.remove(log.topic, log.partition)
    for (const { log, directory } of [...this.byKey.values()]) {
      if ((log.topicId === ZERO_UUID && log.logEndOffset > 0) || belongs(log)) continue
      const path = this.removals.takeAway(directory, [log], STRAY_DIRECTORY).get(log)
      this.log.warn(`${log.name} belongs to no partition of this node: moved to ${path}`)
    }
  }

  updateConfig(topic: string, config: TopicConfig): void {
    for (const log of [...this.logs(), ...this.futures.all()]) if (log.topic === topic) log.updateConfig(config)
  }

  /** Retention, flushes, checkpoints and expiry from now on, at the intervals of the broker's configuration. */
  startBackground(): void {
    this.cleaner.start()
    this.stopBackground()
    this.stopBackground = repeat(backgroundTasks(this.o.brokerConfig, this.environment, this), this.o.clock)
  }

  /** Runs `work` for every directory in use; an I/O error takes that directory offline, a full disk is passed over. */
  forEachDirectory(work: (directory: LogDirectory) => void): void {
    for (const directory of this.all) {
      if (directory.state === 'offline') continue
      try {
        work(directory)
      } catch (error) {
        if (error instanceof ApiError) continue
        if (!(error instanceof DiskError)) throw error
        if (error.isFull || isPassing(error)) this.log.warn(`${directory.path} is looked after later`, error)
        else this.fail(directory, error)
      }
    }
  }

  /** Flushes and closes everything; `brokerEpoch` goes into the clean shutdown marker. */
  close(brokerEpoch = -1): void {
    this.isOpen = false
    this.isClosed = true
    this.cleaner.stop()
    this.stopBackground()
    for (const directory of this.all) {
      try {
        directory.close(brokerEpoch)
      } catch (error) {
        this.log.error(`${directory.path} could not be closed cleanly and will be recovered`, error)
      }
    }
    this.byKey.clear()
  }

  private abandon(): void {
    for (const directory of this.all) if (directory.state === 'online') directory.fail('the node does not start')
    this.byKey.clear()
  }

  private fail(directory: LogDirectory, error: unknown): void {
    const wasOnline = directory.state === 'online'
    for (const [key, placed] of this.byKey) if (placed.directory === directory) this.byKey.delete(key)
    this.futures.forget(directory)
    directory.fail(error instanceof Error ? error.message : String(error))
    this.log.error(`log directory ${directory.path} is offline`, error)
    if (wasOnline || !this.isOpen) this.o.onDirectoryFailure(directory.path, error)
  }
}
