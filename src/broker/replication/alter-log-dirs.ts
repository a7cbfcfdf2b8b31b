/**
 * AlterReplicaLogDirs on this node's partitions: where a replica is to lie, remembered for partitions that do not exist
 * yet, begun as a move for those that do. Also keeps the controller informed of the directories in which replicas lie.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { TopicConfig } from '../../config/topic-config.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { FutureLogs } from '../storage/future-logs.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { Log } from '../storage/log.ts'
import { LogDirMover } from './log-dir-mover.ts'
import type { Partition } from './partition.ts'

/** Tells the controller that a replica of this node lies in a directory; `done` is called when the controller knows. */
export type AssignDirectory = (at: { topicId: Uuid; partition: number; directory: Uuid }, done: () => void) => void

export interface LogDirMovesOptions {
  readonly logs: LogManager
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<CurrentConfig, 'get'>
  readonly assign: AssignDirectory
  /** Throws UNKNOWN_TOPIC_OR_PARTITION or NOT_LEADER_OR_FOLLOWER. */
  partition(topic: string, index: number): Partition
  hosted(topic: string, index: number): Partition | undefined
  topicConfig(topic: string): TopicConfig
  /** Another log stands under the partition. */
  replaced(partition: Partition): void
}

export class LogDirMoves {
  readonly #o: LogDirMovesOptions
  readonly #mover: LogDirMover

  constructor(options: LogDirMovesOptions) {
    const { logs, clock, log, config } = options
    this.#o = options
    this.#mover = new LogDirMover({
      logs,
      clock,
      log: log.named('kafka.server.ReplicaAlterLogDirsThread'),
      config,
      assign: (topic, partition, directory, done) => {
        const hosted = options.hosted(topic, partition)
        if (hosted !== undefined) this.#assign(hosted, directory, done)
      },
      swap: (topic, partition) => this.#swap(topic, partition),
      ended: (topic, partition) => logs.cleaner.resume({ topic, partition }),
    })
  }

  /** Partitions on the move. */
  get size(): number {
    return this.#mover.size
  }

  /**
   * Asks for a replica to lie in the log directory `path`. Returns once the move has begun (or when there is nothing to
   * move). Throws INVALID_TOPIC_EXCEPTION for a name too long, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR (the directory, the
   * partition or any other directory is offline), and for a partition that is not here REPLICA_NOT_AVAILABLE or
   * UNKNOWN_TOPIC_OR_PARTITION: then the directory is kept in mind for it.
   */
  alter(topic: string, index: number, path: string): void {
    const { logs } = this.#o
    if (FutureLogs.isNameTooLong({ topic, partition: index })) {
      throw new ApiError('INVALID_TOPIC_EXCEPTION', 'The topic name is too long.')
    }
    const directory = logs.directories.find((each) => each.path === path)
    if (directory === undefined)
      throw new ApiError('LOG_DIR_NOT_FOUND', `Log dir '${path}' is not found in the config.`)
    if (directory.state === 'offline') throw new ApiError('KAFKA_STORAGE_ERROR', `Log directory ${path} is offline`)
    const hosted = this.#o.hosted(topic, index)
    if (hosted?.isOnline === false) throw new ApiError('KAFKA_STORAGE_ERROR', `Partition ${topic}-${index} is offline`)
    const future = logs.futures.get(topic, index)
    if (future !== undefined && future.directory !== path) this.#giveUp(topic, index)
    logs.prefer(topic, index, path)
    const partition = this.#partition(topic, index)
    const current = partition.log()
    if (current.directory === path || logs.futures.get(topic, index) !== undefined) return
    if (logs.hasOfflineDirectory) {
      throw new ApiError('KAFKA_STORAGE_ERROR', `${topic}-${index} cannot be moved while a log directory is offline`)
    }
    const o = { topicId: partition.topicId, config: this.#o.topicConfig(topic) }
    this.#begin(topic, index, logs.futures.create({ topic, partition: index }, path, o))
    this.#o.log.info(`Moving ${topic}-${index} from ${current.directory} to ${path}`)
  }

  #partition(topic: string, index: number): Partition {
    try {
      return this.#o.partition(topic, index)
    } catch (error) {
      if (error instanceof ApiError && error.error === 'NOT_LEADER_OR_FOLLOWER') {
        throw new ApiError('REPLICA_NOT_AVAILABLE', error.message)
      }
      throw error
    }
  }

  #begin(topic: string, index: number, future: Log): void {
    this.#o.logs.cleaner.abortAndPause({ topic, partition: index })
    this.#mover.start(topic, index, future)
  }

  #giveUp(topic: string, index: number): void {
    this.#mover.stop(topic, index)
    this.#o.logs.futures.remove(topic, index)
  }

  /** The partition is about to be opened: a move that lost its current log at the swap is finished first. */
  recover(topic: string, index: number, assigned: Uuid | undefined): void {
    const { logs } = this.#o
    const future = logs.futures.get(topic, index)
    if (future === undefined || logs.get(topic, index) !== undefined) return
    const there = logs.directoryId(future.directory)
    const isAssigned = assigned === there && there !== ZERO_UUID
    if (!isAssigned && (logs.hasOfflineDirectory || (assigned !== undefined && logs.isOnline(assigned)))) return
    future.updateConfig(this.#o.topicConfig(topic))
    logs.futures.promote(topic, index)
    this.#o.log.info(`Took over ${topic}-${index} in ${future.directory}, where a move had ended`)
  }

  /**
   * The partition is there, or its state has changed: goes on with a move, and tells the controller when the replica lies
   * elsewhere than the metadata says. `assigned` is what that says; undefined where it knows no directories.
   */
  settle(partition: Partition, assigned: Uuid | undefined): void {
    if (!partition.isOnline) return
    const { logs } = this.#o
    const { topic, index } = partition
    const future = logs.futures.get(topic, index)
    if (future !== undefined && !this.#mover.isMoving(topic, index)) {
      // It was opened before anything was known of its topic.
      future.updateConfig(this.#o.topicConfig(topic))
      this.#begin(topic, index, future)
    }
    const { directory } = partition.log()
    const actual = logs.directoryId(directory)
    const isUnderWay = future !== undefined && logs.directoryId(future.directory) === assigned
    if (assigned !== undefined && actual !== assigned && actual !== ZERO_UUID && !isUnderWay) {
      this.#assign(partition, directory, () => {})
    }
  }

  #assign(partition: Partition, directory: string, done: () => void): void {
    const id = this.#o.logs.directoryId(directory)
    if (id === ZERO_UUID) done()
    else this.#o.assign({ topicId: partition.topicId, partition: partition.index, directory: id }, done)
  }

  #swap(topic: string, index: number): void {
    const partition = this.#o.hosted(topic, index)
    if (partition === undefined) return
    const from = partition.log().directory
    const replace = (log: Log | undefined) => {
      partition.replaceLog(log)
      this.#o.replaced(partition)
    }
    let log: Log
    try {
      log = this.#o.logs.futures.promote(topic, index)
    } catch (error) {
      // Where a disk failed half-way, the partition is offline until the next start finds one of the two logs.
      replace(this.#o.logs.get(topic, index))
      throw error
    }
    replace(log)
    if (partition.isLeader && (log.epochs.latest() ?? -1) < partition.leaderEpoch) {
      log.epochs.assign(partition.leaderEpoch, log.logEndOffset)
    }
    this.#o.log.info(`Moved ${topic}-${index} from ${from} to ${log.directory}`)
  }

  /** The partition has gone from this node, or its log went offline. */
  stop(topic: string, index: number): void {
    this.#mover.stop(topic, index)
  }

  close(): void {
    this.#mover.close()
  }
}
