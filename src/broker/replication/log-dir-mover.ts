/**
 * Fills future logs from the current ones and lets them take over (KIP-113). All moves share one row of small steps
 * between which the node serves its clients: copy what is there, bring it to stable storage beside the loop, tell the
 * controller where the replica is going to lie, copy what came meanwhile, swap. The last look and the swap happen in one
 * turn, so no record is appended between them. `replica.alter.log.dirs.io.max.bytes.per.second` holds for all together.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { readBuffers } from '../../base/buffer-pool.ts'
import { DiskError } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { partitionKey } from '../../base/topic-partition.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { Log } from '../storage/log.ts'
import { isPassing } from '../storage/storage-guard.ts'

const STEP_BYTES = 1 << 20
/** How long to wait before looking again at a move that has nothing to copy, or whose disk was full. */
const PAUSE_MS = 10
const FULL_PAUSE_MS = 1000

export interface LogDirMoverOptions {
  readonly logs: LogManager
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<CurrentConfig, 'get'>
  /** The future log holds what the current one holds: tells the controller, calls `done` when it knows. */
  assign(topic: string, partition: number, directory: string, done: () => void): void
  /** The future log is complete: puts it into the place of the current one. */
  swap(topic: string, partition: number): void
  /** The move has ended, one way or the other. */
  ended(topic: string, partition: number): void
}

interface Move {
  readonly topic: string
  readonly partition: number
  readonly future: Log
  state: 'copying' | 'syncing' | 'assigning' | 'assigned'
}

export class LogDirMover {
  readonly #o: LogDirMoverOptions
  readonly #moves = new Map<string, Move>()
  #timer: Timer | undefined
  /** Where in the row the next step is. */
  #turn = 0
  #allowance = 0
  #allowanceMs = 0
  #closed = false

  constructor(options: LogDirMoverOptions) {
    this.#o = options
    this.#allowanceMs = options.clock.monotonicMs()
  }

  get size(): number {
    return this.#moves.size
  }

  isMoving(topic: string, partition: number): boolean {
    return this.#moves.has(partitionKey(topic, partition))
  }

  /** Begins, or goes on after a restart, to fill a partition's future log. */
  start(topic: string, partition: number, future: Log): void {
    this.#moves.set(partitionKey(topic, partition), { topic, partition, future, state: 'copying' })
    this.#arm(0)
  }

  /** Ends a move without a swap; the future log stays where it is. */
  stop(topic: string, partition: number): void {
    if (this.#moves.delete(partitionKey(topic, partition))) this.#o.ended(topic, partition)
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#moves.clear()
  }

  #arm(delayMs: number): void {
    if (this.#closed || this.#moves.size === 0) return
    this.#timer?.cancel()
    this.#timer = this.#o.clock.schedule(delayMs, () => this.#arm(this.#run()))
  }

  /** One step of every move, beginning with another one each time; returns the pause before the next round. */
  #run(): number {
    let pauseMs = Number.POSITIVE_INFINITY
    const moves = [...this.#moves.values()]
    if (moves.length === 0) return pauseMs
    this.#turn = (this.#turn + 1) % moves.length
    for (const move of [...moves.slice(this.#turn), ...moves.slice(0, this.#turn)]) {
      const allowed = this.#allowed()
      if (allowed <= 0) return Math.max(PAUSE_MS, Math.min(1000, -allowed))
      pauseMs = Math.min(pauseMs, this.#attempt(move, allowed))
    }
    return pauseMs
  }

  #attempt(move: Move, allowed: number): number {
    const { topic, partition } = move
    const { futures } = this.#o.logs
    try {
      return this.#step(move, allowed)
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof DiskError)) throw error
      if (error instanceof DiskError && !isPassing(error)) futures.fail(topic, partition, error)
      const name = partitionKey(topic, partition)
      if (move.future.isOffline || this.#o.logs.get(topic, partition) === undefined) {
        this.#o.log.error(`The move of ${name} to ${move.future.directory} cannot go on`, error)
        this.stop(topic, partition)
        return 0
      }
      this.#o.log.warn(`The move of ${name} to ${move.future.directory} waits`, error)
      return FULL_PAUSE_MS
    }
  }

  #step(move: Move, allowed: number): number {
    const { topic, partition, future } = move
    const current = this.#o.logs.get(topic, partition)
    if (current === undefined || this.#o.logs.futures.get(topic, partition) !== future) {
      this.stop(topic, partition)
      return 0
    }
    align(future, current)
    if (future.logEndOffset < current.logEndOffset) {
      this.#spend(copy(current, future, Math.min(STEP_BYTES, allowed)))
      if (future.logEndOffset < current.logEndOffset) return 0
    }
    return this.#caughtUp(move)
  }

  #caughtUp(move: Move): number {
    const { topic, partition, future } = move
    if (move.state === 'copying') {
      move.state = 'syncing'
      future.files.active.syncLogInBackground((error) => {
        if (this.#moves.get(partitionKey(topic, partition)) !== move) return
        if (error !== undefined) {
          this.#o.log.warn(`${future.path} could not be synced`, error)
          // The next sync might succeed without the bytes that this one lost.
          if (!isPassing(error)) this.#o.logs.futures.fail(topic, partition, error)
          move.state = 'copying'
          return
        }
        move.state = 'assigning'
        this.#o.assign(topic, partition, future.directory, () => {
          if (move.state === 'assigning') move.state = 'assigned'
        })
      })
      return 0
    }
    if (move.state !== 'assigned') return PAUSE_MS
    this.#o.swap(topic, partition)
    this.stop(topic, partition)
    return 0
  }

  /** Bytes that may be copied now; zero or less: the negative milliseconds until there are some. */
  #allowed(): number {
    const rate = this.#o.config.get('replica.alter.log.dirs.io.max.bytes.per.second')
    const nowMs = this.#o.clock.monotonicMs()
    const elapsedMs = nowMs - this.#allowanceMs
    this.#allowanceMs = nowMs
    if (rate >= Number.MAX_SAFE_INTEGER) {
      this.#allowance = 0
      return STEP_BYTES
    }
    // Whatever was copied beyond the allowance (whole batches) is taken off what comes.
    this.#allowance = Math.min(rate, this.#allowance + (rate * elapsedMs) / 1000)
    if (this.#allowance >= 1) return this.#allowance
    return rate <= 0 ? -1000 : Math.min(-1, ((this.#allowance - 1) / rate) * 1000)
  }

  #spend(bytes: number): void {
    this.#allowance -= bytes
  }
}

/** Follows what happened to the current log's bounds: its start moved, or its end was cut off. */
function align(future: Log, current: Log): void {
  const end = Math.min(current.logEndOffset, commonEnd(future, current))
  if (future.logEndOffset < current.logStartOffset) future.truncateFullyAndStartAt(current.logStartOffset)
  else if (end < current.logStartOffset) future.truncateFullyAndStartAt(current.logStartOffset)
  else if (future.logEndOffset > end) future.truncateTo(end)
  future.updateHighWatermark(Math.min(current.highWatermark, future.logEndOffset))
  if (future.logStartOffset < current.logStartOffset && future.highWatermark >= current.logStartOffset) {
    future.advanceLogStartOffset(current.logStartOffset)
  }
}

/** The offset up to which both hold the same records, by the leader epochs in which they were written. */
function commonEnd(future: Log, current: Log): number {
  const epoch = future.epochs.latest()
  if (epoch === undefined) return future.logEndOffset
  const { epoch: known, endOffset } = current.epochs.endOffsetFor(epoch)
  if (known === epoch) return endOffset
  const earliest = future.epochs.earliest()!.startOffset
  return Math.max(earliest, Math.min(endOffset < 0 ? earliest : endOffset, future.epochs.all().at(-1)!.startOffset))
}

/** Copies whole batches, about `maxBytes` of them; returns the bytes. */
function copy(current: Log, future: Log, maxBytes: number): number {
  const from = future.logEndOffset
  const limit = Math.max(1, Math.min(maxBytes, future.settings.segmentBytes))
  const { records } = current.read(from, { maxBytes: limit, minOneBatch: true, upTo: current.logEndOffset })
  let bytes = 0
  for (const piece of records) {
    future.appendAsFollower(piece)
    bytes += piece.length
    readBuffers.giveBack(piece)
  }
  if (records.length === 0) {
    // Compaction took the records up to the end: the future log goes on where the current one does.
    future.files.roll(current.logEndOffset)
    future.producers.mapEndOffset = current.logEndOffset
  }
  return bytes
}
