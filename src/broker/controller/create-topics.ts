/**
 * CreateTopics: checks name, configuration and assignment of each topic, places the replicas, and answers per topic. One
 * topic's error leaves the others alone; too many partitions refuse the whole request. Messages are Kafka's, since its
 * clients show them.
 */
import { ZERO_UUID, randomUuid } from '../../base/uuid.ts'
import { describeConfig } from '../../config/describe.ts'
import { validateTopicConfigs } from '../../config/topic-config.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { configRecord } from '../metadata/configs.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { RECOVERED, type PartitionImage, partitionRecord } from '../metadata/topics.ts'
import { checkManualAssignment, place } from './assignments.ts'
import { clearEligibleLeaders } from './configs.ts'
import {
  type ControllerContext,
  type Decision,
  NO_ERROR,
  RECORDS_PER_REQUEST_MAX,
  duplicatesOf,
  errorFields,
  isActive,
} from './decision.ts'
import { directoryOf } from './leadership.ts'
import { checkTopicName, collidingTopic } from './topic-names.ts'

type Response = ResponseInput<'CreateTopics'>
type ResponseTopic = NonNullable<Response['topics']>[number]
type RequestTopic = RequestOf<'CreateTopics'>['topics'][number]

export function createTopics(
  context: ControllerContext,
  request: RequestOf<'CreateTopics'>,
  version: number,
): Decision<Response> {
  const duplicates = duplicatesOf(request.topics, (topic) => topic.name)
  const twice = new ApiError('INVALID_REQUEST', 'Duplicate topic name.')
  const single = request.topics.filter(({ name }) => !duplicates.has(name))
  try {
    checkPartitionTotal(context, single)
  } catch (error) {
    const topics = request.topics.map(({ name }) => refused(name, error))
    return { records: [], response: { topics } }
  }
  const answered = new Set<string>()
  const records: MetadataRecord[] = []
  const topics: ResponseTopic[] = []
  for (const topic of request.topics) {
    if (answered.has(topic.name)) continue
    answered.add(topic.name)
    try {
      if (duplicates.has(topic.name)) throw twice
      const created = createTopic(context, topic, version)
      records.push(...created.records)
      topics.push(created.response)
    } catch (error) {
      topics.push(refused(topic.name, error))
    }
  }
  return { records: request.validateOnly ? [] : records, response: { topics } }
}

function refused(name: string, error: unknown): ResponseTopic {
  return { name, topicId: ZERO_UUID, numPartitions: -1, replicationFactor: -1, configs: [], ...errorFields(error) }
}

function checkPartitionTotal(context: ControllerContext, topics: readonly RequestTopic[]): void {
  let total = 0
  for (const topic of topics) {
    if (topic.assignments.length > 0) total += topic.assignments.length
    else total += Math.max(0, topic.numPartitions === -1 ? context.config.get('num.partitions') : topic.numPartitions)
  }
  if (total > RECORDS_PER_REQUEST_MAX) {
    throw new ApiError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
  }
}

function createTopic(context: ControllerContext, topic: RequestTopic, version: number): Decision<ResponseTopic> {
  const { state } = context
  if (topic.name === '__cluster_metadata') {
    throw new ApiError('INVALID_REQUEST', `Creation of internal topic ${topic.name} is prohibited.`)
  }
  checkTopicName(topic.name)
  if (state.topics.get(topic.name) !== undefined) {
    throw new ApiError('TOPIC_ALREADY_EXISTS', `Topic '${topic.name}' already exists.`)
  }
  const other = collidingTopic(topic.name, state.topics.names())
  if (other !== undefined) {
    throw new ApiError('INVALID_TOPIC_EXCEPTION', `Topic '${topic.name}' collides with existing topic: ${other}`)
  }
  const configs = checkedConfigs(context, topic)
  const assignments = assignmentsOf(context, topic)
  const topicId = newTopicId(context)
  const records: MetadataRecord[] = [metadataRecord('TopicRecord', 0, { name: topic.name, topicId })]
  for (const [name, value] of configs) records.push(configRecord('topic', topic.name, name, value))
  records.push(...clearEligibleLeaders(context, records))
  assignments.forEach((replicas, partition) => {
    records.push(partitionRecord(topicId, newPartition(context, partition, replicas), state.features))
  })
  return {
    records,
    response: {
      name: topic.name,
      topicId,
      ...NO_ERROR,
      numPartitions: assignments.length,
      replicationFactor: assignments[0]!.length,
      configs: version >= 5 ? describedConfigs(context, configs) : [],
    },
  }
}

function checkedConfigs(context: ControllerContext, topic: RequestTopic): Map<string, string> {
  const nulls = topic.configs.filter((entry) => entry.value === null).map((entry) => entry.name)
  if (nulls.length > 0) {
    throw new ApiError('INVALID_CONFIG', `Null value not supported for topic configs: ${nulls.join(',')}`)
  }
  // a key that stands twice has the value that was said last
  const configs = new Map(topic.configs.map((entry) => [entry.name, entry.value!]))
  validateTopicConfigs(Object.fromEntries(configs), context.config)
  return configs
}

/** The replicas of each partition, by partition number. */
function assignmentsOf(context: ControllerContext, topic: RequestTopic): number[][] {
  const { assignments, numPartitions, replicationFactor } = topic
  if (assignments.length > 0) {
    if (replicationFactor !== -1) {
      throw new ApiError(
        'INVALID_REQUEST',
        'A manual partition assignment was specified, but replication factor was not set to -1.',
      )
    }
    if (numPartitions !== -1) {
      throw new ApiError(
        'INVALID_REQUEST',
        'A manual partition assignment was specified, but numPartitions was not set to -1.',
      )
    }
    return manualAssignments(context, topic)
  }
  if (replicationFactor < -1 || replicationFactor === 0) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  }
  if (numPartitions < -1 || numPartitions === 0) {
    throw new ApiError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  }
  const count = numPartitions === -1 ? context.config.get('num.partitions') : numPartitions
  const factor = replicationFactor === -1 ? context.config.get('default.replication.factor') : replicationFactor
  try {
    return place(context, count, factor)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError(error.error, `Unable to replicate the partition ${factor} time(s): ${error.message}`)
  }
}

function manualAssignments(context: ControllerContext, topic: RequestTopic): number[][] {
  const byPartition = new Map<number, number[]>()
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byPartition.has(partitionIndex)) {
      throw new ApiError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      )
    }
    const first = byPartition.values().next().value
    checkManualAssignment(context, brokerIds, first?.length)
    if (!brokerIds.some((id) => isActive(context.state.brokers.get(id)))) {
      throw new ApiError(
        'INVALID_REPLICA_ASSIGNMENT',
        `All brokers specified in the manual partition assignment for partition ${partitionIndex} are fenced or in controlled shutdown.`,
      )
    }
    byPartition.set(partitionIndex, brokerIds)
  }
  return Array.from({ length: byPartition.size }, (_, index) => {
    const replicas = byPartition.get(index)
    if (replicas === undefined) {
      throw new ApiError('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence')
    }
    return replicas
  })
}

function newTopicId(context: ControllerContext): string {
  for (;;) {
    const id = randomUuid(context.random)
    if (context.state.topics.byId(id) === undefined) return id
  }
}

/** A new partition: everybody who is up is in sync, and the first of them leads. */
export function newPartition(
  context: ControllerContext,
  partition: number,
  replicas: readonly number[],
): PartitionImage {
  const isr = replicas.filter((id) => isActive(context.state.brokers.get(id)))
  return {
    partition,
    replicas,
    isr,
    removing: [],
    adding: [],
    leader: isr[0]!,
    leaderRecoveryState: RECOVERED,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: replicas.map((id) => directoryOf(context, id)),
    elr: [],
    lastKnownElr: [],
  }
}

function describedConfigs(context: ControllerContext, own: Map<string, string>): NonNullable<ResponseTopic['configs']> {
  const { configs } = context.state
  const layers = {
    config: context.config,
    dynamicBroker: configs.get('broker', String(context.nodeId)),
    dynamicDefault: configs.get('broker', ''),
  }
  return describeConfig('topic', own, layers).map((entry) => ({
    name: entry.name,
    value: entry.value,
    readOnly: entry.readOnly,
    configSource: entry.configSource,
    isSensitive: entry.isSensitive,
  }))
}
