/**
 * DescribeTopicPartitions, version 0 (KIP-966): topics in the order of their names, page by page. A page ends after
 * `responsePartitionLimit` partitions, at most `max.request.partition.size.limit`; the cursor in the answer says where
 * the next one begins. No topics asked for means all.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import { topicNameProblem } from '../controller/topic-names.ts'
import type { PartitionImage } from '../metadata/image.ts'
import { allTopicOperations } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { viewPartition } from './describe-partitions.ts'
import { isInternalTopic } from './topics.ts'

type Request = RequestOf<'DescribeTopicPartitions'>
type Response = ResponseInput<'DescribeTopicPartitions'>
type ResponseTopic = NonNullable<Response['topics']>[number]

export const describeTopicPartitionsHandler: Handler<'DescribeTopicPartitions'> = {
  handle(request, context, services) {
    try {
      return page(request, context, services)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return { topics: request.topics.map(({ name }) => ({ name, errorCode: error.errorCode })) }
    }
  },
}

function page(request: Request, context: RequestContext, services: BrokerServices): Response {
  const isAll = request.topics.length === 0
  const { cursor } = request
  const names = topicsFrom(request, isAll ? [...services.image.topics.names()] : request.topics.map(({ name }) => name))
  const limit = services.config.get('max.request.partition.size.limit')
  let remaining = Math.max(Math.min(limit, request.responsePartitionLimit), 1)
  const topics: ResponseTopic[] = []
  for (const name of names) {
    if (remaining === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = services.image.topics.get(name)
    if (topic === undefined) {
      if (!isAll) topics.push(unknown(name))
      continue
    }
    const start = name === cursor?.topicName ? cursor.partitionIndex : 0
    const partitions = topic.partitions.slice(start, start + remaining)
    topics.push({
      name,
      topicId: topic.id,
      isInternal: isInternalTopic(name),
      partitions: partitions.map((partition) => describe(services, context, partition)),
      topicAuthorizedOperations: allTopicOperations,
    })
    const next = start + partitions.length
    if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    remaining -= partitions.length
  }
  return { topics }
}

/** The topics from the cursor on, sorted by name, each once. */
function topicsFrom({ cursor, topics }: Request, names: readonly string[]): string[] {
  if (cursor === null) return [...new Set(names)].sort()
  if (topics.length > 0 && !names.includes(cursor.topicName)) {
    const reason = `DescribeTopicPartitionsRequest topic list should contain the cursor topic: ${cursor.topicName}`
    throw new ApiError('INVALID_REQUEST', reason)
  }
  if (cursor.partitionIndex < 0) throw new ApiError('INVALID_REQUEST', 'the cursor partition must not be negative')
  return [...new Set(names)].filter((name) => name >= cursor.topicName).sort()
}

function unknown(name: string): ResponseTopic {
  const isLegal = topicNameProblem(name) === undefined
  return {
    name,
    errorCode: errorCode(isLegal ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'),
    isInternal: isInternalTopic(name),
    topicAuthorizedOperations: allTopicOperations,
  }
}

function describe(services: BrokerServices, context: RequestContext, partition: PartitionImage) {
  const { leaderId, offlineReplicas } = viewPartition(services.image, partition, context.listenerName)
  return {
    partitionIndex: partition.partition,
    leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    eligibleLeaderReplicas: partition.elr,
    lastKnownElr: partition.lastKnownElr,
    offlineReplicas,
  }
}
