/**
 * Who reads which partition, as the leader of a classic group decides it: Kafka's range, roundrobin, sticky and
 * cooperative-sticky. Every member is to come to the same result, so nothing here depends on order of arrival or chance.
 */
import type { Place } from './fetcher.ts'

/** What a member says when it joins. */
export interface Subscription {
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: readonly string[]
  /** What it reads now; empty where it gave everything up before joining. */
  readonly owned: readonly Place[]
}

export type Assignment = Map<string, Place[]>

const keyOf = ({ topic, partition }: Place) => `${topic}-${partition}`

/** Kafka's order of members: static ones by their instance, before the others by member id. */
function byMember(one: Subscription, other: Subscription): number {
  if ((one.instanceId === null) !== (other.instanceId === null)) return one.instanceId === null ? 1 : -1
  const [a, b] = one.instanceId === null ? [one.memberId, other.memberId] : [one.instanceId, other.instanceId!]
  return a < b ? -1 : a > b ? 1 : 0
}

const partitionsOf = (topic: string, count: number): Place[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

/** Each topic by itself: neighbouring partitions to each member, the first ones get one more. */
export function assignRange(members: readonly Subscription[], counts: ReadonlyMap<string, number>): Assignment {
  const sorted = [...members].sort(byMember)
  const assigned: Assignment = new Map(sorted.map(({ memberId }) => [memberId, []]))
  for (const topic of [...counts.keys()].sort()) {
    const readers = sorted.filter(({ topics }) => topics.includes(topic))
    const places = partitionsOf(topic, counts.get(topic) ?? 0)
    const each = Math.floor(places.length / Math.max(1, readers.length))
    const more = places.length % Math.max(1, readers.length)
    for (const [at, { memberId }] of readers.entries()) {
      const start = at * each + Math.min(at, more)
      assigned.get(memberId)!.push(...places.slice(start, start + each + (at < more ? 1 : 0)))
    }
  }
  return assigned
}

/** All partitions in turn, each to the next member that wants its topic. */
export function assignRoundRobin(members: readonly Subscription[], counts: ReadonlyMap<string, number>): Assignment {
  const sorted = [...members].sort(byMember)
  const assigned: Assignment = new Map(sorted.map(({ memberId }) => [memberId, []]))
  let next = 0
  for (const topic of [...counts.keys()].sort()) {
    if (!sorted.some(({ topics }) => topics.includes(topic))) continue
    for (const place of partitionsOf(topic, counts.get(topic) ?? 0)) {
      while (!sorted[next % sorted.length]!.topics.includes(topic)) next++
      assigned.get(sorted[next % sorted.length]!.memberId)!.push(place)
      next++
    }
  }
  return assigned
}

/**
 * Balanced, and what a member reads it keeps as far as balance allows. `cooperative`: a partition that another member still
 * reads is left out, until that one has let it go and joins again.
 */
export function assignSticky(
  members: readonly Subscription[],
  counts: ReadonlyMap<string, number>,
  cooperative: boolean,
): Assignment {
  const sorted = [...members].sort(byMember)
  const assigned: Assignment = new Map(sorted.map(({ memberId }) => [memberId, []]))
  const all = [...counts.keys()].sort().flatMap((topic) => partitionsOf(topic, counts.get(topic) ?? 0))
  const wanted = all.filter(({ topic }) => sorted.some(({ topics }) => topics.includes(topic)))
  const open = new Map(wanted.map((place) => [keyOf(place), place]))
  const ownerOf = new Map<string, string>()
  const least = Math.floor(wanted.length / Math.max(1, sorted.length))
  let withMore = wanted.length % Math.max(1, sorted.length)
  for (const { memberId, topics, owned } of sorted) {
    const kept = assigned.get(memberId)!
    for (const place of owned) {
      const key = keyOf(place)
      if (!ownerOf.has(key)) ownerOf.set(key, memberId)
      if (!open.has(key) || !topics.includes(place.topic)) continue
      if (kept.length > least || (kept.length === least && withMore === 0)) continue
      if (kept.length === least) withMore--
      kept.push(place)
      open.delete(key)
    }
  }
  for (const place of open.values()) {
    const readers = sorted.filter(({ topics }) => topics.includes(place.topic))
    const size = ({ memberId }: Subscription) => assigned.get(memberId)!.length
    const [reader] = readers.sort((one, other) => size(one) - size(other) || byMember(one, other))
    const owner = ownerOf.get(keyOf(place))
    if (!cooperative || owner === undefined || owner === reader!.memberId) assigned.get(reader!.memberId)!.push(place)
  }
  return assigned
}

export const ASSIGNORS = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const
export type Assignor = (typeof ASSIGNORS)[number]

/** The assignment of a group that agreed on `assignor`. */
export function assign(
  assignor: Assignor,
  members: readonly Subscription[],
  counts: ReadonlyMap<string, number>,
): Assignment {
  if (assignor === 'range') return assignRange(members, counts)
  if (assignor === 'roundrobin') return assignRoundRobin(members, counts)
  return assignSticky(members, counts, assignor === 'cooperative-sticky')
}
