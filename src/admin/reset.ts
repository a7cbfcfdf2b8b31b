/**
 * Where a group's offsets are to go: what each partition stands at, what was asked for, and where it would go, held to
 * what the log has. Refused while the group has members. Nothing is written here; reset-write.ts does that.
 */
import { type MqError, RefusedError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import type { GroupOffsets } from './group-offsets.ts'
import { offsetsOfTyped } from './group-share-offsets.ts'
import { type GroupState, groupStates } from './group-states.ts'
import { type ItemError, itemError, throwItem } from './items.ts'
import type { OffsetRow, TopicScope } from './partitions.ts'
import { unknownTopic } from './topics.ts'

/** Where the offsets are to go. */
export type ResetTarget =
  | { readonly kind: 'spec'; readonly spec: OffsetSpec }
  /** Where the group stands, brought back into the log; the end where it has no offset. */
  | { readonly kind: 'current' }
  | { readonly kind: 'shift'; readonly by: number }
  | { readonly kind: 'rows'; readonly rows: readonly OffsetRow[] }
  | { readonly kind: 'group'; readonly group: string }

export interface ResetRow {
  topic: string
  partition: number
  before: number | null
  /** What was asked for, before it was held to the log. */
  requested: number | null
  after: number | null
  /** Records that will be read again (negative) or skipped (positive). */
  delta: number | null
  note: string | null
  error?: ItemError
}

export interface ResetPlan {
  group: string
  /** Empty, or null for a group that does not exist yet. */
  state: string | null
  executed: boolean
  offsets: ResetRow[]
  /** Why nothing can be planned for this group. */
  error?: ItemError
}

export interface ResetRequest {
  readonly group: string
  /** Undefined: every topic that the group has offsets for (or the rows or other group name). */
  readonly scope: readonly TopicScope[] | undefined
  readonly target: ResetTarget
}

interface Place {
  readonly topic: string
  readonly partition: number
}

/** Key of a partition in maps. */
export const at = (place: Place): string => `${place.topic}-${place.partition}`

/**
 * Plans resets of one or several groups. Throws RefusedError when one of them is active: none is planned then. What
 * cannot be read keeps its row, a group's or a partition's, with the error. Throws MqError for a topic that was named
 * and does not exist.
 */
export async function planResets(client: ClusterClient, requests: readonly ResetRequest[]): Promise<ResetPlan[]> {
  const groups = requests.map((request) => request.group)
  const states = await idleStates(client, groups)
  const committed = await offsetsOfTyped(client, typed(groups, states))
  const plans: ResetPlan[] = []
  for (const request of requests) {
    const state = states.get(request.group)
    const plan = { group: request.group, state: state?.state ?? null, executed: false, offsets: [] }
    const error = state?.error ?? readError(committed.get(request.group))
    if (error !== undefined && error.code !== 'GROUP_ID_NOT_FOUND') plans.push({ ...plan, error })
    else plans.push(await planOne(client, request, plan, offsetMap(committed.get(request.group))))
  }
  return plans
}

/** With the type of each, where it is known. */
function typed(groups: readonly string[], states: ReadonlyMap<string, GroupState>) {
  return [...new Set(groups)].map((group) => ({ group, type: states.get(group)?.type ?? null }))
}

function readError(answer: GroupOffsets | undefined): ItemError | undefined {
  return answer !== undefined && 'error' in answer ? answer.error : undefined
}

function offsetMap(answer: GroupOffsets | undefined): Map<string, number> {
  const offsets = new Map<string, number>()
  if (answer === undefined || 'error' in answer) return offsets
  for (const row of answer) if (row.committed !== null) offsets.set(at(row), row.committed)
  return offsets
}

/** What a group has committed, by `at`; nothing for one that does not exist. Throws MqError when it cannot be read. */
export async function offsetsOf(
  client: ClusterClient,
  group: string,
  type: string | null,
): Promise<Map<string, number>> {
  const answer = (await offsetsOfTyped(client, [{ group, type }])).get(group)
  const error = readError(answer)
  if (error !== undefined && error.code !== 'GROUP_ID_NOT_FOUND') throwItem(error)
  return offsetMap(answer)
}

async function planOne(
  client: ClusterClient,
  request: ResetRequest,
  plan: ResetPlan,
  current: ReadonlyMap<string, number>,
): Promise<ResetPlan> {
  const asked = await askedOffsets(client, request.target)
  const places = await placesOf(client, request, current, asked)
  if (places.length === 0) {
    const message = `group ${request.group} has no offsets that this would move`
    return { ...plan, error: { code: 'MQ_NOTHING_TO_RESET', message, hint: 'name topics with --topic' } }
  }
  const lookUp = (timestamp: number) =>
    listOffsets(
      client,
      places.map((place) => ({ ...place, timestamp })),
    )
  const time = request.target.kind === 'spec' && request.target.spec.kind === 'time' ? request.target.spec : undefined
  const [starts, ends, times] = await Promise.all([
    lookUp(EARLIEST),
    lookUp(LATEST),
    time === undefined ? undefined : lookUp(time.timestampMs),
  ])
  const offsets = places.map((place): ResetRow => {
    const start = starts.get(at(place))
    const end = ends.get(at(place))
    const before = current.get(at(place)) ?? null
    const empty = { ...place, before, requested: null, after: null, delta: null, note: null }
    const failed = start?.error ?? end?.error ?? times?.get(at(place))?.error
    if (start === undefined || end === undefined || failed !== undefined) {
      return { ...empty, error: placeError(place, failed) }
    }
    const found = times?.get(at(place))?.offset
    return {
      ...empty,
      ...moved(request.target, { before, start: start.offset, end: end.offset, found, asked: asked?.get(at(place)) }),
    }
  })
  if (current.size > 0) {
    for (const row of offsets) if (row.before === null && row.after !== null) row.note ??= 'no offset committed yet'
  }
  return { ...plan, offsets }
}

function placeError(place: Place, error: MqError | undefined): ItemError {
  if (error?.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return itemError(error)
  return { code: error.code, message: `there is no partition ${place.partition} of topic ${place.topic} any more` }
}

interface Facts {
  before: number | null
  start: number
  end: number
  /** First offset at or after the time asked for; -1: none. */
  found: number | undefined
  asked: number | undefined
}

function moved(target: ResetTarget, facts: Facts): Pick<ResetRow, 'requested' | 'after' | 'delta' | 'note'> {
  const { before, start, end } = facts
  const { requested, note } = requestedOffset(target, facts)
  if (requested === null) return { requested, after: null, delta: null, note }
  const after = Math.min(Math.max(requested, start), end)
  const held =
    requested < start
      ? `${requested} is below the log start ${start}`
      : requested > end
        ? `${requested} is beyond the log end ${end}`
        : note
  return { requested, after, delta: before === null ? null : after - before, note: held }
}

function requestedOffset(target: ResetTarget, facts: Facts): { requested: number | null; note: string | null } {
  const { before, start, end } = facts
  switch (target.kind) {
    case 'current':
      return before === null ? { requested: end, note: 'no offset yet: log end' } : { requested: before, note: null }
    case 'shift':
      return before === null
        ? { requested: null, note: 'no offset to shift from: left as it is' }
        : { requested: before + target.by, note: null }
    case 'rows':
    case 'group':
      return { requested: facts.asked ?? before ?? end, note: null }
    case 'spec':
      return specOffset(target.spec, start, end, facts.found)
  }
}

function specOffset(
  spec: OffsetSpec,
  start: number,
  end: number,
  found: number | undefined,
): { requested: number; note: string | null } {
  switch (spec.kind) {
    case 'earliest':
      return { requested: start, note: null }
    case 'latest':
      return { requested: end, note: null }
    case 'offset':
      return { requested: spec.offset, note: null }
    case 'after-earliest':
      return { requested: start + spec.count, note: null }
    case 'before-latest':
      return { requested: end - spec.count, note: null }
    case 'time':
      return found === undefined || found < 0
        ? { requested: end, note: 'no record at or after this time: log end' }
        : { requested: found, note: null }
  }
}

/**
 * The states of groups that may be moved; one that does not exist, or cannot be read, has its error. Throws RefusedError
 * while any of them is active.
 */
export async function idleStates(client: ClusterClient, groups: readonly string[]): Promise<Map<string, GroupState>> {
  const states = new Map<string, GroupState>()
  const active: GroupState[] = []
  for (const state of await groupStates(client, groups)) {
    states.set(state.group, state)
    if (state.error === undefined && isActive(state)) active.push(state)
  }
  if (active.length > 0) throw activeGroups(active)
  return states
}

/** Whether somebody is, or is about to become, a member. */
export function isActive({ state, members }: GroupState): boolean {
  return members.length > 0 || (state !== null && !['Empty', 'Dead'].includes(state))
}

function activeGroups(active: readonly GroupState[]): RefusedError {
  const members = active.flatMap((state) => state.members)
  const clients = [...new Set(members.map((member) => `${member.clientId} on ${member.host.replace(/^\//, '')}`))]
  const shown = clients.length > 3 ? [...clients.slice(0, 3), `${clients.length - 3} more`] : clients
  const named = active.map(
    ({ group, state, members: { length } }) =>
      `group ${group} is active (${state}, ${length} ${length === 1 ? 'member' : 'members'})`,
  )
  return new RefusedError(
    `${named.join(', ')}; nothing was changed`,
    `stop the consumers first${shown.length === 0 ? '' : `: ${shown.join(', ')}`}`,
  )
}

/** Offsets that come from elsewhere: a file or another group. */
async function askedOffsets(client: ClusterClient, target: ResetTarget): Promise<Map<string, number> | undefined> {
  if (target.kind === 'rows') return new Map(target.rows.map((row) => [at(row), row.offset]))
  if (target.kind !== 'group') return undefined
  const [source] = await groupStates(client, [target.group])
  const offsets = await offsetsOf(client, target.group, source?.type ?? null)
  if (offsets.size === 0) {
    throwItem({ code: 'GROUP_ID_NOT_FOUND', message: `group ${target.group} has no offsets to take over` })
  }
  return offsets
}

function placeFrom(key: string): Place {
  const dash = key.lastIndexOf('-')
  return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
}

async function placesOf(
  client: ClusterClient,
  request: ResetRequest,
  current: ReadonlyMap<string, number>,
  asked: ReadonlyMap<string, number> | undefined,
): Promise<Place[]> {
  const { scope } = request
  const given = [...(asked ?? current).keys()].map(placeFrom).sort(byPlace)
  if (scope === undefined) {
    const grows = asked === undefined && request.target.kind === 'spec'
    return grows ? withNewPartitions(client, given) : given
  }
  if (asked !== undefined) {
    return given.filter((place) => scope.some((entry) => entry.topic === place.topic && has(entry, place.partition)))
  }
  const { topics } = await client.metadata([...new Set(scope.map((entry) => entry.topic))])
  const places = new Map<string, Place>()
  for (const entry of scope) {
    const topic = topics.find((candidate) => candidate.name === entry.topic)
    if (topic === undefined || topic.errorCode !== 0) throwItem(await unknownTopic(client, entry.topic))
    const partitions = topic.partitions.map((partition) => partition.partitionIndex)
    const wrong = entry.partitions?.filter((partition) => !partitions.includes(partition)) ?? []
    if (wrong.length > 0) {
      throwItem({
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
        message: `topic ${entry.topic} has no partition ${wrong.join(', ')}`,
        hint: `it has ${partitions.length}: 0 to ${partitions.length - 1}`,
      })
    }
    for (const partition of entry.partitions ?? partitions) {
      places.set(`${entry.topic}-${partition}`, { topic: entry.topic, partition })
    }
  }
  return [...places.values()].sort(byPlace)
}

/** All partitions of the topics: some may be newer than what the group has committed. */
async function withNewPartitions(client: ClusterClient, given: readonly Place[]): Promise<Place[]> {
  const places = new Map(given.map((place) => [at(place), place]))
  const { topics } = await client.metadata([...new Set(given.map((place) => place.topic))])
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const place = { topic: name ?? '', partition: partitionIndex }
      if (!places.has(at(place))) places.set(at(place), place)
    }
  }
  return [...places.values()].sort(byPlace)
}

function has(scope: TopicScope, partition: number): boolean {
  return scope.partitions === undefined || scope.partitions.includes(partition)
}

function byPlace(a: Place, b: Place): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}
