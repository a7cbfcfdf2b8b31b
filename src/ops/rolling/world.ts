/** What a rolling restart sees of the cluster, and how it looks at it over Kafka's protocol. Looks, changes nothing. */
import { quorumInfo } from '../../admin/cluster.ts'
import { describeMany } from '../../admin/configs.ts'
import { reassigning, settledReplicas } from '../../admin/reassigning.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'

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
  /** False: it follows so far behind that it would not help to elect anyone. */
  readonly isCaughtUp: boolean
}

export interface ClusterView {
  readonly cluster: string
  /** Brokers that serve. */
  readonly brokers: readonly number[]
  readonly partitions: readonly PartitionView[]
  readonly quorum: { readonly leader: number | null; readonly voters: readonly VoterView[] }
}

export interface RollingWorld {
  look(): Promise<ClusterView>
  /** `min.insync.replicas` of each topic. */
  minIsr(topics: readonly string[]): Promise<ReadonlyMap<string, number>>
}

const MIN_ISR = 'min.insync.replicas'
const CONFIG_BATCH = 200
/** A voter that has not been at the end of the log for this long counts as away. */
const CAUGHT_UP_MS = 5000

export class KafkaRollingWorld implements RollingWorld {
  readonly #client: ClusterClient

  constructor(client: ClusterClient) {
    this.#client = client
  }

  async look(): Promise<ClusterView> {
    const { clusterId, brokers, topics } = await this.#client.metadata(null)
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
        voters: voters.map(({ id, lastCaughtUp }) => ({
          id,
          isCaughtUp: id === leader || (lastCaughtUp !== null && (present ?? Date.now()) - lastCaughtUp < CAUGHT_UP_MS),
        })),
      },
    }
  }

  async minIsr(topics: readonly string[]): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    for (let at = 0; at < topics.length; at += CONFIG_BATCH) {
      const batch = topics.slice(at, at + CONFIG_BATCH).map((name) => ({ kind: 'topic' as const, name }))
      for (const result of await describeMany(this.#client, batch, { keys: [MIN_ISR] })) {
        // A topic that was deleted meanwhile has no minimum, and no partition that could go under it.
        if ('error' in result) continue
        found.set(result.entity.name, Number(result.configs[0]?.value ?? 1))
      }
    }
    return found
  }
}
