/**
 * Groups in detail: state and members, committed offsets against the ends of the log; also deletion. A group that cannot
 * be read keeps its row with the error.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { type GroupFilter, listGroups } from './group-list.ts'
import { committedOffsets, shareOffsets } from './group-offsets.ts'
import { type GroupMember, type GroupState, groupStates, throwRetriable } from './group-states.ts'
import { codeError, type ItemError, itemError, unknownName } from './items.ts'

export interface GroupOffset {
  topic: string
  partition: number
  committed: number | null
  metadata: string | null
  logStart: number | null
  logEnd: number | null
  lag: number | null
  memberId: string | null
  error?: ItemError
}

export interface GroupDetails extends GroupState {
  /** Null when not even one lag is known. */
  totalLag: number | null
  offsets: GroupOffset[]
}

export interface DescribeGroupsOptions extends GroupFilter {
  /** None: all. */
  readonly names?: readonly string[] | undefined
}

/** Describes groups, by name. A named group that does not exist stays as a row with an error. */
export async function describeGroups(
  client: ClusterClient,
  options: DescribeGroupsOptions = {},
): Promise<{ groups: GroupDetails[] }> {
  const named = options.names !== undefined && options.names.length > 0
  const names = named ? [...new Set(options.names)] : (await listGroups(client, options)).groups.map((row) => row.group)
  if (names.length === 0) return { groups: [] }
  const [states, committed] = await Promise.all([groupStates(client, names), committedOffsets(client, names)])
  const rows = new Map<string, GroupDetails>()
  for (const state of states) {
    const offsets = state.type === 'share' ? await shareOffsets(client, state.group) : committed.get(state.group)
    const error = state.error ?? (offsets !== undefined && 'error' in offsets ? offsets.error : undefined)
    const list = offsets === undefined || 'error' in offsets ? [] : offsets
    rows.set(state.group, {
      ...state,
      totalLag: null,
      offsets: mergeOffsets(list, state.members),
      ...(error === undefined ? {} : { error }),
    })
  }
  await addEnds(client, [...rows.values()])
  await explainUnknown(client, [...rows.values()])
  return { groups: names.map((name) => rows.get(name)!).sort((a, b) => (a.group < b.group ? -1 : 1)) }
}

/** A row for every partition with a commit or an owner. */
function mergeOffsets(
  committed: readonly {
    topic: string
    partition: number
    committed: number | null
    metadata: string | null
    error?: ItemError
  }[],
  members: readonly GroupMember[],
): GroupOffset[] {
  const rows = new Map<string, GroupOffset>()
  const empty = { committed: null, metadata: null, logStart: null, logEnd: null, lag: null, memberId: null }
  for (const { topic, partition, committed: offset, metadata, error } of committed) {
    rows.set(`${topic}-${partition}`, {
      ...empty,
      topic,
      partition,
      committed: offset,
      metadata,
      ...(error === undefined ? {} : { error }),
    })
  }
  for (const { memberId, assignment } of members) {
    for (const { topic, partitions } of assignment) {
      for (const partition of partitions) {
        const row = rows.get(`${topic}-${partition}`) ?? { ...empty, topic, partition }
        row.memberId = memberId
        rows.set(`${topic}-${partition}`, row)
      }
    }
  }
  return [...rows.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}

async function addEnds(client: ClusterClient, groups: readonly GroupDetails[]): Promise<void> {
  const places = new Map<string, { topic: string; partition: number }>()
  for (const { topic, partition } of groups.flatMap((group) => group.offsets)) {
    places.set(`${topic}-${partition}`, { topic, partition })
  }
  const [starts, ends] = await Promise.all(
    [EARLIEST, LATEST].map((timestamp) =>
      listOffsets(
        client,
        [...places.values()].map((place) => ({ ...place, timestamp })),
      ),
    ),
  )
  for (const group of groups) {
    for (const row of group.offsets) {
      const start = starts?.get(`${row.topic}-${row.partition}`)
      const end = ends?.get(`${row.topic}-${row.partition}`)
      if (start !== undefined && start.error === undefined) row.logStart = start.offset
      if (end !== undefined && end.error === undefined) row.logEnd = end.offset
      else if (end?.error !== undefined && row.error === undefined) row.error = itemError(end.error)
      if (row.committed !== null && row.logEnd !== null) row.lag = Math.max(0, row.logEnd - row.committed)
    }
    const lags = group.offsets.map((row) => row.lag).filter((lag) => lag !== null)
    group.totalLag = lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0)
  }
}

async function explainUnknown(client: ClusterClient, groups: readonly GroupDetails[]): Promise<void> {
  const unknown = groups.filter((group) => group.error?.code === 'GROUP_ID_NOT_FOUND')
  if (unknown.length === 0) return
  const known = (await listGroups(client)).groups.map((row) => row.group)
  for (const group of unknown) group.error = unknownName('group', group.group, known)
}

export interface DeletedGroup {
  group: string
  deleted: boolean
  error?: ItemError
}

/** Deletes groups and their offsets. Failures stay with their group. */
export async function deleteGroups(
  client: ClusterClient,
  groups: readonly string[],
): Promise<{ groups: DeletedGroup[] }> {
  const rows = await Promise.all(
    groups.map(async (group): Promise<DeletedGroup> => {
      try {
        const code = await client.retry(async () => {
          const connection = await client.connection({ group })
          const answer = await connection.call('DeleteGroups', { groupsNames: [group] })
          const result = answer.results[0]?.errorCode ?? -1
          throwRetriable(result)
          return result
        })
        return code === 0 ? { group, deleted: true } : { group, deleted: false, error: codeError(code) }
      } catch (error) {
        return { group, deleted: false, error: itemError(error) }
      }
    }),
  )
  const unknown = rows.filter((row) => row.error?.code === 'GROUP_ID_NOT_FOUND')
  if (unknown.length > 0) {
    const known = (await listGroups(client)).groups.map((row) => row.group)
    for (const row of unknown) row.error = unknownName('group', row.group, known)
  }
  return { groups: rows }
}
