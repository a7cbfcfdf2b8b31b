/** CreatePartitions: raises the number of partitions of topics; the old ones stay as they are. */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { type TopicImage, partitionRecord } from '../metadata/topics.ts'
import { checkManualAssignment, place } from './assignments.ts'
import { newPartition } from './create-topics.ts'
import {
  type ControllerContext,
  type Decision,
  NO_ERROR,
  RECORDS_PER_REQUEST_MAX,
  duplicatesOf,
  errorFields,
  isActive,
} from './decision.ts'

type Result = NonNullable<ResponseInput<'CreatePartitions'>['results']>[number]
type RequestTopic = RequestOf<'CreatePartitions'>['topics'][number]

export function createPartitions(
  context: ControllerContext,
  request: RequestOf<'CreatePartitions'>,
): Decision<ResponseInput<'CreatePartitions'>> {
  const duplicates = duplicatesOf(request.topics, (topic) => topic.name)
  const records: MetadataRecord[] = []
  const results: Result[] = []
  const answered = new Set<string>()
  for (const topic of request.topics) {
    if (answered.has(topic.name)) continue
    answered.add(topic.name)
    try {
      if (duplicates.has(topic.name)) throw new ApiError('INVALID_REQUEST', 'Duplicate topic name.')
      const added = morePartitions(context, topic)
      if (records.length + added.length > RECORDS_PER_REQUEST_MAX) {
        throw new ApiError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
      }
      records.push(...added)
      results.push({ name: topic.name, ...NO_ERROR })
    } catch (error) {
      const fields = errorFields(error)
      // Kafka has no words of its own for this one; clients show theirs.
      const isUnknown = fields.errorCode === errorCode('UNKNOWN_TOPIC_OR_PARTITION')
      results.push({ name: topic.name, ...fields, ...(isUnknown ? { errorMessage: null } : {}) })
    }
  }
  return { records: request.validateOnly ? [] : records, response: { results } }
}

function morePartitions(context: ControllerContext, request: RequestTopic): MetadataRecord[] {
  const topic = context.state.topics.get(request.name)
  if (topic === undefined) {
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
  }
  const current = topic.partitions.length
  if (request.count === current) {
    throw new ApiError('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`)
  }
  if (request.count < current) {
    throw new ApiError(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${current} partition(s); ${request.count} would not be an increase.`,
    )
  }
  const additional = request.count - current
  return assignmentsOf(context, topic, request, additional).map((replicas, index) =>
    partitionRecord(topic.id, newPartition(context, current + index, replicas), context.state.features),
  )
}

function assignmentsOf(
  context: ControllerContext,
  topic: TopicImage,
  request: RequestTopic,
  additional: number,
): number[][] {
  const replicationFactor = topic.partitions[0]!.replicas.length
  if (request.assignments === null) {
    if (additional > RECORDS_PER_REQUEST_MAX) {
      throw new ApiError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
    }
    return place(context, additional, replicationFactor)
  }
  if (request.assignments.length !== additional) {
    throw new ApiError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${additional} additional partition(s), but only ${request.assignments.length} assignment(s) were specified.`,
    )
  }
  const current = topic.partitions.length
  return request.assignments.map(({ brokerIds }, index) => {
    checkManualAssignment(context, brokerIds, replicationFactor)
    if (!brokerIds.some((id) => isActive(context.state.brokers.get(id)))) {
      throw new ApiError(
        'INVALID_REPLICA_ASSIGNMENT',
        `All brokers specified in the manual partition assignment for partition ${current + index} are fenced or in controlled shutdown.`,
      )
    }
    return brokerIds
  })
}
