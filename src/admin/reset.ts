/**
 * Moving a group's offsets: plan (what each partition stands at, where it would go, held to what the log has), execute
 * (commit, then read back), refuse while the group has members. Nothing is written by planning.
 */
import { RefusedError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { commitOffsets, committedOffsets } from './group-offsets.ts'
import { groupStates } from './group-states.ts'
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

const at = (place: Place) => `${place.topic}-${place.partition}`

/**
 * Plans a reset. Throws RefusedError while the group is active, MqError when a topic or the group cannot be read or
 * there is nothing to move.
 */
export async function planReset(client: ClusterClient, request: ResetRequest): Promise<ResetPlan> {
  const state = await idleState(client, request.group)
  const current = await offsetsOf(client, request.group)
  const asked = await askedOffsets(client, request.target)
  const places = await placesOf(client, request, current, asked)
  if (places.length === 0) {
    throwItem({
      code: 'MQ_NOTHING_TO_RESET',
      message: `group ${request.group} has no offsets that this would move`,
      hint: 'name topics with --topic',
    })
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
      return { ...empty, error: itemError(failed) }
    }
    const found = times?.get(at(place))?.offset
    return {
      ...empty,
      ...moved(request.target, { before, start: start.offset, end: end.offset, found, asked: asked?.get(at(place)) }),
    }
  })
  return { group: request.group, state, executed: false, offsets }
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
  const after = Math.min(Math.max(requested, start), end)
  const held =
    requested < start
      ? `${requested} is below the log start ${start}`
      : requested > end
        ? `${requested} is beyond the log end ${end}`
        : note
  return { requested, after, delta: before === null ? null : after - before, note: held }
}

function requestedOffset(target: ResetTarget, facts: Facts): { requested: number; note: string | null } {
  const { before, start, end } = facts
  switch (target.kind) {
    case 'current':
      return before === null ? { requested: end, note: 'no offset yet: log end' } : { requested: before, note: null }
    case 'shift':
      return before === null
        ? { requested: end, note: 'no offset to shift from: log end' }
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

/** The state of a group that may be moved; null when it does not exist. Throws RefusedError while it is active. */
async function idleState(client: ClusterClient, group: string): Promise<string | null> {
  const [state] = await groupStates(client, [group])
  if (state?.error !== undefined) {
    if (state.error.code === 'GROUP_ID_NOT_FOUND') return null
    throwItem(state.error)
  }
  if (state?.type === 'share') {
    throwItem({ code: 'MQ_GROUP_TYPE', message: `${group} is a share group: its offsets cannot be moved this way` })
  }
  if (state === undefined || state.state === null || ['Empty', 'Dead'].includes(state.state))
    return state?.state ?? null
  const clients = [...new Set(state.members.map((member) => `${member.clientId} on ${member.host.replace(/^\//, '')}`))]
  const shown = clients.length > 3 ? [...clients.slice(0, 3), `${clients.length - 3} more`] : clients
  throw new RefusedError(
    `group ${group} is active (${state.state}, ${state.members.length} ${state.members.length === 1 ? 'member' : 'members'}); nothing was changed`,
    `stop its consumers first${shown.length === 0 ? '' : `: ${shown.join(', ')}`}`,
  )
}

async function offsetsOf(client: ClusterClient, group: string): Promise<Map<string, number>> {
  const answer = (await committedOffsets(client, [group])).get(group)
  if (answer !== undefined && 'error' in answer) {
    if (answer.error.code === 'GROUP_ID_NOT_FOUND') return new Map()
    throwItem(answer.error)
  }
  const offsets = new Map<string, number>()
  for (const row of answer ?? []) if (row.committed !== null) offsets.set(at(row), row.committed)
  return offsets
}

/** Offsets that come from elsewhere: a file or another group. */
async function askedOffsets(client: ClusterClient, target: ResetTarget): Promise<Map<string, number> | undefined> {
  if (target.kind === 'rows') return new Map(target.rows.map((row) => [at(row), row.offset]))
  if (target.kind !== 'group') return undefined
  const offsets = await offsetsOf(client, target.group)
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
  if (scope === undefined) return given
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

function has(scope: TopicScope, partition: number): boolean {
  return scope.partitions === undefined || scope.partitions.includes(partition)
}

function byPlace(a: Place, b: Place): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

/**
 * Carries a plan out: checks once more that the group is idle, commits, reads back what the group now has. Partitions
 * that failed, or do not show the new offset, keep their row with an error.
 */
export async function executeReset(client: ClusterClient, plan: ResetPlan): Promise<ResetPlan> {
  await idleState(client, plan.group)
  const open = plan.offsets.filter((row) => row.error === undefined && row.after !== null)
  const outcomes = await commitOffsets(
    client,
    plan.group,
    open.map(({ topic, partition, after }) => ({ topic, partition, offset: after! })),
  )
  const refused = new Map(outcomes.filter((row) => row.error !== undefined).map((row) => [at(row), row.error!]))
  const now = await offsetsOf(client, plan.group)
  const offsets = plan.offsets.map((row): ResetRow => {
    if (row.error !== undefined) return row
    const error = refused.get(at(row))
    if (error !== undefined) return { ...row, error }
    if (now.get(at(row)) === row.after) return row
    const shown = now.get(at(row))
    return {
      ...row,
      error: {
        code: 'MQ_NOT_VERIFIED',
        message: `committed ${row.after}, but the group shows ${shown ?? 'no offset'}`,
      },
    }
  })
  return { ...plan, executed: true, offsets }
}
