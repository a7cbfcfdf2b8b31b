/**
 * ElectLeaders: gives partitions back to their preferred leaders (KIP-183), or to a replica outside the ISR where no other is left
 * and the caller takes the loss (KIP-460). Each partition is answered by itself.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { NO_LEADER } from '../metadata/topics.ts'
import {
  type ControllerContext,
  type Decision,
  type ErrorFields,
  NO_ERROR,
  checkRecordCount,
  errorFields,
} from './decision.ts'
import { changePartition } from './leadership.ts'

type Response = ResponseInput<'ElectLeaders'>

const PREFERRED = 0
const UNCLEAN = 1

export function electLeaders(context: ControllerContext, request: RequestOf<'ElectLeaders'>): Decision<Response> {
  const { electionType } = request
  if (electionType !== PREFERRED && electionType !== UNCLEAN) {
    return { records: [], response: refuseType(request) }
  }
  const records: MetadataRecord[] = []
  const elect = (topic: string, partitionId: number): ErrorFields & { partitionId: number } => {
    try {
      const outcome = electOne(context, topic, partitionId, electionType)
      if ('errorCode' in outcome) return { partitionId, ...outcome }
      records.push(outcome)
      return { partitionId, ...NO_ERROR }
    } catch (error) {
      return { partitionId, ...errorFields(error) }
    }
  }
  const replicaElectionResults =
    request.topicPartitions === null
      ? everyPartition(context, elect)
      : request.topicPartitions.map(({ topic, partitions }) => ({
          topic,
          partitionResult: partitions.map((partition) => elect(topic, partition)),
        }))
  checkRecordCount(records)
  return { records, response: { replicaElectionResults }, divisible: true }
}

function refuseType({ electionType, topicPartitions }: RequestOf<'ElectLeaders'>): Response {
  const failed = { errorCode: errorCode('INVALID_REQUEST'), errorMessage: `Unknown election type ${electionType}` }
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, ...failed })),
  }))
  return { errorCode: topicPartitions?.length === 0 ? 0 : failed.errorCode, replicaElectionResults }
}

/** Asked for all partitions, those that have the leader that they should have are not told. */
function everyPartition(
  { state }: ControllerContext,
  elect: (topic: string, partition: number) => ErrorFields & { partitionId: number },
) {
  return [...state.topics.values()].map(({ name, partitions }) => ({
    topic: name,
    partitionResult: partitions
      .map(({ partition }) => elect(name, partition))
      .filter((result) => result.errorCode !== NOT_NEEDED.errorCode),
  }))
}

const NOT_NEEDED: ErrorFields = {
  errorCode: errorCode('ELECTION_NOT_NEEDED'),
  errorMessage: 'Leader election not needed for topic partition.',
}
const NO_PREFERRED: ErrorFields = {
  errorCode: errorCode('PREFERRED_LEADER_NOT_AVAILABLE'),
  errorMessage: 'The preferred leader was not available.',
}
const NONE_ELIGIBLE: ErrorFields = {
  errorCode: errorCode('ELIGIBLE_LEADERS_NOT_AVAILABLE'),
  errorMessage: 'Eligible topic partition leaders are not available.',
}

function electOne(
  context: ControllerContext,
  name: string,
  index: number,
  electionType: number,
): MetadataRecord | ErrorFields {
  const { state } = context
  const topic = state.topics.get(name)
  if (topic === undefined) throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`)
  const before = topic.partitions[index]
  if (before === undefined) {
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${index}`)
  }
  const isPreferred = electionType === PREFERRED
  if (isPreferred ? before.leader === before.replicas[0] : before.leader !== NO_LEADER) return NOT_NEEDED
  const record = changePartition(context, topic, before, { election: isPreferred ? 'preferred' : 'unclean' })
  return record ?? (isPreferred ? NO_PREFERRED : NONE_ELIGIBLE)
}
