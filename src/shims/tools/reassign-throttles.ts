/** Throttles of kafka-reassign-partitions: which replicas and brokers they are set on, and that they are cleared again. */
import { RESOURCE_TYPE } from '../../admin/configs.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { executionError } from '../failures.ts'
import { hashOrder, hashOrdered } from '../java.ts'
import type { ShimIo } from '../tool.ts'
import type { Target } from './reassign-files.ts'

const LEADER_RATE = 'leader.replication.throttled.rate'
const FOLLOWER_RATE = 'follower.replication.throttled.rate'
const LOG_DIR_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'
const LEADERS = 'leader.replication.throttled.replicas'
const FOLLOWERS = 'follower.replication.throttled.replicas'

interface Change {
  readonly resourceType: number
  readonly resourceName: string
  /** Undefined: the setting goes. */
  readonly configs: Readonly<Record<string, string | undefined>>
}

/** Changes settings of topics in one request, of brokers by asking each. Throws the error of the first that failed. */
async function change(client: ClusterClient, changes: readonly Change[]): Promise<void> {
  const bodies = changes.map(({ resourceType, resourceName, configs }) => ({
    resourceType,
    resourceName,
    configs: Object.entries(configs).map(([name, value]) => ({
      name,
      configOperation: value === undefined ? 1 : 0,
      value: value ?? null,
    })),
  }))
  const send = async (resources: typeof bodies, target: 'any' | { broker: number }) => {
    if (resources.length === 0) return
    const answer = await client.request('IncrementalAlterConfigs', { resources, validateOnly: false }, target)
    const bad = answer.responses.find(({ errorCode }) => errorCode !== 0)
    if (bad !== undefined) throw executionError(new ApiError(errorName(bad.errorCode), bad.errorMessage ?? undefined))
  }
  const isBroker = ({ resourceType }: { resourceType: number }) => resourceType === RESOURCE_TYPE.broker
  await send(
    bodies.filter((body) => !isBroker(body)),
    'any',
  )
  for (const body of bodies.filter(isBroker)) await send([body], { broker: Number(body.resourceName) })
}

const ofBroker = (id: number, configs: Change['configs']): Change => ({
  resourceType: RESOURCE_TYPE.broker,
  resourceName: String(id),
  configs,
})
const ofTopic = (name: string, configs: Change['configs']): Change => ({
  resourceType: RESOURCE_TYPE.topic,
  resourceName: name,
  configs,
})

/** Where a partition comes from and where it goes. */
export interface Move {
  readonly topic: string
  readonly partition: number
  readonly sources: readonly number[]
  readonly destinations: readonly number[]
}

/** Limits what moves between brokers, in bytes a second. */
export async function throttleMoves(
  client: ClusterClient,
  moves: readonly Move[],
  rate: number,
  io: ShimIo,
): Promise<void> {
  const topics = [...new Set(moves.map((move) => move.topic))]
  const listed = (topic: string, side: 'sources' | 'destinations') =>
    [
      ...new Set(
        moves
          .filter((move) => move.topic === topic)
          .flatMap((move) => move[side].map((id) => `${move.partition}:${id}`)),
      ),
    ]
      .sort()
      .join(',')
  await change(
    client,
    topics.map((topic) =>
      ofTopic(topic, { [LEADERS]: listed(topic, 'sources'), [FOLLOWERS]: listed(topic, 'destinations') }),
    ),
  )
  const brokers = [...new Set(moves.flatMap((move) => [...move.sources, ...move.destinations]))]
  await change(
    client,
    brokers.map((id) => ofBroker(id, { [LEADER_RATE]: String(rate), [FOLLOWER_RATE]: String(rate) })),
  )
  io.stdout(`The inter-broker throttle limit was set to ${rate} B/s\n`)
}

/** Limits what moves between directories of a broker, in bytes a second. */
export async function throttleLogDirs(
  client: ClusterClient,
  brokers: readonly number[],
  rate: number,
  io: ShimIo,
): Promise<void> {
  await change(
    client,
    brokers.map((id) => ofBroker(id, { [LOG_DIR_RATE]: String(rate) })),
  )
  io.stdout(`The replica-alter-dir throttle limit was set to ${rate} B/s\n`)
}

/** Clears all throttles of all brokers and of the topics in a file. */
export async function clearThrottles(client: ClusterClient, targets: readonly Target[], io: ShimIo): Promise<void> {
  const { brokers } = await client.metadata([])
  const all = new Set([...brokers.map((broker) => broker.id), ...targets.flatMap((target) => target.replicas)])
  const ids = hashOrder([...all], (id) => id)
  io.stdout(`Clearing broker-level throttles on broker${ids.length === 1 ? '' : 's'} ${ids.join(',')}\n`)
  const none = { [LEADER_RATE]: undefined, [FOLLOWER_RATE]: undefined, [LOG_DIR_RATE]: undefined }
  await change(
    client,
    ids.map((id) => ofBroker(id, none)),
  )
  const topics = hashOrdered(targets.map((target) => target.topic))
  io.stdout(`Clearing topic-level throttles on topic${topics.length === 1 ? '' : 's'} ${topics.join(',')}\n`)
  await change(
    client,
    topics.map((topic) => ofTopic(topic, { [LEADERS]: undefined, [FOLLOWERS]: undefined })),
  )
}
