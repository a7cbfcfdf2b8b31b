/**
 * The producers that write to partitions, as the leader of each (or one broker) keeps them: ids, epochs, where an open
 * transaction began (KIP-664). Partitions of one broker share a request; one that cannot be read keeps its row with the error.
 */
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError, throwItem } from './items.ts'
import type { TopicScope } from './partitions.ts'
import { unknownTopic } from './topics.ts'
import { requireTransactions } from './transactions.ts'

export interface ActiveProducer {
  producerId: number
  producerEpoch: number
  /** -1: none yet. */
  lastSequence: number
  /** ms since the epoch. */
  lastTimestamp: number
  /** Of the coordinator that wrote the last marker; null when none did. */
  coordinatorEpoch: number | null
  /** First offset of its open transaction; null when none is open. */
  transactionStart: number | null
}

export interface PartitionProducers {
  topic: string
  partition: number
  /** Who was asked; null when there is nobody. */
  broker: number | null
  producers: ActiveProducer[]
  error?: ItemError
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly broker: number | null
}

/** Partitions in one request. */
const PARTITIONS_MAX = 1000
const ROUNDS_MAX = 4

export interface ProducersOptions {
  /** Undefined: every topic. */
  readonly scopes: readonly TopicScope[] | undefined
  /** Ask this broker about the partitions it has, instead of the leaders. */
  readonly broker?: number | undefined
}

/**
 * The producers of partitions, by topic and number. Throws MqError for a topic that is not there, and UNSUPPORTED_VERSION where the
 * cluster does not tell.
 */
export async function describeProducers(
  client: ClusterClient,
  options: ProducersOptions,
): Promise<PartitionProducers[]> {
  await requireTransactions(client, 'DescribeProducers', 'describe producers')
  const rows = new Map<string, PartitionProducers>()
  let open = await placesOf(client, options)
  for (let round = 1; open.length > 0; round++) {
    const again = new Set<string>()
    for (const row of await askAll(client, open)) {
      const key = `${row.topic}-${row.partition}`
      rows.set(key, row)
      const mayMove = options.broker === undefined && row.error !== undefined && isPassing(row.error)
      if (mayMove && round < ROUNDS_MAX) again.add(key)
    }
    if (again.size === 0) break
    await new Promise((resolve) => setTimeout(resolve, client.options.retryBackoffMs))
    open = (await placesOf(client, options)).filter(({ topic, partition }) => again.has(`${topic}-${partition}`))
  }
  return [...rows.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
}

function isPassing({ code }: ItemError): boolean {
  return ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE'].includes(code) || code.startsWith('MQ_CONNECT_')
}

async function placesOf(client: ClusterClient, { scopes, broker }: ProducersOptions): Promise<Place[]> {
  const { topics } = await client.metadata(scopes === undefined ? null : [...new Set(scopes.map(({ topic }) => topic))])
  const byName = new Map(topics.map((topic) => [topic.name ?? '', topic]))
  const places: Place[] = []
  for (const scope of scopes ?? topics.map(({ name }) => ({ topic: name ?? '', partitions: undefined }))) {
    const topic = byName.get(scope.topic)
    if (topic === undefined || errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION')
      throwItem(await unknownTopic(client, scope.topic))
    if (topic.errorCode !== 0) throw new ApiError(errorName(topic.errorCode), `topic ${scope.topic}`)
    places.push(...placesIn(topic, scope, broker))
  }
  return places
}

function* placesIn(
  topic: TopicMetadata,
  scope: TopicScope,
  broker: number | undefined,
): Generator<Place, void, undefined> {
  const known = new Map(topic.partitions.map((one) => [one.partitionIndex, one]))
  for (const partition of scope.partitions ?? [...known.keys()]) {
    const found = known.get(partition)
    if (found === undefined) {
      const message = `topic ${scope.topic} has no partition ${partition}`
      const hint = `it has ${known.size}: 0 to ${known.size - 1}`
      throwItem({ code: 'UNKNOWN_TOPIC_OR_PARTITION', message, hint })
    }
    if (broker === undefined)
      yield { topic: scope.topic, partition, broker: found.leaderId < 0 ? null : found.leaderId }
    else if (found.replicaNodes.includes(broker)) yield { topic: scope.topic, partition, broker }
  }
}

async function askAll(client: ClusterClient, places: readonly Place[]): Promise<PartitionProducers[]> {
  const byBroker = new Map<number, Place[]>()
  const rows: PartitionProducers[] = []
  for (const place of places) {
    if (place.broker === null) {
      const message = `partition ${place.partition} of ${place.topic} has no leader`
      rows.push({ ...place, producers: [], error: { code: 'LEADER_NOT_AVAILABLE', message } })
    } else byBroker.set(place.broker, [...(byBroker.get(place.broker) ?? []), place])
  }
  const answers = await Promise.all(
    [...byBroker].flatMap(([broker, all]) =>
      Array.from({ length: Math.ceil(all.length / PARTITIONS_MAX) }, (_, index) =>
        ask(client, broker, all.slice(index * PARTITIONS_MAX, (index + 1) * PARTITIONS_MAX)),
      ),
    ),
  )
  return [...rows, ...answers.flat()]
}

async function ask(client: ClusterClient, broker: number, places: readonly Place[]): Promise<PartitionProducers[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of places) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  try {
    const answer = await client.request(
      'DescribeProducers',
      { topics: [...topics].map(([name, partitionIndexes]) => ({ name, partitionIndexes })) },
      { broker },
    )
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map((found): PartitionProducers => {
        const row = { topic: name, partition: found.partitionIndex, broker, producers: [] }
        if (found.errorCode !== 0) return { ...row, error: codeError(found.errorCode, found.errorMessage) }
        const producers = found.activeProducers.map((one) => ({
          producerId: one.producerId,
          producerEpoch: one.producerEpoch,
          lastSequence: one.lastSequence,
          lastTimestamp: one.lastTimestamp,
          coordinatorEpoch: one.coordinatorEpoch < 0 ? null : one.coordinatorEpoch,
          transactionStart: one.currentTxnStartOffset < 0 ? null : one.currentTxnStartOffset,
        }))
        return { ...row, producers }
      }),
    )
  } catch (error) {
    return places.map((place) => ({ ...place, producers: [], error: itemError(error) }))
  }
}
