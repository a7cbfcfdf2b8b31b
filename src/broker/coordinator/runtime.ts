/**
 * The shell of the coordinators: one shard per partition of the coordinator's topic that this broker leads. A command
 * runs on the shard's machine, its records are appended as one batch and replayed in the same step, and the answer waits
 * until they are committed. Nothing of a failed append reaches the machine's durable state; a shard whose leadership
 * ends, or whose replay fails, is thrown away and read again from the log.
 *
 *            onElected                 read to the end
 *   (none) ------------> Loading ---------------------> Active
 *      ^                    |                              |
 *      +---- onResigned ----+-------- onResigned ----------+      (replay fails: Active -> Loading)
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { ApiError, toApiError } from '../../protocol/errors.ts'
import { encodeBatch } from '../../protocol/records/record.ts'
import { loadStep } from './loader.ts'
import type { CoordinatorLog } from './log.ts'
import type { CoordinatorMachine, CoordinatorTimers, Decision, RecordCodec } from './machine.ts'
import { ParkedAnswers } from './parked.ts'
import { ShardTimers } from './timers.ts'

export interface RuntimeOptions<Rec, M extends CoordinatorMachine<Rec>> {
  readonly log: CoordinatorLog
  readonly clock: Clock
  readonly logger: Logger
  readonly codec: RecordCodec<Rec>
  readonly create: (partition: number, timers: CoordinatorTimers<Rec>) => M
  /** How long an answer may wait for the high watermark. */
  readonly writeTimeoutMs: number
  readonly loadBufferBytes: number
}

interface Shard<Rec, M> {
  readonly partition: number
  readonly leaderEpoch: number
  readonly machine: M
  readonly timers: ShardTimers<Rec>
  readonly parked: ParkedAnswers
  state: 'loading' | 'active' | 'closed'
  /** Exclusive end of what the machine has replayed; -1 before the load began. */
  endOffset: number
  /** Loads of this leadership that failed in a row. */
  readonly failedLoads: number
}

/** Bytes of keys and values after which a batch of a decision that may be split is closed. */
const SPLIT_BYTES = 262_144
/** Time until a partition that could not be read is tried again; doubles with each failure, up to the longest. */
const RELOAD_DELAY_MS = 1_000
const RELOAD_DELAY_LONGEST_MS = 60_000

export class CoordinatorRuntime<Rec, M extends CoordinatorMachine<Rec>> {
  readonly #options: RuntimeOptions<Rec, M>
  readonly #shards = new Map<number, Shard<Rec, M>>()
  #closed = false

  constructor(options: RuntimeOptions<Rec, M>) {
    this.#options = options
    options.log.onHighWatermark((partition, highWatermark) => {
      this.#shards.get(partition)?.parked.release(highWatermark)
    })
  }

  /** Starts to read `partition`; an older leadership of the same partition ends first. */
  onElected(partition: number, leaderEpoch: number): void {
    const current = this.#shards.get(partition)
    if (this.#closed || (current !== undefined && current.leaderEpoch >= leaderEpoch)) return
    this.onResigned(partition)
    this.#open(partition, leaderEpoch)
  }

  onResigned(partition: number): void {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return
    this.#shards.delete(partition)
    this.#discard(shard, new ApiError('NOT_COORDINATOR', 'this broker no longer leads the partition'))
  }

  close(): void {
    this.#closed = true
    for (const shard of this.#shards.values()) {
      this.#discard(shard, new ApiError('COORDINATOR_NOT_AVAILABLE', 'the node stops'))
    }
    this.#shards.clear()
  }

  /** Partitions led here, loaded or not. */
  partitions(): number[] {
    return [...this.#shards.keys()].sort((a, b) => a - b)
  }

  /** The state machines of the partitions led here; one that is loading knows only a part. */
  *machines(): Generator<{ readonly state: 'loading' | 'active'; readonly machine: M }> {
    for (const { state, machine } of this.#shards.values()) if (state !== 'closed') yield { state, machine }
  }

  /** True when the partition is led here and loaded. */
  isActive(partition: number): boolean {
    return this.#shards.get(partition)?.state === 'active'
  }

  /**
   * Runs one command on the partition's machine and resolves to its response once the records are committed; a decision
   * without records waits for all that was written before it. Rejects with `ApiError`: NOT_COORDINATOR,
   * COORDINATOR_LOAD_IN_PROGRESS, what the command throws, or why the write failed.
   */
  execute<Res>(partition: number, command: (machine: M, nowMs: number) => Decision<Rec, Res>): Promise<Res> {
    return new Promise((resolve, reject) => {
      const shard = this.#shards.get(partition)
      if (shard === undefined) throw new ApiError('NOT_COORDINATOR', `partition ${partition} is not led here`)
      if (shard.state !== 'active') {
        throw new ApiError('COORDINATOR_LOAD_IN_PROGRESS', `partition ${partition} is still read`)
      }
      this.#run(shard, command, (error, response) => {
        if (error === undefined) resolve(response as Res)
        else reject(error)
      })
    })
  }

  #open(partition: number, leaderEpoch: number, failedLoads = 0): void {
    const { clock, create, writeTimeoutMs } = this.#options
    const timers = new ShardTimers<Rec>(clock, (operation) => this.#onTimer(partition, leaderEpoch, operation))
    const shard: Shard<Rec, M> = {
      partition,
      leaderEpoch,
      machine: create(partition, timers),
      timers,
      parked: new ParkedAnswers(clock, writeTimeoutMs),
      state: 'loading',
      endOffset: -1,
      failedLoads,
    }
    this.#shards.set(partition, shard)
    this.#load(shard)
  }

  #load(shard: Shard<Rec, M>): void {
    if (shard.state !== 'loading') return
    const { clock, log, logger } = this.#options
    try {
      const end = log.endOffset(shard.partition)
      if (shard.endOffset < 0) shard.endOffset = log.startOffset(shard.partition)
      if (shard.endOffset < end)
        shard.endOffset = loadStep(this.#options, shard.partition, shard.machine, shard.endOffset)
      if (shard.endOffset < end) {
        clock.defer(() => this.#load(shard))
        return
      }
      shard.state = 'active'
      shard.machine.onLoaded(clock.nowMs())
      logger.info(`Finished loading of metadata from partition ${shard.partition} with epoch ${shard.leaderEpoch}`)
    } catch (error) {
      logger.error(`Failed to load metadata from partition ${shard.partition}`, error)
      this.#reopen(
        shard,
        Math.min(RELOAD_DELAY_MS * 2 ** shard.failedLoads, RELOAD_DELAY_LONGEST_MS),
        shard.failedLoads + 1,
      )
    }
  }

  /** Throws the shard's state away and reads it again, unless leadership moved meanwhile. */
  #reopen(shard: Shard<Rec, M>, delayMs: number, failedLoads = 0): void {
    this.#discard(shard, new ApiError('COORDINATOR_LOAD_IN_PROGRESS', 'the partition is read again'))
    const placeholder: Shard<Rec, M> = { ...shard, state: 'loading' }
    this.#shards.set(shard.partition, placeholder)
    this.#options.clock.schedule(delayMs, () => {
      if (this.#shards.get(shard.partition) === placeholder) this.#open(shard.partition, shard.leaderEpoch, failedLoads)
    })
  }

  #discard(shard: Shard<Rec, M>, error: ApiError): void {
    if (shard.state === 'closed') return
    shard.state = 'closed'
    shard.timers.close()
    shard.parked.fail(error)
    shard.machine.onUnloaded(error)
  }

  #onTimer(partition: number, leaderEpoch: number, operation: (nowMs: number) => Decision<Rec, unknown>): void {
    const shard = this.#shards.get(partition)
    if (shard === undefined || shard.leaderEpoch !== leaderEpoch || shard.state !== 'active') return
    this.#run(
      shard,
      (_machine, nowMs) => operation(nowMs),
      (error) => {
        if (error !== undefined) this.#options.logger.warn(`A timed operation of partition ${partition} failed`, error)
      },
    )
  }

  #run<Res>(
    shard: Shard<Rec, M>,
    command: (machine: M, nowMs: number) => Decision<Rec, Res>,
    done: (error: ApiError | undefined, response?: Res) => void,
  ): void {
    let decision: Decision<Rec, Res>
    try {
      decision = command(shard.machine, this.#options.clock.nowMs())
    } catch (error) {
      if (!(error instanceof ApiError))
        this.#options.logger.error(`A command of partition ${shard.partition} failed`, error)
      done(toApiError(error))
      return
    }
    const finish = (error: ApiError | undefined): void => {
      decision.committed?.(error, this.#options.clock.nowMs())
      done(error, decision.response)
    }
    try {
      this.#append(shard, decision)
    } catch (error) {
      finish(toApiError(error))
      return
    }
    if (shard.state === 'closed') {
      finish(new ApiError('COORDINATOR_LOAD_IN_PROGRESS', 'the partition is read again'))
      return
    }
    shard.parked.park(shard.endOffset, finish)
    this.#release(shard)
  }

  /** Answers what is committed by now. Without a log to ask, the answers wait for the end of leadership or their time. */
  #release(shard: Shard<Rec, M>): void {
    try {
      shard.parked.release(this.#options.log.highWatermark(shard.partition))
    } catch (error) {
      this.#options.logger.warn(`The high watermark of partition ${shard.partition} is not known`, error)
    }
  }

  /** Appends and replays the decision's records. Throws when a batch was not written; earlier batches then stand. */
  #append(shard: Shard<Rec, M>, decision: Decision<Rec, unknown>): void {
    for (const records of this.#batches(decision)) {
      const timestamp = this.#options.clock.nowMs()
      const encoded = records.map((record) => ({ timestamp, ...this.#options.codec.encode(record) }))
      const batch = encodeBatch({ partitionLeaderEpoch: shard.leaderEpoch, baseSequence: 0 }, encoded)
      const endOffset = this.#options.log.append(shard.partition, shard.leaderEpoch, batch)
      const firstOffset = endOffset - records.length
      try {
        records.forEach((record, index) => {
          shard.machine.replay(record, { offset: firstOffset + index, producerId: -1, producerEpoch: -1 })
        })
        shard.endOffset = endOffset
      } catch (error) {
        this.#options.logger.error(`Replaying written records of partition ${shard.partition} failed`, error)
        this.#reopen(shard, 0)
        return
      }
    }
  }

  *#batches(decision: Decision<Rec, unknown>): Iterable<readonly Rec[]> {
    if (decision.records.length === 0) return
    if (decision.atomic !== false) {
      yield decision.records
      return
    }
    let batch: Rec[] = []
    let sizeBytes = 0
    for (const record of decision.records) {
      const { key, value } = this.#options.codec.encode(record)
      batch.push(record)
      sizeBytes += key.length + (value?.length ?? 0) + 16
      if (sizeBytes < SPLIT_BYTES) continue
      yield batch
      batch = []
      sizeBytes = 0
    }
    if (batch.length > 0) yield batch
  }
}
