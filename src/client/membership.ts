/** What the two kinds of group members, classic and KIP-848, have in common for the consumer that reads with them. */
import type { Place } from './fetcher.ts'

/** The consumer, as its membership sees it. */
export interface Owner {
  /** What it reads now. */
  readonly owned: readonly Place[]
  /** Topics that it wants, with the number of their partitions; 0 for one that is not there. */
  topics(): Promise<ReadonlyMap<string, number>>
  /** Names of topics by their ids, as far as they are known. */
  names(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Commits and lets go. */
  revoke(places: readonly Place[]): Promise<void>
  /** Lets go of what others may read already: nothing can be committed. */
  lose(places: readonly Place[]): void
  assign(added: readonly Place[]): Promise<void>
  /** Something is to be done: `isDue`, or a failure. */
  wake(): void
}

export interface MemberOptions {
  readonly group: string
  /** Of a static member (KIP-345): its place is kept while it restarts. */
  readonly instanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the group waits for a member that has to join again; also after how long without a poll a member leaves. */
  readonly rebalanceTimeoutMs: number
  readonly signal: AbortSignal
}

/** Under what a commit is made. */
export interface MemberIdentity {
  readonly memberId: string
  readonly generation: number
}

export interface Membership {
  readonly identity: MemberIdentity
  /** Whether `rebalance` has something to do. Throws what ended the membership for good. */
  readonly isDue: boolean
  /** Takes part in the rebalance under way. Rejects with what is worth another try, or what is not. */
  rebalance(): Promise<void>
  /** The topics or their partitions are not those of the last rebalance. */
  topicsChanged(topics: ReadonlyMap<string, number>): void
  /** The consumer is alive: called at each poll. */
  polled(): void
  /** Goodbye. A static member of a classic group says none, so that its place stays its own. */
  leave(): Promise<void>
}

export const placeKey = ({ topic, partition }: Place): string => `${topic}-${partition}`

/** The places of `from` that are not in `others`. */
export function without(from: readonly Place[], others: readonly Place[]): Place[] {
  const keys = new Set(others.map(placeKey))
  return from.filter((place) => !keys.has(placeKey(place)))
}

/** Partitions by topic, as requests have them. */
export function byTopic(places: readonly Place[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of places) {
    const partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, [partition])
    else partitions.push(partition)
  }
  return topics
}

/** Topic by topic, in the order of the numbers. */
export function sortedPlaces(places: readonly Place[]): Place[] {
  return [...places].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}
