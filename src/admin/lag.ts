/**
 * Lag of groups, in records and in time. Time is the age of the first record that the group has not read, taken from
 * the record itself: 0 when caught up, null with a reason when it cannot be known.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { checkScopes, inScopes } from './check-scopes.ts'
import type { FirstRecord, UnreadPlace } from './first-unread.ts'
import {
  type DescribedGroups,
  type DescribeGroupsOptions,
  describePortions,
  type GroupDetails,
  type GroupOffset,
} from './groups.ts'
import { type ItemError, itemError } from './items.ts'
import { PartitionMap, type TopicScope } from './partitions.ts'

/** The reason of a partition of which nothing but markers and gaps is unread. */
export const NOTHING_UNREAD = 'only transaction markers or removed records are unread'

export interface LagRow {
  topic: string
  partition: number
  committed: number | null
  logStart: number | null
  logEnd: number | null
  lag: number | null
  timeLagMs: number | null
  /** Records that were deleted before the group read them; null when it is not known. */
  lost: number | null
  /** Who reads it: the member of the group and its client id; null when nobody does. */
  memberId: string | null
  clientId: string | null
  /** Why a number is missing, or what else is wrong. */
  reason: string | null
  error?: ItemError
}

export interface GroupLag {
  group: string
  /** classic, consumer, share or streams; null when the group cannot be read. */
  type: string | null
  state: string | null
  /** Null when the group cannot be read. */
  members: number | null
  totalLag: number | null
  maxTimeLagMs: number | null
  partitions: LagRow[]
  error?: ItemError
}

export interface LagOptions extends Omit<DescribeGroupsOptions, 'trustEmpty' | 'topics'> {
  /** Only these topics, or partitions of them. */
  readonly scopes?: readonly TopicScope[] | undefined
  /** The present, ms since the epoch. */
  readonly nowMs: () => number
}

/** Groups whose answers are held at a time, while those of as many more are asked for. */
const PORTION = 100

/**
 * The lag of each group, by name. Named groups that do not exist keep a row with an error; one that was listed and is gone
 * when it is asked about is left out. Throws MqError for a named topic that neither exists nor has an offset of a group:
 * nothing to show would look like no lag.
 */
export async function groupLag(
  client: ClusterClient,
  options: LagOptions,
): Promise<{ groups: GroupLag[]; errors: DescribedGroups['errors'] }> {
  const groups: GroupLag[] = []
  const errors = await eachGroupLag(client, options, (group) => groups.push(group))
  return { groups, errors }
}

/**
 * The same group by group, so that of thousands only some are held at a time. Resolves to why groups are missing. What it
 * throws may come after groups were given to `take`.
 */
export async function eachGroupLag(
  client: ClusterClient,
  options: LagOptions,
  take: (group: GroupLag) => void,
): Promise<DescribedGroups['errors']> {
  const { scopes, ...rest } = options
  const topics = scopes?.map(({ topic }) => topic)
  const isNamed = options.names !== undefined && options.names.length > 0
  const seen = new PartitionMap<GroupOffset>()
  const all = { ...rest, topics, trustEmpty: true }
  const errors = await describePortions(client, all, PORTION, async (described) => {
    const groups = described.filter(({ error }) => isNamed || error?.code !== 'GROUP_ID_NOT_FOUND')
    if (scopes !== undefined) {
      for (const group of groups) {
        group.offsets = group.offsets.filter((row) => inScopes(scopes, row))
        for (const row of group.offsets) seen.set(row.topic, row.partition, row)
      }
    }
    for (const group of await lagOf(client, groups, options.nowMs)) take(group)
  })
  if (scopes !== undefined) await checkScopes(client, scopes, [...seen.values()])
  return errors
}

async function lagOf(client: ClusterClient, groups: readonly GroupDetails[], nowMs: () => number): Promise<GroupLag[]> {
  const rows = groups.map((group): GroupLag => {
    const clients = new Map(group.members.map(({ memberId, clientId }) => [memberId, clientId]))
    return {
      group: group.group,
      type: group.type,
      state: group.state,
      members: group.state === null ? null : group.members.length,
      totalLag: null,
      maxTimeLagMs: null,
      partitions: group.offsets.map((row) => lagRow(row, clients)),
      ...(group.error === undefined ? {} : { error: group.error }),
    }
  })
  await addTimes(client, rows, nowMs())
  for (const row of rows) {
    for (const { lag, timeLagMs } of row.partitions) {
      if (lag !== null) row.totalLag = (row.totalLag ?? 0) + lag
      if (timeLagMs !== null) row.maxTimeLagMs = Math.max(row.maxTimeLagMs ?? 0, timeLagMs)
    }
  }
  return rows
}

function lagRow(offset: GroupOffset, clients: ReadonlyMap<string, string>): LagRow {
  const { topic, partition, committed, logStart, logEnd, lag, memberId, error } = offset
  const isKnown = committed !== null && logStart !== null && error === undefined
  const lost = isKnown ? Math.max(0, Math.min(logStart, logEnd ?? logStart) - committed) : null
  const reason = reasonFor(offset, logStart)
  const clientId = memberId === null ? null : (clients.get(memberId) ?? null)
  const timeLagMs = null
  // Written out: an object made by spreading takes ten times the memory, and there are tens of thousands.
  const row: LagRow = {
    topic,
    partition,
    committed,
    logStart,
    logEnd,
    lag,
    timeLagMs,
    lost,
    memberId,
    clientId,
    reason,
  }
  // An offset beyond the end is not caught up: of what is there, nobody knows what the group has read.
  if (lag === 0 && (committed ?? 0) <= (logEnd ?? 0)) row.timeLagMs = 0
  if (error !== undefined) row.error = error
  return row
}

function reasonFor(offset: GroupOffset, logStart: number | null): string | null {
  if (offset.error !== undefined) return offset.error.message
  if (offset.committed === null) return 'no committed offset'
  if (offset.logEnd === null) return 'the log end is not known'
  if (offset.committed > offset.logEnd) return `committed beyond the log end: the topic was truncated or created anew`
  if (logStart !== null && offset.committed < logStart) {
    return `${logStart - offset.committed} records were deleted before the group read them`
  }
  return null
}

async function addTimes(client: ClusterClient, groups: readonly GroupLag[], nowMs: number): Promise<void> {
  const rows: LagRow[] = []
  const places: UnreadPlace[] = []
  for (const row of groups.flatMap((group) => group.partitions)) {
    const { topic, partition, committed, logEnd, lag, lost } = row
    if (lag === null || lag === 0 || lost === null) continue
    const offset = committed! + lost
    if (offset >= logEnd!) continue
    rows.push(row)
    places.push({ topic, partition, offset, until: logEnd! })
  }
  if (places.length === 0) return
  const { firstRecords } = await import('./first-unread.ts')
  const found = await firstRecords(client, places)
  for (const [index, row] of rows.entries()) addTime(row, found[index]!, nowMs)
}

function addTime(row: LagRow, first: FirstRecord, nowMs: number): void {
  if (first.kind === 'failed') {
    row.reason = `the first unread record cannot be read: ${itemError(first.error).message}`
  } else if (first.kind === 'nothing') {
    row.timeLagMs = row.lost === 0 ? 0 : null
    row.reason ??= NOTHING_UNREAD
  } else if (first.timestamp < 0) row.reason ??= 'the records carry no timestamp'
  else row.timeLagMs = Math.max(0, nowMs - first.timestamp)
}
