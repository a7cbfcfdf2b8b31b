/**
 * The broker settings that rule groups and committed offsets, as plain numbers. Times in milliseconds.
 */

export interface GroupSettings {
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  readonly initialRebalanceDelayMs: number
  /** Members a classic group may have. */
  readonly maxSize: number
  /** Longest metadata text of a committed offset, in characters. */
  readonly offsetMetadataMaxSize: number
  /** How long offsets of an empty group are kept. */
  readonly offsetsRetentionMs: number
  readonly offsetsRetentionCheckIntervalMs: number
  /** How long a write may wait for the high watermark. */
  readonly commitTimeoutMs: number
  /** Bytes read at a time while a partition is loaded. */
  readonly loadBufferBytes: number
  /** Partitions of `__consumer_offsets` when it does not exist yet. */
  readonly topicPartitions: number
}

export const defaultGroupSettings: GroupSettings = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 3_000,
  maxSize: 2_147_483_647,
  offsetMetadataMaxSize: 4_096,
  offsetsRetentionMs: 10_080 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  commitTimeoutMs: 5_000,
  loadBufferBytes: 5_242_880,
  topicPartitions: 50,
}

/** The part of `BrokerConfig` that is read here. */
export interface ConfigReader {
  get(key: GroupSettingKey): number
}

export type GroupSettingKey =
  | 'group.min.session.timeout.ms'
  | 'group.max.session.timeout.ms'
  | 'group.initial.rebalance.delay.ms'
  | 'group.max.size'
  | 'offset.metadata.max.bytes'
  | 'offsets.retention.minutes'
  | 'offsets.retention.check.interval.ms'
  | 'offsets.commit.timeout.ms'
  | 'offsets.load.buffer.size'
  | 'offsets.topic.num.partitions'

/** Reads the settings from the broker's configuration. */
export function groupSettings(config: ConfigReader): GroupSettings {
  return {
    minSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    maxSize: config.get('group.max.size'),
    offsetMetadataMaxSize: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * 60_000,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    loadBufferBytes: config.get('offsets.load.buffer.size'),
    topicPartitions: config.get('offsets.topic.num.partitions'),
  }
}
