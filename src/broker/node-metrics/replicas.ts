/**
 * Gauges of partitions and logs, read from the replica manager when asked: Kafka's ReplicaManager, Log, Partition,
 * purgatories and fetch sessions.
 */
import type { MetricRegistry, MetricSample } from '../../base/metrics.ts'
import type { FetchSessionCache } from '../handlers/fetch-sessions.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Partition } from '../replication/partition.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { registerReplicationMetrics } from './replication.ts'

export interface ReplicaParts {
  readonly nodeId: number
  readonly replicas: ReplicaManager
  readonly logs: LogManager
  readonly image: MetadataImage
  readonly fetchSessions: FetchSessionCache
}

export function registerReplicaMetrics(registry: MetricRegistry, parts: ReplicaParts): void {
  registerCounts(registry, parts)
  registerIsrMeters(registry, parts)
  registerPartitions(registry, parts)
  registerWaiting(registry, parts)
  registerReplicationMetrics(registry, parts.replicas)
}

function registerCounts(registry: MetricRegistry, { replicas, image }: ReplicaParts): void {
  const count = (name: string, help: string, counts: (partition: Partition) => boolean): void => {
    registry.gauge({ domain: 'kafka.server', type: 'ReplicaManager', name }, help, () => {
      let found = 0
      for (const partition of replicas.partitions()) if (counts(partition)) found++
      return found
    })
  }
  count('PartitionCount', 'Partitions with a replica on this node', () => true)
  count('LeaderCount', 'Partitions led by this node', (partition) => partition.isLeader)
  count('OfflineReplicaCount', 'Replicas of this node whose log directory failed', (partition) => !partition.isOnline)
  count('UnderReplicatedPartitions', 'Led partitions with a replica out of sync', isUnderReplicated)
  count('UnderMinIsrPartitionCount', 'Led partitions with fewer in sync than min.insync.replicas', isUnderMinIsr)
  count('AtMinIsrPartitionCount', 'Led partitions with exactly min.insync.replicas in sync', isAtMinIsr)
  count('ReassigningPartitions', 'Led partitions that are being reassigned', (partition) => {
    const state = image.topics.partition(partition.topic, partition.index)
    return partition.isLeader && state !== undefined && state.adding.length + state.removing.length > 0
  })
}

/** Counted from what the controller committed, as it concerns partitions led here. */
function registerIsrMeters(registry: MetricRegistry, { image, nodeId }: ReplicaParts): void {
  const meter = (name: string, help: string) =>
    registry.meter({ domain: 'kafka.server', type: 'ReplicaManager', name }, help)
  const shrinks = meter('IsrShrinksPerSec', 'In-sync sets that lost a replica')
  const expands = meter('IsrExpandsPerSec', 'In-sync sets that gained a replica')
  image.subscribe((delta: MetadataDelta) => {
    for (const { topic, partition, before } of delta.partitions) {
      const now = topic.partitions[partition]
      if (before === undefined || now === undefined || now.leader !== nodeId) continue
      if (before.isr.some((id) => !now.isr.includes(id))) shrinks.mark()
      if (now.isr.some((id) => !before.isr.includes(id))) expands.mark()
    }
  })
}

function isUnderReplicated(partition: Partition): boolean {
  return partition.isLeader && partition.isr.length < partition.replicas.length
}

function isUnderMinIsr(partition: Partition): boolean {
  return partition.isLeader && partition.isOnline && partition.isr.length < partition.minInSyncReplicas()
}

function isAtMinIsr(partition: Partition): boolean {
  return partition.isLeader && partition.isOnline && partition.isr.length === partition.minInSyncReplicas()
}

function registerPartitions(registry: MetricRegistry, { replicas, logs }: ReplicaParts): void {
  const ofPartition = (name: string, help: string, read: (partition: Partition) => number): void => {
    registry.pull({ domain: 'kafka.cluster', type: 'Partition', name }, 'gauge', help, function* () {
      for (const partition of replicas.partitions()) {
        yield { tags: { topic: partition.topic, partition: String(partition.index) }, value: read(partition) }
      }
    })
  }
  ofPartition('UnderReplicated', '1 for a led partition with a replica out of sync', (one) => +isUnderReplicated(one))
  ofPartition('UnderMinIsr', '1 for a led partition with too few in sync', (one) => +isUnderMinIsr(one))
  ofPartition('AtMinIsr', '1 for a led partition with just enough in sync', (one) => +isAtMinIsr(one))
  ofPartition('InSyncReplicasCount', 'Replicas in sync, on the leader', (one) => (one.isLeader ? one.isr.length : 0))
  ofPartition('ReplicasCount', 'Replicas, on the leader', (one) => (one.isLeader ? one.replicas.length : 0))
  ofPartition('LastStableOffsetLag', 'Records between the last stable offset and the high watermark', (one) => {
    if (!one.isLeader || !one.isOnline) return 0
    const { highWatermark, lastStableOffset } = one.offsets()
    return Math.max(0, highWatermark - lastStableOffset)
  })
  const ofLog = (name: string, help: string, read: (log: ReturnType<LogManager['get']> & object) => number): void => {
    registry.pull({ domain: 'kafka.log', type: 'Log', name }, 'gauge', help, function* (): Iterable<MetricSample> {
      for (const log of logs.logs()) {
        yield { tags: { topic: log.topic, partition: String(log.partition) }, value: read(log) }
      }
    })
  }
  ofLog('Size', 'Bytes of the segments of a log', (log) => log.sizeBytes)
  ofLog('LogStartOffset', 'First offset of a log', (log) => log.logStartOffset)
  ofLog('LogEndOffset', 'Offset of the next record of a log', (log) => log.logEndOffset)
  ofLog('NumLogSegments', 'Segments of a log', (log) => log.files.segments.length)
}

function registerWaiting(registry: MetricRegistry, { replicas, fetchSessions }: ReplicaParts): void {
  const { parked } = replicas
  for (const kind of ['Fetch', 'Produce'] as const) {
    for (const name of ['PurgatorySize', 'NumDelayedOperations']) {
      registry.gauge(
        { domain: 'kafka.server', type: 'DelayedOperationPurgatory', name, tags: { delayedOperation: kind } },
        'Requests that wait for records or replicas',
        () => parked.countOf(kind).size,
      )
    }
  }
  registry.total(
    { domain: 'kafka.server', type: 'DelayedProduceMetrics', name: 'Expires_Total' },
    'Produce requests whose replicas did not follow in time',
    () => parked.countOf('Produce').expired,
  )
  registry.total(
    { domain: 'kafka.server', type: 'DelayedFetchMetrics', name: 'Expires_Total', tags: { fetcherType: 'consumer' } },
    'Fetch requests that were answered because their time was over',
    () => parked.countOf('Fetch').expired,
  )
  const sessions = (name: string, help: string, read: () => number) =>
    registry.gauge({ domain: 'kafka.server', type: 'FetchSessionCache', name }, help, read)
  sessions('NumIncrementalFetchSessions', 'Fetch sessions that are kept', () => fetchSessions.size)
  sessions(
    'NumIncrementalFetchPartitionsCached',
    'Partitions of kept fetch sessions',
    () => fetchSessions.partitionCount,
  )
  registry.total(
    { domain: 'kafka.server', type: 'FetchSessionCache', name: 'IncrementalFetchSessionEvictions_Total' },
    'Fetch sessions that gave way to others',
    () => fetchSessions.evictions,
  )
}
