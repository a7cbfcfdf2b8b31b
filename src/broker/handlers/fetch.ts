/**
 * Fetch (1): record batches from the leader of each partition, as they lie in the log.
 *
 * v4  isolation level, aborted transactions (KIP-98).  v5  log start offset.  v7  incremental sessions (KIP-227).
 * v9  leader epoch is checked (KIP-320).  v10  may carry zstd.  v11  rack of the client (KIP-392).
 * v12  flexible; last fetched epoch and diverging epoch (KIP-595).  v13  topic ids (KIP-516).  v15  replica state.
 * v16  leader hints (KIP-951).  v17  directory id.  v18  the fetcher's high watermark.
 *
 * At least one whole batch is returned above all limits; an offset inside a batch gives the whole batch. A request that
 * finds less than its minimum waits, and is woken by an append, a moved high watermark or a change of leadership.
 */
import { ZERO_UUID } from '../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Partition } from '../replication/partition.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { distinctPartitions } from './distinct.ts'
import { FetchContext } from './fetch-context.ts'
import { type FetchIsolation, type FetchRead, type FetchResult, readPartitions, topicIdOf } from './fetch-read.ts'
import { partitionOf, visibleEnd } from './fetch-read.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { leaderHint, type NodeEndpoint } from './topics.ts'

type Request = RequestOf<'Fetch'>
type Response = ResponseInput<'Fetch'>
type Topic = Request['topics'][number]

const FIRST_VERSION_WITH_SESSIONS = 7
const FIRST_VERSION_WITH_RACKS = 11
const FIRST_VERSION_WITH_TOPIC_IDS = 13
const FIRST_VERSION_WITH_REPLICA_STATE = 15
const FIRST_VERSION_WITH_LEADER_HINTS = 16
const FIRST_VERSION_WITH_ZSTD = 10
const CONSUMER = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const HINTED_ERRORS: ReadonlySet<number> = new Set([
  errorCode('NOT_LEADER_OR_FOLLOWER'),
  errorCode('FENCED_LEADER_EPOCH'),
])

export const fetchHandler: Handler<'Fetch'> = {
  handle(request, context, services) {
    const usesTopicIds = context.version >= FIRST_VERSION_WITH_TOPIC_IDS
    const replicaId =
      context.version >= FIRST_VERSION_WITH_REPLICA_STATE ? request.replicaState.replicaId : request.replicaId
    const partitions = wantedOf(request, usesTopicIds, services)
    const isKnownLevel = request.isolationLevel === READ_UNCOMMITTED || request.isolationLevel === READ_COMMITTED
    const fetch = FetchContext.of({
      cache: services.fetchSessions,
      sessionId: request.sessionId,
      epoch: request.sessionEpoch,
      usesTopicIds,
      isFollower: replicaId >= 0,
      partitions,
      forgotten: forgottenOf(request),
    })
    if (typeof fetch === 'string') return { errorCode: errorCode(fetch), sessionId: 0, responses: [] }
    // a level that does not exist is found out when something is to be read
    if (!isKnownLevel && partitions.some((wanted) => exists(services, wanted))) return refuse(request, context.version)
    return new FetchRun(services, context, fetch, {
      read: {
        isolation: isolationOf(replicaId, request.isolationLevel),
        replicaId,
        brokerEpoch: context.version >= FIRST_VERSION_WITH_REPLICA_STATE ? request.replicaState.replicaEpoch : -1,
        maxBytes: Math.min(request.maxBytes, services.config.get('fetch.max.bytes')),
        usesTopicIds,
        leaderOnly: replicaId >= 0 || (replicaId === CONSUMER && context.version < FIRST_VERSION_WITH_RACKS),
        rack: request.rackId,
        refusesZstd: context.version < FIRST_VERSION_WITH_ZSTD,
      },
      minBytes: request.minBytes,
      maxWaitMs: request.maxWaitMs,
    }).start()
  },
}

interface FetchLimits {
  readonly read: FetchRead
  readonly minBytes: number
  readonly maxWaitMs: number
}

/** One fetch from its first read to its answer. */
class FetchRun {
  readonly #services: BrokerServices
  readonly #context: RequestContext
  readonly #fetch: FetchContext
  readonly #limits: FetchLimits
  readonly #minBytes: number

  constructor(services: BrokerServices, context: RequestContext, fetch: FetchContext, limits: FetchLimits) {
    this.#services = services
    this.#context = context
    this.#fetch = fetch
    this.#limits = limits
    this.#minBytes = Math.min(limits.minBytes, limits.read.maxBytes)
  }

  start(): Response | Promise<Response> {
    const { results, sizeBytes, urgent } = this.#read(true)
    const isDone = urgent || sizeBytes >= this.#minBytes || this.#limits.maxWaitMs <= 0 || this.#fetch.size === 0
    return isDone ? this.#answer(results) : this.#wait()
  }

  #read(isFirst = false) {
    const { read } = this.#limits
    return readPartitions(this.#services, this.#fetch.partitions(), read, this.#fetch.isIncremental, isFirst)
  }

  #wait(): Promise<Response> {
    const { parked } = this.#services.replicas
    return new Promise((resolve, reject) => {
      const settle = (results: () => FetchResult[]) => {
        try {
          resolve(this.#answer(results()))
        } catch (error) {
          reject(error)
        }
      }
      const place = parked.park(this.#watched(), this.#limits.maxWaitMs, {
        kind: 'Fetch',
        tryComplete: () => {
          if (!this.#mayComplete()) return false
          const { results, sizeBytes, urgent } = this.#read()
          if (!urgent && sizeBytes < this.#minBytes) return false
          settle(() => results)
          return true
        },
        expire: () => settle(() => this.#read().results),
      })
      const { peer } = this.#context
      if (peer !== undefined) peer.onGone = () => place.cancel()
    })
  }

  /** The partitions whose appends matter; those that cannot be read answered at once and do not come here. */
  #watched(): Partition[] {
    const watched: Partition[] = []
    for (const wanted of this.#fetch.partitions()) {
      const partition =
        wanted.topic === null ? undefined : this.#services.replicas.hosted(wanted.topic, wanted.partition)
      if (partition !== undefined) watched.push(partition)
    }
    return watched
  }

  /** A cheap look before the reading: is there anything new, or has a partition become an error? */
  #mayComplete(): boolean {
    const { isolation, usesTopicIds, leaderOnly } = this.#limits.read
    for (const wanted of this.#fetch.partitions()) {
      try {
        const log = partitionOf(this.#services, wanted, usesTopicIds).logFor(wanted.currentLeaderEpoch, leaderOnly)
        if (visibleEnd(log, isolation) !== wanted.fetchOffset) return true
      } catch {
        return true
      }
    }
    return false
  }

  #answer(results: readonly FetchResult[]): Response {
    const outcome = this.#fetch.answered(results)
    if (typeof outcome === 'string') return { errorCode: errorCode(outcome), sessionId: 0, responses: [] }
    const endpoints = new Map<number, NodeEndpoint>()
    const responses: { topic: string; topicId: string; partitions: object[] }[] = []
    let last: (typeof responses)[number] | undefined
    for (const result of outcome.results) {
      const { topic, topicId } = result.wanted
      if (last === undefined || last.topicId !== topicId || last.topic !== (topic ?? '')) {
        last = { topic: topic ?? '', topicId, partitions: [] }
        responses.push(last)
      }
      last.partitions.push(this.#partitionResponse(result, endpoints))
      if (result.sizeBytes > 0 && topic !== null) this.#countSent(topic, result)
    }
    const nodeEndpoints = endpoints.size === 0 ? {} : { nodeEndpoints: [...endpoints.values()] }
    return { sessionId: outcome.sessionId, responses, ...nodeEndpoints } as Response
  }

  #countSent(topic: string, { wanted, sizeBytes }: FetchResult): void {
    const { replicas } = this.#services
    const partition = replicas.hosted(topic, wanted.partition)
    if (this.#limits.read.replicaId < 0) partition?.metrics?.sent(sizeBytes)
    else {
      replicas.topicMetrics?.sentToFollower(sizeBytes)
      const { leader } = replicas.throttles
      if (partition?.isOnline === true && leader.covers(partition)) leader.record(sizeBytes)
    }
  }

  #partitionResponse(result: FetchResult, endpoints: Map<number, NodeEndpoint>): object {
    const { wanted, divergingEpoch, preferredReplica } = result
    const response = {
      partitionIndex: wanted.partition,
      errorCode: result.errorCode,
      highWatermark: result.highWatermark,
      lastStableOffset: result.lastStableOffset,
      logStartOffset: result.logStartOffset,
      abortedTransactions: result.abortedTransactions,
      records: result.records,
    }
    if (divergingEpoch !== undefined) return { ...response, divergingEpoch }
    if (preferredReplica >= 0) return { ...response, preferredReadReplica: preferredReplica }
    if (this.#context.version < FIRST_VERSION_WITH_LEADER_HINTS || !HINTED_ERRORS.has(result.errorCode)) return response
    const hint = leaderHint(this.#services, this.#context, wanted.topic ?? '', wanted.partition, endpoints)
    return hint === undefined ? response : { ...response, currentLeader: hint }
  }
}

const NO_RECORDS = Buffer.alloc(0)

function exists({ image }: BrokerServices, { topic, partition }: FetchPartition): boolean {
  return topic !== null && image.topics.partition(topic, partition) !== undefined
}

/** An isolation level that does not exist: nothing of the request is looked at. */
function refuse({ topics }: Request, version: number): Response {
  const error = errorCode('UNKNOWN_SERVER_ERROR')
  if (version >= FIRST_VERSION_WITH_TOPIC_IDS) return { errorCode: error, responses: [] }
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      errorCode: error,
      highWatermark: -1,
      records: NO_RECORDS,
    })),
  }))
  return version >= FIRST_VERSION_WITH_SESSIONS ? { errorCode: error, responses } : { responses }
}

function isolationOf(replicaId: number, level: number): FetchIsolation {
  if (replicaId >= 0) return 'log end'
  return level === READ_COMMITTED ? 'last stable offset' : 'high watermark'
}

function wantedOf(request: Request, usesTopicIds: boolean, services: BrokerServices): FetchPartition[] {
  const wanted: FetchPartition[] = []
  const nameOf = (topic: Topic): string => (usesTopicIds ? topic.topicId : topic.topic)
  const topics = distinctPartitions(request.topics, nameOf, 'partitions', (each) => each.partition)
  for (const { topic, topicId, partitions } of topics) {
    const name = usesTopicIds ? (services.image.topics.byId(topicId)?.name ?? null) : topic
    const id = usesTopicIds ? topicId : topicIdOf(services, topic, ZERO_UUID)
    for (const partition of partitions) {
      wanted.push({
        topic: name,
        topicId: id,
        partition: partition.partition,
        fetchOffset: partition.fetchOffset,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        logStartOffset: partition.logStartOffset,
        maxBytes: partition.partitionMaxBytes,
        sentHighWatermark: -1,
        sentLogStartOffset: -1,
      })
    }
  }
  return wanted
}

function forgottenOf(request: Request): { topic: string; topicId: string; partition: number }[] {
  return request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({ topic, topicId, partition })),
  )
}
