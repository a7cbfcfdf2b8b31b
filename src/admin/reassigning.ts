/**
 * Reassignments that are under way, as far as describing and counting topics needs them: replicas that are only being
 * added are neither part of the replication factor nor missing from the in-sync replicas.
 */
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { itemError } from './items.ts'

export interface Reassigning {
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/**
 * The partitions of `topics` that are being reassigned, keyed `topic-partition`. Unknown (no permission, a cluster before
 * KIP-455) counts as none. Costs no request while every replica is in sync.
 */
export async function reassigning(
  client: ClusterClient,
  topics: readonly TopicMetadata[],
): Promise<Map<string, Reassigning>> {
  const found = new Map<string, Reassigning>()
  // A replica that is still being added is not in sync: where all are, nothing is under way.
  const suspects = topics.some((topic) => topic.partitions.some((p) => p.isrNodes.length < p.replicaNodes.length))
  if (!suspects || client.bootstrap.version('ListPartitionReassignments') === undefined) return found
  try {
    const answer = await client.request('ListPartitionReassignments', { topics: null }, 'controller')
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, addingReplicas, removingReplicas } of partitions) {
        found.set(`${name}-${partitionIndex}`, { adding: addingReplicas, removing: removingReplicas })
      }
    }
  } catch (error) {
    // A detail that not every principal may see must not hide the rest; bugs go on.
    itemError(error)
  }
  return found
}

/** The replicas without those that are only being added: what counts as the replication factor. */
export function settledReplicas(replicas: readonly number[], state: Reassigning | undefined): number[] {
  return state === undefined ? [...replicas] : replicas.filter((replica) => !state.adding.includes(replica))
}
