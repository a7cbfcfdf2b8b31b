/**
 * What a node asks one leader for: a synchronous state machine over the partitions that it follows there. `decide` says
 * what to send now, or how long there is nothing to send; then exactly one of `answered`, `placesAnswered` and `failed`
 * follows. Everything that a leader may answer ends in records appended, in a truncation, or in another try later.
 *
 *   fetching --out of range--> end unknown --its end--> start unknown --its start--> fetching
 *      |                          (ends before ours: truncated to it) -------------> fetching
 *      +--diverging epoch: truncated--> fetching      +--fenced--> waiting for metadata
 */
import type { Logger } from '../../../base/log.ts'
import type { RequestInput, ResponseOf } from '../../../protocol/apis.ts'
import { ApiError, type ErrorName, errorName } from '../../../protocol/errors.ts'
import { isPassing } from '../../storage/storage-guard.ts'
import type { Followed } from './followed.ts'
import { FollowerSession, type SessionRequest } from './session.ts'

type FetchAnswer = ResponseOf<'Fetch'>
type PartitionAnswer = FetchAnswer['responses'][number]['partitions'][number]

/** Named places of ListOffsets. */
export const LATEST = -1
export const EARLIEST = -2

export type FetcherDecision =
  | { readonly kind: 'fetch'; readonly request: SessionRequest }
  /** Where the leader's logs end, or begin. */
  | { readonly kind: 'places'; readonly timestamp: number; readonly partitions: readonly Followed[] }
  | { readonly kind: 'wait'; readonly untilMs: number }

export interface LeaderFetcherOptions {
  readonly log: Logger
  /** `replica.fetch.backoff.ms`. */
  readonly backoffMs: () => number
  /** `replica.fetch.max.bytes`. */
  readonly maxBytes: () => number
  /** Records came, or the bounds of the log moved. */
  readonly appended: (followed: Followed, bytes: number) => void
  /** Not asked for now: over the quota of throttled replicas. Absent: nobody is throttled. */
  readonly isThrottled?: (followed: Followed) => boolean
}

/** Trouble that goes away within moments of a change of leadership: the other side has not heard of it yet. */
const SOON_OVER: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_LEADER_EPOCH',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_TOPIC_ID',
  'UNKNOWN_TOPIC_OR_PARTITION',
])
const SESSION_ERRORS: ReadonlySet<ErrorName> = new Set([
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
  'FETCH_SESSION_TOPIC_ID_ERROR',
])
const FIRST_RETRY_MS = 20
const THROTTLE_RETRY_MS = 100
const SAY_AGAIN_MS = 60_000

export class LeaderFetcher {
  readonly #o: LeaderFetcherOptions
  /** By topic id and index. */
  readonly #followed = new Map<string, Followed>()
  readonly #session = new FollowerSession()
  /** Those with a `notBeforeMs` to wait for, or a place to ask for. */
  readonly #aside = new Set<Followed>()
  #notBeforeMs = 0
  #failures = 0
  readonly #troubles = new Map<string, { count: number; saidMs: number }>()

  constructor(options: LeaderFetcherOptions) {
    this.#o = options
  }

  get size(): number {
    return this.#followed.size
  }

  /** Partitions that cannot be followed as they are. */
  get failedCount(): number {
    let count = 0
    for (const { state } of this.#aside) if (state === 'waiting for metadata') count++
    return count
  }

  /** The largest number of records that any of them is behind. */
  get maxLag(): number {
    let max = 0
    for (const { lag = 0 } of this.#followed.values()) if (lag > max) max = lag
    return max
  }

  values(): Iterable<Followed> {
    return this.#followed.values()
  }

  add(followed: Followed): void {
    const before = this.#followed.get(followed.key)
    if (before !== undefined) this.#remove(before)
    this.#followed.set(followed.key, followed)
    this.#session.want(followed)
  }

  remove(followed: Followed): void {
    if (this.#followed.get(followed.key) !== followed) return
    this.#followed.delete(followed.key)
    this.#remove(followed)
    this.#troubles.delete(followed.key)
  }

  #remove(followed: Followed): void {
    this.#session.leave(followed)
    this.#aside.delete(followed)
  }

  decide(nowMs: number): FetcherDecision {
    if (nowMs < this.#notBeforeMs) return { kind: 'wait', untilMs: this.#notBeforeMs }
    let untilMs = Number.POSITIVE_INFINITY
    const lost: Followed[] = []
    for (const followed of this.#aside) {
      if (followed.state === 'waiting for metadata') continue
      if (nowMs < followed.notBeforeMs) untilMs = Math.min(untilMs, followed.notBeforeMs)
      else if (followed.state !== 'fetching') lost.push(followed)
      else if (this.#o.isThrottled?.(followed) === true) untilMs = Math.min(untilMs, nowMs + THROTTLE_RETRY_MS)
      else {
        this.#aside.delete(followed)
        this.#session.want(followed)
      }
    }
    if (lost.length > 0) {
      const { state } = lost[0]!
      const partitions = lost.filter((followed) => followed.state === state)
      return { kind: 'places', timestamp: state === 'end unknown' ? LATEST : EARLIEST, partitions }
    }
    if (this.#followed.size === this.#aside.size) return { kind: 'wait', untilMs }
    const request = this.#session.next(this.#wanted(), this.#o.maxBytes())
    return { kind: 'fetch', request }
  }

  *#wanted(): Generator<Followed> {
    for (const followed of this.#followed.values()) if (!this.#aside.has(followed)) yield followed
  }

  /** The leader could not be asked, or gave no answer: what it remembers is unknown. */
  failed(nowMs: number): void {
    this.#session.reset()
    this.#notBeforeMs = nowMs + this.#pause(this.#failures++)
  }

  answered(answer: FetchAnswer, nowMs: number): void {
    if (answer.errorCode !== 0) {
      const error = errorName(answer.errorCode)
      this.#session.reset()
      if (!SESSION_ERRORS.has(error)) this.#o.log.warn(`A fetch was refused: ${error}`)
      // The first time at once: a leader that was started again knows no session.
      if (this.#failures++ > 0) this.#notBeforeMs = nowMs + this.#pause(this.#failures)
      return
    }
    this.#failures = 0
    this.#session.answered(answer.sessionId)
    for (const { topicId, partitions } of answer.responses) {
      for (const data of partitions) {
        const followed = this.#followed.get(`${topicId}:${data.partitionIndex}`)
        if (followed !== undefined && !this.#aside.has(followed)) this.#take(followed, data, nowMs)
      }
    }
  }

  #take(followed: Followed, data: PartitionAnswer, nowMs: number): void {
    if (!followed.isCurrent) {
      this.#park(followed, 'waiting for metadata', 0)
      return
    }
    const { sent } = followed
    try {
      const position = followed.position()
      if (sent === undefined || sent.offset !== position.offset) {
        this.#session.want(followed)
        return
      }
      if (data.errorCode !== 0) this.#refused(followed, errorName(data.errorCode), nowMs)
      else if (data.divergingEpoch.epoch >= 0) this.#diverged(followed, data)
      else this.#append(followed, data)
    } catch (error) {
      this.#troubled(followed, error, nowMs)
    }
  }

  #append(followed: Followed, data: PartitionAnswer): void {
    const bytes = data.records === null || data.records.length === 0 ? 0 : followed.append(data.records, data)
    if (bytes === 0) followed.takeBounds(data)
    this.#troubles.delete(followed.key)
    this.#o.appended(followed, bytes)
    if (this.#o.isThrottled?.(followed) === true) this.#park(followed, 'fetching', 0)
    else this.#session.want(followed)
  }

  #diverged(followed: Followed, data: PartitionAnswer): void {
    const { epoch, endOffset } = data.divergingEpoch
    const { offset: before, lastFetchedEpoch } = followed.position()
    const { highWatermark } = followed.partition.log()
    const after = followed.truncate(data.divergingEpoch)
    if (after === before && followed.position().lastFetchedEpoch === lastFetchedEpoch) {
      throw new ApiError('UNKNOWN_SERVER_ERROR', `the leader sees another history in epoch ${lastFetchedEpoch}`)
    }
    const what = `${followed.name} is cut from ${before} to ${after}: the leader's epoch ${epoch} ends at ${endOffset}`
    // Only a leader that was elected out of sync may cost that.
    if (after < highWatermark) this.#o.log.warn(`${what}, and everything before ${highWatermark} was committed`)
    else this.#o.log.info(what)
    this.#session.want(followed)
  }

  #refused(followed: Followed, error: ErrorName, nowMs: number): void {
    if (error === 'OFFSET_OUT_OF_RANGE') this.#park(followed, 'end unknown', 0)
    else if (error === 'FENCED_LEADER_EPOCH') this.#park(followed, 'waiting for metadata', 0)
    else this.#troubled(followed, new ApiError(error), nowMs)
  }

  /** Tried again later; said the first time, and every minute. */
  #troubled(followed: Followed, error: unknown, nowMs: number): void {
    // A disk that failed in this very work has taken the partition away.
    if (this.#followed.get(followed.key) !== followed) return
    if (!followed.partition.isOnline) {
      this.#park(followed, 'waiting for metadata', 0)
      return
    }
    const trouble = this.#troubles.get(followed.key) ?? { count: 0, saidMs: Number.NEGATIVE_INFINITY }
    this.#troubles.set(followed.key, trouble)
    const soonOver = error instanceof ApiError && SOON_OVER.has(error.error)
    const delayMs = soonOver ? this.#pause(trouble.count) : this.#o.backoffMs()
    trouble.count++
    const isWorthSaying = !soonOver || trouble.count > 5
    if (isWorthSaying && nowMs - trouble.saidMs >= SAY_AGAIN_MS) {
      trouble.saidMs = nowMs
      const isFull = error instanceof ApiError && isPassing(error.cause)
      const message = `${followed.name} cannot follow its leader for now`
      if (error instanceof ApiError && !isFull) this.#o.log.warn(`${message}: ${error.error} ${error.message}`)
      else this.#o.log.error(message, error)
    }
    this.#park(followed, followed.state, nowMs + delayMs)
  }

  #park(followed: Followed, state: Followed['state'], notBeforeMs: number): void {
    followed.state = state
    followed.notBeforeMs = notBeforeMs
    this.#session.leave(followed)
    this.#aside.add(followed)
  }

  /** The body of a ListOffsets that asks for these places. */
  static placesRequest(
    nodeId: number,
    { timestamp, partitions }: FetcherDecision & { kind: 'places' },
  ): RequestInput<'ListOffsets'> {
    const topics = new Map<string, Followed[]>()
    for (const followed of partitions) {
      const { topic } = followed.partition
      const ofTopic = topics.get(topic)
      if (ofTopic === undefined) topics.set(topic, [followed])
      else ofTopic.push(followed)
    }
    return {
      replicaId: nodeId,
      topics: [...topics].map(([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, leaderEpoch }) => ({
          partitionIndex: partition.index,
          currentLeaderEpoch: leaderEpoch,
          timestamp,
        })),
      })),
    }
  }

  placesAnswered(
    { partitions, timestamp }: FetcherDecision & { kind: 'places' },
    answer: ResponseOf<'ListOffsets'>,
    nowMs: number,
  ): void {
    this.#failures = 0
    const found = new Map<string, { errorCode: number; offset: number }>()
    for (const { name, partitions: answers } of answer.topics) {
      for (const one of answers) found.set(`${name}-${one.partitionIndex}`, one)
    }
    for (const followed of partitions) {
      if (this.#followed.get(followed.key) !== followed || !this.#aside.has(followed)) continue
      const place = found.get(followed.name)
      try {
        if (!followed.isCurrent) this.#park(followed, 'waiting for metadata', 0)
        else if (place === undefined) throw new ApiError('UNKNOWN_SERVER_ERROR', 'no place in the answer')
        else if (place.errorCode !== 0) this.#refused(followed, errorName(place.errorCode), nowMs)
        else this.#placed(followed, timestamp, place.offset)
      } catch (error) {
        this.#troubled(followed, error, nowMs)
      }
    }
  }

  #placed(followed: Followed, timestamp: number, offset: number): void {
    const { offset: own } = followed.position()
    if (timestamp === LATEST) {
      if (offset >= own) {
        followed.state = 'start unknown'
        return
      }
      this.#o.log.warn(`${followed.name} is cut from ${own} to ${offset}, where the leader's log ends`)
      followed.truncateToEnd(offset)
    } else if (offset > own) {
      this.#o.log.warn(`${followed.name} is emptied: it ends at ${own}, the leader's log begins at ${offset}`)
      followed.restartAt(offset)
    }
    this.#aside.delete(followed)
    followed.state = 'fetching'
    this.#session.want(followed)
    this.#o.appended(followed, 0)
  }

  #pause(failures: number): number {
    return Math.min(this.#o.backoffMs(), FIRST_RETRY_MS * 2 ** Math.min(failures, 10))
  }
}
