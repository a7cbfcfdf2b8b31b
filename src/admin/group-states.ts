/**
 * What coordinators say of groups: kind, state, members and what these are assigned. Each kind of group has its own
 * request; which kind a group is shows by who knows it.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { decodeMessage } from '../protocol/codec.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../protocol/logs/consumer-protocol.ts'
import { codeError, type ItemError, itemError } from './items.ts'

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

export interface GroupState {
  group: string
  /** classic, consumer, share or streams; null when the group cannot be read. */
  type: string | null
  state: string | null
  coordinator: number | null
  assignor: string | null
  members: GroupMember[]
  error?: ItemError
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
    if (rest.length > 0) states.push(...(await classicStates(client, broker, rest)))
    const unknown = states.filter((state) => state.error?.code === 'GROUP_ID_NOT_FOUND').map((state) => state.group)
    if (unknown.length === 0) return states
    const others = [
      ...(await shareStates(connection, broker, unknown)),
      ...(await streamsStates(connection, broker, unknown)),
    ]
    return states.map((state) => others.find((other) => other.group === state.group) ?? state)
  })
}

async function shareStates(
  connection: ClientConnection,
  broker: number,
  groups: readonly string[],
): Promise<GroupState[]> {
  if (connection.version('ShareGroupDescribe') === undefined) return []
  const answer = await connection.call('ShareGroupDescribe', { groupIds: groups })
  return answer.groups
    .filter((group) => group.errorCode === 0 && group.groupState !== 'Dead')
    .map((group) => ({
      ...nobody(group.groupId, broker),
      type: 'share',
      state: group.groupState,
      assignor: group.assignorName === '' ? null : group.assignorName,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        instanceId: null,
        clientId: member.clientId,
        host: member.clientHost,
        assignment: member.assignment.topicPartitions.map(({ topicName, partitions }) => ({
          topic: topicName,
          partitions,
        })),
      })),
    }))
}

/** Streams members hold tasks of a topology rather than partitions: their assignment stays empty here. */
async function streamsStates(
  connection: ClientConnection,
  broker: number,
  groups: readonly string[],
): Promise<GroupState[]> {
  if (connection.version('StreamsGroupDescribe') === undefined) return []
  const answer = await connection.call('StreamsGroupDescribe', { groupIds: groups })
  return answer.groups
    .filter((group) => group.errorCode === 0 && group.groupState !== 'Dead')
    .map((group) => ({
      ...nobody(group.groupId, broker),
      type: 'streams',
      state: group.groupState,
      members: group.members.map(({ memberId, instanceId, clientId, clientHost }) => ({
        memberId,
        instanceId,
        clientId,
        host: clientHost,
        assignment: [],
      })),
    }))
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

/** Throws the codes that another attempt may cure. */
export function throwRetriable(code: number): void {
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
