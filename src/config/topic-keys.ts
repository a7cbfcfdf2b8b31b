/**
 * Every topic key of Apache Kafka 4.3.1 with the broker keys behind it (`from`): where a topic sets nothing, the first
 * of these that is set gives the value, times the factor to milliseconds. What each key means is in topic-docs.ts.
 */
import { throttledReplicasReason } from './checks.ts'
import { MAX_LONG, bool, choice, double, int, list, listOf, long, type ValueOf } from './key.ts'

export const topicKeys = {
  'cleanup.policy': listOf(['compact', 'delete'], { default: ['delete'], distinct: true, from: 'log.cleanup.policy' }),
  'compression.gzip.level': int({ default: -1, min: 1, max: 9, orExactly: -1, from: 'compression.gzip.level' }),
  'compression.lz4.level': int({ default: 9, min: 1, max: 17, from: 'compression.lz4.level' }),
  'compression.type': choice(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], {
    default: 'producer',
    from: 'compression.type',
  }),
  'compression.zstd.level': int({ default: 3, min: -131_072, max: 22, from: 'compression.zstd.level' }),
  'delete.retention.ms': long({ default: 86_400_000, min: 0, from: 'log.cleaner.delete.retention.ms' }),
  'file.delete.delay.ms': long({ default: 60_000, min: 0, from: 'log.segment.delete.delay.ms' }),
  'flush.messages': long({ default: MAX_LONG, min: 1, from: 'log.flush.interval.messages' }),
  'flush.ms': long({
    default: MAX_LONG,
    min: 0,
    from: [
      ['log.flush.interval.ms', 1],
      ['log.flush.scheduler.interval.ms', 1],
    ],
  }),
  'follower.replication.throttled.replicas': list({ default: [], check: throttledReplicasReason }),
  'index.interval.bytes': int({ default: 4096, min: 0, from: 'log.index.interval.bytes' }),
  'internal.segment.bytes': int({ default: null, internal: true }),
  'leader.replication.throttled.replicas': list({ default: [], check: throttledReplicasReason }),
  'local.retention.bytes': long({ default: -2, min: -2, from: 'log.local.retention.bytes' }),
  'local.retention.ms': long({ default: -2, min: -2, from: 'log.local.retention.ms' }),
  'max.compaction.lag.ms': long({ default: MAX_LONG, min: 1, from: 'log.cleaner.max.compaction.lag.ms' }),
  'max.message.bytes': int({ default: 1_048_588, min: 0, from: 'message.max.bytes' }),
  'message.timestamp.after.max.ms': long({ default: 3_600_000, min: 0, from: 'log.message.timestamp.after.max.ms' }),
  'message.timestamp.before.max.ms': long({ default: MAX_LONG, min: 0, from: 'log.message.timestamp.before.max.ms' }),
  'message.timestamp.type': choice(['CreateTime', 'LogAppendTime'], {
    default: 'CreateTime',
    from: 'log.message.timestamp.type',
  }),
  'min.cleanable.dirty.ratio': double({ default: 0.5, min: 0, max: 1, from: 'log.cleaner.min.cleanable.ratio' }),
  'min.compaction.lag.ms': long({ default: 0, min: 0, from: 'log.cleaner.min.compaction.lag.ms' }),
  'min.insync.replicas': int({ default: 1, min: 1, from: 'min.insync.replicas' }),
  preallocate: bool({ default: false, from: 'log.preallocate' }),
  'remote.log.copy.disable': bool({ default: false }),
  'remote.log.delete.on.disable': bool({ default: false }),
  'remote.storage.enable': bool({ default: false }),
  'retention.bytes': long({ default: -1, from: 'log.retention.bytes' }),
  'retention.ms': long({
    default: 604_800_000,
    min: -1,
    from: [
      ['log.retention.ms', 1],
      ['log.retention.minutes', 60_000],
      ['log.retention.hours', 3_600_000],
    ],
  }),
  'segment.bytes': int({ default: 1_073_741_824, min: 1_048_576, from: 'log.segment.bytes' }),
  'segment.index.bytes': int({ default: 10_485_760, min: 4, from: 'log.index.size.max.bytes' }),
  'segment.jitter.ms': long({
    default: 0,
    min: 0,
    from: [
      ['log.roll.jitter.ms', 1],
      ['log.roll.jitter.hours', 3_600_000],
    ],
  }),
  'segment.ms': long({
    default: 604_800_000,
    min: 1,
    from: [
      ['log.roll.ms', 1],
      ['log.roll.hours', 3_600_000],
    ],
  }),
  'unclean.leader.election.enable': bool({ default: false, from: 'unclean.leader.election.enable' }),
} as const

export type TopicKey = keyof typeof topicKeys
export type TopicConfigValue<K extends TopicKey> = ValueOf<(typeof topicKeys)[K]>
