/** The names of Kafka's files and directories: how they are built and read back. */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { parsePartitionKey, type TopicPartition } from '../../base/topic-partition.ts'

export const SUFFIX = {
  log: '.log',
  index: '.index',
  timeIndex: '.timeindex',
  txnIndex: '.txnindex',
  snapshot: '.snapshot',
  /** Waits for its removal. */
  deleted: '.deleted',
  /** A segment that compaction is writing. */
  cleaned: '.cleaned',
  /** A finished segment that is about to take the place of older ones. */
  swap: '.swap',
} as const

export const DELETE_DIRECTORY = '-delete'
export const STRAY_DIRECTORY = '-stray'
export const FUTURE_DIRECTORY = '-future'

export const FILE = {
  recoveryPoints: 'recovery-point-offset-checkpoint',
  highWatermarks: 'replication-offset-checkpoint',
  logStarts: 'log-start-offset-checkpoint',
  cleanerOffsets: 'cleaner-offset-checkpoint',
  cleanShutdown: '.kafka_cleanshutdown',
  metaProperties: 'meta.properties',
  partitionMetadata: 'partition.metadata',
  leaderEpochs: 'leader-epoch-checkpoint',
  lock: '.lock',
} as const

/** 20 digits, as in `00000000000000000042.log`. */
export function offsetName(offset: number): string {
  return String(offset).padStart(20, '0')
}

/** The offset before the first dot; undefined when the name is not of a segment's file. */
export function offsetOfName(name: string): number | undefined {
  const match = /^(\d{1,20})\./.exec(name)
  return match === null ? undefined : Number(match[1])
}

const NAME_LENGTH_MAX = 255

/** The directory's name while it waits for removal; `unique` is 32 hexadecimal digits. Long topic names are cut. */
export function markedDirectoryName(at: TopicPartition, unique: string, mark: string): string {
  const suffix = `-${at.partition}.${unique}${mark}`
  return at.topic.slice(0, NAME_LENGTH_MAX - suffix.length) + suffix
}

export type DirectoryKind =
  | { readonly kind: 'log'; readonly at: TopicPartition }
  | { readonly kind: 'future'; readonly at: TopicPartition }
  | { readonly kind: 'deleted' | 'stray' }
  | { readonly kind: 'unknown' }

/** What a sub-directory of a log directory is, from its name. */
export function directoryKind(name: string): DirectoryKind {
  const marked = /^(.*-\d+)\.[0-9a-f]{32}(-delete|-stray|-future)$/.exec(name)
  if (marked !== null && marked[2] !== FUTURE_DIRECTORY) {
    return { kind: marked[2] === DELETE_DIRECTORY ? 'deleted' : 'stray' }
  }
  if (marked !== null) {
    const future = parsePartitionKey(marked[1]!)
    return future === undefined ? { kind: 'unknown' } : { kind: 'future', at: future }
  }
  const at = parsePartitionKey(name)
  return at === undefined ? { kind: 'unknown' } : { kind: 'log', at }
}

/** Makes the marks of directories that change their name: by chance, or where there is none by the time and a count. */
export function uniqueMarks(clock: Pick<Clock, 'nowMs'>, random?: Pick<Random, 'bytes'>): () => string {
  let count = 0
  return () => {
    if (random !== undefined) return random.bytes(16).toString('hex')
    const time = clock.nowMs().toString(16).padStart(16, '0')
    return `${time}${(++count).toString(16).padStart(16, '0')}`.slice(-32)
  }
}
