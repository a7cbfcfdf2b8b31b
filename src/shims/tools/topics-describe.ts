/** kafka-topics --describe: the lines of topics and partitions, with the filters that operators use. */
import { describeMany, type ConfigEntry } from '../../admin/configs.ts'
import { type Reassigning, reassigning } from '../../admin/reassigning.ts'
import type { ClusterClient, TopicMetadata } from '../../client/cluster-client.ts'
import type { ResponseOf } from '../../protocol/apis.ts'
import { withCluster } from '../cluster.ts'
import { JavaError } from '../failures.ts'
import { hashOrder, stringHash } from '../java.ts'
import type { Options } from '../options.ts'
import type { ShimIo } from '../tool.ts'
import { ensureExists, placeOf, topicNames } from './kafka-topics.ts'

interface Eligible {
  readonly elr: readonly number[] | null
  readonly lastKnown: readonly number[] | null
}

const CONFIG_BATCH = 200
const ID_BYTES = 16
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Prints what `--describe` asks for. Throws what the tool tells as its error. */
export async function describe(options: Options, io: ShimIo): Promise<void> {
  const id = options.one('topic-id')
  if (id !== undefined) checkId(id)
  await withCluster(placeOf(options, 'listTopics'), io, async (client) => {
    const topics = await chosen(client, options, id === ZERO_ID ? undefined : id)
    if (topics.length === 0) return
    const names = topics.map((topic) => topic.name ?? '')
    const [configs, moves, eligible, cluster] = await Promise.all([
      topicConfigs(client, names),
      reassigning(client, topics),
      eligibleReplicas(client, names, options.number('partition-size-limit-per-response') ?? 2000),
      client.metadata([]),
    ])
    const live = new Set(cluster.brokers.map((broker) => broker.id))
    for (const topic of topics) {
      const settings = configs.get(topic.name ?? '') ?? []
      io.stdout(topicText(topic, { options, settings, moves, eligible, live }))
    }
  })
}

function checkId(id: string): void {
  const { length } = Buffer.from(id, 'base64url')
  if (length === ID_BYTES && id.length <= 24) return
  const why = `Input string \`${id}\` decoded as ${length} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID`
  throw new JavaError('java.lang.IllegalArgumentException', why)
}

async function chosen(client: ClusterClient, options: Options, id: string | undefined): Promise<TopicMetadata[]> {
  if (id === undefined) {
    const names = await topicNames(client, options)
    ensureExists(names, options)
    if (names.length === 0) return []
    const { topics } = await client.metadata(names)
    const byName = new Map(topics.map((topic) => [topic.name ?? '', topic]))
    return hashOrder(names, stringHash, names.length).map((name) => byName.get(name)!)
  }
  const { topics } = await client.metadata(null)
  const found = topics.filter((topic) => topic.topicId === id)
  if (found.length === 0 && !options.has('if-exists'))
    throw new JavaError('java.lang.IllegalArgumentException', `TopicId '${id}' does not exist as expected`)
  return found
}

async function topicConfigs(client: ClusterClient, names: readonly string[]): Promise<Map<string, ConfigEntry[]>> {
  const found = new Map<string, ConfigEntry[]>()
  for (let at = 0; at < names.length; at += CONFIG_BATCH) {
    const entities = names.slice(at, at + CONFIG_BATCH).map((name) => ({ kind: 'topic', name }) as const)
    for (const result of await describeMany(client, entities)) {
      if ('configs' in result) found.set(result.entity.name, result.configs)
    }
  }
  return found
}

/** Eligible and last known leaders by `topic-partition`; none where the cluster does not tell. */
async function eligibleReplicas(
  client: ClusterClient,
  names: readonly string[],
  limit: number,
): Promise<Map<string, Eligible>> {
  const found = new Map<string, Eligible>()
  if (client.bootstrap.version('DescribeTopicPartitions') === undefined) return found
  const sorted = [...names].sort()
  let cursor: { topicName: string; partitionIndex: number } | null = null
  do {
    const from: string | undefined = (cursor as { topicName: string } | null)?.topicName
    const answer: ResponseOf<'DescribeTopicPartitions'> = await client.request('DescribeTopicPartitions', {
      topics: sorted.filter((name) => from === undefined || name >= from).map((name) => ({ name })),
      responsePartitionLimit: limit,
      cursor,
    })
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, eligibleLeaderReplicas: elr, lastKnownElr: lastKnown } of partitions)
        found.set(`${name}-${partitionIndex}`, { elr, lastKnown })
    }
    cursor = answer.nextCursor
  } while (cursor !== null)
  return found
}

interface Known {
  readonly options: Options
  readonly settings: readonly ConfigEntry[]
  readonly moves: ReadonlyMap<string, Reassigning>
  readonly eligible: ReadonlyMap<string, Eligible>
  readonly live: ReadonlySet<number>
}

function topicText(topic: TopicMetadata, known: Known): string {
  const { options, settings, moves } = known
  const reports = ['under-replicated', 'unavailable', 'under-min-isr', 'at-min-isr']
  const isReport = reports.some((report) => options.has(`${report}-partitions`))
  const partitions = [...topic.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex)
  const own = settings.filter((entry) => entry.source !== 'default')
  let text = ''
  if (!isReport && (!options.has('topics-with-overrides') || own.length > 0)) {
    const [first] = partitions
    const factor =
      first === undefined ? 0 : replicationFactor(first, moves.get(`${topic.name}-${first.partitionIndex}`))
    const ordered = hashOrder([...settings], (entry) => stringHash(entry.key))
    const shown = ordered.filter((entry) => own.includes(entry)).map(({ key, value }) => `${key}=${value}`)
    const id = topic.topicId === ZERO_ID ? '' : `\tTopicId: ${topic.topicId}`
    text += `Topic: ${topic.name}${id}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${factor}\tConfigs: ${shown.join(',')}\n`
  }
  if (options.has('topics-with-overrides')) return text
  for (const partition of partitions) {
    if (!isReport || isReported(partition, topic, known)) text += partitionText(topic.name ?? '', partition, known)
  }
  return text
}

type Partition = TopicMetadata['partitions'][number]

/** Replicas that are only being added do not count while a reassignment is under way. */
function replicationFactor(partition: Partition, move: Reassigning | undefined): number {
  const changing = [...(move?.adding ?? []), ...(move?.removing ?? [])]
  const isMoving = partition.replicaNodes.some((id) => changing.includes(id))
  return partition.replicaNodes.length - (isMoving ? (move?.adding.length ?? 0) : 0)
}

function isReported(partition: Partition, topic: TopicMetadata, { options, settings, moves, live }: Known): boolean {
  const has = (report: string) => options.has(`${report}-partitions`)
  const { leaderId, isrNodes } = partition
  const minIsr = Number(settings.find((entry) => entry.key === 'min.insync.replicas')?.value ?? 1)
  const factor = replicationFactor(partition, moves.get(`${topic.name}-${partition.partitionIndex}`))
  return (
    (has('under-replicated') && factor > isrNodes.length) ||
    (has('unavailable') && (leaderId < 0 || !live.has(leaderId))) ||
    (has('under-min-isr') && (leaderId < 0 || isrNodes.length < minIsr)) ||
    (has('at-min-isr') && isrNodes.length === minIsr)
  )
}

function partitionText(topic: string, partition: Partition, { moves, eligible }: Known): string {
  const at = `${topic}-${partition.partitionIndex}`
  const move = moves.get(at)
  const ids = (list: readonly number[] | null | undefined) =>
    list === null || list === undefined ? 'N/A' : list.join(',')
  const parts = [
    `\tTopic: ${topic}`,
    `Partition: ${partition.partitionIndex}`,
    `Leader: ${partition.leaderId < 0 ? 'none' : partition.leaderId}`,
    `Replicas: ${partition.replicaNodes.join(',')}`,
    `Isr: ${partition.isrNodes.join(',')}`,
    ...(move === undefined ? [] : [`Adding Replicas: ${ids(move.adding)}`, `Removing Replicas: ${ids(move.removing)}`]),
    `Elr: ${ids(eligible.get(at)?.elr)}`,
    `LastKnownElr: ${ids(eligible.get(at)?.lastKnown)}`,
  ]
  return `${parts.join('\t')}\n`
}
