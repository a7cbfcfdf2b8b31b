/**
 * Topics: list, create, delete. Failures stay with their topic; nothing is created or deleted by asking. Thousands go in
 * batches that a controller takes. Details are in topic-details.ts, more partitions in topic-partitions.ts.
 */
import { ZERO_UUID } from '../base/uuid.ts'
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import type { RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorCode, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, similarNames, unknownName, wholeName } from './items.ts'
import { type Reassigning, reassigning, settledReplicas } from './reassigning.ts'

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
  const chosen = topics
    .filter((topic) => filter.internal === true || !topic.isInternal)
    .filter((topic) => pattern === undefined || pattern.test(topic.name ?? ''))
  const moves = await reassigning(client, chosen)
  const rows = chosen.map((topic) => rowOf(topic, moves))
  return { topics: rows.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function rowOf(topic: TopicMetadata, moves: ReadonlyMap<string, Reassigning> = new Map()): TopicRow {
  const [first] = topic.partitions
  return {
    name: topic.name ?? '',
    topicId: topicIdOf(topic),
    partitions: topic.partitions.length,
    // As Kafka counts: of the first partition, without replicas that are only being added.
    replicationFactor: settledReplicas(first?.replicaNodes ?? [], moves.get(`${topic.name}-${first?.partitionIndex}`))
      .length,
    internal: topic.isInternal,
  }
}

const NOT_CONTROLLER = errorCode('NOT_CONTROLLER')

/**
 * Sends a change to the controller: not twice, since it may have been done, but again where every item was refused
 * because the controller had moved.
 */
export function changeTopics<A extends 'CreateTopics' | 'DeleteTopics' | 'CreatePartitions'>(
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
  /** It was there already, and that is fine (`ifNotExists`). */
  existed: boolean
  error?: ItemError
}

/** Hears after each batch how many items are done. */
export type OnProgress = (done: number, total: number) => void

export interface CreateOptions {
  /** A topic that exists is fine. */
  readonly ifNotExists?: boolean | undefined
  /** Only ask whether it would work. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: OnProgress | undefined
}

/** Items of one request: few enough for a controller to answer well within a request's time. */
const TOPIC_BATCH = 200
/** Partitions of one CreateTopics request; Kafka refuses more than 10,000. */
const PARTITION_BATCH = 2_000

/** Runs `work` on slices of `items` one after the other; their rows together. */
export async function inBatches<T, R>(
  items: readonly T[],
  work: (batch: readonly T[]) => Promise<readonly R[]>,
  onProgress: OnProgress = () => {},
  weight: (item: T) => number = () => 1,
): Promise<R[]> {
  const rows: R[] = []
  let batch: T[] = []
  let heavy = 0
  const flush = async () => {
    rows.push(...(await work(batch)))
    batch = []
    heavy = 0
    onProgress(rows.length, items.length)
  }
  for (const item of items) {
    if (batch.length >= TOPIC_BATCH || (batch.length > 0 && heavy + weight(item) > PARTITION_BATCH)) await flush()
    batch.push(item)
    heavy += weight(item)
  }
  if (batch.length > 0) await flush()
  return rows
}

/** Creates topics, each on its own. `created` is false for one that existed, failed, or on a dry run. */
export async function createTopics(
  client: ClusterClient,
  topics: readonly NewTopic[],
  options: CreateOptions = {},
): Promise<{ topics: CreatedTopic[] }> {
  const weight = (topic: NewTopic) => topic.assignment?.length ?? topic.partitions ?? 1
  const create = (batch: readonly NewTopic[]) => createBatch(client, batch, options)
  return { topics: await inBatches(topics, create, options.onProgress, weight) }
}

async function createBatch(
  client: ClusterClient,
  topics: readonly NewTopic[],
  options: CreateOptions,
): Promise<CreatedTopic[]> {
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
  const results = new Map(answer.topics.map((entry) => [entry.name, entry]))
  const made = answer.topics.filter((entry) => entry.errorCode === 0).map((entry) => entry.name)
  if (options.dryRun !== true) await awaitShown(client, made, (topic) => topic.errorCode !== UNKNOWN_TOPIC)
  return Promise.all(
    topics.map(async (topic): Promise<CreatedTopic> => {
      const result = results.get(topic.name)
      const code = result?.errorCode ?? -1
      if (code === 0 && result !== undefined) {
        return {
          name: topic.name,
          // Brokers make an id up for a request that only validates.
          topicId: options.dryRun === true ? null : topicIdOf(result),
          partitions:
            result.numPartitions >= 0 ? result.numPartitions : (topic.assignment?.length ?? topic.partitions ?? null),
          replicationFactor:
            result.replicationFactor >= 0 ? result.replicationFactor : (topic.replicationFactor ?? null),
          configs: { ...topic.configs },
          created: options.dryRun !== true,
          existed: false,
        }
      }
      if (errorName(code) === 'TOPIC_ALREADY_EXISTS' && options.ifNotExists === true)
        return existing(client, topic.name)
      const error = await createError(code, result?.errorMessage)
      return { ...nothingOf(topic.name), configs: { ...topic.configs }, error }
    }),
  )
}

/** What the broker says, and what to do about it where that is known. */
async function createError(code: number, message: string | null | undefined): Promise<ItemError> {
  const error = codeError(code, message)
  const hint = await createHint(error)
  return hint === undefined ? error : { ...error, hint }
}

async function createHint({ code, message }: ItemError): Promise<string | undefined> {
  const key = /^Unknown topic config name: (\S+)$/.exec(message)?.[1]
  if (key !== undefined) {
    const { topicKeys } = await import('../config/topic-keys.ts')
    const similar = similarNames(key, Object.keys(topicKeys))
    return similar.length > 0 ? `did you mean ${similar.join(' or ')}?` : 'mq config explain KEY knows the settings'
  }
  if (message.includes(' collides with '))
    return 'dot and underscore are one in the names of metrics: take another name'
  const hints: Readonly<Record<string, string>> = {
    TOPIC_ALREADY_EXISTS: '--if-not-exists takes a topic that exists',
    INVALID_REPLICATION_FACTOR: 'mq cluster info shows how many brokers there are',
    INVALID_REPLICA_ASSIGNMENT: 'mq cluster info shows the brokers',
    INVALID_TOPIC_EXCEPTION: 'a name is 1 to 249 of a-z A-Z 0-9 . _ -',
    INVALID_CONFIG: 'mq config explain KEY says what a setting takes',
    TOPIC_AUTHORIZATION_FAILED: 'it takes CREATE on the cluster or the topic',
  }
  return hints[code]
}

const nothingOf = (name: string): CreatedTopic => ({
  name,
  topicId: null,
  partitions: null,
  replicationFactor: null,
  configs: {},
  created: false,
  existed: false,
})

async function existing(client: ClusterClient, name: string): Promise<CreatedTopic> {
  const { topics } = await client.metadata([name])
  const [topic] = topics
  const there = { ...nothingOf(name), existed: true }
  if (topic === undefined || topic.errorCode !== 0) return there
  const { topicId, partitions, replicationFactor } = rowOf(topic, await reassigning(client, [topic]))
  return { ...there, topicId, partitions, replicationFactor }
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
  options: { ifExists?: boolean | undefined; onProgress?: OnProgress | undefined } = {},
): Promise<{ topics: DeletedTopic[] }> {
  const explain = unknownTopics(client)
  const work = (batch: readonly string[]) => deleteBatch(client, batch, options.ifExists === true, explain)
  return { topics: await inBatches(names, work, options.onProgress) }
}

async function deleteBatch(
  client: ClusterClient,
  names: readonly string[],
  ifExists: boolean,
  explain: (name: string) => Promise<ItemError>,
): Promise<DeletedTopic[]> {
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
  const results = new Map(answer.responses.map((entry) => [entry.name, entry]))
  const rows: DeletedTopic[] = []
  for (const name of names) {
    const result = results.get(name)
    const code = result?.errorCode ?? -1
    if (code === 0) {
      rows.push({ name, topicId: result === undefined ? null : topicIdOf(result), deleted: true })
    } else if (errorName(code) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      const error = ifExists ? {} : { error: await explain(name) }
      rows.push({ name, topicId: null, deleted: false, ...error })
    } else {
      rows.push({ name, topicId: null, deleted: false, error: codeError(code, result?.errorMessage) })
    }
  }
  await awaitGone(
    client,
    rows.filter((row) => row.deleted).map((row) => row.name),
  )
  return rows
}

/**
 * Explains topics that are not there: the name of the topic whose id it is, else the names that look like it. The cluster
 * is asked for its topics once.
 */
export function unknownTopics(client: ClusterClient): (name: string) => Promise<ItemError> {
  let topics: Promise<readonly TopicMetadata[]> | undefined
  return async (name) => {
    topics ??= client.metadata(null).then((metadata) => metadata.topics)
    const known = await topics
    const named = known.find((topic) => topicIdOf(topic) === name)
    const error = unknownName(
      'topic',
      name,
      known.map((topic) => topic.name ?? ''),
    )
    return named === undefined ? error : { ...error, hint: `that is the id of ${named.name}: topics go by name` }
  }
}

/** The error of one topic that is not there, with the names that look like it. */
export function unknownTopic(client: ClusterClient, name: string): Promise<ItemError> {
  return unknownTopics(client)(name)
}

const UNKNOWN_TOPIC = errorCode('UNKNOWN_TOPIC_OR_PARTITION')
const SHOWN_WAIT_MS = 5000

/**
 * What the controller has decided a broker hears of a moment later: waits until the one that answers here shows it, so
 * that the next command finds what this one made. It is done all the same, so nothing fails when the wait is too short.
 */
export async function awaitShown(
  client: ClusterClient,
  names: readonly string[],
  isShown: (topic: TopicMetadata) => boolean,
): Promise<void> {
  if (names.length === 0 || client.options.bootstrapKind === 'controller') return
  const deadlineMs = performance.now() + Math.min(SHOWN_WAIT_MS, client.options.apiTimeoutMs)
  for (let pauseMs = 10; performance.now() < deadlineMs; pauseMs = Math.min(2 * pauseMs, 200)) {
    const { topics } = await client.metadata(names)
    if (topics.every(isShown)) return
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
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
