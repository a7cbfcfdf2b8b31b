/**
 * AlterPartition, versions 2 and 3 (KIP-903): a partition's leader proposes a new ISR. It is refused when the proposal was made
 * from an older state of the partition (epochs), or has a member that is not up or came up anew since. A proposal that ends a
 * reassignment may take the leadership from who made it.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { type ErrorName, errorCode } from '../../protocol/errors.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import {
  LEADER_UNCHANGED,
  type PartitionImage,
  RECOVERED,
  RECOVERING,
  mergePartitionChange,
} from '../metadata/topics.ts'
import { type ControllerContext, type Decision, checkBrokerEpoch, isActive } from './decision.ts'
import { changePartition, topicRules } from './leadership.ts'

type Request = RequestOf<'AlterPartition'>
type RequestPartition = Request['topics'][number]['partitions'][number]
type Response = ResponseInput<'AlterPartition'>
type ResponsePartition = NonNullable<NonNullable<Response['topics']>[number]['partitions']>[number]

export function alterPartition(context: ControllerContext, request: Request, version: number): Decision<Response> {
  // Nothing is asked: it does not matter who asks.
  if (request.topics.length === 0) return { records: [], response: { topics: [] } }
  checkBrokerEpoch(context.state, request.brokerId, request.brokerEpoch)
  const { topics } = context.state
  const records: MetadataRecord[] = []
  const answers = request.topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map((proposal): ResponsePartition => {
      const { partitionIndex } = proposal
      const topic = topics.byId(topicId)
      if (topic === undefined) return refused(partitionIndex, 'UNKNOWN_TOPIC_ID')
      const before = topic.partitions[partitionIndex]
      if (before === undefined) return refused(partitionIndex, 'UNKNOWN_TOPIC_OR_PARTITION')
      const error = objection(context, request, proposal, before, version)
      if (error !== undefined) return refused(partitionIndex, error)
      const record = changePartition(context, topic, before, {
        election: topicRules(context, topic).uncleanElection ? 'unclean' : 'online',
        targetIsr: members(proposal, version).map(({ brokerId }) => brokerId),
        targetRecoveryState: proposal.leaderRecoveryState,
      })
      if (record === undefined || record.name !== 'PartitionChangeRecord') return accepted(before)
      records.push(record)
      const { leader } = record.value
      if (leader !== LEADER_UNCHANGED && leader !== request.brokerId)
        return refused(partitionIndex, 'NEW_LEADER_ELECTED')
      return accepted(mergePartitionChange(before, record.value))
    }),
  }))
  return { records, response: { topics: answers } }
}

interface Member {
  readonly brokerId: number
  /** -1: not told. */
  readonly brokerEpoch: number
}

function members(proposal: RequestPartition, version: number): readonly Member[] {
  if (version >= 3) return proposal.newIsrWithEpochs
  return proposal.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
}

function objection(
  context: ControllerContext,
  request: Request,
  proposal: RequestPartition,
  before: PartitionImage,
  version: number,
): ErrorName | undefined {
  // A proposal from the future: this controller has not yet heard what the leader knows, so it is not the active one.
  if (proposal.leaderEpoch > before.leaderEpoch || proposal.partitionEpoch > before.partitionEpoch) {
    return 'NOT_CONTROLLER'
  }
  if (proposal.leaderEpoch < before.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (before.leader !== request.brokerId) return 'INVALID_REQUEST'
  if (proposal.partitionEpoch < before.partitionEpoch) return 'INVALID_UPDATE_VERSION'
  const proposed = members(proposal, version)
  const isr = proposed.map(({ brokerId }) => brokerId)
  if (isr.length === 0 || new Set(isr).size !== isr.length || !isr.every((id) => before.replicas.includes(id)))
    return 'INVALID_REQUEST'
  if (!isr.includes(before.leader)) return 'INVALID_REQUEST'
  const recovery = proposal.leaderRecoveryState
  if (recovery === RECOVERING && (isr.length > 1 || before.leaderRecoveryState === RECOVERED)) return 'INVALID_REQUEST'
  const isEligible = ({ brokerId, brokerEpoch }: Member) => {
    const broker = context.state.brokers.get(brokerId)
    return isActive(broker) && (brokerEpoch === -1 || brokerEpoch === broker!.epoch)
  }
  if (!proposed.every(isEligible)) return 'INELIGIBLE_REPLICA'
  return undefined
}

function refused(partitionIndex: number, error: ErrorName): ResponsePartition {
  return { partitionIndex, errorCode: errorCode(error), leaderId: 0, leaderEpoch: 0, isr: [], partitionEpoch: 0 }
}

function accepted(state: PartitionImage): ResponsePartition {
  return {
    partitionIndex: state.partition,
    errorCode: 0,
    leaderId: state.leader,
    leaderEpoch: state.leaderEpoch,
    isr: [...state.isr],
    leaderRecoveryState: state.leaderRecoveryState,
    partitionEpoch: state.partitionEpoch,
  }
}
