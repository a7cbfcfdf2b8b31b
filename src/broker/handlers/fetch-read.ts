/**
 * The reading half of Fetch: what each partition has to say now, within the byte limits. Records are pieces of the log,
 * never copied or decoded. Synchronous, and free of sessions and waiting.
 */
import type { Uuid } from '../../base/uuid.ts'
import { ApiError, type ErrorName, errorCode, toApiError } from '../../protocol/errors.ts'
import type { Partition } from '../replication/partition.ts'
import { RACK_AWARE, rackAwareReplica } from '../replication/replica-selector.ts'
import type { Log } from '../storage/log.ts'
import type { BrokerServices } from './context.ts'
import type { FetchPartition } from './fetch-sessions.ts'

export type FetchIsolation = 'log end' | 'high watermark' | 'last stable offset'

export interface FetchRead {
  readonly isolation: FetchIsolation
  /** Node id of a fetching follower; negative for consumers. */
  readonly replicaId: number
  /** Epoch of the follower's registration; -1: not told. */
  readonly brokerEpoch: number
  readonly maxBytes: number
  readonly usesTopicIds: boolean
  /** A follower is none to read from: for replicas, and for consumers that do not say where they stand. */
  readonly leaderOnly: boolean
  /** Rack of the consumer; empty: not told. */
  readonly rack: string
  /** The version cannot carry zstd to its client. */
  readonly refusesZstd: boolean
}

/** What one partition answered. */
export interface FetchResult {
  readonly wanted: FetchPartition
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | undefined
  readonly abortedTransactions: readonly { producerId: number; firstOffset: number }[] | null
  /** Where the consumer is to read instead; -1: here. */
  readonly preferredReplica: number
  readonly records: readonly Buffer[]
  readonly sizeBytes: number
}

export interface FetchResults {
  readonly results: FetchResult[]
  readonly sizeBytes: number
  /** Something that must not wait for more bytes: an error, a diverging epoch, another replica to read from. */
  readonly urgent: boolean
}

const NO_RECORDS: readonly Buffer[] = []

/**
 * Reads the partitions in order. The first that has data gives at least one whole batch, above any limit (KIP-74).
 * `skipUnchanged`: partitions without news since they were last told are left out (incremental sessions).
 * `notesFollower`: the request tells how far its follower is; not so when it has waited since it came.
 */
export function readPartitions(
  services: BrokerServices,
  wanted: Iterable<FetchPartition>,
  read: FetchRead,
  skipUnchanged: boolean,
  notesFollower = true,
): FetchResults {
  const results: FetchResult[] = []
  let sizeBytes = 0
  let urgent = false
  for (const partition of wanted) {
    const result = readPartition(services, partition, read, {
      maxBytes: Math.min(
        partition.maxBytes,
        read.maxBytes < 0 ? read.maxBytes : Math.max(0, read.maxBytes - sizeBytes),
      ),
      minOneBatch: sizeBytes === 0,
      skipUnchanged,
      notesFollower,
    })
    if (result === undefined) continue
    results.push(result)
    sizeBytes += result.sizeBytes
    if (isUrgent(result)) urgent = true
  }
  return { results, sizeBytes, urgent }
}

function isUrgent({ errorCode, divergingEpoch, preferredReplica }: FetchResult): boolean {
  return errorCode !== 0 || divergingEpoch !== undefined || preferredReplica >= 0
}

/** The hosted partition a fetch means; throws the error for the client. */
export function partitionOf(services: BrokerServices, wanted: FetchPartition, usesTopicIds: boolean): Partition {
  if (wanted.topic === null) {
    // The topic may have become known since the session began.
    wanted.topic = services.image.topics.byId(wanted.topicId)?.name ?? null
    if (wanted.topic === null) throw new ApiError('UNKNOWN_TOPIC_ID', `no topic has the id ${wanted.topicId}`)
  }
  const partition = services.replicas.partition(wanted.topic, wanted.partition)
  if (usesTopicIds && partition.topicId !== wanted.topicId) {
    throw new ApiError('INCONSISTENT_TOPIC_ID', `${wanted.topic} has the id ${partition.topicId}`)
  }
  return partition
}

/** Exclusive end of what a fetch of this isolation may see. */
export function visibleEnd(log: Log, isolation: FetchIsolation): number {
  if (isolation === 'high watermark') return log.highWatermark
  return isolation === 'log end' ? log.logEndOffset : log.lastStableOffset
}

function readPartition(
  services: BrokerServices,
  wanted: FetchPartition,
  read: FetchRead,
  limits: { maxBytes: number; minOneBatch: boolean; skipUnchanged: boolean; notesFollower: boolean },
): FetchResult | undefined {
  try {
    const partition = partitionOf(services, wanted, read.usesTopicIds)
    partition.metrics?.fetched()
    const log = partition.logFor(wanted.currentLeaderEpoch, read.leaderOnly)
    if (read.refusesZstd && log.config.get('compression.type') === 'zstd') {
      throw new ApiError('UNSUPPORTED_COMPRESSION_TYPE', 'the topic is compressed with zstd: fetch version 10 or later')
    }
    const diverging = wanted.lastFetchedEpoch < 0 ? undefined : divergence(log, wanted)
    if (diverging !== undefined) return resultOf(wanted, log, { divergingEpoch: diverging })
    if (read.replicaId >= 0 && limits.notesFollower) noteFollower(services, partition, wanted, read)
    const preferredReplica = preferredReplicaFor(services, partition, wanted, read)
    if (preferredReplica >= 0) return resultOf(wanted, log, { preferredReplica })
    if (isHeldBack(services, partition, read.replicaId)) return resultOf(wanted, log, {})
    const upTo = visibleEnd(log, read.isolation)
    const withAborted = read.isolation === 'last stable offset'
    if (wanted.fetchOffset === upTo) {
      // Nothing to read; the commonest case of a consumer that keeps up, answered without touching the log.
      if (limits.skipUnchanged && isUnchanged(wanted, log)) return undefined
      return resultOf(wanted, log, { aborted: withAborted ? [] : null })
    }
    if (limits.maxBytes < 0 && wanted.fetchOffset >= log.logStartOffset && wanted.fetchOffset < upTo) {
      throw new ApiError('UNKNOWN_SERVER_ERROR', `a limit of ${limits.maxBytes} bytes`)
    }
    const { records, abortedTransactions } = log.read(wanted.fetchOffset, {
      maxBytes: limits.maxBytes,
      minOneBatch: limits.minOneBatch,
      upTo,
      withAborted,
    })
    if (records.length === 0 && limits.skipUnchanged && isUnchanged(wanted, log)) return undefined
    return resultOf(wanted, log, { records, aborted: withAborted ? (abortedTransactions ?? []) : null })
  } catch (error) {
    return failed(services, wanted, error)
  }
}

function resultOf(
  wanted: FetchPartition,
  log: Log,
  found: {
    records?: readonly Buffer[]
    aborted?: FetchResult['abortedTransactions']
    divergingEpoch?: { epoch: number; endOffset: number }
    preferredReplica?: number
  },
): FetchResult {
  const records = found.records ?? NO_RECORDS
  let sizeBytes = 0
  for (const piece of records) sizeBytes += piece.length
  return {
    wanted,
    errorCode: 0,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    divergingEpoch: found.divergingEpoch,
    abortedTransactions: found.aborted ?? null,
    preferredReplica: found.preferredReplica ?? -1,
    records,
    sizeBytes,
  }
}

/** Refusals that are no failures of the broker, as Kafka counts them. */
const EXPECTED_REFUSALS: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_LEADER_EPOCH',
  'FENCED_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'OFFSET_OUT_OF_RANGE',
])

function failed(services: BrokerServices, wanted: FetchPartition, error: unknown): FetchResult {
  if (wanted.topic !== null && !EXPECTED_REFUSALS.has(toApiError(error).error)) {
    services.replicas.hosted(wanted.topic, wanted.partition)?.metrics?.mark('FailedFetchRequestsPerSec')
  }
  if (!(error instanceof ApiError)) {
    services.log.error(`fetch of ${wanted.topic}-${wanted.partition} at ${wanted.fetchOffset} failed`, error)
  }
  return errorResult(wanted, toApiError(error).error)
}

/** Kafka lists no aborted transactions, rather than none at all, for what it does not even try to read. */
const UNTRIED: ReadonlySet<ErrorName> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'])

export function errorResult(wanted: FetchPartition, error: ErrorName): FetchResult {
  return {
    wanted,
    errorCode: errorCode(error),
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: undefined,
    abortedTransactions: UNTRIED.has(error) ? [] : null,
    preferredReplica: -1,
    records: NO_RECORDS,
    sizeBytes: 0,
  }
}

function isUnchanged(wanted: FetchPartition, log: Log): boolean {
  return wanted.sentHighWatermark === log.highWatermark && wanted.sentLogStartOffset === log.logStartOffset
}

/** Where the fetcher's log left this one's history, if it did (KIP-595): it must truncate before it fetches on. */
function divergence(log: Log, wanted: FetchPartition): { epoch: number; endOffset: number } | undefined {
  const { epoch, endOffset } = log.epochs.endOffsetFor(wanted.lastFetchedEpoch)
  if (endOffset < 0 || epoch < 0) {
    throw new ApiError('OFFSET_OUT_OF_RANGE', `epoch ${wanted.lastFetchedEpoch} is not in the log's history`)
  }
  if (wanted.fetchOffset < log.logStartOffset) throw new ApiError('OFFSET_OUT_OF_RANGE')
  return epoch < wanted.lastFetchedEpoch || endOffset < wanted.fetchOffset ? { epoch, endOffset } : undefined
}

/** The replica that a consumer is to read from instead of this leader; -1: this one will do. */
function preferredReplicaFor(
  services: BrokerServices,
  partition: Partition,
  wanted: FetchPartition,
  read: FetchRead,
): number {
  if (read.rack === '' || read.replicaId >= 0 || !partition.isLeader) return -1
  if (services.config.get('replica.selector.class') !== RACK_AWARE) return -1
  const { image, nodeId, clock } = services
  const rackOf = (id: number) => image.brokers.get(id)?.rack ?? null
  const nowMs = clock.monotonicMs()
  const followers = [...partition.followers()]
    .filter(({ replicaId, logEndOffset, logStartOffset }) => {
      const isThere = logStartOffset <= wanted.fetchOffset && logEndOffset >= wanted.fetchOffset
      return isThere && partition.isr.includes(replicaId)
    })
    .map(({ replicaId, logEndOffset, lastCaughtUpMs }) => {
      return { id: replicaId, rack: rackOf(replicaId), logEndOffset, behindMs: nowMs - lastCaughtUpMs }
    })
  const { logEndOffset } = partition.log()
  const leader = { id: nodeId, rack: rackOf(nodeId), logEndOffset, behindMs: 0 }
  const chosen = rackAwareReplica(read.rack, leader, followers)
  return chosen === nodeId ? -1 : chosen
}

/** A follower that is behind, and whose bytes are bounded, gets none for now. */
function isHeldBack({ replicas }: BrokerServices, partition: Partition, replicaId: number): boolean {
  if (replicaId < 0 || partition.isr.includes(replicaId)) return false
  const { leader } = replicas.throttles
  return leader.isExceeded && leader.covers(partition)
}

function noteFollower(services: BrokerServices, partition: Partition, wanted: FetchPartition, read: FetchRead): void {
  const { logStartOffset, logEndOffset } = partition.log()
  // What it asks for is not here: it is about to lose its place, and what it has proves nothing.
  if (wanted.fetchOffset < logStartOffset || wanted.fetchOffset > logEndOffset) return
  services.replicas.followerFetched(partition, {
    replicaId: read.replicaId,
    fetchOffset: wanted.fetchOffset,
    logStartOffset: wanted.logStartOffset,
    nowMs: services.clock.monotonicMs(),
    brokerEpoch: read.brokerEpoch,
  })
}

/** The topic's id, for requests that name it. */
export function topicIdOf(services: BrokerServices, topic: string, unknown: Uuid): Uuid {
  return services.image.topics.get(topic)?.id ?? unknown
}
