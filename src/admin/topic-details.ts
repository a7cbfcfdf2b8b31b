/**
 * Topics in detail: replicas, in-sync and eligible replicas, offsets, own settings, and sizes where asked for. Filters
 * for what operators look for; replicas that are only being added do not count as missing.
 */
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets, type OffsetAnswer } from '../client/offsets.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import { type ConfigEntity, type ConfigEntry, describeMany } from './configs.ts'
import { codeError, type ItemError, itemError, wholeName } from './items.ts'
import { reassigning, settledReplicas } from './reassigning.ts'
import { topicIdOf, unknownTopics } from './topics.ts'

export interface PartitionDetails {
  partition: number
  /** Null: nobody leads. */
  leader: number | null
  replicas: number[]
  isr: number[]
  /** Eligible leader replicas; null where the cluster does not tell. */
  elr: number[] | null
  offline: number[]
  /** Replicas that a running reassignment adds, and takes away. */
  adding: number[]
  removing: number[]
  logStart: number | null
  logEnd: number | null
  /** Bytes of the leader's log; null unless asked for. */
  size: number | null
  /** Why the offsets are not known although somebody leads. */
  error?: ItemError
}

export interface TopicDetails {
  name: string
  topicId: string | null
  internal: boolean
  /** Only what the topic sets itself. */
  configs: Record<string, string>
  partitions: PartitionDetails[]
  error?: ItemError
}

export interface DescribeTopicsOptions {
  /** Neither names nor a pattern: all. */
  readonly names?: readonly string[] | undefined
  /** Topics whose whole name matches, besides those that are named. */
  readonly regex?: string | undefined
  /** Internal topics too; those that are named, and those that a filter for health finds, are there anyway. */
  readonly internal?: boolean | undefined
  readonly sizes?: boolean | undefined
  /** Only partitions with fewer in-sync replicas than replicas. */
  readonly underReplicated?: boolean | undefined
  /** Only partitions without a leader. */
  readonly unavailable?: boolean | undefined
  readonly underMinIsr?: boolean | undefined
  readonly atMinIsr?: boolean | undefined
  /** Only topics with settings of their own. */
  readonly overrides?: boolean | undefined
}

const CONFIG_BATCH = 200

/** Describes topics, by name. A named topic that does not exist stays as a row with an error. */
export async function describeTopics(
  client: ClusterClient,
  options: DescribeTopicsOptions = {},
): Promise<{ topics: TopicDetails[] }> {
  const { topics: found, missing } = await select(client, options)
  const [configs, offsets, elr, sizes, moves] = await Promise.all([
    topicConfigs(
      client,
      found.map((topic) => topic.name ?? ''),
    ),
    endOffsets(client, found),
    eligible(client, found),
    options.sizes === true ? logSizes(client, found) : new Map<string, number>(),
    reassigning(client, found),
  ])
  const rows: TopicDetails[] = []
  for (const topic of found) {
    const name = topic.name ?? ''
    const settings = configs.get(name)
    const own = settings?.filter((entry) => entry.source === 'topic') ?? []
    if (options.overrides === true && own.length === 0) continue
    const minIsr = Number(settings?.find((entry) => entry.key === 'min.insync.replicas')?.value ?? 1)
    const partitions = topic.partitions
      .map((partition): PartitionDetails => {
        const at = `${name}-${partition.partitionIndex}`
        return {
          partition: partition.partitionIndex,
          leader: partition.leaderId < 0 ? null : partition.leaderId,
          replicas: partition.replicaNodes,
          isr: partition.isrNodes,
          elr: elr.get(at) ?? null,
          offline: partition.offlineReplicas,
          adding: [...(moves.get(at)?.adding ?? [])],
          removing: [...(moves.get(at)?.removing ?? [])],
          logStart: offsets.get(at)?.logStart ?? null,
          logEnd: offsets.get(at)?.logEnd ?? null,
          size: sizes.get(`${at}@${partition.leaderId}`) ?? null,
          ...(offsets.get(at)?.error === undefined ? {} : { error: offsets.get(at)!.error! }),
        }
      })
      .filter((partition) => wanted(partition, options, minIsr))
      .sort((a, b) => a.partition - b.partition)
    if (partitions.length === 0 && filters(options)) continue
    rows.push({
      name,
      topicId: topicIdOf(topic),
      internal: topic.isInternal,
      configs: Object.fromEntries(own.map((entry) => [entry.key, entry.value ?? ''])),
      partitions,
      ...(topic.errorCode === 0 ? {} : { error: codeError(topic.errorCode) }),
    })
  }
  rows.push(...missing)
  return { topics: rows.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function filters(options: DescribeTopicsOptions): boolean {
  return [options.underReplicated, options.unavailable, options.underMinIsr, options.atMinIsr].includes(true)
}

function wanted(partition: PartitionDetails, options: DescribeTopicsOptions, minIsr: number): boolean {
  if (!filters(options)) return true
  const settled = settledReplicas(partition.replicas, partition)
  return (
    (options.unavailable === true && partition.leader === null) ||
    (options.underReplicated === true && partition.isr.length < settled.length) ||
    (options.underMinIsr === true && (partition.leader === null || partition.isr.length < minIsr)) ||
    (options.atMinIsr === true && partition.isr.length === minIsr)
  )
}

/** The topics that are named or match, and a row with an error for each named one that is not there. */
async function select(
  client: ClusterClient,
  options: DescribeTopicsOptions,
): Promise<{ topics: TopicMetadata[]; missing: TopicDetails[] }> {
  const names = [...new Set(options.names ?? [])]
  const pattern = options.regex === undefined ? undefined : wholeName(options.regex)
  const all = names.length === 0 || pattern !== undefined ? (await client.metadata(null)).topics : undefined
  // Kafka's own topics are left out of what nobody asked for; one that is in trouble is what a filter for health is for.
  const matching = (all ?? [])
    .filter((topic) => options.internal === true || filters(options) || !topic.isInternal)
    .filter((topic) => pattern === undefined || pattern.test(topic.name ?? ''))
  if (names.length === 0) return { topics: matching, missing: [] }
  const { topics: named } = await client.metadata(names)
  const known = named.filter((topic) => topic.errorCode === 0 || topic.partitions.length > 0)
  const gone = named.filter((topic) => !known.includes(topic))
  const explain = unknownTopics(client)
  const missing = await Promise.all(
    gone.map(async (topic): Promise<TopicDetails> => {
      const error = codeError(topic.errorCode)
      return {
        name: topic.name ?? '',
        topicId: null,
        internal: false,
        configs: {},
        partitions: [],
        error: error.code === 'UNKNOWN_TOPIC_OR_PARTITION' ? await explain(topic.name ?? '') : error,
      }
    }),
  )
  const wanted = new Set(names)
  return { topics: [...known, ...matching.filter((topic) => !wanted.has(topic.name ?? ''))], missing }
}

async function topicConfigs(client: ClusterClient, names: readonly string[]): Promise<Map<string, ConfigEntry[]>> {
  const found = new Map<string, ConfigEntry[]>()
  for (let start = 0; start < names.length; start += CONFIG_BATCH) {
    const entities = names.slice(start, start + CONFIG_BATCH).map((name): ConfigEntity => ({ kind: 'topic', name }))
    for (const result of await describeMany(client, entities)) {
      if ('configs' in result) found.set(result.entity.name, result.configs)
    }
  }
  return found
}

interface Ends {
  logStart: number | null
  logEnd: number | null
  error?: ItemError
}

async function endOffsets(client: ClusterClient, topics: readonly TopicMetadata[]): Promise<Map<string, Ends>> {
  const places = topics.flatMap((topic) =>
    topic.partitions
      .filter((partition) => partition.leaderId >= 0)
      .map((partition) => ({ topic: topic.name ?? '', partition: partition.partitionIndex })),
  )
  const [starts, ends] = await Promise.all(
    [EARLIEST, LATEST].map((timestamp) =>
      listOffsets(
        client,
        places.map((place) => ({ ...place, timestamp })),
      ),
    ),
  )
  const offset = (answer: OffsetAnswer | undefined) => (answer === undefined || answer.error ? null : answer.offset)
  return new Map(
    places.map(({ topic, partition }) => {
      const at = `${topic}-${partition}`
      const error = starts?.get(at)?.error ?? ends?.get(at)?.error
      const known = { logStart: offset(starts?.get(at)), logEnd: offset(ends?.get(at)) }
      return [at, error === undefined ? known : { ...known, error: itemError(error) }]
    }),
  )
}

/** Eligible leader replicas, from clusters that have DescribeTopicPartitions; page by page. */
export async function eligible(
  client: ClusterClient,
  topics: readonly TopicMetadata[],
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  if (topics.length === 0 || client.bootstrap.version('DescribeTopicPartitions') === undefined) return found
  const names = topics.map((topic) => topic.name ?? '').sort()
  let cursor: { topicName: string; partitionIndex: number } | null = null
  try {
    do {
      const from: string | undefined = (cursor as { topicName: string } | null)?.topicName
      const answer: ResponseOf<'DescribeTopicPartitions'> = await client.request('DescribeTopicPartitions', {
        topics: names.filter((name) => from === undefined || name >= from).map((name) => ({ name })),
        cursor,
      })
      for (const topic of answer.topics) {
        for (const partition of topic.partitions) {
          if (partition.eligibleLeaderReplicas !== null) {
            found.set(`${topic.name}-${partition.partitionIndex}`, partition.eligibleLeaderReplicas)
          }
        }
      }
      cursor = answer.nextCursor
    } while (cursor !== null)
  } catch (error) {
    // A detail that not every cluster or principal may see must not hide the rest.
    itemError(error)
  }
  return found
}

/** Bytes of each replica's log, keyed `topic-partition@broker`. Brokers that do not answer leave gaps. */
export async function logSizes(client: ClusterClient, topics: readonly TopicMetadata[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const brokers = new Set(topics.flatMap((topic) => topic.partitions.flatMap((partition) => partition.replicaNodes)))
  await Promise.all(
    [...brokers].map(async (broker) => {
      const request = {
        topics: topics.flatMap((topic) => {
          const here = topic.partitions.filter((partition) => partition.replicaNodes.includes(broker))
          return here.length === 0
            ? []
            : [{ topic: topic.name ?? '', partitions: here.map((partition) => partition.partitionIndex) }]
        }),
      }
      const answer = await client.request('DescribeLogDirs', request, { broker }).catch((error: unknown) => {
        // The size is null then; whether the broker is there shows in the offsets.
        itemError(error)
        return undefined
      })
      for (const directory of answer?.results ?? []) {
        for (const topic of directory.topics) {
          for (const { partitionIndex, partitionSize, isFutureKey } of topic.partitions) {
            if (!isFutureKey) sizes.set(`${topic.name}-${partitionIndex}@${broker}`, partitionSize)
          }
        }
      }
    }),
  )
  return sizes
}
