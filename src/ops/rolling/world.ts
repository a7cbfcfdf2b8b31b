/** What a rolling restart sees of the cluster, and how it looks at it over Kafka's protocol. Looks, changes nothing. */
import { quorumInfo } from '../../admin/cluster.ts'
import { describeMany } from '../../admin/configs.ts'
import { reassigning, settledReplicas } from '../../admin/reassigning.ts'
import { MqError } from '../../base/errors.ts'
import type { ClusterClient, ClusterMetadata, TopicMetadata } from '../../client/cluster-client.ts'
import { ConnectionError } from '../../client/errors.ts'
import { healthFindings } from '../health/findings.ts'
import { lookAtCluster } from '../health/look.ts'
import type { FindingCode } from '../health/model.ts'

export interface PartitionView {
  readonly topic: string
  readonly partition: number
  /** Null: nobody leads. */
  readonly leader: number | null
  /** Without those that a reassignment only adds. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export interface VoterView {
  readonly id: number
  /** False: it follows so far behind that it would not help to elect anyone. One that ended a moment ago still counts as caught up. */
  readonly isCaughtUp: boolean
  /** When it last had everything, by the clock of the quorum's leader; null: not since that one leads. */
  readonly caughtUpMs: number | null
}

export interface ClusterView {
  readonly cluster: string
  /** Brokers that serve. */
  readonly brokers: readonly number[]
  readonly partitions: readonly PartitionView[]
  readonly quorum: {
    readonly leader: number | null
    /** By the clock of the leader; null where it does not tell. */
    readonly nowMs: number | null
    readonly voters: readonly VoterView[]
  }
}

export interface RollingWorld {
  /**
   * As some broker sees the cluster, which may not have heard of the latest yet; `everywhere`: only what all brokers agree on counts
   * as in sync and as serving, so that one that lags cannot call a cluster whole that is not.
   */
  look(options?: { readonly everywhere?: boolean }): Promise<ClusterView>
  /** `min.insync.replicas` of each topic. */
  minIsr(topics: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** What `mq cluster health` finds and a restart would make worse, in words. */
  graveFindings(): Promise<string[]>
}

/** Beyond what `hazards` and `unsettled` say of partitions: a node that goes down now may not come back. */
const GRAVE: ReadonlySet<FindingCode> = new Set(['broker-unreachable', 'feature-unsupported', 'log-dir-offline'])

const MIN_ISR = 'min.insync.replicas'
const CONFIG_BATCH = 200
/** A voter that has not been at the end of the log for this long counts as away. */
const CAUGHT_UP_MS = 5000

export class KafkaRollingWorld implements RollingWorld {
  readonly #client: ClusterClient

  constructor(client: ClusterClient) {
    this.#client = client
  }

  async look({ everywhere = false } = {}): Promise<ClusterView> {
    const first = await this.#client.metadata(null)
    const { clusterId, brokers, topics } = everywhere ? await this.#agreed(first) : first
    const moves = await reassigning(this.#client, topics)
    const { leader, voters } = await quorumInfo(this.#client)
    const present = voters.find((voter) => voter.id === leader)?.lastCaughtUp ?? null
    return {
      cluster: clusterId ?? 'unknown',
      brokers: brokers.map(({ id }) => id).sort((one, other) => one - other),
      partitions: topics.flatMap(({ name, partitions }) =>
        partitions.map((one): PartitionView => {
          const move = moves.get(`${name}-${one.partitionIndex}`)
          return {
            topic: name ?? '',
            partition: one.partitionIndex,
            leader: one.leaderId < 0 ? null : one.leaderId,
            replicas: settledReplicas(one.replicaNodes, move),
            isr: one.isrNodes,
          }
        }),
      ),
      quorum: {
        leader,
        nowMs: present,
        voters: voters.map(({ id, lastCaughtUp }) => ({
          id,
          caughtUpMs: lastCaughtUp,
          isCaughtUp: id === leader || (lastCaughtUp !== null && (present ?? Date.now()) - lastCaughtUp < CAUGHT_UP_MS),
        })),
      },
    }
  }

  /** What every broker of `first` says: one that does not answer does not serve. */
  async #agreed(first: ClusterMetadata): Promise<ClusterMetadata> {
    const answers = await Promise.all(
      first.brokers.map(async ({ id }) => {
        try {
          const asking = { topics: null, allowAutoTopicCreation: false }
          return { id, answer: await this.#client.request('Metadata', asking, { broker: id }) }
        } catch (error) {
          if (!(error instanceof ConnectionError || error instanceof MqError)) throw error
          return { id, answer: undefined }
        }
      }),
    )
    const serves = (id: number) =>
      answers.every((one) =>
        one.answer === undefined ? one.id !== id : one.answer.brokers.some(({ nodeId }) => nodeId === id),
      )
    const views = answers.flatMap(({ answer }) => (answer === undefined ? [] : [partitionsOf(answer.topics)]))
    return {
      ...first,
      brokers: first.brokers.filter(({ id }) => serves(id)),
      topics: first.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((one) => {
          const seen = views.flatMap((view) => view.get(`${topic.name}-${one.partitionIndex}`) ?? [])
          return {
            ...one,
            leaderId: seen.some(({ leaderId }) => leaderId < 0) ? -1 : one.leaderId,
            isrNodes: one.isrNodes.filter((id) => seen.every(({ isrNodes }) => isrNodes.includes(id))),
          }
        }),
      })),
    }
  }

  async graveFindings(): Promise<string[]> {
    const findings = healthFindings(await lookAtCluster(this.#client))
    return findings.filter(({ code }) => GRAVE.has(code)).map(({ message }) => message)
  }

  async minIsr(topics: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    for (let at = 0; at < topics.length; at += CONFIG_BATCH) {
      const batch = topics.slice(at, at + CONFIG_BATCH).map((name) => ({ kind: 'topic' as const, name }))
      for (const result of await describeMany(this.#client, batch, { keys: [MIN_ISR] })) {
        if ('error' in result) {
          // A topic that was deleted meanwhile has no minimum, and no partition that could go under it.
          if (result.error?.code === 'UNKNOWN_TOPIC_OR_PARTITION') continue
          throw new MqError(
            result.error?.code ?? 'MQ_CONFIG',
            `the minimum of in-sync replicas of ${result.entity.name} cannot be read: ${result.error?.message}`,
          )
        }
        found.set(result.entity.name, Number(result.configs[0]?.value ?? 1))
      }
    }
    return found
  }
}

function partitionsOf(topics: readonly TopicMetadata[]): Map<string, TopicMetadata['partitions'][number]> {
  return new Map(
    topics.flatMap(({ name, partitions }) => partitions.map((one) => [`${name}-${one.partitionIndex}`, one])),
  )
}
