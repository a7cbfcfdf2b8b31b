/**
 * Produce (0): appends one record batch per partition, as the leader. Served from v3, advertised from 0 (see versions.ts).
 *
 * v3  transactional id, message format 2 (KIP-98).  v5  log start offset.  v6  throttling (KIP-219).  v7  may carry zstd.
 * v8  errors of single records (KIP-467).  v9  flexible.  v10  leader hints (KIP-951).  v11, v12  transactions (KIP-890).
 * v13  topic ids (KIP-516).
 *
 * acks=1 is answered after the local append, acks=-1 when all in-sync replicas have the records; acks=0 has no answer,
 * and an error then closes the connection. Transactional records are refused: the coordinator they need is not served.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, type ErrorName, errorCode, toApiError } from '../../protocol/errors.ts'
import type { AcksMode, Partition } from '../replication/partition.ts'
import type { AppendResult } from '../storage/log.ts'
import { type BrokerServices, CloseConnection, type Handler, type RequestContext } from './context.ts'
import { distinctPartitions } from './distinct.ts'
import { batchOf, checkFirstBatch } from './produce-batch.ts'
import { isInternalTopic, leaderHint, mayWriteInternalTopics, type NodeEndpoint } from './topics.ts'

type TopicData = RequestOf<'Produce'>['topicData'][number]
type Response = ResponseInput<'Produce'>

const topicIdOf = (topic: TopicData): string => topic.topicId
const topicNameOf = (topic: TopicData): string => topic.name
const indexOf = (partition: { readonly index: number }): number => partition.index

/** The response of one partition; its own object, because acks=-1 may turn it into an error later. */
interface PartitionResponse {
  readonly index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: number
  logStartOffset: number
  recordErrors?: readonly { batchIndex: number; batchIndexErrorMessage: string | null }[]
  errorMessage?: string | null
  currentLeader?: { leaderId: number; leaderEpoch: number }
}

const FIRST_VERSION_WITH_TOPIC_IDS = 13
const FIRST_VERSION_WITH_LEADER_HINTS = 10
/** Refusals of an append that do not tell the log start offset. */
const WITHOUT_LOG_START: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])
const NOT_LEADER = errorCode('NOT_LEADER_OR_FOLLOWER')

export const produceHandler: Handler<'Produce'> = {
  // The log has written the records, and copied what it keeps of them, when the append returns.
  releasesBytes: true,
  handle(request, context, services) {
    const run = new ProduceRun(services, context, request)
    const { topicData } = request
    const unreadable = corruptionIn(topicData)
    const byId = context.version >= FIRST_VERSION_WITH_TOPIC_IDS
    const distinct = distinctPartitions(topicData, byId ? topicIdOf : topicNameOf, 'partitionData', indexOf)
    if (unreadable !== undefined) return refuse(request.acks, distinct, unreadable)
    const responses = distinct.map((topic) => run.topic(topic))
    if (request.acks === 0) {
      if (run.firstError === undefined) return null
      throw new CloseConnection(`produce with acks=0 failed: ${run.firstError.message}`)
    }
    const respond = (): Response => run.response(responses)
    return run.waits.length === 0 ? respond() : Promise.all(run.waits).then(respond)
  },
}

/** Kafka looks at the head of every batch before it looks at anything else, and one that is no batch fails the whole request. */
function corruptionIn(topicData: readonly TopicData[]): ApiError | undefined {
  try {
    for (const { partitionData } of topicData) for (const { records } of partitionData) checkFirstBatch(records)
    return undefined
  } catch (error) {
    return toApiError(error)
  }
}

function refuse(acks: number, topicData: readonly TopicData[], error: ApiError): Response | null {
  if (acks === 0) throw new CloseConnection(`produce with acks=0 failed: ${error.message}`)
  const failed = { errorCode: error.errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, ...failed, errorMessage: error.message })),
    })),
  }
}

class ProduceRun {
  readonly #services: BrokerServices
  readonly #context: RequestContext
  readonly #acks: number
  readonly #timeoutMs: number
  /** What the check of a batch must know of its request. */
  readonly #terms: { readonly version: number; readonly transactionalId: string | null }
  /** Appends that wait for the in-sync replicas; each settles its partition's response and never rejects. */
  readonly waits: Promise<void>[] = []
  firstError: ApiError | undefined

  constructor(services: BrokerServices, context: RequestContext, request: RequestOf<'Produce'>) {
    this.#services = services
    this.#context = context
    this.#acks = request.acks
    this.#timeoutMs = request.timeoutMs
    this.#terms = { version: context.version, transactionalId: request.transactionalId }
  }

  topic(data: TopicData): { name: string; topicId: string; partitionResponses: PartitionResponse[] } {
    const { topicId } = data
    const byId = this.#context.version >= FIRST_VERSION_WITH_TOPIC_IDS
    const name = byId ? this.#services.image.topics.byId(topicId)?.name : data.name
    const partitionResponses = data.partitionData.map(({ index, records }) => this.#partition(name, index, records))
    return { name: name ?? '', topicId, partitionResponses }
  }

  response(responses: readonly { name: string; partitionResponses: PartitionResponse[] }[]): Response {
    if (this.#context.version < FIRST_VERSION_WITH_LEADER_HINTS || this.firstError === undefined) return { responses }
    const endpoints = new Map<number, NodeEndpoint>()
    for (const { name, partitionResponses } of responses) {
      for (const response of partitionResponses) {
        if (response.errorCode !== NOT_LEADER) continue
        const hint = leaderHint(this.#services, this.#context, name, response.index, endpoints)
        if (hint !== undefined) response.currentLeader = hint
      }
    }
    return endpoints.size === 0 ? { responses } : { responses, nodeEndpoints: [...endpoints.values()] }
  }

  #partition(topic: string | undefined, index: number, records: Buffer | null): PartitionResponse {
    const response: PartitionResponse = { index, errorCode: 0, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
    try {
      if (topic === undefined) throw new ApiError('UNKNOWN_TOPIC_ID')
      this.#append(topic, index, records, response)
    } catch (error) {
      this.#fail(response, error)
    }
    return response
  }

  #append(topic: string, index: number, records: Buffer | null, response: PartitionResponse): void {
    const { replicas } = this.#services
    if (this.#services.image.topics.partition(topic, index) === undefined) {
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${index}`)
    }
    const batch = batchOf(records, this.#terms)
    const acks = requireAcks(this.#acks)
    if (isInternalTopic(topic) && !mayWriteInternalTopics(this.#context)) {
      throw new ApiError('INVALID_TOPIC_EXCEPTION', `clients cannot write to the internal topic ${topic}`)
    }
    const partition = replicas.partition(topic, index)
    const result = this.#appendTo(partition, batch, acks, response)
    response.baseOffset = result.firstOffset
    response.logAppendTimeMs = result.logAppendTime
    response.logStartOffset = result.logStartOffset
    if (acks === -1) this.#awaitCommit(partition, result, response)
  }

  #appendTo(partition: Partition, records: Buffer, acks: AcksMode, response: PartitionResponse): AppendResult {
    try {
      return this.#services.replicas.appendTo(partition, { records, acks, origin: 'client' })
    } catch (error) {
      if (error instanceof ApiError && !WITHOUT_LOG_START.has(error.error)) {
        response.logStartOffset = partition.log().logStartOffset
      }
      throw error
    }
  }

  #awaitCommit(partition: Partition, result: AppendResult, response: PartitionResponse): void {
    const endOffset = result.lastOffset + 1
    if (partition.isCommitted(endOffset)) return
    const committed = this.#services.replicas.awaitCommitted(partition, endOffset, this.#timeoutMs)
    this.waits.push(committed.catch((error: unknown) => this.#fail(response, error)))
  }

  #fail(response: PartitionResponse, thrown: unknown): void {
    const error = toApiError(thrown)
    if (!(thrown instanceof ApiError)) this.#services.log.error('append failed', thrown)
    this.firstError ??= error
    response.errorCode = error.errorCode
    const recordErrors = recordErrorsOf(thrown)
    if (recordErrors === undefined) return
    response.recordErrors = recordErrors
    response.errorMessage = error.message
  }
}

function requireAcks(acks: number): AcksMode {
  if (acks === -1 || acks === 0 || acks === 1) return acks
  throw new ApiError('INVALID_REQUIRED_ACKS', `acks must be -1, 0 or 1, not ${acks}`)
}

/** What storage says about single records of a batch that it refused. */
function recordErrorsOf(error: unknown): PartitionResponse['recordErrors'] {
  if (!(error instanceof ApiError) || !('recordErrors' in error)) return undefined
  return error.recordErrors as PartitionResponse['recordErrors']
}
