/**
 * The one place that says which known keys change nothing in the bundled broker yet: all that are not listed here as
 * read. They are validated, stored and described all the same, and their documentation says that they have no effect.
 * A test holds the lists against what the broker's code reads.
 */
import { brokerKeys } from './broker-keys.ts'
import { groupKeys } from './group-keys.ts'
import type { BrokerKey } from './broker-keys.ts'
import type { GroupKey } from './group-keys.ts'
import { type TopicKey, topicKeys } from './topic-keys.ts'

/** Topic keys that storage and replication read. */
export const effectiveTopicKeys: readonly TopicKey[] = [
  'cleanup.policy',
  'compression.gzip.level',
  'compression.type',
  'compression.zstd.level',
  'delete.retention.ms',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'internal.segment.bytes',
  'leader.replication.throttled.replicas',
  'max.compaction.lag.ms',
  'max.message.bytes',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.type',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
]

export const effectiveGroupKeys: readonly GroupKey[] = []

/** Broker keys that are read as such; those behind an effective topic or group key count too. */
export const effectiveBrokerKeys: readonly BrokerKey[] = [
  'advertised.listeners',
  'auto.create.topics.enable',
  'auto.leader.rebalance.enable',
  'broker.heartbeat.interval.ms',
  'broker.id',
  'broker.rack',
  'broker.session.timeout.ms',
  'connections.max.idle.ms',
  'controller.listener.names',
  'controller.quorum.auto.join.enable',
  'controller.quorum.bootstrap.servers',
  'controller.quorum.election.backoff.max.ms',
  'controller.quorum.election.timeout.ms',
  'controller.quorum.fetch.max.bytes',
  'controller.quorum.fetch.snapshot.max.bytes',
  'controller.quorum.fetch.timeout.ms',
  'controller.quorum.request.timeout.ms',
  'controller.quorum.retry.backoff.ms',
  'controller.quorum.voters',
  'cordoned.log.dirs',
  'default.replication.factor',
  'delete.topic.enable',
  'fetch.max.bytes',
  'follower.replication.throttled.rate',
  'group.initial.rebalance.delay.ms',
  'group.max.session.timeout.ms',
  'group.max.size',
  'group.min.session.timeout.ms',
  'inter.broker.listener.name',
  'leader.imbalance.check.interval.seconds',
  'leader.replication.throttled.rate',
  'listener.security.protocol.map',
  'listeners',
  'log.cleaner.backoff.ms',
  'log.cleaner.dedupe.buffer.size',
  'log.cleaner.enable',
  'log.cleaner.io.buffer.load.factor',
  'log.cleaner.io.buffer.size',
  'log.cleaner.io.max.bytes.per.second',
  'log.cleaner.threads',
  'log.dir',
  'log.dirs',
  'log.flush.offset.checkpoint.interval.ms',
  'log.flush.start.offset.checkpoint.interval.ms',
  'log.initial.task.delay.ms',
  'log.retention.check.interval.ms',
  'max.connection.creation.rate',
  'max.connections',
  'max.connections.per.ip',
  'max.connections.per.ip.overrides',
  'max.incremental.fetch.session.cache.slots',
  'max.request.partition.size.limit',
  'metadata.log.dir',
  'metadata.log.max.record.bytes.between.snapshots',
  'metadata.log.max.snapshot.interval.ms',
  'metadata.log.segment.bytes',
  'metadata.log.segment.ms',
  'metadata.max.idle.interval.ms',
  'metadata.max.retention.bytes',
  'metadata.max.retention.ms',
  'node.id',
  'num.partitions',
  'offset.metadata.max.bytes',
  'offsets.commit.timeout.ms',
  'offsets.load.buffer.size',
  'offsets.retention.check.interval.ms',
  'offsets.retention.minutes',
  'offsets.topic.num.partitions',
  'offsets.topic.replication.factor',
  'offsets.topic.segment.bytes',
  'process.roles',
  'producer.id.expiration.check.interval.ms',
  'producer.id.expiration.ms',
  'replica.alter.log.dirs.io.max.bytes.per.second',
  'replica.fetch.backoff.ms',
  'replica.fetch.max.bytes',
  'replica.fetch.min.bytes',
  'replica.fetch.response.max.bytes',
  'replica.fetch.wait.max.ms',
  'replica.high.watermark.checkpoint.interval.ms',
  'replica.lag.time.max.ms',
  'replica.selector.class',
  'replica.socket.timeout.ms',
  'replication.quota.window.num',
  'replication.quota.window.size.seconds',
  'request.timeout.ms',
  'security.inter.broker.protocol',
  'share.coordinator.state.topic.min.isr',
  'share.coordinator.state.topic.num.partitions',
  'share.coordinator.state.topic.replication.factor',
  'share.coordinator.state.topic.segment.bytes',
  'socket.request.max.bytes',
  'transaction.state.log.min.isr',
  'transaction.state.log.num.partitions',
  'transaction.state.log.replication.factor',
  'transaction.state.log.segment.bytes',
  'unclean.leader.election.interval.ms',
  'unstable.api.versions.enable',
]

/** What is missing of keys that have some effect. */
export const partialEffects: Readonly<Partial<Record<TopicKey, string>>> = {}

const behindTopics = effectiveTopicKeys.flatMap((name) => topicKeys[name].fallbacks.map(({ key }) => key))
const behindGroups = effectiveGroupKeys.flatMap((name) => groupKeys[name].fallbacks.map(({ key }) => key))
const effective: Readonly<Record<'topic' | 'group' | 'broker', ReadonlySet<string>>> = {
  topic: new Set(effectiveTopicKeys),
  group: new Set(effectiveGroupKeys),
  broker: new Set([...effectiveBrokerKeys, ...behindTopics, ...behindGroups]),
}

/** False for a key that the bundled broker only stores. */
export function hasEffect(kind: 'topic' | 'group' | 'broker', name: string): boolean {
  return effective[kind].has(name)
}

/** The keys that the bundled broker only stores, by name. */
export function keysWithoutEffect(kind: 'topic' | 'group' | 'broker'): string[] {
  const table = kind === 'topic' ? topicKeys : kind === 'group' ? groupKeys : brokerKeys
  return Object.keys(table).filter((name) => !hasEffect(kind, name))
}
