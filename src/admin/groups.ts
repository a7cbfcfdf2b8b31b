/**
 * Groups in detail: state and members, committed offsets against the ends of the log; also deletion. A group that cannot
 * be read keeps its row with the error.
 */
import type { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { Place } from '../client/fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { askCoordinators, groupError } from './coordinators.ts'
import { type GroupFilter, type GroupList, type GroupRow, listGroups } from './group-list.ts'
import { type CommittedOffset, committedOffsets, shareOffsets } from './group-offsets.ts'
import { type GroupMember, type GroupState, groupStates } from './group-states.ts'
import { type ItemError, itemError, unknownName } from './items.ts'
import { PartitionMap } from './partitions.ts'

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
  /** Only these topics. */
  readonly topics?: readonly string[] | undefined
  /** Take a listing's word that a group has no members: its assignor stays null then. */
  readonly trustEmpty?: boolean | undefined
}

export interface DescribedGroups {
  groups: GroupDetails[]
  /** Brokers whose groups are missing, since they could not be asked. */
  errors: GroupList['errors']
}

/** Describes groups, by name. A named group that does not exist stays as a row with an error. */
export async function describeGroups(
  client: ClusterClient,
  options: DescribeGroupsOptions = {},
): Promise<DescribedGroups> {
  const groups: GroupDetails[] = []
  const errors = await describePortions(client, options, Number.POSITIVE_INFINITY, async (portion) => {
    groups.push(...portion)
  })
  return { groups, errors }
}

/**
 * The same in portions of so many groups, in order, for thousands of them: `take` is given one portion while the next is asked
 * for, and no more than these two are held. Resolves to the brokers whose groups are missing; rejects with what `take` throws.
 */
export async function describePortions(
  client: ClusterClient,
  options: DescribeGroupsOptions,
  size: number,
  take: (groups: GroupDetails[]) => Promise<void>,
): Promise<DescribedGroups['errors']> {
  const listed = options.names?.length ? undefined : await listGroups(client, options)
  const rows = listed === undefined ? undefined : new Map(listed.groups.map((row) => [row.group, row]))
  const names = [...new Set(rows?.keys() ?? options.names)].sort((a, b) => (a < b ? -1 : 1))
  const describe = (from: number) => {
    const portion = describeSome(client, names.slice(from, from + size), rows, options)
    // When `take` fails first nobody awaits it any more.
    portion.catch(() => undefined)
    return portion
  }
  let coming = names.length === 0 ? undefined : describe(0)
  for (let from = size; coming !== undefined; from += size) {
    const portion: GroupDetails[] = await coming
    coming = from < names.length ? describe(from) : undefined
    await take(portion)
  }
  return listed?.errors ?? []
}

/** `rows`: what a listing said of all groups. */
async function describeSome(
  client: ClusterClient,
  names: readonly string[],
  rows: ReadonlyMap<string, GroupRow> | undefined,
  options: DescribeGroupsOptions,
): Promise<GroupDetails[]> {
  const listed = rows === undefined ? undefined : names.map((name) => rows.get(name)!)
  const known = new Map(listed?.map((row) => [row.group, row.coordinator]))
  const shares = new Set(listed?.filter((row) => row.type === 'share').map((row) => row.group))
  const [states, committed] = await Promise.all([
    groupStates(client, names, { listed, trustEmpty: options.trustEmpty }),
    committedOffsets(
      client,
      names.filter((name) => !shares.has(name)),
      known,
    ),
  ])
  const shared = states.filter((state) => state.type === 'share' && state.error === undefined)
  const shareStarts = await shareOffsets(
    client,
    shared.map((state) => state.group),
    known,
  )
  const isWanted = (row: { topic: string }) => options.topics === undefined || options.topics.includes(row.topic)
  const groups = states.map((state): GroupDetails => {
    const offsets = (state.type === 'share' ? shareStarts : committed).get(state.group)
    const error = state.error ?? (offsets !== undefined && 'error' in offsets ? offsets.error : undefined)
    const list = offsets === undefined || 'error' in offsets ? [] : offsets
    return {
      ...state,
      totalLag: null,
      offsets: mergeOffsets(list, state.members).filter(isWanted),
      ...(error === undefined ? {} : { error }),
    }
  })
  await addEnds(client, groups)
  await explainUnknown(client, groups)
  return groups
}

/** A row for every partition with a commit or an owner. */
function mergeOffsets(committed: readonly CommittedOffset[], members: readonly GroupMember[]): GroupOffset[] {
  const rows = committed.map(offsetRow)
  if (members.length > 0) addOwners(rows, members)
  return rows.sort(byPlace)
}

/** Written out: there are tens of thousands of rows, and an object made by spreading takes ten times the memory. */
function offsetRow({ topic, partition, committed, metadata, lag, error }: CommittedOffset): GroupOffset {
  const row: GroupOffset = {
    topic,
    partition,
    committed,
    metadata,
    logStart: null,
    logEnd: null,
    lag: lag ?? null,
    memberId: null,
  }
  if (error !== undefined) row.error = error
  return row
}

function addOwners(rows: GroupOffset[], members: readonly GroupMember[]): void {
  const known = new PartitionMap<GroupOffset>()
  for (const row of rows) known.set(row.topic, row.partition, row)
  for (const { memberId, assignment } of members) {
    for (const { topic, partitions } of assignment) {
      for (const partition of partitions) {
        let row = known.get(topic, partition)
        if (row === undefined) {
          row = offsetRow({ topic, partition, committed: null, metadata: null, leaderEpoch: -1 })
          known.set(topic, partition, row)
          rows.push(row)
        }
        row.memberId = memberId
      }
    }
  }
}

function byPlace(a: GroupOffset, b: GroupOffset): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

interface LogEnds {
  readonly start: number | null
  readonly end: number | null
  readonly error: ItemError | undefined
}

async function addEnds(client: ClusterClient, groups: readonly GroupDetails[]): Promise<void> {
  const ends = await logEnds(client, groups)
  for (const group of groups) {
    let total: number | null = null
    for (const row of group.offsets) {
      const { start, end, error } = ends.get(row.topic, row.partition)!
      row.logStart = start
      row.logEnd = end
      if (error !== undefined) row.error ??= error
      if (row.committed !== null && end !== null) row.lag ??= Math.max(0, end - row.committed)
      if (row.lag !== null) total = (total ?? 0) + row.lag
    }
    group.totalLag = total
  }
}

async function logEnds(client: ClusterClient, groups: readonly GroupDetails[]): Promise<PartitionMap<LogEnds>> {
  const places = new PartitionMap<Place>()
  for (const { offsets } of groups) {
    for (const { topic, partition } of offsets) {
      if (places.get(topic, partition) === undefined) places.set(topic, partition, { topic, partition })
    }
  }
  const all = [...places.values()]
  const look = (timestamp: number) =>
    listOffsets(
      client,
      all.map((place) => ({ ...place, timestamp })),
    )
  const [starts, ends] = await Promise.all([look(EARLIEST), look(LATEST)])
  const found = new PartitionMap<LogEnds>()
  for (const place of all) {
    const start = starts.get(`${place.topic}-${place.partition}`)
    const end = ends.get(`${place.topic}-${place.partition}`)
    found.set(place.topic, place.partition, {
      start: start === undefined || start.error !== undefined ? null : start.offset,
      end: end === undefined || end.error !== undefined ? null : end.offset,
      error: end?.error === undefined ? undefined : endError(place, end.error),
    })
  }
  return found
}

/** A topic that is gone while the group still has its offsets is the common case, and deserves to be said plainly. */
function endError(row: Place, error: MqError): ItemError {
  if (error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return itemError(error)
  return { code: error.code, message: `there is no partition ${row.partition} of topic ${row.topic} any more` }
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
  const asked = new Set<string>()
  const found = await askCoordinators(client, groups, async (connection, names) => {
    // After a lost answer a group that is gone is one that the first attempt deleted.
    const again = new Set(names.filter((name) => asked.has(name)))
    for (const name of names) asked.add(name)
    const { results } = await connection.call('DeleteGroups', { groupsNames: names })
    return new Map(
      results.map(({ groupId, errorCode }) => {
        const error = errorCode === 0 ? undefined : groupError(errorCode)
        const isGone = error?.error === 'GROUP_ID_NOT_FOUND' && again.has(groupId)
        return [groupId, error === undefined || isGone ? true : error]
      }),
    )
  })
  const rows = [...new Set(groups)].map((group): DeletedGroup => {
    const outcome = found.get(group)!
    return 'answer' in outcome ? { group, deleted: true } : { group, deleted: false, error: outcome.error }
  })
  const unknown = rows.filter((row) => row.error?.code === 'GROUP_ID_NOT_FOUND')
  if (unknown.length > 0) {
    const known = (await listGroups(client)).groups.map((row) => row.group)
    for (const row of unknown) row.error = unknownName('group', row.group, known)
  }
  return { groups: rows }
}
