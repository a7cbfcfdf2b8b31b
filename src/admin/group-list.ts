/**
 * Lists the groups of a cluster: every broker is asked for those that it coordinates, and one that does not answer does
 * not hide the others.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
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
  /** Brokers that could not be asked. */
  errors: { broker: number; error: ItemError }[]
}

export interface GroupFilter {
  readonly regex?: string | undefined
  readonly states?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
}

/** All groups that the filter lets through, by name. Throws only when no broker can be asked. */
export async function listGroups(client: ClusterClient, filter: GroupFilter = {}): Promise<GroupList> {
  const pattern = filter.regex === undefined ? undefined : wholeName(filter.regex)
  const { brokers } = await client.metadata()
  const groups: GroupRow[] = []
  const errors: GroupList['errors'] = []
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
