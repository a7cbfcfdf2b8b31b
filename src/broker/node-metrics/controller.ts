/**
 * Kafka's metrics of the controller and of the metadata: KafkaController, ControllerStats, raft-metrics,
 * broker-metadata-metrics. A node without the controller role has no KafkaController metrics.
 */
import type { Clock } from '../../base/clock.ts'
import type { MetricRegistry } from '../../base/metrics.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { PartitionImage } from '../metadata/topics.ts'
import type { MetadataNode } from '../metadata-node.ts'

const KAFKA_CONTROLLER = { domain: 'kafka.controller', type: 'KafkaController' }

/** Kafka's numbers of what a broker is to the controller. */
const REGISTRATION = { fenced: 10, controlledShutdown: 20, active: 30 } as const

export function registerControllerMetrics(registry: MetricRegistry, metadata: MetadataNode, clock: Clock): void {
  registerMetadata(registry, metadata, clock)
  registerRaft(registry, metadata)
  if (metadata.controller === undefined) return
  const { image, controller } = metadata
  const gauge = (name: string, help: string, read: () => number): void =>
    registry.gauge({ ...KAFKA_CONTROLLER, name }, help, read)
  gauge('ActiveControllerCount', '1 on the node that is the active controller', () => +controller.isActive)
  gauge('NewActiveControllersCount', 'Times that this node became the active controller', () => controller.activations)
  gauge('TimedOutBrokerHeartbeatCount', 'Brokers whose session ended for want of heartbeats', () => controller.timeouts)
  gauge('GlobalTopicCount', 'Topics of the cluster', () => image.topics.size)
  gauge('GlobalPartitionCount', 'Partitions of the cluster', () => image.topics.partitionCount)
  gauge('OfflinePartitionsCount', 'Partitions without a leader', () =>
    countPartitions(image, ({ leader }) => leader < 0),
  )
  gauge('PreferredReplicaImbalanceCount', 'Partitions not led by their first replica', () =>
    countPartitions(image, ({ leader, replicas }) => leader !== replicas[0]),
  )
  gauge('FencedBrokerCount', 'Registered brokers that are fenced', () => countBrokers(image, (one) => one.fenced))
  gauge('ActiveBrokerCount', 'Registered brokers that are not fenced', () => countBrokers(image, (one) => !one.fenced))
  gauge('ControlledShutdownBrokerCount', 'Brokers on their way down', () =>
    countBrokers(image, (one) => one.inControlledShutdown),
  )
  gauge('MetadataErrorCount', 'Metadata records that could not be applied', () => +metadata.hasFailed)
  gauge('LastAppliedRecordOffset', 'Offset of the metadata that is applied', () => image.offset)
  gauge('LastCommittedRecordOffset', 'Offset of the metadata that is committed', () => image.offset)
  gauge('LastAppliedRecordTimestamp', 'Milliseconds since the epoch', () => metadata.lastAppliedTimestampMs)
  gauge('LastAppliedRecordLagMs', 'Age of the last metadata record; 0 on the active controller', () =>
    controller.isActive ? 0 : Math.max(0, clock.nowMs() - metadata.lastAppliedTimestampMs),
  )
  registry.pull(
    { ...KAFKA_CONTROLLER, name: 'BrokerRegistrationState' },
    'gauge',
    '10 fenced, 20 shutting down, 30 active',
    function* () {
      for (const { id, fenced, inControlledShutdown } of image.brokers.values()) {
        const state = fenced ? 'fenced' : inControlledShutdown ? 'controlledShutdown' : 'active'
        yield { tags: { broker: String(id) }, value: REGISTRATION[state] }
      }
    },
  )
  registerElections(registry, image)
}

function countPartitions(image: MetadataImage, counts: (partition: PartitionImage) => boolean): number {
  let found = 0
  for (const topic of image.topics.values()) for (const one of topic.partitions) if (counts(one)) found++
  return found
}

function countBrokers(
  image: MetadataImage,
  counts: (broker: { fenced: boolean; inControlledShutdown: boolean }) => boolean,
): number {
  let found = 0
  for (const broker of image.brokers.values()) if (counts(broker)) found++
  return found
}

/** From the committed changes: a leader that was not in sync before was elected against the rule or from the eligible. */
function registerElections(registry: MetricRegistry, image: MetadataImage): void {
  const meter = (name: string, help: string) =>
    registry.meter({ domain: 'kafka.controller', type: 'ControllerStats', name }, help)
  const unclean = meter('UncleanLeaderElectionsPerSec', 'Leaders elected that were not in sync')
  const eligible = meter('ElectionFromEligibleLeaderReplicasPerSec', 'Leaders elected from the eligible replicas')
  image.subscribe((delta: MetadataDelta) => {
    for (const { topic, partition, before } of delta.partitions) {
      const now = topic.partitions[partition]
      if (before === undefined || now === undefined || now.leader < 0 || now.leader === before.leader) continue
      if (before.isr.includes(now.leader)) continue
      if (before.elr.includes(now.leader)) eligible.mark()
      else unclean.mark()
    }
  })
}

function registerMetadata(registry: MetricRegistry, metadata: MetadataNode, clock: Clock): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    registry.gauge({ domain: 'kafka.server', type: 'broker-metadata-metrics', name, attribute: true }, help, read)
  const { image } = metadata
  gauge('last-applied-record-offset', 'Offset of the metadata that this broker has applied', () => image.offset)
  gauge('last-applied-record-timestamp', 'Milliseconds since the epoch', () => metadata.lastAppliedTimestampMs)
  gauge('last-applied-record-lag-ms', 'Age of the last metadata record that was applied', () =>
    Math.max(0, clock.nowMs() - metadata.lastAppliedTimestampMs),
  )
  gauge('metadata-load-error-count', 'Metadata that could not be read', () => +metadata.hasFailed)
  gauge('metadata-apply-error-count', 'Metadata that could not be applied', () => +metadata.hasFailed)
}

function registerRaft(registry: MetricRegistry, { driver }: MetadataNode): void {
  const raft = (name: string, help: string, read: () => number): void =>
    registry.gauge({ domain: 'kafka.server', type: 'raft-metrics', name, attribute: true }, help, read)
  raft('current-leader', 'Node that leads the metadata quorum; -1 when none is known', () => driver.core.role.leaderId)
  raft('current-epoch', 'Epoch of the metadata quorum', () => driver.core.role.epoch)
  raft('current-vote', 'Node that this one voted for; -1 when for none', () => {
    const { role } = driver.core
    return role.kind === 'leader' ? role.leaderId : (role.voted?.id ?? -1)
  })
  raft('log-end-offset', 'Offset of the next record of the metadata log', () => driver.endOffset)
  raft('log-end-epoch', 'Epoch of the last record of the metadata log', () => driver.core.log.endOffset().epoch)
  raft('high-watermark', 'Offset up to which the metadata log is committed', () => driver.core.highWatermark)
  raft('number-of-voters', 'Voters of the metadata quorum', () => driver.voters.ids().length)
  raft('number-of-observers', 'Replicas of the metadata log that do not vote, as the leader sees them', () => {
    const { role } = driver.core
    if (role.kind !== 'leader') return 0
    const voters = new Set(driver.voters.ids())
    return [...role.replicas.values()].filter(({ key }) => !voters.has(key.id)).length
  })
  registry.pull(
    { domain: 'kafka.server', type: 'raft-metrics', name: 'current-state', attribute: true },
    'gauge',
    '1 for the role that this node has in the metadata quorum',
    () => [{ tags: { state: driver.core.role.kind }, value: 1 }],
  )
}
