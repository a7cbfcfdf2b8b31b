/**
 * The settings that a log works with, resolved once from the topic's configuration so that the append path reads plain
 * numbers. A changed topic configuration makes a new object; logs take it over between two operations.
 */
import type { TopicConfig } from '../../config/topic-config.ts'

export interface LogConfig {
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  /** Preallocated size of an active index file; also the bound of its entries. */
  readonly indexBytes: number
  readonly indexIntervalBytes: number
  readonly maxMessageBytes: number
  /** -1: for ever. */
  readonly retentionMs: number
  /** -1: unbounded. */
  readonly retentionBytes: number
  readonly compact: boolean
  readonly delete: boolean
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  readonly flushMessages: number
  readonly flushMs: number
  readonly fileDeleteDelayMs: number
}

/** Kafka's defaults. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  indexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1_048_588,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  compact: false,
  delete: true,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: 2 ** 63,
  timestampAfterMaxMs: 3_600_000,
  flushMessages: 2 ** 63,
  flushMs: 2 ** 63,
  fileDeleteDelayMs: 60_000,
}

export function logConfigOf(topic: TopicConfig): LogConfig {
  const policy: readonly string[] = topic.get('cleanup.policy')
  return {
    segmentBytes: topic.get('internal.segment.bytes') ?? topic.get('segment.bytes'),
    segmentMs: topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    indexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    maxMessageBytes: topic.get('max.message.bytes'),
    retentionMs: topic.get('retention.ms'),
    retentionBytes: topic.get('retention.bytes'),
    compact: policy.includes('compact'),
    delete: policy.includes('delete'),
    compressionType: topic.get('compression.type'),
    timestampType: topic.get('message.timestamp.type'),
    timestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
  }
}
