/**
 * The settings that a log works with, resolved once from the topic's configuration so that the append path reads plain
 * numbers. A changed topic configuration makes a new object; logs take it over between two operations.
 */
import type { TopicConfig } from '../../config/topic-config.ts'

export interface LogConfig {
  readonly segmentBytes: number
  /** Of a compacted log at most `max.compaction.lag.ms`, so that its records can be cleaned in time. */
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
  /** Share of dirty bytes from which on a log is compacted. */
  readonly minCleanableRatio: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  /** How long compaction keeps tombstones. */
  readonly deleteRetentionMs: number
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Effort of the codecs that have one, where the broker itself compresses; undefined: the library's. */
  readonly gzipLevel: number | undefined
  readonly zstdLevel: number | undefined
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
  minCleanableRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: 2 ** 63,
  deleteRetentionMs: 86_400_000,
  compressionType: 'producer',
  gzipLevel: undefined,
  zstdLevel: undefined,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: 2 ** 63,
  timestampAfterMaxMs: 3_600_000,
  flushMessages: 2 ** 63,
  flushMs: 2 ** 63,
  fileDeleteDelayMs: 60_000,
}

export function logConfigOf(topic: TopicConfig): LogConfig {
  const policy: readonly string[] = topic.get('cleanup.policy')
  const compact = policy.includes('compact')
  const maxCompactionLagMs = topic.get('max.compaction.lag.ms')
  return {
    segmentBytes: topic.get('internal.segment.bytes') ?? topic.get('segment.bytes'),
    segmentMs: compact ? Math.min(topic.get('segment.ms'), maxCompactionLagMs) : topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    indexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    maxMessageBytes: topic.get('max.message.bytes'),
    retentionMs: topic.get('retention.ms'),
    retentionBytes: topic.get('retention.bytes'),
    compact,
    delete: policy.includes('delete'),
    minCleanableRatio: topic.get('min.cleanable.dirty.ratio'),
    minCompactionLagMs: topic.get('min.compaction.lag.ms'),
    maxCompactionLagMs,
    deleteRetentionMs: topic.get('delete.retention.ms'),
    compressionType: topic.get('compression.type'),
    gzipLevel: levelOf(topic.get('compression.gzip.level')),
    zstdLevel: topic.get('compression.zstd.level'),
    timestampType: topic.get('message.timestamp.type'),
    timestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
  }
}

/** -1 leaves it to the library. */
function levelOf(level: number): number | undefined {
  return level === -1 ? undefined : level
}

/** Spreads the rolls of many logs over `segment.jitter.ms`; the same for one segment each time it is asked. */
export function rollJitterMs(config: LogConfig, directory: string, baseOffset: number): number {
  const bound = Math.min(config.segmentJitterMs, config.segmentMs)
  if (bound <= 0) return 0
  let hash = baseOffset | 0
  for (let index = 0; index < directory.length; index += 1) {
    hash = (Math.imul(hash, 31) + directory.charCodeAt(index)) | 0
  }
  return (hash >>> 0) % bound
}
