/**
 * Lists the groups of a cluster: every broker is asked for those that it coordinates, and one that does not answer does
 * not hide the others. Groups that no broker can know of at the moment are said to be missing.
 */
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { type ItemError, itemError, wholeName } from './items.ts'

export interface GroupRow {
  group: string
  /** classic, consumer, share or streams. */
  type: string | null
  state: string | null
  /** The protocol type: `consumer` for consumers, others for Connect and the like. */
  protocol: string | null
  /** Node id of the coordinator. */
  coordinator: number
}

export interface GroupList {
  groups: GroupRow[]
  /** Why groups are missing: brokers that could not be asked; null for groups that no broker coordinates. */
  errors: { broker: number | null; error: ItemError }[]
}

/** What an entry of `errors` is called where it is told. */
export function listErrorName(broker: number | null): string {
  return broker === null ? OFFSETS_TOPIC : `broker ${broker}`
}

const OFFSETS_TOPIC = '__consumer_offsets'

export interface GroupFilter {
  readonly regex?: string | undefined
  readonly states?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
}

/** All groups that the filter lets through, by name. Throws only when no broker can be asked. */
export async function listGroups(client: ClusterClient, filter: GroupFilter = {}): Promise<GroupList> {
  const pattern = filter.regex === undefined ? undefined : wholeName(filter.regex)
  const { brokers, topics } = await client.metadata([OFFSETS_TOPIC])
  const groups: GroupRow[] = []
  const errors: GroupList['errors'] = [...leaderless(topics[0])]
  const failures: unknown[] = []
  await Promise.all(
    brokers.map(async ({ id }) => {
      try {
        groups.push(...(await groupsOf(client, id)))
      } catch (error) {
        failures.push(error)
        errors.push({ broker: id, error: itemError(error) })
      }
    }),
  )
  if (failures.length > 0 && failures.length === brokers.length) throw failures[0]
  return {
    groups: groups
      .filter((row) => pattern === undefined || pattern.test(row.group))
      .filter((row) => matches(filter.states, row.state) && matches(filter.types, row.type))
      .sort((a, b) => (a.group < b.group ? -1 : 1)),
    errors,
  }
}

/** A broker that is gone for longer is no longer in the metadata; its groups then show only by the leaders they lack. */
function* leaderless(topic: TopicMetadata | undefined): Generator<GroupList['errors'][number], void, undefined> {
  const all = topic?.partitions ?? []
  const lost = all.filter(({ leaderId }) => leaderId < 0).length
  if (lost === 0) return
  const message = `${lost} of ${all.length} partitions of ${OFFSETS_TOPIC} have no leader: the groups that they keep are not listed`
  yield { broker: null, error: { code: 'LEADER_NOT_AVAILABLE', message } }
}

function matches(wanted: readonly string[] | undefined, value: string | null): boolean {
  if (wanted === undefined || wanted.length === 0) return true
  return wanted.some((entry) => entry.toLowerCase() === value?.toLowerCase())
}

function groupsOf(client: ClusterClient, broker: number): Promise<GroupRow[]> {
  return client.retry(async () => {
    const connection = await client.connection({ broker })
    const answer = await connection.call('ListGroups', {})
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    return answer.groups.map((entry) => ({
      group: entry.groupId,
      type: entry.groupType === '' ? null : entry.groupType.toLowerCase(),
      state: entry.groupState === '' ? null : entry.groupState,
      protocol: entry.protocolType === '' ? null : entry.protocolType,
      coordinator: broker,
    }))
  })
}
