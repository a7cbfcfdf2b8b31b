/**
 * What one fetch request asks for, given its session fields: sessionless (all that it names, nothing remembered), the
 * beginning of a session, or the continuation of one. Also decides what the answer carries.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { FetchResult } from './fetch-read.ts'
import {
  FINAL_EPOCH,
  type FetchPartition,
  type FetchSession,
  type FetchSessionCache,
  INITIAL_EPOCH,
  NO_SESSION,
  nextEpoch,
  sessionKey,
} from './fetch-sessions.ts'

export interface FetchContextOptions {
  readonly cache: FetchSessionCache
  readonly sessionId: number
  readonly epoch: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly { topic: string; topicId: Uuid; partition: number }[]
}

export class FetchContext {
  readonly #options: FetchContextOptions
  readonly #session: FetchSession | undefined

  private constructor(options: FetchContextOptions, session: FetchSession | undefined) {
    this.#options = options
    this.#session = session
  }

  /** The context, or the error of the session that the request named. */
  static of(options: FetchContextOptions): FetchContext | ErrorName {
    const { cache, epoch, sessionId, usesTopicIds } = options
    if (epoch === INITIAL_EPOCH || epoch === FINAL_EPOCH) {
      if (sessionId !== NO_SESSION) cache.remove(sessionId)
      return new FetchContext(options, undefined)
    }
    const session = cache.resume(sessionId, epoch, usesTopicIds)
    if (typeof session === 'string') return session
    update(session, options)
    if (session.partitions.size > 0) return new FetchContext(options, session)
    cache.remove(session.id)
    return new FetchContext({ ...options, epoch: FINAL_EPOCH }, undefined)
  }

  /** Answers carry only partitions with news. */
  get isIncremental(): boolean {
    return this.#session !== undefined
  }

  get size(): number {
    return this.#session?.partitions.size ?? this.#options.partitions.length
  }

  /** In the order in which they are to be read. */
  partitions(): Iterable<FetchPartition> {
    return this.#session?.partitions.values() ?? this.#options.partitions
  }

  /** Notes what the client is told, and gives what to send: the session's id and the results that carry news. */
  answered(results: readonly FetchResult[]): { sessionId: number; results: readonly FetchResult[] } | ErrorName {
    const session = this.#session
    if (session === undefined) return { sessionId: this.#begin(results), results }
    // Another request of the same session overtook this one while it waited.
    if (session.epoch !== nextEpoch(this.#options.epoch)) return 'INVALID_FETCH_SESSION_EPOCH'
    const news = results.filter((result) => noteSent(result))
    for (const { sizeBytes, wanted } of news) {
      if (sizeBytes === 0) continue
      const key = sessionKey(wanted, session.usesTopicIds)
      session.partitions.delete(key)
      session.partitions.set(key, wanted)
    }
    return { sessionId: session.id, results: news }
  }

  #begin(results: readonly FetchResult[]): number {
    const { cache, epoch, isFollower, usesTopicIds } = this.#options
    if (epoch !== INITIAL_EPOCH) return NO_SESSION
    const partitions = new Map<string, FetchPartition>()
    for (const result of results) {
      noteSent(result)
      partitions.set(sessionKey(result.wanted, usesTopicIds), result.wanted)
    }
    return cache.create({ privileged: isFollower, usesTopicIds, partitions })?.id ?? NO_SESSION
  }
}

function update(session: FetchSession, { partitions, forgotten, usesTopicIds }: FetchContextOptions): void {
  for (const wanted of partitions) {
    const key = sessionKey(wanted, usesTopicIds)
    const known = session.partitions.get(key)
    if (known === undefined) {
      session.partitions.set(key, wanted)
      continue
    }
    known.fetchOffset = wanted.fetchOffset
    known.currentLeaderEpoch = wanted.currentLeaderEpoch
    known.lastFetchedEpoch = wanted.lastFetchedEpoch
    known.logStartOffset = wanted.logStartOffset
    known.maxBytes = wanted.maxBytes
  }
  for (const gone of forgotten) session.partitions.delete(sessionKey(gone, usesTopicIds))
}

/** Whether the client must hear of this result; remembers what it will know then. */
function noteSent(result: FetchResult): boolean {
  const { wanted } = result
  const isTrouble = result.errorCode !== 0 || result.divergingEpoch !== undefined || result.preferredReplica >= 0
  const isNews =
    isTrouble ||
    result.sizeBytes > 0 ||
    wanted.sentHighWatermark !== result.highWatermark ||
    wanted.sentLogStartOffset !== result.logStartOffset
  // After trouble the next answer carries the partition again, whatever it says.
  wanted.sentHighWatermark = isTrouble ? -1 : result.highWatermark
  wanted.sentLogStartOffset = result.logStartOffset
  return isNews
}
