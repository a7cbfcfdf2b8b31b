/**
 * What the nodes of the metadata quorum ask each other, on the controller listener: Vote (v0-2, pre-vote from 2),
 * BeginQuorumEpoch (v0-1), EndQuorumEpoch (v0-1), Fetch of the metadata log (v4-18) and FetchSnapshot (v0-1). Consensus
 * answers; here stand the checks that Kafka makes before it: the cluster, and that it is about the metadata log alone.
 */
import type { ApiName, RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { EpochResponse, FetchResponse, RaftRequest, RaftResponse, VoteResponse } from '../raft/messages.ts'
import {
  decodeBeginEpoch,
  decodeEndEpoch,
  decodeFetch,
  decodeFetchSnapshot,
  decodeVote,
} from '../raft/wire-requests.ts'
import {
  encodeEpochAnswer,
  encodeFetchAnswer,
  encodeSnapshotAnswer,
  encodeVoteAnswer,
  type WirePlace,
} from '../raft/wire-responses.ts'
import {
  type BrokerServices,
  CloseConnection,
  type Handler,
  type QuorumService,
  type QuorumView,
  type RequestContext,
} from './context.ts'

type QuorumApi = 'Vote' | 'BeginQuorumEpoch' | 'EndQuorumEpoch' | 'Fetch'

/** A handler that hands a request to consensus; what is not for this cluster or this log is refused as a whole. */
function consensusHandler<A extends QuorumApi, R extends RaftResponse>(
  decode: (request: RequestOf<A>, version: number) => RaftRequest | undefined,
  encode: (response: R, place: WirePlace, quorum: QuorumService) => ResponseInput<A>,
  before: (request: RequestOf<A>, quorum: QuorumService, known: QuorumView) => void = () => {},
): Handler<A> {
  return {
    handle(request, context, services) {
      const quorum = quorumOf(services, context)
      const refusal = refuseCluster(request.clusterId, services)
      if (refusal !== undefined) return refusal as ResponseInput<A>
      const decoded = decode(request, context.version)
      if (decoded === undefined) return { errorCode: errorCode('INVALID_REQUEST') } as ResponseInput<A>
      before(request, quorum, services.quorum)
      return quorum
        .request(decoded)
        .then((response) => encode(response as R, placeOf(response.leaderId, context, quorum), quorum))
    },
  }
}

export const voteHandler = consensusHandler<'Vote', VoteResponse>(decodeVote, encodeVoteAnswer)

export const beginQuorumEpochHandler = consensusHandler<'BeginQuorumEpoch', EpochResponse>(
  decodeBeginEpoch,
  encodeEpochAnswer,
  ({ topics, leaderEndpoints }, quorum, known) => {
    const { leaderId, leaderEpoch } = topics[0]!.partitions[0]!
    // Who is no leader, or one of the past, says nothing of where the leader listens.
    const isNews = leaderEpoch > known.leaderEpoch || known.leaderId === -1 || known.leaderId === leaderId
    if (leaderEpoch >= known.leaderEpoch && isNews) quorum.learnLeader(leaderId, leaderEndpoints)
  },
)

export const endQuorumEpochHandler = consensusHandler<'EndQuorumEpoch', EpochResponse>(
  decodeEndEpoch,
  encodeEpochAnswer,
)

export const fetchMetadataHandler = consensusHandler<'Fetch', FetchResponse>(
  decodeFetch,
  (response, place, { logStartOffset }) => encodeFetchAnswer(response, { ...place, logStartOffset }),
)

export const fetchSnapshotHandler: Handler<'FetchSnapshot'> = {
  handle(request, context, services) {
    const quorum = quorumOf(services, context)
    const refusal = refuseCluster(request.clusterId, services)
    if (refusal !== undefined) return refusal
    const [topic] = request.topics
    if (request.topics.length !== 1 || topic?.partitions.length !== 1) {
      return { errorCode: errorCode('INVALID_REQUEST') }
    }
    const question = decodeFetchSnapshot(request)
    if (question === undefined) {
      const index = topic.partitions[0]!.partition
      const partition = { index, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), unalignedRecords: Buffer.alloc(0) }
      return { topics: [{ name: topic.name, partitions: [partition] }] }
    }
    const piece = quorum.snapshotPiece(question)
    return encodeSnapshotAnswer(piece, question, placeOf(piece.leaderId, context, quorum))
  },
}

function quorumOf(services: BrokerServices, { api }: { api: ApiName }): QuorumService {
  if (services.consensus === undefined) throw new CloseConnection(`${api}: this node has no metadata quorum`)
  return services.consensus
}

/** Who does not say its cluster is believed. */
function refuseCluster(clusterId: string | null, services: BrokerServices): { errorCode: number } | undefined {
  const isOurs = clusterId === null || clusterId === services.clusterId
  return isOurs ? undefined : { errorCode: errorCode('INCONSISTENT_CLUSTER_ID') }
}

function placeOf(leaderId: number, { version }: RequestContext, quorum: QuorumService): WirePlace {
  return { version, leader: quorum.addressOf(leaderId) }
}
