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
import type { Assignment, InFlight, ReassignWorld, ThrottleSetting } from './world.ts'

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
    const bytes = sizes ? await this.replicaBytes() : new Map<string, number>()
    const partitions = metadata.topics.flatMap((topic) =>
      topic.partitions.map((one): PartitionFact => {
        const [name, partition] = [topic.name ?? '', one.partitionIndex]
        const move = moving.get(`${name}-${partition}`)
        const replicas = one.replicaNodes.filter((id) => move?.adding.includes(id) !== true)
        const known = replicas.flatMap((id) => bytes.get(`${name}-${partition}-${id}`) ?? [])
        return {
          ...{ topic: name, partition, replicas, isr: [...one.isrNodes], leader: one.leaderId },
          bytes: bytes.get(`${name}-${partition}-${one.leaderId}`) ?? (known.length === 0 ? null : Math.max(...known)),
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

  async replicaBytes(): Promise<Map<string, number>> {
    const { directories } = await readLogDirs(this.#client, {})
    return new Map(
      directories.flatMap(({ broker, replicas }) =>
        replicas.filter(({ future }) => !future).map((one) => [`${one.topic}-${one.partition}-${broker}`, one.size]),
      ),
    )
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
    const hasOption = (this.#client.bootstrap.version('AlterPartitionReassignments') ?? 0) >= 1
    const option = hasOption ? { allowReplicationFactorChange: allowRfChange } : {}
    const answer = await this.#client.retry(async () => {
      const found = await this.#client.request('AlterPartitionReassignments', { topics, ...option }, 'controller')
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
    const found = await Promise.all(
      settings.map(async ({ entity, key }): Promise<ThrottleSetting[]> => {
        try {
          const { configs } = await describeConfigs(this.#client, entityOf(entity), { keys: [key] })
          const own = 'broker' in entity ? 'dynamic-broker' : 'topic'
          const entry = configs.find((one) => one.key === key && one.source === own)
          return [{ entity, key, value: entry?.value ?? null }]
        } catch (error) {
          if (!isGone(error)) throw error
          return []
        }
      }),
    )
    return found.flat()
  }

  async writeThrottles(settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]> {
    const serving = new Set((await this.#client.metadata()).brokers.map(({ id }) => id))
    const left = await Promise.all(
      settings.map(async (setting) => {
        const { entity, key, value } = setting
        // A broker that is known to be gone is not waited for.
        if ('broker' in entity && !serving.has(entity.broker)) return [setting]
        try {
          const change =
            value === null ? { operation: 'unset' as const, key } : { operation: 'set' as const, key, value }
          await changeConfigs(this.#client, entityOf(entity), [change], { allowUnknown: true })
          return []
        } catch (error) {
          if (!isGone(error)) throw error
          return 'broker' in entity ? [setting] : []
        }
      }),
    )
    return left.flat()
  }
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
