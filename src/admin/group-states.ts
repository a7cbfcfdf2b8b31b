/**
 * What coordinators say of groups: kind, state, members and what these are assigned. Each kind of group has its own
 * request; which kind a group is shows by who knows it.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { decodeMessage } from '../protocol/codec.ts'
import { ApiError, errorCode, errorName } from '../protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../protocol/logs/consumer-protocol.ts'
import { askCoordinators, groupError } from './coordinators.ts'
import type { GroupRow } from './group-list.ts'
import type { ItemError } from './items.ts'

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

export interface GroupStatesOptions {
  /** Rows of a listing: they say who coordinates a group, and of what kind it is. */
  readonly listed?: readonly GroupRow[] | undefined
  /** A group that was listed as empty is not asked about again: it has no members, and its assignor stays null. */
  readonly trustEmpty?: boolean | undefined
}

/** What the coordinators say of these groups: consumer groups first, the rest as classic ones. */
export async function groupStates(
  client: ClusterClient,
  groups: readonly string[],
  options: GroupStatesOptions = {},
): Promise<GroupState[]> {
  const listed = new Map(options.listed?.map((row) => [row.group, row]))
  const states = new Map<string, GroupState>()
  for (const row of options.trustEmpty === true ? listed.values() : []) {
    if (row.state === 'Empty' && row.type !== null) {
      states.set(row.group, { ...nobody(row.group, row.coordinator), type: row.type, state: row.state })
    }
  }
  const known = new Map([...listed].map(([group, row]) => [group, row.coordinator]))
  const found = await askCoordinators(
    client,
    groups.filter((group) => !states.has(group)),
    (connection, names, broker) => statesOf(connection, broker, names, listed),
    known,
  )
  for (const [group, outcome] of found) {
    if ('answer' in outcome) states.set(group, outcome.answer)
    else states.set(group, { ...nobody(group, outcome.broker), error: outcome.error })
  }
  return [...new Set(groups)].map((group) => states.get(group)!)
}

const nobody = (group: string, coordinator: number | null): GroupState => ({
  group,
  type: null,
  state: null,
  coordinator,
  assignor: null,
  members: [],
})

type Answers = Map<string, GroupState | ApiError>

async function statesOf(
  connection: ClientConnection,
  broker: number,
  groups: readonly string[],
  listed: ReadonlyMap<string, GroupRow>,
): Promise<Answers> {
  const states: Answers = new Map()
  const ofType = (...types: (string | undefined)[]) =>
    groups.filter((group) => !states.has(group) && types.includes(listed.get(group)?.type ?? undefined))
  const maybeConsumers = ofType('consumer', undefined)
  if (maybeConsumers.length > 0 && connection.version('ConsumerGroupDescribe') !== undefined) {
    const answer = await connection.call('ConsumerGroupDescribe', { groupIds: maybeConsumers })
    for (const group of answer.groups) {
      const error = errorName(group.errorCode)
      if (error === 'GROUP_ID_NOT_FOUND' || error === 'UNSUPPORTED_VERSION') continue
      states.set(
        group.groupId,
        group.errorCode === 0
          ? { ...nobody(group.groupId, broker), type: 'consumer', ...modernState(group) }
          : groupError(group.errorCode, group.errorMessage),
      )
    }
  }
  const maybeClassic = ofType('classic', undefined)
  if (maybeClassic.length > 0) await addClassic(connection, broker, maybeClassic, states)
  const unknown = groups.filter((group) => {
    const state = states.get(group)
    return state === undefined || (state instanceof ApiError && state.error === 'GROUP_ID_NOT_FOUND')
  })
  if (unknown.length === 0) return states
  const others = [
    ...(await shareStates(connection, broker, unknown)),
    ...(await streamsStates(connection, broker, unknown)),
  ]
  for (const state of others) states.set(state.group, state)
  for (const group of unknown)
    if (!states.has(group)) states.set(group, undescribed(connection, group, listed.get(group)))
  return states
}

const DESCRIBES = {
  consumer: 'ConsumerGroupDescribe',
  share: 'ShareGroupDescribe',
  streams: 'StreamsGroupDescribe',
} as const

/** A group that no request describes: gone, or of a kind that the broker lists but does not describe. */
function undescribed(connection: ClientConnection, group: string, row: GroupRow | undefined): ApiError {
  const api = DESCRIBES[row?.type as keyof typeof DESCRIBES]
  if (api === undefined || connection.version(api) !== undefined) return new ApiError('GROUP_ID_NOT_FOUND')
  return new ApiError(
    'UNSUPPORTED_VERSION',
    `the broker lists ${group} as a ${row?.type} group, but does not describe it`,
  )
}

interface ModernGroup {
  groupState: string
  assignorName: string
  members: {
    memberId: string
    instanceId?: string | null
    clientId: string
    clientHost: string
    assignment: { topicPartitions: { topicName: string; partitions: number[] }[] }
  }[]
}

function modernState(group: ModernGroup): Pick<GroupState, 'state' | 'assignor' | 'members'> {
  return {
    state: group.groupState,
    assignor: group.assignorName === '' ? null : group.assignorName,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId ?? null,
      clientId: member.clientId,
      host: member.clientHost,
      assignment: member.assignment.topicPartitions.map(({ topicName, partitions }) => ({
        topic: topicName,
        partitions,
      })),
    })),
  }
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
    .map((group) => ({ ...nobody(group.groupId, broker), type: 'share', ...modernState(group) }))
}

/** Streams members hold tasks of a topology: the partitions assigned are those that their active tasks read. */
async function streamsStates(
  connection: ClientConnection,
  broker: number,
  groups: readonly string[],
): Promise<GroupState[]> {
  if (connection.version('StreamsGroupDescribe') === undefined) return []
  const answer = await connection.call('StreamsGroupDescribe', { groupIds: groups })
  const found = answer.groups.filter((group) => group.errorCode === 0 && group.groupState !== 'Dead')
  const counts = await sourceCounts(connection, found)
  return found.map((group) => ({
    ...nobody(group.groupId, broker),
    type: 'streams',
    state: group.groupState,
    members: group.members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
      memberId,
      instanceId,
      clientId,
      host: clientHost,
      assignment: tasksAssignment(group.topology?.subtopologies ?? [], assignment.activeTasks, counts),
    })),
  }))
}

interface Subtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSourceTopics: readonly { readonly name: string }[]
}

function sourcesOf({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] {
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
}

/** How many partitions the topics have that streams groups read; none for one that is gone. */
async function sourceCounts(
  connection: ClientConnection,
  groups: readonly { readonly topology: { readonly subtopologies: readonly Subtopology[] | null } | null }[],
): Promise<ReadonlyMap<string, number>> {
  const names = new Set(groups.flatMap(({ topology }) => (topology?.subtopologies ?? []).flatMap(sourcesOf)))
  if (names.size === 0) return new Map()
  const topics = [...names].map((name) => ({ name }))
  const answer = await connection.call('Metadata', { topics, allowAutoTopicCreation: false })
  return new Map(answer.topics.map(({ name, partitions }) => [name ?? '', partitions.length]))
}

/** A task reads its partition of each source topic that has so many. */
function tasksAssignment(
  subtopologies: readonly Subtopology[],
  tasks: readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[],
  counts: ReadonlyMap<string, number>,
): TopicPartitions[] {
  const read = new Map<string, number[]>()
  for (const { subtopologyId, partitions } of tasks) {
    const subtopology = subtopologies.find((one) => one.subtopologyId === subtopologyId)
    for (const topic of subtopology === undefined ? [] : sourcesOf(subtopology)) {
      const there = partitions.filter((partition) => partition < (counts.get(topic) ?? 0))
      read.set(topic, [...(read.get(topic) ?? []), ...there])
    }
  }
  return [...read].map(([topic, partitions]) => ({ topic, partitions: partitions.sort((a, b) => a - b) }))
}

async function addClassic(
  connection: ClientConnection,
  broker: number,
  groups: readonly string[],
  states: Answers,
): Promise<void> {
  const answer = await connection.call('DescribeGroups', { groups })
  for (const group of answer.groups) {
    // Before version 6 a group that does not exist reads as a dead one.
    const code =
      group.errorCode === 0 && group.groupState === 'Dead' ? errorCode('GROUP_ID_NOT_FOUND') : group.errorCode
    if (code !== 0) {
      states.set(group.groupId, groupError(code))
      continue
    }
    states.set(group.groupId, {
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
    })
  }
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
