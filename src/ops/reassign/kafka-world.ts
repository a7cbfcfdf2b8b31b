/** The cluster of a reassignment over Kafka's protocol. Works on any cluster that has KIP-455 (2.4 and later). */
import { changeConfigs } from '../../admin/config-changes.ts'
import { describeConfigs } from '../../admin/configs.ts'
import { codeError } from '../../admin/items.ts'
import { readLogDirs } from '../../admin/log-dirs.ts'
import { MqError } from '../../base/errors.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ConnectionError } from '../../client/errors.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import type { ClusterSnapshot, PartitionFact } from './model.ts'
import { writeThroughControllers } from './dead-broker-configs.ts'
import type {
  Assignment,
  FilesWanted,
  InFlight,
  ReassignWorld,
  ReplicaFiles,
  ReplicaPlace,
  ThrottleSetting,
} from './world.ts'

/** What is no failure when it is asked for again. */
const ALREADY: ReadonlySet<string> = new Set(['NONE', 'NO_REASSIGNMENT_IN_PROGRESS', 'ELECTION_NOT_NEEDED'])

export class KafkaWorld implements ReassignWorld {
  readonly #client: ClusterClient

  constructor(client: ClusterClient) {
    this.#client = client
  }

  async snapshot({ sizes }: { readonly sizes: boolean }): Promise<ClusterSnapshot> {
    // The moves before the metadata: one that ends in between looks finished in both.
    const moving = new Map((await this.inFlight()).map((one) => [`${one.topic}-${one.partition}`, one]))
    const metadata = await this.#client.metadata(null)
    const files = sizes ? await this.files() : new Map<string, ReplicaFiles>()
    const partitions = metadata.topics.flatMap((topic) =>
      topic.partitions.map((one): PartitionFact => {
        const [name, partition] = [topic.name ?? '', one.partitionIndex]
        const move = moving.get(`${name}-${partition}`)
        const replicas = one.replicaNodes.filter((id) => move?.adding.includes(id) !== true)
        const bytesOn = (id: number) => files.get(`${name}-${partition}-${id}`)?.bytes
        const known = replicas.flatMap((id) => bytesOn(id) ?? [])
        return {
          ...{ topic: name, partition, replicas, isr: [...one.isrNodes], leader: one.leaderId },
          bytes: bytesOn(one.leaderId) ?? (known.length === 0 ? null : Math.max(...known)),
          isMoving: move !== undefined,
        }
      }),
    )
    const brokers = metadata.brokers.map(({ id, rack }) => ({ id, rack })).sort((one, other) => one.id - other.id)
    return { cluster: metadata.clusterId ?? 'unknown', brokers, partitions }
  }

  async inFlight(): Promise<InFlight[]> {
    const answer = await this.#client.request('ListPartitionReassignments', { topics: null }, 'controller')
    if (answer.errorCode !== 0) throw failure(answer.errorCode, answer.errorMessage)
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
        ...{ topic: name, partition: partitionIndex, replicas },
        ...{ adding: addingReplicas, removing: removingReplicas },
      })),
    )
  }

  async serving(): Promise<number[]> {
    return (await this.#client.metadata()).brokers.map(({ id }) => id)
  }

  async files(wanted: FilesWanted = {}): Promise<Map<string, ReplicaFiles>> {
    const { directories } = await readLogDirs(this.#client, wanted)
    const found = new Map<string, ReplicaFiles>()
    const future = new Map<string, ReplicaFiles['future']>()
    for (const { broker, path, replicas } of directories) {
      for (const { topic, partition, size: bytes, future: isFuture } of replicas) {
        const name = `${topic}-${partition}-${broker}`
        if (isFuture) future.set(name, { dir: path ?? '', bytes })
        else found.set(name, { bytes, dir: path ?? '', future: null })
      }
    }
    for (const [name, one] of future) {
      const files = found.get(name)
      if (files !== undefined) found.set(name, { ...files, future: one })
    }
    return found
  }

  async room(brokers: readonly number[]): Promise<Map<number, number>> {
    const { directories } = await readLogDirs(this.#client, { brokers, topics: [] })
    const found = new Map<number, number>()
    const seen = new Set<string>()
    for (const { broker, total, usable } of directories) {
      // Directories of equal size are taken for one volume: rather too little room than too much.
      if (usable === null || seen.has(`${broker} ${total}`)) continue
      seen.add(`${broker} ${total}`)
      found.set(broker, (found.get(broker) ?? 0) + usable)
    }
    return found
  }

  async place(places: readonly ReplicaPlace[]): Promise<string[]> {
    const brokers = [...new Set(places.map(({ broker }) => broker))]
    const refused = await Promise.all(
      brokers.map(async (broker) => {
        const here = places.filter((one) => one.broker === broker)
        const { results } = await this.#client.request('AlterReplicaLogDirs', { dirs: dirsOf(here) }, { broker })
        return results.flatMap(({ topicName, partitions }) =>
          partitions.flatMap(({ partitionIndex, errorCode }) => {
            const error = errorName(errorCode)
            // The broker keeps in mind where the replica is to be made.
            if (error === 'NONE' || error === 'REPLICA_NOT_AVAILABLE') return []
            return [`${topicName}-${partitionIndex} on broker ${broker}: ${codeError(errorCode).message}`]
          }),
        )
      }),
    )
    return refused.flat()
  }

  async alter(assignments: readonly Assignment[], allowRfChange: boolean): Promise<string[]> {
    if (assignments.length === 0) return []
    const topics = [...new Set(assignments.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: assignments
        .filter(({ topic }) => topic === name)
        .map(({ partition, replicas }) => ({
          partitionIndex: partition,
          replicas: replicas === null ? null : [...replicas],
        })),
    }))
    const answer = await this.#client.retry(async () => {
      // The controller that is named may be any broker, and brokers of one cluster may differ in age.
      const connection = await this.#client.connection('controller')
      const hasOption = (connection.version('AlterPartitionReassignments') ?? 0) >= 1
      const option = hasOption ? { allowReplicationFactorChange: allowRfChange } : {}
      const found = await connection.call('AlterPartitionReassignments', { topics, ...option })
      if (found.errorCode !== 0) throw failure(found.errorCode, found.errorMessage)
      return found
    })
    return answer.responses.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partitionIndex, errorCode, errorMessage }) =>
        ALREADY.has(errorName(errorCode))
          ? []
          : [`${name}-${partitionIndex}: ${codeError(errorCode, errorMessage).message}`],
      ),
    )
  }

  async electPreferred(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void> {
    if (partitions.length === 0) return
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    await this.#client.request(
      'ElectLeaders',
      {
        electionType: 0,
        topicPartitions: topics.map((topic) => ({
          topic,
          partitions: partitions.filter((one) => one.topic === topic).map(({ partition }) => partition),
        })),
        timeoutMs: this.#client.options.apiTimeoutMs,
      },
      'controller',
    )
  }

  async readThrottles(settings: readonly Omit<ThrottleSetting, 'value'>[]): Promise<ThrottleSetting[]> {
    const found = await mapLimited(byEntity(settings), async (group): Promise<ThrottleSetting[]> => {
      const { entity } = group[0]!
      try {
        const keys = group.map(({ key }) => key)
        const { configs } = await describeConfigs(this.#client, entityOf(entity), { keys })
        const own = 'broker' in entity ? 'dynamic-broker' : 'topic'
        return group.map(({ key }) => {
          const entry = configs.find((one) => one.key === key && one.source === own)
          return { entity, key, value: entry?.value ?? null }
        })
      } catch (error) {
        if (!isGone(error)) throw error
        return []
      }
    })
    return found.flat()
  }

  async writeThrottles(settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]> {
    if (settings.length === 0) return []
    const serving = new Set(await this.serving())
    // A broker that is known to be gone is not waited for.
    const isDead = ({ entity }: ThrottleSetting) => 'broker' in entity && !serving.has(entity.broker)
    const left = await mapLimited(byEntity(settings.filter((one) => !isDead(one))), async (group) => {
      const changes = group.map(({ key, value }) =>
        value === null ? { operation: 'unset' as const, key } : { operation: 'set' as const, key, value },
      )
      try {
        await changeConfigs(this.#client, entityOf(group[0]!.entity), changes, { allowUnknown: true })
        return []
      } catch (error) {
        if (!isGone(error)) throw error
        return 'broker' in group[0]!.entity ? group : []
      }
    })
    return [...left.flat(), ...(await writeThroughControllers(this.#client, settings.filter(isDead)))]
  }
}

/** Questions that are asked side by side: many enough to be quick, few enough for a small cluster. */
const AT_ONCE = 16

async function mapLimited<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  }
  return results
}

function byEntity<T extends Pick<ThrottleSetting, 'entity'>>(settings: readonly T[]): T[][] {
  const groups = new Map<string, T[]>()
  for (const one of settings) {
    const name = 'broker' in one.entity ? `broker ${one.entity.broker}` : `topic ${one.entity.topic}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

/** As AlterReplicaLogDirs has it: directories, topics, partitions. */
function dirsOf(places: readonly ReplicaPlace[]) {
  return [...new Set(places.map(({ dir }) => dir))].map((path) => {
    const inside = places.filter(({ dir }) => dir === path)
    const topics = [...new Set(inside.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: inside.filter(({ topic }) => topic === name).map(({ partition }) => partition),
    }))
    return { path, topics }
  })
}

function entityOf(entity: ThrottleSetting['entity']) {
  return 'broker' in entity
    ? { kind: 'broker' as const, id: entity.broker }
    : { kind: 'topic' as const, name: entity.topic }
}

/** A broker that does not answer, or a topic that was deleted meanwhile. */
function isGone(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  const codes = ['MQ_UNKNOWN_BROKER', 'MQ_TIMEOUT', 'UNKNOWN_TOPIC_OR_PARTITION']
  return error instanceof MqError && codes.includes(error.code)
}

function failure(code: number, message: string | null | undefined): ApiError {
  return new ApiError(errorName(code), codeError(code, message).message)
}
