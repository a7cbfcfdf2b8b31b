/**
 * What a refused batch means in words: which line, which partition, why, and what to do. Also which failures another attempt
 * may get over.
 */
import { MqError } from '../base/errors.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, type ErrorName, errorMessage } from '../protocol/errors.ts'
import { ConnectionError } from './errors.ts'
import { type Batch, type PartitionQueue, sizeOf } from './producer-queue.ts'

export type PartitionAnswer = ResponseOf<'Produce'>['responses'][number]['partitionResponses'][number]

/** Whether sending again may help. */
export function isWorthSending(error: unknown): boolean {
  if (error instanceof ApiError) return error.retriable
  // A leader that the cluster has dropped from its brokers meanwhile: another one will be named.
  if (error instanceof MqError && error.code === 'MQ_UNKNOWN_BROKER') return true
  return error instanceof ConnectionError && error.retriable
}

/** Records wait for partitions that nobody leads. */
export function noLeader(topic: string, batches: readonly (readonly [PartitionQueue, Batch])[]): ApiError {
  const places = batches.map(([{ partition }]) => `${topic}-${partition}`)
  return new ApiError(
    'LEADER_NOT_AVAILABLE',
    `${places.join(', ')} ${places.length === 1 ? 'has' : 'have'} no leader`,
    {
      hint: 'mq topics describe --unavailable shows which brokers hold their replicas',
    },
  )
}

/** The topic was deleted under way. */
export function goneTopic(topic: string): ApiError {
  return new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${topic} is gone: it was deleted while records were sent`)
}

/** The error of a batch that a broker refused. */
export function batchFailure(
  topic: string,
  queue: PartitionQueue,
  batch: Batch,
  error: ErrorName,
  answer: PartitionAnswer | undefined,
): ApiError {
  const place = `${topic}-${queue.partition}`
  if (error === 'MESSAGE_TOO_LARGE' || error === 'RECORD_LIST_TOO_LARGE') return tooLarge(place, batch, error)
  const [wrong] = answer?.recordErrors ?? []
  const line = batch.records[wrong?.batchIndex ?? -1]?.line ?? onlyLine(batch)
  const reason = wrong?.batchIndexErrorMessage ?? answer?.errorMessage ?? errorMessage(error)
  const hint = HINTS[error]
  return new ApiError(error, `${line === undefined ? '' : `line ${line}: `}${place}: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
  })
}

function onlyLine(batch: Batch): number | undefined {
  return batch.records.length === 1 ? batch.records[0]!.line : undefined
}

function tooLarge(place: string, batch: Batch, error: ErrorName): ApiError {
  const [record] = batch.records
  const what =
    record === undefined
      ? `a record of about ${batch.bytes} bytes`
      : `line ${record.line}: a record of about ${sizeOf(record)} bytes`
  return new ApiError(error, `${what} is too large for ${place}`, {
    hint: 'max.message.bytes of the topic is the limit (mq config set --topic); --compression may bring it below.',
  })
}

const HINTS: Readonly<Partial<Record<ErrorName, string>>> = {
  INVALID_RECORD: 'A compacted topic wants a key in every record: --key-separator, or key in the JSON.',
  INVALID_TIMESTAMP:
    'The topic bounds how far a time may be from now: message.timestamp.before.max.ms and …after.max.ms.',
  TOPIC_AUTHORIZATION_FAILED: 'The user needs the WRITE permission on the topic.',
  NOT_ENOUGH_REPLICAS: 'Fewer replicas are in sync than min.insync.replicas asks for: mq topics describe shows them.',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'The partition lost records that were acknowledged, or its leader was elected unclean.',
}

/** `error` with what is known of the records before it. Its code and exit code stay. */
export function withProgress(error: MqError, acknowledged: number, firstOpenLine: number | undefined): MqError {
  const records = `${acknowledged.toLocaleString('en-US')} record${acknowledged === 1 ? ' was' : 's were'} acknowledged`
  const upTo =
    firstOpenLine === undefined || firstOpenLine <= 1 || acknowledged === 0
      ? ''
      : `, all up to line ${firstOpenLine - 1} among them`
  return new MqError(error.code, `${error.message}; ${records}${upTo}`, {
    exitCode: error.exitCode,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}
