/**
 * Metrics of the copying between brokers, under Kafka's names: how far followed partitions are behind, what quotas of
 * replication measure, changes of in-sync sets that were refused.
 */
import type { MetricRegistry, MetricSample } from '../../base/metrics.ts'
import type { ReplicationQuota } from '../replication/replication-quota.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'

/** Kafka's name of the thread that would do what this node's one fetcher of a leader does. */
const clientIdOf = (leaderId: number): string => `ReplicaFetcherThread-0-${leaderId}`

export function registerReplicationMetrics(registry: MetricRegistry, replicas: ReplicaManager): void {
  const { replication } = replicas
  const fetchers = replication?.fetchers
  const ofManager = (name: string, help: string, read: () => number): void =>
    registry.gauge(
      { domain: 'kafka.server', type: 'ReplicaFetcherManager', name, tags: { clientId: 'Replica' } },
      help,
      read,
    )
  ofManager('MaxLag', 'Most records that a followed partition is behind', () => fetchers?.maxLag ?? 0)
  ofManager('FailedPartitionsCount', 'Partitions that cannot be followed as they are', () => fetchers?.failedCount ?? 0)
  ofManager('MinFetchRate', 'Fetches a second from the leader that is asked least', () => fetchers?.minFetchRate ?? 0)
  ofManager('DeadThreadCount', 'Fetchers that have ended: none ends by itself', () => 0)
  registry.pull(
    { domain: 'kafka.server', type: 'FetcherLagMetrics', name: 'ConsumerLag' },
    'gauge',
    'Records that a followed partition is behind its leader',
    function* (): Iterable<MetricSample> {
      for (const { partition, lag = 0 } of fetchers?.followed() ?? []) {
        const { topic, index, leaderId } = partition
        yield { tags: { clientId: clientIdOf(leaderId), topic, partition: String(index) }, value: lag }
      }
    },
  )
  // As on Apache Kafka, they come with the first bytes of a throttled replica.
  const byteRate = (type: string, help: string, quota: ReplicationQuota): void =>
    registry.pull({ domain: 'kafka.server', type, name: 'byte-rate', attribute: true }, 'gauge', help, function* () {
      if (quota.wasUsed) yield { tags: {}, value: quota.rate }
    })
  byteRate('LeaderReplication', 'Bytes a second that throttled replicas were sent', replicas.throttles.leader)
  byteRate('FollowerReplication', 'Bytes a second that throttled replicas took', replicas.throttles.follower)
  const refused = registry.meter(
    { domain: 'kafka.server', type: 'ReplicaManager', name: 'FailedIsrUpdatesPerSec' },
    'Changes of in-sync sets that the controller refused',
  )
  if (replication !== undefined) replication.isr.onRefused = () => refused.mark()
}
