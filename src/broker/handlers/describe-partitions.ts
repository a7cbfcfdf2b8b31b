/** A partition of the metadata image as clients see it: its leader and who of its replicas cannot be reached. */
import { type ErrorName, errorCode } from '../../protocol/errors.ts'
import type { MetadataImage, PartitionImage } from '../metadata/image.ts'
import { nodeOnListener } from './nodes.ts'

export interface PartitionView {
  readonly error: ErrorName
  /** -1 when there is none, or none that this client could reach. */
  readonly leaderId: number
  readonly offlineReplicas: number[]
}

/** `isVersionSix`: the client's Metadata version knows LISTENER_NOT_FOUND. */
export function viewPartition(
  image: MetadataImage,
  partition: PartitionImage,
  listenerName: string,
  isVersionSix = true,
): PartitionView {
  const offlineReplicas = partition.replicas.filter((id) => {
    const broker = image.brokers.get(id)
    return broker === undefined || broker.fenced || nodeOnListener(broker, listenerName) === undefined
  })
  const leader = image.brokers.get(partition.leader)
  if (nodeOnListener(leader, listenerName) !== undefined) {
    return { error: 'NONE', leaderId: partition.leader, offlineReplicas }
  }
  const error = leader !== undefined && isVersionSix ? 'LISTENER_NOT_FOUND' : 'LEADER_NOT_AVAILABLE'
  return { error, leaderId: -1, offlineReplicas }
}

/** The partition entry of a Metadata response. Version 0 counts replicas that cannot be reached as an error. */
export function metadataPartition(
  image: MetadataImage,
  partition: PartitionImage,
  listenerName: string,
  version: number,
) {
  const view = viewPartition(image, partition, listenerName, version >= 6)
  const isReachable = (id: number) => version > 0 || nodeOnListener(image.brokers.get(id), listenerName) !== undefined
  const replicaNodes = partition.replicas.filter(isReachable)
  const isrNodes = partition.isr.filter(isReachable)
  const isPartial = replicaNodes.length < partition.replicas.length || isrNodes.length < partition.isr.length
  return {
    errorCode: errorCode(view.error === 'NONE' && isPartial ? 'REPLICA_NOT_AVAILABLE' : view.error),
    partitionIndex: partition.partition,
    leaderId: view.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: view.offlineReplicas,
  }
}
