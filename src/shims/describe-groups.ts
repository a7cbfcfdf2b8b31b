/**
 * Consumer groups as Kafka's admin client describes them: the groups of the newer protocol first, the rest as classic ones,
 * with epochs and target assignments where the protocol has them. A group that does not exist is an error of its own.
 */
import { askCoordinators, groupError } from '../admin/coordinators.ts'
import type { ItemError } from '../admin/items.ts'
import type { BrokerNode, ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { decodeMessage } from '../protocol/codec.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { ConsumerProtocolAssignment } from '../protocol/logs/consumer-protocol.ts'

export interface Place {
  readonly topic: string
  readonly partition: number
}

export interface Member {
  readonly memberId: string
  readonly instanceId: string
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly Place[]
  readonly epoch: number | undefined
  readonly target: readonly Place[]
  /** Whether it speaks the newer protocol; undefined where the broker does not tell. */
  readonly upgraded: boolean | undefined
}

export interface DescribedGroup {
  readonly group: string
  readonly state: string
  readonly assignor: string
  readonly epoch: number | undefined
  readonly targetEpoch: number | undefined
  readonly members: readonly Member[]
  readonly coordinator: BrokerNode
}

/** Every group of `groups`, or its error. */
export async function describeConsumerGroups(
  client: ClusterClient,
  groups: readonly string[],
): Promise<Map<string, DescribedGroup | { readonly error: ItemError }>> {
  const found = await askCoordinators(client, groups, ask)
  const { brokers } = await client.metadata([])
  const described = new Map<string, DescribedGroup | { readonly error: ItemError }>()
  for (const [group, outcome] of found) {
    if ('error' in outcome) {
      described.set(group, { error: outcome.error })
      continue
    }
    const known = brokers.find((broker) => broker.id === outcome.broker)
    const coordinator = known ?? { id: outcome.broker, host: '', port: -1, rack: null }
    described.set(group, { ...outcome.answer, coordinator })
  }
  return described
}

type Answer = Omit<DescribedGroup, 'coordinator'>

async function ask(connection: ClientConnection, groups: readonly string[]): Promise<Map<string, Answer | ApiError>> {
  const answers = new Map<string, Answer | ApiError>()
  if (connection.version('ConsumerGroupDescribe') !== undefined) {
    const answer = await connection.call('ConsumerGroupDescribe', { groupIds: groups })
    for (const group of answer.groups) {
      const error = errorName(group.errorCode)
      if (error === 'GROUP_ID_NOT_FOUND' || error === 'UNSUPPORTED_VERSION') continue
      answers.set(
        group.groupId,
        group.errorCode !== 0
          ? groupError(group.errorCode, group.errorMessage)
          : {
              group: group.groupId,
              state: group.groupState,
              assignor: group.assignorName,
              epoch: group.groupEpoch,
              targetEpoch: group.assignmentEpoch,
              members: group.members.map((member) => ({
                memberId: member.memberId,
                instanceId: member.instanceId ?? '',
                clientId: member.clientId,
                host: member.clientHost,
                assignment: placesOf(member.assignment),
                epoch: member.memberEpoch,
                target: placesOf(member.targetAssignment),
                upgraded: member.memberType < 0 ? undefined : member.memberType === 1,
              })),
            },
      )
    }
  }
  const rest = groups.filter((group) => !answers.has(group))
  if (rest.length > 0) await askClassic(connection, rest, answers)
  return answers
}

function placesOf(assignment: {
  readonly topicPartitions: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]
}): Place[] {
  return assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition })),
  )
}

async function askClassic(
  connection: ClientConnection,
  groups: readonly string[],
  answers: Map<string, Answer | ApiError>,
): Promise<void> {
  const answer = await connection.call('DescribeGroups', { groups })
  for (const group of answer.groups) {
    if (group.errorCode !== 0) {
      const message = group.errorMessage ?? ''
      answers.set(
        group.groupId,
        message === '' ? groupError(group.errorCode) : new ApiError(errorName(group.errorCode), message),
      )
      continue
    }
    if (group.protocolType !== '' && group.protocolType !== 'consumer') {
      const why = `GroupId ${group.groupId} is not a consumer group (${group.protocolType}).`
      answers.set(group.groupId, new ApiError('INCONSISTENT_GROUP_PROTOCOL', why))
      continue
    }
    answers.set(group.groupId, {
      group: group.groupId,
      state: group.groupState,
      assignor: group.protocolData,
      epoch: undefined,
      targetEpoch: undefined,
      members: group.members.map((member) => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId ?? '',
        clientId: member.clientId,
        host: member.clientHost,
        assignment: classicPlaces(member.memberAssignment),
        epoch: undefined,
        target: [],
        upgraded: undefined,
      })),
    })
  }
}

function classicPlaces(bytes: Buffer): Place[] {
  if (bytes.length < 2) return []
  const version = Math.min(3, bytes.readInt16BE(0))
  const { assignedPartitions } = decodeMessage(ConsumerProtocolAssignment, version, bytes, 2)
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}
