/**
 * One log directory: its lock and identity, the logs in it, and the checkpoint files that speak about all of them.
 * A directory whose disk fails goes offline, with all its logs, until the broker is started again.
 */
import type { DirectoryLock } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { partitionKey } from '../../base/topic-partition.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import { CheckpointError, type PartitionOffset, readOffsetCheckpoint, writeOffsetCheckpoint } from './checkpoint.ts'
import { takeCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts'
import { FILE } from './file-names.ts'
import type { Log } from './log.ts'
import type { LogEnvironment } from './log-environment.ts'
import { MetaPropertiesError, readMetaProperties } from './meta-properties.ts'

/** What the checkpoint files say, by `partitionKey`. */
export interface Checkpoints {
  readonly recoveryPoints: ReadonlyMap<string, number>
  readonly logStarts: ReadonlyMap<string, number>
  readonly highWatermarks: ReadonlyMap<string, number>
  /** First offset that compaction has not seen; only of logs that it has worked on. */
  readonly cleanerOffsets: ReadonlyMap<string, number>
}

export class LogDirectory {
  readonly path: string
  id: Uuid = ZERO_UUID
  state: 'online' | 'offline' = 'offline'
  /** Whether the last broker closed all its logs. */
  wasClean = false
  /** Epoch of the last broker that closed it cleanly; -1: unknown. */
  previousBrokerEpoch = -1
  readonly logs = new Map<string, Log>()
  /** All its logs were found: only then may a checkpoint speak of them. */
  isLoaded = false
  private readonly environment: LogEnvironment
  private readonly log: Logger
  private lock: DirectoryLock | undefined
  /** What was written last, by file name: files that would not change are left alone. */
  private readonly written = new Map<string, string>()
  /** What each checkpoint file says of which log. */
  private readonly named = new Map<string, ReadonlyMap<string, number>>()
  /** Where the cleaning of compacted logs ended last, by `partitionKey`. */
  private cleaned = new Map<string, number>()

  constructor(path: string, environment: LogEnvironment) {
    this.path = path
    this.environment = environment
    this.log = environment.log.named('kafka.log.LogManager')
  }

  /** Locks the directory and reads who it belongs to. Throws DiskError or MetaPropertiesError. */
  open(expected: { clusterId: string; nodeId: number }): void {
    const { disk } = this.environment
    if (disk.stat(this.path) === undefined) disk.makeDirectory(this.path)
    this.lock = disk.lockDirectory(this.path)
    try {
      this.identify(expected)
      const epoch = takeCleanShutdown(disk, this.path)
      this.wasClean = epoch !== undefined
      this.previousBrokerEpoch = epoch ?? -1
      for (const name of [FILE.recoveryPoints, FILE.logStarts, FILE.highWatermarks, FILE.cleanerOffsets]) {
        if (disk.stat(`${this.path}/${name}`) === undefined) disk.writeFile(`${this.path}/${name}`, Buffer.alloc(0))
      }
      this.state = 'online'
    } catch (error) {
      this.unlock()
      throw error
    }
  }

  private identify(expected: { clusterId: string; nodeId: number }): void {
    const properties = readMetaProperties(this.environment.disk, this.path)
    const file = `${this.path}/${FILE.metaProperties}`
    if (properties === undefined) throw new MetaPropertiesError(file, 'missing', 'the directory is not formatted')
    if (properties.clusterId !== expected.clusterId) {
      throw new MetaPropertiesError(file, `cluster.id is ${properties.clusterId}, not ${expected.clusterId}`)
    }
    if (properties.nodeId !== expected.nodeId) {
      throw new MetaPropertiesError(file, `node.id is ${properties.nodeId}, not ${expected.nodeId}`)
    }
    this.id = properties.directoryId ?? ZERO_UUID
  }

  readCheckpoints(): Checkpoints {
    this.cleaned = this.readCheckpoint(FILE.cleanerOffsets)
    return {
      recoveryPoints: this.readCheckpoint(FILE.recoveryPoints),
      logStarts: this.readCheckpoint(FILE.logStarts),
      highWatermarks: this.readCheckpoint(FILE.highWatermarks),
      cleanerOffsets: new Map(this.cleaned),
    }
  }

  /** A damaged file counts as empty: then everything is recovered, and nothing is deleted on its word. */
  private readCheckpoint(name: string): Map<string, number> {
    try {
      const offsets = readOffsetCheckpoint(this.environment.disk, `${this.path}/${name}`)
      this.named.set(name, offsets)
      return offsets
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error
      this.log.warn(`${this.path}/${name} cannot be read and is taken as empty`, error)
      return new Map()
    }
  }

  writeRecoveryPoints(options: { sync: boolean }): void {
    this.writeCheckpoint(FILE.recoveryPoints, recoveryPointOf, options)
  }

  /** Where the last cleaning of the log ended; undefined when it was never cleaned. */
  cleanerOffset(key: string): number | undefined {
    return this.cleaned.get(key)
  }

  /** Writes `cleaner-offset-checkpoint` with the log's new offset. Durable on return; throws DiskError. */
  setCleanerOffset(key: string, offset: number): void {
    this.changeCleanerOffsets((offsets) => offsets.set(key, offset))
  }

  /** Writes `cleaner-offset-checkpoint` without these logs, if it names one of them. Durable on return; throws DiskError. */
  dropCleanerOffsets(keys: readonly string[]): void {
    const named = keys.filter((key) => this.cleaned.has(key))
    if (named.length === 0) return
    this.changeCleanerOffsets((offsets) => {
      for (const key of named) offsets.delete(key)
    })
  }

  private changeCleanerOffsets(change: (offsets: Map<string, number>) => void): void {
    const before = new Map(this.cleaned)
    change(this.cleaned)
    try {
      this.writeCheckpoint(FILE.cleanerOffsets, (_, of) => this.cleaned.get(of), { sync: true })
    } catch (error) {
      this.cleaned = before
      throw error
    }
  }

  /**
   * Before the log loses its records from `offset` on: what the checkpoints say of it may not reach further, or a later
   * start would take records that are yet to come for checked or committed ones, or for ones before the log's start.
   * Durable on return.
   */
  beforeTruncation(log: Log, offset: number): void {
    const key = partitionKey(log.topic, log.partition)
    const shorten = (name: string, of: (each: Log) => number | undefined): void => {
      if ((this.named.get(name)?.get(key) ?? 0) <= offset) return
      const cut = (each: Log) => (each === log ? Math.min(of(each) ?? offset, offset) : of(each))
      this.writeCheckpoint(name, cut, { sync: true })
    }
    shorten(FILE.recoveryPoints, recoveryPointOf)
    shorten(FILE.highWatermarks, highWatermarkOf)
    shorten(FILE.logStarts, logStartOf)
    if ((this.cleaned.get(key) ?? 0) > offset) this.setCleanerOffset(key, offset)
  }

  writeHighWatermarks(options: { sync: boolean }): void {
    this.writeCheckpoint(FILE.highWatermarks, highWatermarkOf, options)
  }

  writeLogStarts(): void {
    this.writeCheckpoint(FILE.logStarts, logStartOf, { sync: true })
  }

  /**
   * Before a log is made: what the checkpoints still say of a deleted one of its name must not be taken for its own after
   * a crash, which would cut its records off. Durable on return.
   */
  forgetFormer(key: string): void {
    if (this.named.get(FILE.logStarts)?.has(key) === true) this.writeLogStarts()
    if (this.named.get(FILE.recoveryPoints)?.has(key) === true) this.writeRecoveryPoints({ sync: true })
    if (this.named.get(FILE.highWatermarks)?.has(key) === true) this.writeHighWatermarks({ sync: true })
    this.dropCleanerOffsets([key])
  }

  private writeCheckpoint(
    name: string,
    of: (log: Log, key: string) => number | undefined,
    options: { sync: boolean },
  ): void {
    const offsets: PartitionOffset[] = []
    for (const [key, log] of this.logs) {
      const offset = of(log, key)
      if (offset !== undefined) offsets.push({ topic: log.topic, partition: log.partition, offset })
    }
    const state = `${options.sync} ${offsets.map((each) => `${each.topic} ${each.partition} ${each.offset}`).join()}`
    if (this.written.get(name) === state) return
    writeOffsetCheckpoint(this.environment.disk, this.path, name, offsets, options)
    this.written.set(name, state)
    this.named.set(name, new Map(offsets.map((each) => [partitionKey(each.topic, each.partition), each.offset])))
  }

  /**
   * Closes all logs and leaves the marker that lets the next start skip recovery. Without an epoch (-1) nothing was
   * appended in this life: the controller is to judge by the one before.
   */
  close(brokerEpoch: number): void {
    if (this.state === 'online' && !this.isLoaded) this.leaveUnloaded()
    else if (this.state === 'online') {
      for (const log of this.logs.values()) log.close()
      if ([...this.logs.values()].every((log) => log.closedCleanly)) {
        this.writeRecoveryPoints({ sync: true })
        this.writeHighWatermarks({ sync: true })
        this.writeLogStarts()
        writeCleanShutdown(this.environment.disk, this.path, brokerEpoch < 0 ? this.previousBrokerEpoch : brokerEpoch)
      }
    }
    this.unlock()
  }

  /** Stopped while its logs were loaded: nothing was appended, so that it may be left as it was found. */
  private leaveUnloaded(): void {
    for (const log of this.logs.values()) log.drop('the node was stopped')
    if (this.wasClean) writeCleanShutdown(this.environment.disk, this.path, this.previousBrokerEpoch)
  }

  /** The disk failed: nothing in the directory is served any more. */
  fail(why: string): void {
    this.state = 'offline'
    for (const log of this.logs.values()) log.drop(why)
    this.logs.clear()
    this.unlock()
  }

  add(log: Log): void {
    this.logs.set(partitionKey(log.topic, log.partition), log)
  }

  private unlock(): void {
    try {
      this.lock?.release()
    } catch (error) {
      this.log.warn(`cannot release the lock of ${this.path}`, error)
    }
    this.lock = undefined
  }
}

const recoveryPointOf = (log: Log): number => log.recoveryPoint
const highWatermarkOf = (log: Log): number => log.highWatermark

/** Only of a log that starts inside a segment: for the others the first file's name says it. */
function logStartOf({ files, logStartOffset }: Log): number | undefined {
  return logStartOffset > files.segments[0]!.baseOffset ? logStartOffset : undefined
}
