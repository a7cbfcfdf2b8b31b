/**
 * All logs of a node: opens its log directories, finds and makes logs, runs what has to happen now and then, and closes
 * everything so that the next start need not recover. The metadata log lies in one of these directories but is not its.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { type Disk, DiskError } from '../../base/disk.ts'
import { MqError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import type { Random } from '../../base/random.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { TopicConfig } from '../../config/topic-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { backgroundTasks } from './background-tasks.ts'
import { DELETE_DIRECTORY, directoryKind, markedDirectoryName, STRAY_DIRECTORY } from './file-names.ts'
import type { Log } from './log.ts'
import { logConfigOf } from './log-config.ts'
import { LogDirectory } from './log-directory.ts'
import { type LogEnvironment, logEnvironment } from './log-environment.ts'
import { type OpenLogOptions, openLog } from './log-loader.ts'

const METADATA_LOG = '__cluster_metadata-0'

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
  private readonly byKey = new Map<string, { log: Log; directory: LogDirectory }>()
  private timers: Timer[] = []
  private markCount = 0
  private isOpen = false

  constructor(options: LogManagerOptions) {
    this.o = options
    this.log = options.log.named('kafka.log.LogManager')
    this.environment = logEnvironment({
      disk: options.disk,
      clock: options.clock,
      log: options.log,
      producerIdExpirationMs: () => (options.config ?? options.brokerConfig).get('producer.id.expiration.ms'),
    })
    this.all = options.logDirs.map((path) => new LogDirectory(path, this.environment))
  }

  get directories(): readonly Pick<LogDirectory, 'path' | 'id' | 'state'>[] {
    return this.all
  }

  /** True when every directory was closed by a clean shutdown. */
  get wasClean(): boolean {
    return this.all.every((directory) => directory.wasClean)
  }

  /** Epoch under which the broker that closed the directories was registered; -1 after a crash. */
  get previousBrokerEpoch(): number {
    return this.wasClean ? Math.min(...this.all.map((directory) => directory.previousBrokerEpoch)) : -1
  }

  /**
   * Locks all directories and loads their logs, recovering where the last shutdown was not clean. A directory that fails
   * goes offline; throws when one is locked by another process, belongs to another node, or none is left.
   */
  open(): void {
    let failure: unknown
    for (const directory of this.all) {
      try {
        directory.open(this.o)
        this.loadLogs(directory)
      } catch (error) {
        if (!(error instanceof DiskError) || error.errno === 'ELOCKED') {
          this.abandon()
          throw error
        }
        failure = error
        this.fail(directory, error)
      }
    }
    if (this.all.every((directory) => directory.state === 'offline')) {
      throw failure ?? new MqError('MQ_NO_LOG_DIRECTORY', 'no log directory is configured')
    }
    this.isOpen = true
  }

  private loadLogs(directory: LogDirectory): void {
    const { disk } = this.o
    const startedMs = this.o.clock.monotonicMs()
    const checkpoints = directory.readCheckpoints()
    const config = TopicConfig.of({}, this.o.brokerConfig)
    for (const name of disk.list(directory.path)) {
      const path = `${directory.path}/${name}`
      if (name === METADATA_LOG || disk.stat(path)?.isDirectory !== true) continue
      const found = directoryKind(name)
      if (found.kind === 'deleted') this.removeLater(path, config.get('file.delete.delay.ms'))
      else if (found.kind === 'stray') this.log.warn(`${path} is stray: it belongs to no partition of this node`)
      else if (found.kind === 'unknown') this.log.warn(`${path} is no partition's directory and is left alone`)
      if (found.kind !== 'log') continue
      const log = this.openIn(directory, found.at, {
        config,
        recoveryPoint: checkpoints.recoveryPoints.get(name) ?? 0,
        logStartOffset: checkpoints.logStarts.get(name) ?? 0,
        clean: directory.wasClean,
        compacted: checkpoints.cleanerOffsets.has(name),
      })
      log.updateHighWatermark(checkpoints.highWatermarks.get(name) ?? 0)
    }
    const tookMs = Math.round(this.o.clock.monotonicMs() - startedMs)
    const how = directory.wasClean ? 'after a clean shutdown' : 'with recovery'
    this.log.info(`Loaded ${directory.logs.size} logs from ${directory.path} ${how} in ${tookMs} ms`)
  }

  private openIn(
    directory: LogDirectory,
    at: TopicPartition,
    o: { config: TopicConfig } & Partial<
      Pick<OpenLogOptions, 'topicId' | 'recoveryPoint' | 'logStartOffset' | 'clean' | 'compacted'>
    >,
  ): Log {
    const key = partitionKey(at.topic, at.partition)
    const twin = this.byKey.get(key)
    if (twin !== undefined) {
      throw new MqError('MQ_DUPLICATE_LOG', `${key} lies both in ${twin.directory.path} and in ${directory.path}`, {
        hint: 'remove one of the two directories; the larger one is usually the complete one',
      })
    }
    const log = openLog(this.environment, {
      ...o,
      ...at,
      directory: `${directory.path}/${key}`,
      settings: logConfigOf(o.config),
      onFailure: (error) => this.fail(directory, error),
    })
    directory.add(log)
    this.byKey.set(key, { log, directory })
    return log
  }

  get(topic: string, partition: number): Log | undefined {
    return this.byKey.get(partitionKey(topic, partition))?.log
  }

  *logs(): Iterable<Log> {
    for (const { log } of this.byKey.values()) yield log
  }

  /**
   * The partition's log, made where `directoryId` says (by default in the directory with the fewest logs). A log of
   * another topic id under this name is moved aside. Throws KAFKA_STORAGE_ERROR when the directory is offline or full.
   */
  getOrCreate(topic: string, partition: number, o: { topicId: Uuid; config: TopicConfig; directoryId?: Uuid }): Log {
    const existing = this.byKey.get(partitionKey(topic, partition))
    if (existing !== undefined) {
      const { log } = existing
      if (log.topicId === ZERO_UUID) log.assignTopicId(o.topicId)
      if (log.topicId === o.topicId) {
        log.updateConfig(o.config)
        return log
      }
      this.log.warn(`${log.path} belongs to topic id ${log.topicId}, not ${o.topicId}: it is moved aside`)
      this.putAside(topic, partition, STRAY_DIRECTORY)
    }
    const directory = this.directoryFor(o.directoryId)
    try {
      directory.forgetFormer(partitionKey(topic, partition))
      return this.openIn(directory, { topic, partition }, { config: o.config, topicId: o.topicId })
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (!error.isFull) this.fail(directory, error)
      throw new ApiError('KAFKA_STORAGE_ERROR', error.message, { cause: error })
    }
  }

  private directoryFor(id: Uuid | undefined): LogDirectory {
    const named = this.all.find((directory) => directory.id === id && id !== ZERO_UUID)
    if (named?.state === 'offline') throw new ApiError('KAFKA_STORAGE_ERROR', `${named.path} is offline`)
    if (named !== undefined) return named
    const online = this.all.filter((directory) => directory.state === 'online')
    const [first, ...others] = online
    if (first === undefined) throw new ApiError('KAFKA_STORAGE_ERROR', 'every log directory is offline')
    return others.reduce((least, each) => (each.logs.size < least.logs.size ? each : least), first)
  }

  /** Takes the log away: its directory is renamed at once and removed after `file.delete.delay.ms`. */
  delete(topic: string, partition: number): void {
    const found = this.byKey.get(partitionKey(topic, partition))
    if (found === undefined) return
    const delayMs = found.log.settings.fileDeleteDelayMs
    const path = this.putAside(topic, partition, DELETE_DIRECTORY)
    if (path !== undefined) this.removeLater(path, delayMs)
  }

  /**
   * Moves aside every log that `belongs` does not claim: partitions deleted or moved while this node was down. A log that
   * does not know its topic id stays: it gets one when its partition is found.
   */
  moveStrays(belongs: (log: Log) => boolean): void {
    for (const { log } of [...this.byKey.values()]) {
      if (log.topicId === ZERO_UUID || belongs(log)) continue
      const path = this.putAside(log.topic, log.partition, STRAY_DIRECTORY)
      this.log.warn(`${log.name} belongs to no partition of this node: moved to ${path}`)
    }
  }

  private putAside(topic: string, partition: number, mark: string): string | undefined {
    const key = partitionKey(topic, partition)
    const { log, directory } = this.byKey.get(key)!
    this.byKey.delete(key)
    directory.logs.delete(key)
    log.drop(`${key} was deleted`)
    const target = `${directory.path}/${markedDirectoryName({ topic, partition }, this.uniqueMark(), mark)}`
    try {
      this.o.disk.rename(log.path, target)
      this.o.disk.syncDirectory(directory.path)
      return target
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.fail(directory, error)
      return undefined
    }
  }

  private uniqueMark(): string {
    if (this.o.random !== undefined) return this.o.random.bytes(16).toString('hex')
    this.markCount += 1
    const time = this.o.clock.nowMs().toString(16).padStart(16, '0')
    return `${time}${this.markCount.toString(16).padStart(16, '0')}`.slice(-32)
  }

  private removeLater(path: string, delayMs: number): void {
    this.o.clock.schedule(delayMs, () => {
      try {
        this.o.disk.removeTree(path)
        this.log.info(`Deleted ${path}`)
      } catch (error) {
        this.log.warn(`cannot remove ${path}`, error)
      }
    })
  }

  updateConfig(topic: string, config: TopicConfig): void {
    for (const { log } of this.byKey.values()) if (log.topic === topic) log.updateConfig(config)
  }

  /** Retention, flushes, checkpoints and expiry from now on, at the intervals of the broker's configuration. */
  startBackground(): void {
    for (const task of backgroundTasks(this.o.brokerConfig, this.environment, this)) {
      const run = (index: number): void => {
        this.timers[index] = this.o.clock.schedule(task.intervalMs, () => {
          task.run()
          if (this.isOpen) run(index)
        })
      }
      const index = this.timers.length
      this.timers[index] = this.o.clock.schedule(task.initialDelayMs, () => {
        task.run()
        if (this.isOpen) run(index)
      })
    }
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
        if (error.isFull) this.log.warn(`the disk of ${directory.path} is full`, error)
        else this.fail(directory, error)
      }
    }
  }

  /** Flushes and closes everything; `brokerEpoch` goes into the clean shutdown marker. */
  close(brokerEpoch = -1): void {
    this.isOpen = false
    for (const timer of this.timers) timer.cancel()
    this.timers = []
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
    for (const key of directory.logs.keys()) this.byKey.delete(key)
    directory.fail(error instanceof Error ? error.message : String(error))
    this.log.error(`log directory ${directory.path} is offline`, error)
    if (wasOnline || !this.isOpen) this.o.onDirectoryFailure(directory.path, error)
  }
}
