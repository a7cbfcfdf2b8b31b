/**
 * A follower's side of a fetch session (KIP-227): what the leader remembers of the last request, and so what the next one
 * has to say. A session that the leader does not know any more, or an answer that was lost, begins a new one with
 * everything in it.
 */
import type { Uuid } from '../../../base/uuid.ts'
import type { RequestInput } from '../../../protocol/apis.ts'
import type { FetchPosition, Followed } from './followed.ts'
import { INITIAL_EPOCH, NO_SESSION, nextEpoch } from './session-epochs.ts'

type FetchTopics = NonNullable<RequestInput<'Fetch'>['topics']>
type Forgotten = NonNullable<RequestInput<'Fetch'>['forgottenTopicsData']>

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: FetchTopics
  readonly forgottenTopicsData: Forgotten
}

export class FollowerSession {
  #id = NO_SESSION
  #epoch = INITIAL_EPOCH
  /** What the leader holds for this session. */
  readonly #held = new Map<string, Followed>()
  /** Those to tell it of with the next request: new, moved, or to be forgotten. */
  readonly #news = new Set<Followed>()
  /** Taken out before the leader was told. */
  readonly #gone = new Set<Followed>()

  /** Partitions that the leader answers for. */
  get size(): number {
    return this.#held.size
  }

  /** The partition is to be asked for, from where it stands now. */
  want(followed: Followed): void {
    this.#gone.delete(followed)
    this.#news.add(followed)
  }

  /** The partition is not to be asked for any more, or not for now. */
  leave(followed: Followed): void {
    this.#news.delete(followed)
    if (this.#held.get(followed.key) === followed) this.#gone.add(followed)
  }

  /** The next request; `wanted` are all that are asked for, of interest when the session begins anew. */
  next(wanted: Iterable<Followed>, maxBytes: number): SessionRequest {
    const isFull = this.#epoch === INITIAL_EPOCH
    if (isFull) {
      this.#held.clear()
      this.#gone.clear()
      this.#news.clear()
      for (const followed of wanted) this.#news.add(followed)
    }
    const topics = new Map<Uuid, FetchTopics[number] & { partitions: object[] }>()
    for (const followed of this.#news) {
      // Its log went, or its leader: whoever knows of that takes it away from here.
      if (!followed.isCurrent) continue
      const position = followed.position()
      if (this.#held.get(followed.key) === followed && isSame(position, followed.sent)) continue
      followed.sent = position
      this.#held.set(followed.key, followed)
      const { topic, topicId, index } = followed.partition
      let group = topics.get(topicId)
      if (group === undefined) {
        group = { topic, topicId, partitions: [] }
        topics.set(topicId, group)
      }
      group.partitions.push({
        partition: index,
        currentLeaderEpoch: position.leaderEpoch,
        fetchOffset: position.offset,
        lastFetchedEpoch: position.lastFetchedEpoch,
        logStartOffset: position.logStartOffset,
        partitionMaxBytes: maxBytes,
      })
    }
    this.#news.clear()
    const forgotten = this.#forgotten()
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: [...topics.values()],
      forgottenTopicsData: forgotten,
    }
  }

  #forgotten(): Forgotten {
    const forgotten: { topic: string; topicId: Uuid; partitions: number[] }[] = []
    for (const followed of this.#gone) {
      // The same partition under a newer leader epoch may have taken its place in the session.
      if (this.#held.get(followed.key) !== followed) continue
      this.#held.delete(followed.key)
      const { topic, topicId, index } = followed.partition
      const last = forgotten.at(-1)
      if (last?.topicId === topicId) last.partitions.push(index)
      else forgotten.push({ topic, topicId, partitions: [index] })
    }
    this.#gone.clear()
    return forgotten
  }

  /** The leader answered with this session id. */
  answered(sessionId: number): void {
    if (sessionId === NO_SESSION) this.reset()
    else {
      this.#id = sessionId
      this.#epoch = nextEpoch(this.#epoch)
    }
  }

  /** What the leader holds is unknown: the next request says everything. */
  reset(): void {
    // A leader that still has the session lets it go when it is named with the first epoch.
    this.#epoch = INITIAL_EPOCH
    this.#held.clear()
    this.#gone.clear()
  }
}

function isSame(one: FetchPosition, other: FetchPosition | undefined): boolean {
  return (
    other !== undefined &&
    one.offset === other.offset &&
    one.lastFetchedEpoch === other.lastFetchedEpoch &&
    one.logStartOffset === other.logStartOffset &&
    one.leaderEpoch === other.leaderEpoch
  )
}
