/** Answers of consensus in the form of Kafka's responses, and back. An answer tells the leader and where it listens. */
import { METADATA_TOPIC_ID } from '../../base/uuid.ts'
import type { ResponseInput, ResponseOf } from '../../protocol/apis.ts'
import { type ErrorName, errorCode, errorName } from '../../protocol/errors.ts'
import { METADATA_TOPIC } from './log.ts'
import type { EpochResponse, FetchResponse, RaftResponse, VoteRequest, VoteResponse } from './messages.ts'
import type { SnapshotPiece, SnapshotQuestion } from './snapshot-server.ts'

export interface NodeAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

/** From these versions on an answer says where the leader listens. */
const ENDPOINTS_FROM = { Vote: 1, BeginQuorumEpoch: 1, EndQuorumEpoch: 1, Fetch: 17, FetchSnapshot: 1 } as const

/** `leader`: the address of the leader that the answer names, on the listener that was asked. */
export interface WirePlace {
  readonly version: number
  readonly leader: NodeAddress | undefined
}

function endpoints(
  api: keyof typeof ENDPOINTS_FROM,
  { version, leader }: WirePlace,
): { nodeEndpoints?: NodeAddress[] } {
  return leader === undefined || version < ENDPOINTS_FROM[api] ? {} : { nodeEndpoints: [leader] }
}

function head({ error, epoch, leaderId }: RaftResponse) {
  return { partitionIndex: 0, errorCode: errorCode(error), leaderId, leaderEpoch: epoch }
}

export function encodeVoteAnswer(response: VoteResponse, place: WirePlace): ResponseInput<'Vote'> {
  const partition = { ...head(response), voteGranted: response.granted }
  return { topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }], ...endpoints('Vote', place) }
}

export function encodeEpochAnswer(
  response: EpochResponse,
  place: WirePlace,
): ResponseInput<'BeginQuorumEpoch'> & ResponseInput<'EndQuorumEpoch'> {
  const topics = [{ topicName: METADATA_TOPIC, partitions: [head(response)] }]
  return { topics, ...endpoints('BeginQuorumEpoch', place) }
}

export function encodeFetchAnswer(
  response: FetchResponse,
  place: WirePlace & { readonly logStartOffset: number },
): ResponseInput<'Fetch'> {
  const { error, epoch, leaderId, highWatermark, diverging, snapshotId, records } = response
  const partition = {
    partitionIndex: 0,
    errorCode: errorCode(error),
    highWatermark,
    logStartOffset: place.logStartOffset,
    currentLeader: { leaderId, leaderEpoch: epoch },
    ...(diverging === undefined ? {} : { divergingEpoch: { epoch: diverging.epoch, endOffset: diverging.offset } }),
    ...(snapshotId === undefined ? {} : { snapshotId: { epoch: snapshotId.epoch, endOffset: snapshotId.offset } }),
    abortedTransactions: null,
    records: records ?? Buffer.alloc(0),
  }
  const topic = place.version >= 13 ? { topicId: METADATA_TOPIC_ID } : { topic: METADATA_TOPIC }
  const known = endpoints('Fetch', place).nodeEndpoints
  return {
    responses: [{ ...topic, partitions: [partition] }],
    ...(known === undefined ? {} : { nodeEndpoints: known.map((node) => ({ ...node, rack: null })) }),
  }
}

export function encodeSnapshotAnswer(
  piece: SnapshotPiece,
  { snapshotId, position }: SnapshotQuestion,
  place: WirePlace,
): ResponseInput<'FetchSnapshot'> {
  const isThere = piece.error === 'NONE'
  const partition = {
    index: 0,
    errorCode: errorCode(piece.error),
    snapshotId: isThere ? { endOffset: snapshotId.offset, epoch: snapshotId.epoch } : { endOffset: 0, epoch: 0 },
    currentLeader: { leaderId: piece.leaderId, leaderEpoch: piece.epoch },
    size: piece.sizeBytes,
    position: isThere ? position : 0,
    unalignedRecords: piece.bytes,
  }
  return { topics: [{ name: METADATA_TOPIC, partitions: [partition] }], ...endpoints('FetchSnapshot', place) }
}

/** An answer that arrived: what it says to consensus, or the error of the request as a whole. */
export type Decoded<R> =
  | { readonly response: R; readonly endpoints: readonly NodeAddress[] }
  | { readonly error: ErrorName }

type QuorumAnswer<P> = {
  readonly errorCode: number
  readonly topics: readonly { readonly partitions: readonly P[] }[]
  readonly nodeEndpoints: readonly NodeAddress[]
}
type HeadFields = { readonly errorCode: number; readonly leaderId: number; readonly leaderEpoch: number }

function decodeQuorumAnswer<P extends HeadFields, R>(
  body: QuorumAnswer<P>,
  decode: (head: { error: ErrorName; epoch: number; leaderId: number }, partition: P) => R,
): Decoded<R> {
  if (body.errorCode !== 0) return { error: errorName(body.errorCode) }
  const partition = body.topics[0]?.partitions[0]
  if (partition === undefined) return { error: 'INVALID_REQUEST' }
  const { errorCode: code, leaderId, leaderEpoch } = partition
  const response = decode({ error: errorName(code), epoch: leaderEpoch, leaderId }, partition)
  return { response, endpoints: body.nodeEndpoints }
}

export function decodeVoteAnswer(body: ResponseOf<'Vote'>, request: VoteRequest): Decoded<VoteResponse> {
  return decodeQuorumAnswer(body, (known, { voteGranted }) => ({
    type: 'vote',
    ...known,
    granted: voteGranted,
    preVote: request.preVote,
  }))
}

export function decodeEpochAnswer(
  type: EpochResponse['type'],
  body: ResponseOf<'BeginQuorumEpoch'> | ResponseOf<'EndQuorumEpoch'>,
): Decoded<EpochResponse> {
  return decodeQuorumAnswer(body, (known) => ({ type, ...known }))
}

export function decodeFetchAnswer(body: ResponseOf<'Fetch'>): Decoded<FetchResponse> {
  if (body.errorCode !== 0) return { error: errorName(body.errorCode) }
  const partition = body.responses[0]?.partitions[0]
  if (partition === undefined) return { error: 'INVALID_REQUEST' }
  const { currentLeader, divergingEpoch, snapshotId, records, highWatermark } = partition
  return {
    response: {
      type: 'fetch',
      error: errorName(partition.errorCode),
      epoch: currentLeader.leaderEpoch,
      leaderId: currentLeader.leaderId,
      highWatermark,
      ...(divergingEpoch.epoch < 0
        ? {}
        : { diverging: { epoch: divergingEpoch.epoch, offset: divergingEpoch.endOffset } }),
      ...(snapshotId.epoch < 0 || snapshotId.endOffset < 0
        ? {}
        : { snapshotId: { epoch: snapshotId.epoch, offset: snapshotId.endOffset } }),
      records: records ?? Buffer.alloc(0),
    },
    endpoints: body.nodeEndpoints,
  }
}

/** A piece of a snapshot as it came; `position` is where it belongs. */
export interface ReceivedPiece extends SnapshotPiece {
  readonly position: number
  readonly snapshotId: { readonly offset: number; readonly epoch: number }
}

export function decodeSnapshotAnswer(body: ResponseOf<'FetchSnapshot'>): Decoded<ReceivedPiece> {
  if (body.errorCode !== 0) return { error: errorName(body.errorCode) }
  const partition = body.topics[0]?.partitions[0]
  if (partition === undefined) return { error: 'INVALID_REQUEST' }
  const { currentLeader, snapshotId, size, position, unalignedRecords } = partition
  return {
    response: {
      error: errorName(partition.errorCode),
      epoch: currentLeader.leaderEpoch,
      leaderId: currentLeader.leaderId,
      sizeBytes: size,
      position,
      snapshotId: { offset: snapshotId.endOffset, epoch: snapshotId.epoch },
      bytes: unalignedRecords ?? Buffer.alloc(0),
    },
    endpoints: body.nodeEndpoints,
  }
}
