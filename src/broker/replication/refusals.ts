/**
 * Appends that were refused: counted as Kafka's meters count them (by size, by checksum, and the ones that should not have
 * failed), and those that a full disk refused said in the log, once a minute for each log directory and when they end.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { ApiError, type ErrorName, toApiError } from '../../protocol/errors.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import { isPassing } from '../storage/storage-guard.ts'
import type { Partition } from './partition.ts'

const SAY_AGAIN_MS = 60_000

/** Refusals that are the client's or the moment's: Kafka does not count them as failures of the broker. */
const EXPECTED_REFUSALS: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

interface WithoutRoom {
  readonly sinceMs: number
  saidMs: number
  refused: number
}

export class Refusals {
  readonly #log: Logger
  readonly #clock: Clock
  /** By log directory. */
  readonly #withoutRoom = new Map<string, WithoutRoom>()

  constructor(log: Logger, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** An append of `bytes` ended with `thrown`. */
  refused(partition: Partition, thrown: unknown, bytes: number): void {
    if (partition.metrics !== undefined) count(partition.metrics, thrown, bytes)
    if (thrown instanceof ApiError && isPassing(thrown.cause) && partition.isOnline) this.#noRoom(partition, thrown)
  }

  /** An append went through. */
  served(partition: Partition): void {
    if (this.#withoutRoom.size === 0) return
    const { directory } = partition.log()
    const state = this.#withoutRoom.get(directory)
    if (state === undefined) return
    this.#withoutRoom.delete(directory)
    const seconds = Math.round((this.#clock.monotonicMs() - state.sinceMs) / 1000)
    this.#log.info(`Appends to ${directory} succeed again, after ${state.refused} refused ones in ${seconds} s`)
  }

  #noRoom(partition: Partition, error: ApiError): void {
    const { directory } = partition.log()
    const nowMs = this.#clock.monotonicMs()
    const state = this.#withoutRoom.get(directory) ?? { sinceMs: nowMs, saidMs: -SAY_AGAIN_MS, refused: 0 }
    this.#withoutRoom.set(directory, state)
    state.refused += 1
    if (nowMs - state.saidMs < SAY_AGAIN_MS) return
    state.saidMs = nowMs
    this.#log.error(
      `Appends to ${directory} are refused until there is room (${state.refused} so far): ${error.message}`,
    )
  }
}

function count(metrics: TopicMetrics, thrown: unknown, bytes: number): void {
  const { error } = toApiError(thrown)
  if (error === 'MESSAGE_TOO_LARGE' || error === 'RECORD_LIST_TOO_LARGE') metrics.mark('BytesRejectedPerSec', bytes)
  if (error === 'CORRUPT_MESSAGE') metrics.mark('InvalidMessageCrcRecordsPerSec')
  if (!EXPECTED_REFUSALS.has(error)) metrics.mark('FailedProduceRequestsPerSec')
}
