/**
 * The cluster as a whole: its nodes and what they offer, and the state of the metadata quorum.
 */
import { ZERO_UUID } from '../base/uuid.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, itemError } from './items.ts'
import { reassigning, settledReplicas } from './reassigning.ts'

export interface ClusterNode {
  id: number
  host: string
  port: number
  rack: string | null
  roles: ('broker' | 'controller')[]
  /** Registered, but not serving; null where the cluster does not tell. */
  fenced: boolean | null
}

export interface ControllerNode {
  id: number
  /** Null where the cluster does not tell (before Kafka 3.9). */
  host: string | null
  port: number | null
  /** It leads the metadata quorum. */
  active: boolean
}

export interface ClusterInfo {
  clusterId: string | null
  /**
   * The active controller; where the quorum is not to be seen (ZooKeeper mode, no permission) who takes controller requests. Null
   * when there is none.
   */
  controller: number | null
  brokers: ClusterNode[]
  /** The voters of the quorum; null where it is not to be seen. */
  controllers: ControllerNode[] | null
  /** Null when asked through a controller. Replicas that are only being added do not count as missing. */
  topics: number | null
  partitions: number | null
  offlinePartitions: number | null
  underReplicatedPartitions: number | null
  /** Finalised feature levels. */
  features: Record<string, number>
}

/** What there is to know at a glance. Works through brokers, and through controllers with less to say. */
export async function clusterInfo(client: ClusterClient): Promise<ClusterInfo> {
  const viaController = client.options.bootstrapKind === 'controller'
  const [described, features, controllers] = await Promise.all([
    describeNodes(client, viaController),
    finalisedFeatures(client),
    controllersOf(client),
  ])
  const voters = new Set(controllers?.map(({ id }) => id) ?? [])
  const nodes = {
    clusterId: described.clusterId,
    controller: controllers?.find(({ active }) => active)?.id ?? (controllers === null ? described.controller : null),
    brokers: described.brokers.map((node): ClusterNode => {
      const roles = voters.has(node.id) ? (['broker', 'controller'] as const) : (['broker'] as const)
      return { ...node, roles: viaController ? ['controller'] : [...roles] }
    }),
    controllers,
  }
  if (viaController) {
    return {
      ...nodes,
      topics: null,
      partitions: null,
      offlinePartitions: null,
      underReplicatedPartitions: null,
      features,
    }
  }
  const { topics } = await client.metadata(null)
  const moves = await reassigning(client, topics)
  const partitions = topics.flatMap((topic) => topic.partitions)
  return {
    ...nodes,
    topics: topics.length,
    partitions: partitions.length,
    offlinePartitions: partitions.filter((partition) => partition.leaderId < 0).length,
    underReplicatedPartitions: topics.flatMap(({ name, partitions: all }) =>
      all.filter(({ partitionIndex, isrNodes, replicaNodes }) => {
        return isrNodes.length < settledReplicas(replicaNodes, moves.get(`${name}-${partitionIndex}`)).length
      }),
    ).length,
    features,
  }
}

/** The voters of the metadata quorum, by id. */
async function controllersOf(client: ClusterClient): Promise<ControllerNode[] | null> {
  if (client.bootstrap.version('DescribeQuorum') === undefined) return null
  try {
    const target = client.options.bootstrapKind === 'controller' ? 'controller' : 'any'
    const answer = await client.request('DescribeQuorum', QUORUM, target)
    const partition = answer.topics[0]?.partitions[0]
    if (answer.errorCode !== 0 || partition === undefined || partition.errorCode !== 0) return null
    return partition.currentVoters
      .map(({ replicaId: id }) => {
        const listener = answer.nodes.find(({ nodeId }) => nodeId === id)?.listeners[0]
        return { id, host: listener?.host ?? null, port: listener?.port ?? null, active: id === partition.leaderId }
      })
      .sort((one, other) => one.id - other.id)
  } catch (error) {
    // What may not be seen, or has no leader to tell it, does not hide the rest.
    itemError(error)
    return null
  }
}

interface DescribedNodes {
  clusterId: string | null
  /** Who takes controller requests: with KRaft some broker that passes them on. */
  controller: number | null
  brokers: Omit<ClusterNode, 'roles'>[]
}

/** The cluster and its brokers, or its controllers. */
export async function describeNodes(client: ClusterClient, viaController: boolean): Promise<DescribedNodes> {
  if (client.bootstrap.version('DescribeCluster') === undefined) {
    const { clusterId, controllerId, brokers } = await client.metadata()
    return {
      clusterId,
      controller: controllerId < 0 ? null : controllerId,
      brokers: brokers.map((node) => ({ ...node, fenced: null })).sort((a, b) => a.id - b.id),
    }
  }
  const { answer, version } = await client.retry(async () => {
    // Brokers of one cluster may differ in age: what counts is the one that is asked.
    const connection = await client.connection('any')
    const version = connection.version('DescribeCluster') ?? 0
    const question = {
      endpointType: viaController ? 2 : 1,
      ...(version >= 2 ? { includeFencedBrokers: !viaController } : {}),
    }
    return { version, answer: await connection.call('DescribeCluster', question) }
  })
  if (answer.errorCode !== 0)
    throw new ApiError(errorName(answer.errorCode), codeError(answer.errorCode, answer.errorMessage).message)
  return {
    clusterId: answer.clusterId,
    controller: answer.controllerId < 0 ? null : answer.controllerId,
    brokers: answer.brokers
      .map(({ brokerId, host, port, rack, isFenced }) => ({
        id: brokerId,
        host,
        port,
        rack,
        fenced: version >= 2 ? isFenced : null,
      }))
      .sort((a, b) => a.id - b.id),
  }
}

async function finalisedFeatures(client: ClusterClient): Promise<Record<string, number>> {
  const answer = await client.request('ApiVersions', { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' })
  return Object.fromEntries(
    answer.finalizedFeatures
      .map((feature) => [feature.name, feature.maxVersionLevel] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export interface QuorumReplica {
  id: number
  directoryId: string | null
  role: 'leader' | 'follower' | 'observer'
  logEnd: number
  /** Records behind the leader. */
  lag: number
  /** ms since the epoch; null when unknown. */
  lastFetch: number | null
  lastCaughtUp: number | null
}

export interface QuorumInfo {
  clusterId: string | null
  leader: number | null
  epoch: number
  highWatermark: number
  /** Largest lag of a voter that follows; 0 with one voter. */
  maxFollowerLag: number
  /** How long the slowest voter has not been caught up, ms; null when unknown. */
  maxFollowerLagTimeMs: number | null
  voters: QuorumReplica[]
  observers: QuorumReplica[]
}

type ReplicaState = {
  replicaId: number
  replicaDirectoryId: string
  logEndOffset: number
  lastFetchTimestamp: number
  lastCaughtUpTimestamp: number
}

const QUORUM = { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }

/** The metadata quorum as its leader sees it. Throws ApiError where there is none (ZooKeeper mode). */
export async function quorumInfo(client: ClusterClient): Promise<QuorumInfo> {
  const viaController = client.options.bootstrapKind === 'controller'
  const answer = await client.retry(async () => {
    // Brokers pass the question on; of the controllers only the leader answers it.
    const found = await client.request('DescribeQuorum', QUORUM, viaController ? 'controller' : 'any')
    const code = found.errorCode !== 0 ? found.errorCode : (found.topics[0]?.partitions[0]?.errorCode ?? -1)
    if (code !== 0) {
      const message = found.errorMessage || found.topics[0]?.partitions[0]?.errorMessage
      throw new ApiError(errorName(code), codeError(code, message).message)
    }
    return found
  })
  const partition = answer.topics[0]!.partitions[0]!
  const leaderState = partition.currentVoters.find((voter) => voter.replicaId === partition.leaderId)
  const leaderEnd = leaderState?.logEndOffset ?? partition.highWatermark
  const read = (state: ReplicaState, observer: boolean): QuorumReplica => ({
    id: state.replicaId,
    directoryId: state.replicaDirectoryId === ZERO_UUID ? null : state.replicaDirectoryId,
    role: observer ? 'observer' : state.replicaId === partition.leaderId ? 'leader' : 'follower',
    logEnd: state.logEndOffset,
    lag: Math.max(0, leaderEnd - state.logEndOffset),
    lastFetch: state.lastFetchTimestamp < 0 ? null : state.lastFetchTimestamp,
    lastCaughtUp: state.lastCaughtUpTimestamp < 0 ? null : state.lastCaughtUpTimestamp,
  })
  const voters = partition.currentVoters.map((state) => read(state, false)).sort((a, b) => a.id - b.id)
  const followers = voters.filter((voter) => voter.role === 'follower')
  const present =
    leaderState === undefined || leaderState.lastCaughtUpTimestamp < 0 ? null : leaderState.lastCaughtUpTimestamp
  const times = followers.map((voter) =>
    present === null || voter.lastCaughtUp === null ? null : present - voter.lastCaughtUp,
  )
  const { clusterId } = viaController ? await describeNodes(client, true) : await client.metadata()
  return {
    clusterId,
    leader: partition.leaderId < 0 ? null : partition.leaderId,
    epoch: partition.leaderEpoch,
    highWatermark: partition.highWatermark,
    maxFollowerLag: Math.max(0, ...followers.map((voter) => voter.lag)),
    maxFollowerLagTimeMs: times.includes(null) ? null : Math.max(0, ...times.map((time) => time ?? 0)),
    voters,
    observers: partition.observers.map((state) => read(state, true)).sort((a, b) => a.id - b.id),
  }
}
