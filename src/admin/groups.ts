/**
 * Groups in detail: state, members with what they are assigned, committed offsets against the ends of the log. Classic
 * and consumer groups alike; also deletion. A group that cannot be read keeps its row with the error.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { decodeMessage } from '../protocol/codec.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../protocol/logs/consumer-protocol.ts'
import { type GroupFilter, listGroups } from './group-list.ts'
import { committedOffsets } from './group-offsets.ts'
import { codeError, type ItemError, itemError, unknownName } from './items.ts'

export interface TopicPartitions {
  topic: string
  partitions: number[]
}

export interface GroupMember {
  memberId: string
  instanceId: string | null
  clientId: string
  host: string
  assignment: TopicPartitions[]
}

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

export interface GroupDetails {
  group: string
  type: string | null
  state: string | null
  coordinator: number | null
  assignor: string | null
  /** Null when not even one lag is known. */
  totalLag: number | null
  members: GroupMember[]
  offsets: GroupOffset[]
  error?: ItemError
}

/** Without offsets: what the coordinator says of the group itself. */
export type GroupState = Omit<GroupDetails, 'totalLag' | 'offsets'>

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
    const offsets = committed.get(state.group)
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
  const { groups: known } = await listGroups(client)
  for (const group of unknown) {
    const row = known.find((entry) => entry.group === group.group)
    if (row === undefined) {
      group.error = unknownName(
        'group',
        group.group,
        known.map((entry) => entry.group),
      )
      continue
    }
    group.type = row.type
    group.state = row.state
    group.error = {
      code: 'MQ_GROUP_TYPE',
      message: `${group.group} is a ${row.type ?? row.protocol ?? 'group of another kind'} group, which cannot be described yet`,
    }
  }
}

/** What the coordinators say of these groups: consumer groups first, the rest as classic ones. */
export async function groupStates(client: ClusterClient, groups: readonly string[]): Promise<GroupState[]> {
  const coordinators = await client.coordinators(groups)
  const states = new Map<string, GroupState>()
  const byNode = new Map<number, string[]>()
  for (const group of groups) {
    const node = coordinators.get(group)
    if (typeof node === 'number') byNode.set(node, [...(byNode.get(node) ?? []), group])
    else
      states.set(group, { ...nobody(group, null), error: itemError(node ?? new ApiError('COORDINATOR_NOT_AVAILABLE')) })
  }
  await Promise.all(
    [...byNode].map(async ([broker, names]) => {
      try {
        for (const state of await statesOf(client, broker, names)) states.set(state.group, state)
      } catch (error) {
        for (const group of names) states.set(group, { ...nobody(group, broker), error: itemError(error) })
      }
    }),
  )
  return groups.map((group) => states.get(group)!)
}

const nobody = (group: string, coordinator: number | null): GroupState => ({
  group,
  type: null,
  state: null,
  coordinator,
  assignor: null,
  members: [],
})

function statesOf(client: ClusterClient, broker: number, groups: readonly string[]): Promise<GroupState[]> {
  return client.retry(async () => {
    const connection = await client.connection({ broker })
    const states: GroupState[] = []
    if (connection.version('ConsumerGroupDescribe') !== undefined) {
      const answer = await connection.call('ConsumerGroupDescribe', { groupIds: groups })
      for (const group of answer.groups) {
        const error = errorName(group.errorCode)
        if (error === 'GROUP_ID_NOT_FOUND' || error === 'UNSUPPORTED_VERSION') continue
        throwRetriable(group.errorCode)
        states.push({
          ...nobody(group.groupId, broker),
          ...(group.errorCode === 0 ? {} : { error: codeError(group.errorCode, group.errorMessage) }),
          type: 'consumer',
          state: group.groupState,
          assignor: group.assignorName === '' ? null : group.assignorName,
          members: group.members.map((member) => ({
            memberId: member.memberId,
            instanceId: member.instanceId,
            clientId: member.clientId,
            host: member.clientHost,
            assignment: member.assignment.topicPartitions.map(({ topicName, partitions }) => ({
              topic: topicName,
              partitions,
            })),
          })),
        })
      }
    }
    const rest = groups.filter((group) => !states.some((state) => state.group === group))
    return rest.length === 0 ? states : [...states, ...(await classicStates(client, broker, rest))]
  })
}

async function classicStates(client: ClusterClient, broker: number, groups: readonly string[]): Promise<GroupState[]> {
  const connection = await client.connection({ broker })
  const answer = await connection.call('DescribeGroups', { groups })
  return answer.groups.map((group): GroupState => {
    throwRetriable(group.errorCode)
    if (group.errorCode !== 0) return { ...nobody(group.groupId, broker), error: codeError(group.errorCode) }
    // Before version 6 a group that does not exist reads as a dead one.
    if (group.groupState === 'Dead') return { ...nobody(group.groupId, broker), error: codeError(69) }
    return {
      ...nobody(group.groupId, broker),
      type: 'classic',
      state: group.groupState,
      assignor: group.protocolData === '' ? null : group.protocolData,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        host: member.clientHost,
        assignment: group.protocolType === 'consumer' ? classicAssignment(member.memberAssignment) : [],
      })),
    }
  })
}

function throwRetriable(code: number): void {
  if (code === 0) return
  const error = new ApiError(errorName(code))
  if (error.retriable || error.error === 'NOT_COORDINATOR') throw error
}

/** The partitions in a classic member's assignment; none when it is empty or not in the consumer protocol. */
function classicAssignment(bytes: Buffer): TopicPartitions[] {
  if (bytes.length < 2) return []
  try {
    const version = Math.min(3, bytes.readInt16BE(0))
    return decodeMessage(ConsumerProtocolAssignment, version, bytes, 2).assignedPartitions
  } catch {
    return []
  }
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
