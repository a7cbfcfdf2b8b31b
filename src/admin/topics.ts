/**
 * Topics: list, create, delete, more partitions. Failures stay with their topic; nothing is created or deleted by
 * asking. Reading them in detail is in topic-details.ts.
 */
import { ZERO_UUID } from '../base/uuid.ts'
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import type { RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorCode, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError, unknownName, wholeName } from './items.ts'

export interface TopicRow {
  name: string
  topicId: string | null
  partitions: number
  replicationFactor: number
  internal: boolean
}

export interface TopicList {
  topics: TopicRow[]
}

export interface TopicFilter {
  /** Whole-name pattern. */
  readonly regex?: string | undefined
  /** Internal topics too. */
  readonly internal?: boolean | undefined
}

/** The id as Kafka prints it; null where the cluster is too old to have one. */
export function topicIdOf(topic: { topicId: string }): string | null {
  return topic.topicId === ZERO_UUID ? null : topic.topicId
}

/** All topics that the filter lets through, by name. */
export async function listTopics(client: ClusterClient, filter: TopicFilter = {}): Promise<TopicList> {
  const { topics } = await client.metadata(null)
  const pattern = filter.regex === undefined ? undefined : wholeName(filter.regex)
  const rows = topics
    .filter((topic) => filter.internal === true || !topic.isInternal)
    .filter((topic) => pattern === undefined || pattern.test(topic.name ?? ''))
    .map(rowOf)
  return { topics: rows.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function rowOf(topic: TopicMetadata): TopicRow {
  return {
    name: topic.name ?? '',
    topicId: topicIdOf(topic),
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
    internal: topic.isInternal,
  }
}

const NOT_CONTROLLER = errorCode('NOT_CONTROLLER')

/**
 * Sends a change to the controller: not twice, since it may have been done, but again where every item was refused
 * because the controller had moved.
 */
function changeTopics<A extends 'CreateTopics' | 'DeleteTopics' | 'CreatePartitions'>(
  client: ClusterClient,
  api: A,
  body: RequestInput<A>,
  codesOf: (answer: ResponseOf<A>) => number[],
): Promise<ResponseOf<A>> {
  return client.retry(async () => {
    const answer = await client.request(api, body, 'controller', { repeat: false })
    const codes = codesOf(answer)
    if (codes.length > 0 && codes.every((code) => code === NOT_CONTROLLER)) throw new ApiError('NOT_CONTROLLER')
    return answer
  }, false)
}

export interface NewTopic {
  readonly name: string
  /** Absent: the cluster's default. */
  readonly partitions?: number | undefined
  readonly replicationFactor?: number | undefined
  /** Replicas of each partition, instead of the two numbers. */
  readonly assignment?: readonly (readonly number[])[] | undefined
  readonly configs?: Readonly<Record<string, string>> | undefined
}

export interface CreatedTopic {
  name: string
  topicId: string | null
  partitions: number | null
  replicationFactor: number | null
  configs: Record<string, string>
  created: boolean
  error?: ItemError
}

export interface CreateOptions {
  /** A topic that exists is fine. */
  readonly ifNotExists?: boolean | undefined
  /** Only ask whether it would work. */
  readonly dryRun?: boolean | undefined
}

/** Creates topics, each on its own. `created` is false for one that existed, failed, or on a dry run. */
export async function createTopics(
  client: ClusterClient,
  topics: readonly NewTopic[],
  options: CreateOptions = {},
): Promise<{ topics: CreatedTopic[] }> {
  const answer = await changeTopics(
    client,
    'CreateTopics',
    {
      topics: topics.map((topic) => ({
        name: topic.name,
        numPartitions: topic.assignment === undefined ? (topic.partitions ?? -1) : -1,
        replicationFactor: topic.assignment === undefined ? (topic.replicationFactor ?? -1) : -1,
        assignments: (topic.assignment ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
      })),
      timeoutMs: client.options.requestTimeoutMs,
      validateOnly: options.dryRun ?? false,
    },
    ({ topics: results }) => results.map((result) => result.errorCode),
  )
  const rows = await Promise.all(
    topics.map(async (topic): Promise<CreatedTopic> => {
      const result = answer.topics.find((entry) => entry.name === topic.name)
      const code = result?.errorCode ?? -1
      if (code === 0 && result !== undefined) {
        return {
          name: topic.name,
          topicId: topicIdOf(result),
          partitions:
            result.numPartitions >= 0 ? result.numPartitions : (topic.assignment?.length ?? topic.partitions ?? null),
          replicationFactor:
            result.replicationFactor >= 0 ? result.replicationFactor : (topic.replicationFactor ?? null),
          configs: { ...topic.configs },
          created: options.dryRun !== true,
        }
      }
      if (errorName(code) === 'TOPIC_ALREADY_EXISTS' && options.ifNotExists === true)
        return existing(client, topic.name)
      const error = codeError(code, result?.errorMessage)
      return { ...nothingOf(topic.name), configs: { ...topic.configs }, error }
    }),
  )
  return { topics: rows }
}

const nothingOf = (name: string): CreatedTopic => ({
  name,
  topicId: null,
  partitions: null,
  replicationFactor: null,
  configs: {},
  created: false,
})

async function existing(client: ClusterClient, name: string): Promise<CreatedTopic> {
  const { topics } = await client.metadata([name])
  const [topic] = topics
  if (topic === undefined || topic.errorCode !== 0) return nothingOf(name)
  const { topicId, partitions, replicationFactor } = rowOf(topic)
  return { ...nothingOf(name), topicId, partitions, replicationFactor }
}

export interface DeletedTopic {
  name: string
  topicId: string | null
  deleted: boolean
  error?: ItemError
}

/**
 * Deletes topics by name. With `ifExists` one that is not there is fine. Waits until the cluster no longer shows them,
 * as far as the operation's deadline allows.
 */
export async function deleteTopics(
  client: ClusterClient,
  names: readonly string[],
  options: { ifExists?: boolean | undefined } = {},
): Promise<{ topics: DeletedTopic[] }> {
  const connection = await client.connection('controller')
  const byName = (connection.version('DeleteTopics') ?? 0) >= 6
  const answer = await changeTopics(
    client,
    'DeleteTopics',
    {
      ...(byName ? { topics: names.map((name) => ({ name })) } : { topicNames: names }),
      timeoutMs: client.options.requestTimeoutMs,
    },
    ({ responses }) => responses.map((result) => result.errorCode),
  )
  const rows: DeletedTopic[] = []
  for (const name of names) {
    const result = answer.responses.find((entry) => entry.name === name)
    const code = result?.errorCode ?? -1
    if (code === 0) {
      rows.push({ name, topicId: result === undefined ? null : topicIdOf(result), deleted: true })
    } else if (errorName(code) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      const error = options.ifExists === true ? {} : { error: await unknownTopic(client, name) }
      rows.push({ name, topicId: null, deleted: false, ...error })
    } else {
      rows.push({ name, topicId: null, deleted: false, error: codeError(code, result?.errorMessage) })
    }
  }
  await awaitGone(
    client,
    rows.filter((row) => row.deleted).map((row) => row.name),
  )
  return { topics: rows }
}

/** The error of a topic that is not there, with the names that look like it. */
export async function unknownTopic(client: ClusterClient, name: string): Promise<ItemError> {
  const { topics } = await client.metadata(null)
  return unknownName(
    'topic',
    name,
    topics.map((topic) => topic.name ?? ''),
  )
}

/** The controller has decided; the broker that answers next may hear of it a moment later. */
async function awaitGone(client: ClusterClient, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await client.retry(async () => {
    const { topics } = await client.metadata(names)
    if (topics.some((topic) => topic.errorCode === 0)) {
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', 'the topics are deleted, but still shown')
    }
  })
}

export interface AddedPartitions {
  name: string
  /** Partitions before; null when unknown. */
  before: number | null
  after: number | null
  error?: ItemError
}

/**
 * Raises the number of partitions of each topic to `total`. `assignment` gives the replicas of the added partitions
 * only. Topics that have `total` already are an error, as for Kafka.
 */
export async function addPartitions(
  client: ClusterClient,
  names: readonly string[],
  total: number,
  options: { assignment?: readonly (readonly number[])[] | undefined; dryRun?: boolean | undefined } = {},
): Promise<{ topics: AddedPartitions[] }> {
  const before = await partitionCounts(client, names)
  const known = names.filter((name) => typeof before.get(name) === 'number')
  const answer =
    known.length === 0
      ? { results: [] }
      : await changeTopics(
          client,
          'CreatePartitions',
          {
            topics: known.map((name) => ({
              name,
              count: total,
              assignments: options.assignment?.map((brokerIds) => ({ brokerIds })) ?? null,
            })),
            timeoutMs: client.options.requestTimeoutMs,
            validateOnly: options.dryRun ?? false,
          },
          ({ results }) => results.map((result) => result.errorCode),
        )
  const topics = names.map((name): AddedPartitions => {
    const count = before.get(name)
    if (typeof count !== 'number')
      return { name, before: null, after: null, ...(count === undefined ? {} : { error: count }) }
    const result = answer.results.find((entry) => entry.name === name)
    const code = result?.errorCode ?? -1
    if (code === 0) return { name, before: count, after: total }
    return { name, before: count, after: count, error: codeError(code, result?.errorMessage) }
  })
  return { topics }
}

/** How many partitions each topic has, or the error of one that cannot be read. */
export async function partitionCounts(
  client: ClusterClient,
  names: readonly string[],
): Promise<Map<string, number | ItemError>> {
  const { topics } = await client.metadata(names)
  const counts = new Map<string, number | ItemError>()
  for (const name of names) {
    const topic = topics.find((entry) => entry.name === name)
    if (topic !== undefined && topic.errorCode === 0) counts.set(name, topic.partitions.length)
    else if (topic === undefined || errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      counts.set(name, await unknownTopic(client, name).catch(itemError))
    } else counts.set(name, codeError(topic.errorCode))
  }
  return counts
}

/** Parses `1:2,2:3`: the replicas of each partition, brokers separated by colons. Undefined when it is not that. */
export function parseAssignment(text: string): number[][] | undefined {
  const partitions = text.split(',').map((entry) => entry.trim().split(':'))
  if (partitions.some((brokers) => brokers.some((broker) => !/^\d+$/.test(broker)))) return undefined
  return partitions.map((brokers) => brokers.map(Number))
}
