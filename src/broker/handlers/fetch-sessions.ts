/**
 * Incremental fetch sessions (KIP-227): the partitions that a client fetches over and over are remembered, so that its
 * requests name only changes and the answers only partitions with news. The cache is bounded: a session that was unused
 * for two minutes gives way first; then a client's to a follower's, and a smaller one to a larger one once it has had
 * its two minutes.
 */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { INITIAL_EPOCH, nextEpoch } from '../replication/fetcher/session-epochs.ts'

/** What a fetch wants of one partition; in a session also what it was told last. */
export interface FetchPartition {
  /** Null while the topic id is not known here. */
  topic: string | null
  readonly topicId: Uuid
  readonly partition: number
  fetchOffset: number
  currentLeaderEpoch: number
  lastFetchedEpoch: number
  /** The follower's own log start; -1 from consumers. */
  logStartOffset: number
  maxBytes: number
  /** As last sent; -1 makes the next answer carry the partition. */
  sentHighWatermark: number
  sentLogStartOffset: number
}

export interface FetchSession {
  readonly id: number
  readonly privileged: boolean
  readonly usesTopicIds: boolean
  readonly createdMs: number
  lastUsedMs: number
  /** The epoch that the next request must carry. */
  epoch: number
  /** In the order in which they are served: those that got data go to the end, so that nobody starves. */
  readonly partitions: Map<string, FetchPartition>
}

export { FINAL_EPOCH, INITIAL_EPOCH, NO_SESSION, nextEpoch } from '../replication/fetcher/session-epochs.ts'

/** A session is safe for so long after its creation, and may be dropped when unused for so long. */
const EVICTION_MS = 120_000
const SESSION_ID_MAX = 0x7fffffff

/** The key of a partition within a session. */
export function sessionKey(
  partition: { topic: string | null; topicId: Uuid; partition: number },
  usesIds: boolean,
): string {
  return `${usesIds ? partition.topicId : partition.topic}-${partition.partition}`
}

export interface FetchSessionCacheOptions {
  /** `max.incremental.fetch.session.cache.slots`; 0 = no sessions. */
  readonly slots: number
  readonly clock: Clock
  readonly random: Random
}

export class FetchSessionCache {
  readonly #options: FetchSessionCacheOptions
  /** In the order of last use, the longest unused first. */
  readonly #sessions = new Map<number, FetchSession>()
  #evictions = 0

  constructor(options: FetchSessionCacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Partitions of all sessions. */
  get partitionCount(): number {
    let count = 0
    for (const { partitions } of this.#sessions.values()) count += partitions.size
    return count
  }

  /** Sessions that gave way to others since the start. */
  get evictions(): number {
    return this.#evictions
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  /**
   * The session that an incremental request continues, with its epoch moved on, or the error for the client:
   * unknown session, an epoch that is not the next one, or names where the session uses ids (and the other way round).
   */
  resume(id: number, epoch: number, usesTopicIds: boolean): FetchSession | ErrorName {
    const session = this.#sessions.get(id)
    if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND'
    if (session.epoch !== epoch) return 'INVALID_FETCH_SESSION_EPOCH'
    if (session.usesTopicIds !== usesTopicIds) return 'FETCH_SESSION_TOPIC_ID_ERROR'
    session.epoch = nextEpoch(epoch)
    session.lastUsedMs = this.#options.clock.monotonicMs()
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return session
  }

  /** A new session for these partitions, or undefined when there is no room for it. */
  create(options: {
    privileged: boolean
    usesTopicIds: boolean
    partitions: Map<string, FetchPartition>
  }): FetchSession | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    if (
      this.#sessions.size >= this.#options.slots &&
      !this.#evict(options.privileged, options.partitions.size, nowMs)
    ) {
      return undefined
    }
    const session: FetchSession = {
      id: this.#freshId(),
      privileged: options.privileged,
      usesTopicIds: options.usesTopicIds,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      epoch: nextEpoch(INITIAL_EPOCH),
      partitions: options.partitions,
    }
    this.#sessions.set(session.id, session)
    return session
  }

  /** Makes room for a session of `size` partitions; false: nothing may go for it. */
  #evict(privileged: boolean, size: number, nowMs: number): boolean {
    const oldest = this.#sessions.values().next().value
    if (oldest === undefined) return false
    if (nowMs - oldest.lastUsedMs > EVICTION_MS) return this.#drop(oldest)
    let lowest: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      const rightless = privileged && !session.privileged
      if (!rightless && (nowMs - session.createdMs <= EVICTION_MS || (session.privileged && !privileged))) continue
      if (lowest === undefined || ranksBelow(session, lowest)) lowest = session
    }
    if (lowest === undefined) return false
    if (lowest.privileged === privileged && lowest.partitions.size >= size) return false
    return this.#drop(lowest)
  }

  #drop(session: FetchSession): boolean {
    this.#evictions++
    return this.#sessions.delete(session.id)
  }

  #freshId(): number {
    for (;;) {
      const id = 1 + this.#options.random.int(SESSION_ID_MAX)
      if (!this.#sessions.has(id)) return id
    }
  }
}

function ranksBelow(a: FetchSession, b: FetchSession): boolean {
  if (a.privileged !== b.privileged) return b.privileged
  return a.partitions.size < b.partitions.size
}
