/**
 * Takes the look at a cluster that its health is judged by, over Kafka's protocol: one question for all partitions, one visit to each
 * broker. A broker that does not answer, and a part that may not be seen, are results, not failures.
 */
import { describeNodes, type QuorumInfo, quorumInfo } from '../../admin/cluster.ts'
import { describeMany } from '../../admin/configs.ts'
import { itemError } from '../../admin/items.ts'
import { eligible } from '../../admin/topic-details.ts'
import { UsageError } from '../../base/errors.ts'
import { ClusterClient, type TopicMetadata } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { type BrokerVisit, visitBroker } from './broker-visit.ts'
import { heldLock, openOperations } from './operations-look.ts'
import type { FeatureLook, HealthSnapshot, MoveLook, PartitionLook, QuorumLook, ThrottleLook } from './model.ts'

const CONFIG_BATCH = 500
const LISTS = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas']
const MIN_ISR = 'min.insync.replicas'

/** What a cluster of that age or kind does not have is no finding. */
const ABSENT: ReadonlySet<string> = new Set(['UNSUPPORTED_VERSION', 'UNSUPPORTED_ENDPOINT_TYPE'])

const LEADERLESS: ReadonlySet<string> = new Set([
  'MQ_TIMEOUT',
  'NOT_CONTROLLER',
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
])

/** Looks at everything. Rejects only where no broker can be asked at all. */
export async function lookAtCluster(client: ClusterClient): Promise<HealthSnapshot> {
  if (client.options.bootstrapKind === 'controller') {
    throw new UsageError('health is asked of brokers', 'mq cluster quorum works through --bootstrap-controller')
  }
  const unseen: HealthSnapshot['unseen'][number][] = []
  const part = async <T>(what: string, nothing: T, look: () => Promise<T>): Promise<T> => {
    try {
      return await look()
    } catch (error) {
      const reason = itemError(error)
      if (!ABSENT.has(reason.code)) unseen.push({ what, error: reason })
      return nothing
    }
  }
  const quorum = part('the metadata quorum', null, () => quorumOf(client))
  const { clusterId, brokers } = await describeNodes(client, false)
  // The moves before the metadata: one that ends in between looks finished in both.
  const moves = await part('reassignments', [], () => movesOf(client))
  const { topics } = await client.metadata(null)
  const names = topics.map(({ name }) => name ?? '')
  const adding = new Map(moves.map((one) => [`${one.topic}-${one.partition}`, one.adding]))
  const [topicSettings, defaults, elr, lock, operations, visits] = await Promise.all([
    part('the settings of topics', new Map<string, ReadonlyMap<string, string>>(), () => settingsOf(client, names)),
    part('the settings of all brokers', [], () => defaultThrottles(client)),
    eligible(
      client,
      topics.filter((topic) => topic.partitions.some(({ leaderId }) => leaderId < 0)),
    ),
    // Without that topic nobody can hold the lock, and asking would create it.
    names.includes('__consumer_offsets') ? heldLock(client) : null,
    part("this machine's record of operations", [], async () => openOperations(clusterId)),
    Promise.all(brokers.map((node) => (node.fenced === true ? absent(node.id) : visitBroker(node, client.options)))),
  ])
  for (const visit of visits) unseen.push(...visit.unseen)
  const sizes = new Map(visits.map(({ broker, replicas }) => [broker, replicas]))
  return {
    atMs: performance.now(),
    clusterId,
    brokers: brokers.map((node, index) => ({
      ...node,
      ...(visits[index]?.error === undefined ? {} : { error: visits[index].error }),
    })),
    quorum: await quorum,
    partitions: topics.flatMap((topic) => partitionsOf(topic, adding, topicSettings, elr)),
    moves: moves.map((move) => ({ ...move, copied: copied(move, sizes), isr: isrOf(topics, move) })),
    throttles: [...defaults, ...visits.flatMap(({ throttles }) => throttles), ...listsOf(names, topicSettings)],
    directories: visits.flatMap(({ directories }) => directories),
    ...{ lock, operations },
    features: featuresOf(visits, await part('features', new Map<string, number>(), () => finalized(client))),
    unseen,
  }
}

const absent = (broker: number): BrokerVisit => ({
  ...{ broker, throttles: [], directories: [], replicas: new Map(), features: null, unseen: [] },
})

/** A question that only the controller can answer and nobody does: there is none. */
async function quorumOf(client: ClusterClient): Promise<QuorumLook> {
  // On a connection of its own: without a controller the answer is long in coming, and those to later questions wait behind it.
  const aside = await ClusterClient.connect(client.options)
  try {
    return quorumLook(await quorumInfo(aside))
  } catch (error) {
    const { code } = itemError(error)
    if (!LEADERLESS.has(code)) throw error
    return { leader: null, epoch: null, voters: [] }
  } finally {
    aside.close()
  }
}

/** Times count by the leader's clock: it says of itself what time it is. */
function quorumLook({ leader, epoch, voters }: QuorumInfo): QuorumLook {
  const own = voters.find(({ id }) => id === leader)
  const present = Math.max(own?.lastFetch ?? -1, own?.lastCaughtUp ?? -1)
  const since = (time: number | null) => (time === null || present < 0 ? null : Math.max(0, present - time))
  return {
    leader,
    epoch,
    voters: voters.map(({ id, lag, lastFetch, lastCaughtUp }) => ({
      ...{ id, lag, silentMs: id === leader ? 0 : since(lastFetch), behindMs: id === leader ? 0 : since(lastCaughtUp) },
    })),
  }
}

async function movesOf(client: ClusterClient): Promise<Omit<MoveLook, 'copied' | 'isr'>[]> {
  const answer = await client.request('ListPartitionReassignments', { topics: null }, 'controller')
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
      ...{ topic: name, partition: partitionIndex, adding: addingReplicas, removing: removingReplicas },
    })),
  )
}

function isrOf(topics: readonly TopicMetadata[], { topic, partition }: { topic: string; partition: number }): number[] {
  const found = topics.find(({ name }) => name === topic)
  return found?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.isrNodes ?? []
}

function copied(
  { topic, partition, adding }: Omit<MoveLook, 'copied' | 'isr'>,
  sizes: ReadonlyMap<number, ReadonlyMap<string, number> | null>,
): number | null {
  let sum = 0
  for (const id of adding) {
    const replicas = sizes.get(id)
    if (replicas === undefined || replicas === null) return null
    sum += replicas.get(`${topic}-${partition}`) ?? 0
  }
  return sum
}

async function settingsOf(
  client: ClusterClient,
  names: readonly string[],
): Promise<Map<string, ReadonlyMap<string, string>>> {
  const found = new Map<string, ReadonlyMap<string, string>>()
  for (let start = 0; start < names.length; start += CONFIG_BATCH) {
    const entities = names.slice(start, start + CONFIG_BATCH).map((name) => ({ kind: 'topic' as const, name }))
    for (const result of await describeMany(client, entities, { keys: [MIN_ISR, ...LISTS] })) {
      // One that was deleted since has nothing left to look at.
      if (!('configs' in result)) continue
      const entries = result.configs.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]))
      found.set(result.entity.name, new Map(entries))
    }
  }
  return found
}

function listsOf(names: readonly string[], settings: ReadonlyMap<string, ReadonlyMap<string, string>>): ThrottleLook[] {
  return names.flatMap((topic) =>
    LISTS.flatMap((key) => {
      const value = settings.get(topic)?.get(key) ?? ''
      return value === '' ? [] : [{ on: { topic }, key, value }]
    }),
  )
}

async function defaultThrottles(client: ClusterClient): Promise<ThrottleLook[]> {
  const { THROTTLE_RATES } = await import('./broker-visit.ts')
  const [result] = await describeMany(client, [{ kind: 'broker-default' }], { keys: THROTTLE_RATES })
  if (result === undefined || !('configs' in result)) return []
  return result.configs.flatMap(({ key, value, source }) =>
    value === null || source !== 'dynamic-default-broker' ? [] : [{ on: { allBrokers: true as const }, key, value }],
  )
}

function partitionsOf(
  topic: TopicMetadata,
  adding: ReadonlyMap<string, readonly number[]>,
  settings: ReadonlyMap<string, ReadonlyMap<string, string>>,
  elr: ReadonlyMap<string, number[]>,
): PartitionLook[] {
  const name = topic.name ?? ''
  const minIsr = Number(settings.get(name)?.get(MIN_ISR) ?? 1)
  return topic.partitions.map((one) => {
    const at = `${name}-${one.partitionIndex}`
    const added = adding.get(at) ?? []
    return {
      ...{ topic: name, partition: one.partitionIndex, leader: one.leaderId < 0 ? null : one.leaderId, minIsr },
      replicas: one.replicaNodes.filter((id) => !added.includes(id)),
      isr: one.isrNodes.filter((id) => !added.includes(id)),
      elr: elr.get(at) ?? null,
    }
  })
}

async function finalized(client: ClusterClient): Promise<Map<string, number>> {
  const asking = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }
  const { finalizedFeatures } = await client.request('ApiVersions', asking)
  return new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
}

function featuresOf(visits: readonly BrokerVisit[], levels: ReadonlyMap<string, number>): FeatureLook[] {
  const told = visits.flatMap(({ broker, features }) => (features === null ? [] : [{ broker, features }]))
  const names = new Set(told.flatMap(({ features }) => [...features.keys()]))
  return [...names].sort().map((feature) => ({
    feature,
    finalized: levels.get(feature) ?? 0,
    supported: told.map(({ broker, features }) => ({ broker, range: features.get(feature) ?? null })),
  }))
}
