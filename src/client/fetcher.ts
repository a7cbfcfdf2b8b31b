/**
 * Bounded reads of single partitions without a group: from an offset up to an end that is fixed before the first read,
 * so that a read always ends. Control records and compacted gaps count as progress.
 */
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorMessage, errorName } from '../protocol/errors.ts'
import { type BatchHeader, eachBatch } from '../protocol/records/batch.ts'
import { decodeBatch, type KafkaRecord } from '../protocol/records/record.ts'
import type { ClusterClient } from './cluster-client.ts'

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export interface FetchOptions {
  /** Longest wait for data at the end of the partition. Default 0. */
  readonly maxWaitMs?: number
  /** Bytes of one answer; one whole batch always comes. Default 1 MiB. */
  readonly maxBytes?: number
  readonly isolation?: IsolationLevel
}

export interface FetchedPartition {
  readonly records: readonly KafkaRecord[]
  /** Where to go on reading: behind the last batch that came, whatever it held. */
  readonly nextOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
}

const DEFAULT_MAX_BYTES = 1 << 20

/** One partition. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * One fetch of one partition at its leader. Throws ApiError (OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION …) after
 * what is worth repeating was repeated.
 */
export function fetchPartition(
  client: ClusterClient,
  place: Place,
  offset: number,
  options: FetchOptions = {},
): Promise<FetchedPartition> {
  const isolation = options.isolation ?? 'read_uncommitted'
  return client.retry(async () => {
    const connection = await client.connection({ leader: place })
    // Up to version 12 topics go by name; later versions need ids that this read would have to look up first.
    const answer = await connection.call(
      'Fetch',
      {
        replicaId: -1,
        maxWaitMs: options.maxWaitMs ?? 0,
        minBytes: 1,
        maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [
          {
            topic: place.topic,
            partitions: [
              {
                partition: place.partition,
                currentLeaderEpoch: -1,
                fetchOffset: offset,
                lastFetchedEpoch: -1,
                logStartOffset: -1,
                partitionMaxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
              },
            ],
          },
        ],
      },
      { maxVersion: 12 },
    )
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    const partition = answer.responses[0]?.partitions[0]
    if (partition === undefined)
      throw new ApiError('UNKNOWN_SERVER_ERROR', 'the broker answered a fetch without the partition')
    if (partition.errorCode !== 0) {
      const name = errorName(partition.errorCode)
      throw new ApiError(name, `${place.topic}-${place.partition}: ${errorMessage(name)}`)
    }
    return readAnswer(partition, offset, isolation)
  })
}

export type PartitionAnswer = ResponseOf<'Fetch'>['responses'][number]['partitions'][number]

/** What one partition of a Fetch answer holds for a reader that stands at `offset`. */
export function readAnswer(partition: PartitionAnswer, offset: number, isolation: IsolationLevel): FetchedPartition {
  const records: KafkaRecord[] = []
  for (const piece of answerPieces(partition, offset, isolation))
    for (const record of piece.records) records.push(record)
  return {
    records,
    nextOffset: offsetBehind(partition, offset),
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStart: partition.logStartOffset,
  }
}

/** Where a reader that stands at `offset` goes on after this answer, by the headers alone; `offset` when nothing came. */
export function offsetBehind(partition: PartitionAnswer, offset: number): number {
  let next = offset
  for (const { header } of eachBatch(partition.records ?? Buffer.alloc(0))) next = Math.max(next, header.lastOffset + 1)
  return next
}

/** Some records of an answer, and the offset behind the batches they came from. */
export interface AnswerPiece {
  readonly records: readonly KafkaRecord[]
  readonly nextOffset: number
}

/** Batches are decoded together up to this size: more costs memory, less costs a turn of the loop for each small batch. */
const PIECE_BYTES = 128 << 10

/**
 * The records of an answer in pieces, each decompressed only when it is asked for: what a megabyte of well compressed batches
 * unfolds to need not be in memory at once. Throws ApiError for a batch that is damaged, after what lies before it.
 */
export function* answerPieces(
  partition: PartitionAnswer,
  offset: number,
  isolation: IsolationLevel,
): Generator<AnswerPiece, void, undefined> {
  let records: KafkaRecord[] = []
  let [nextOffset, pieceBytes] = [offset, 0]
  for (const { header, batch, isReadable } of answerBatches(partition, offset, isolation)) {
    // A compressed batch unfolds to some multiple of its size.
    const weight = header.compression === 'none' ? header.sizeBytes : header.sizeBytes * 5
    if (records.length > 0 && pieceBytes + weight > PIECE_BYTES) {
      yield { records, nextOffset }
      records = []
      pieceBytes = 0
    }
    if (isReadable) {
      const decoded = decodePiece(batch)
      if (decoded instanceof Error) {
        if (records.length > 0) yield { records, nextOffset }
        throw decoded
      }
      for (const record of decoded) if (record.offset >= offset) records.push(record)
      pieceBytes += weight
    }
    nextOffset = header.lastOffset + 1
  }
  if (records.length > 0) yield { records, nextOffset }
}

/** A batch of an answer, whole. */
export interface AnswerBatch {
  readonly header: BatchHeader
  readonly batch: Buffer
  /** False: a control batch, or part of an aborted transaction that the isolation leaves out. */
  readonly isReadable: boolean
}

/** The whole batches of an answer that end at `offset` or behind it, as they came. */
export function* answerBatches(
  partition: PartitionAnswer,
  offset: number,
  isolation: IsolationLevel,
): Generator<AnswerBatch, void, undefined> {
  const bytes = partition.records ?? Buffer.alloc(0)
  const aborted = isolation === 'read_committed' ? abortedRanges(partition) : undefined
  for (const { header, position } of eachBatch(bytes)) {
    if (header.lastOffset < offset) continue
    const isReadable = !skips(header, bytes, position, aborted)
    yield { header, batch: bytes.subarray(position, position + header.sizeBytes), isReadable }
  }
}

function decodePiece(batch: Buffer): KafkaRecord[] | Error {
  try {
    return decodeBatch(batch)
  } catch (error) {
    return error as Error
  }
}

interface Aborted {
  /** Aborted transactions not yet reached, by first offset. */
  readonly waiting: { producerId: number; firstOffset: number }[]
  readonly open: Set<number>
}

function abortedRanges(partition: PartitionAnswer): Aborted {
  const waiting = [...(partition.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  return { waiting, open: new Set() }
}

/** Whether nothing in this batch is for the reader: a control batch, or part of an aborted transaction. */
function skips(header: BatchHeader, bytes: Buffer, position: number, aborted: Aborted | undefined): boolean {
  if (aborted !== undefined && header.isTransactional) {
    while (aborted.waiting.length > 0 && aborted.waiting[0]!.firstOffset <= header.lastOffset) {
      aborted.open.add(aborted.waiting.shift()!.producerId)
    }
    if (header.isControl) {
      const [marker] = decodeBatch(bytes.subarray(position, position + header.sizeBytes))
      // The key of a marker: version, then 0 for abort.
      if (marker?.key?.readInt16BE(2) === 0) aborted.open.delete(header.producerId)
    } else if (aborted.open.has(header.producerId)) {
      return true
    }
  }
  return header.isControl
}

/**
 * Reads a partition from `from` up to, not including, `until`, in order. Ends when `until` is reached; yields what each
 * fetch brought. Stops early when the log ends before `until` (truncated meanwhile).
 */
export async function* readRange(
  client: ClusterClient,
  place: Place,
  range: { from: number; until: number },
  options: FetchOptions = {},
): AsyncGenerator<readonly KafkaRecord[], void, undefined> {
  let offset = range.from
  while (offset < range.until) {
    const answer = await fetchPartition(client, place, offset, options)
    const wanted = answer.records.filter((record) => record.offset < range.until)
    if (wanted.length > 0) yield wanted
    if (answer.nextOffset === offset) return
    offset = answer.nextOffset
  }
}
