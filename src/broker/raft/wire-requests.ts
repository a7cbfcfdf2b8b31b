/**
 * Requests of consensus as Kafka's Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch and FetchSnapshot. Each names one
 * partition, that of the metadata log; one that names another, none or several is no request of ours.
 */
import { METADATA_TOPIC_ID, ZERO_UUID } from '../../base/uuid.ts'
import type { RequestInput, RequestOf } from '../../protocol/apis.ts'
import { INT64_MAX } from '../../protocol/limits.ts'
import { METADATA_TOPIC } from './log.ts'
import type { BeginEpochRequest, EndEpochRequest, FetchRequest, RaftRequest, VoteRequest } from './messages.ts'
import type { SnapshotQuestion } from './snapshot-server.ts'
import type { VoterEndpoint } from './voters.ts'

/** What stands in requests besides what consensus says. */
export interface WireSender {
  readonly clusterId: string
  /** Where this node listens as a controller: told by a leader to those who are to follow it. */
  readonly endpoints: readonly VoterEndpoint[]
  readonly fetchMaxBytes: number
}

export const raftApis = {
  vote: 'Vote',
  beginEpoch: 'BeginQuorumEpoch',
  endEpoch: 'EndQuorumEpoch',
  fetch: 'Fetch',
} as const satisfies Record<RaftRequest['type'], string>

export type RaftApi = (typeof raftApis)[RaftRequest['type']]

/** First versions that can say what consensus needs to say. */
export const RAFT_FETCH_VERSION_MIN = 12
export const PRE_VOTE_VERSION_MIN = 2

export function encodeVote(request: VoteRequest, version: number, sender: WireSender): RequestInput<'Vote'> {
  const { candidate, voter } = request
  const partition = {
    partitionIndex: 0,
    replicaEpoch: request.epoch,
    replicaId: candidate.id,
    replicaDirectoryId: candidate.directoryId,
    voterDirectoryId: voter.directoryId,
    lastOffsetEpoch: request.lastEpoch,
    lastOffset: request.lastOffset,
    ...(version >= PRE_VOTE_VERSION_MIN ? { preVote: request.preVote } : {}),
  }
  return {
    clusterId: sender.clusterId,
    voterId: voter.id,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
  }
}

export function encodeBeginEpoch(request: BeginEpochRequest, sender: WireSender): RequestInput<'BeginQuorumEpoch'> {
  const { voter, leaderId, epoch } = request
  const partition = { partitionIndex: 0, voterDirectoryId: voter.directoryId, leaderId, leaderEpoch: epoch }
  return {
    clusterId: sender.clusterId,
    voterId: voter.id,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    leaderEndpoints: sender.endpoints,
  }
}

export function encodeEndEpoch(
  request: EndEpochRequest,
  version: number,
  sender: WireSender,
): RequestInput<'EndQuorumEpoch'> {
  const { leaderId, epoch, preferredCandidates } = request
  const successors =
    version === 0
      ? { preferredSuccessors: preferredCandidates.map(({ id }) => id) }
      : {
          preferredCandidates: preferredCandidates.map(({ id, directoryId }) => ({
            candidateId: id,
            candidateDirectoryId: directoryId,
          })),
        }
  const partition = { partitionIndex: 0, leaderId, leaderEpoch: epoch, ...successors }
  return {
    clusterId: sender.clusterId,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    leaderEndpoints: sender.endpoints,
  }
}

export function encodeFetch(request: FetchRequest, version: number, sender: WireSender): RequestInput<'Fetch'> {
  const { replica } = request
  const partition = {
    partition: 0,
    currentLeaderEpoch: request.epoch,
    fetchOffset: request.fetchOffset,
    lastFetchedEpoch: request.lastFetchedEpoch,
    partitionMaxBytes: sender.fetchMaxBytes,
    replicaDirectoryId: replica.directoryId,
    highWatermark: request.highWatermark,
  }
  const topic = version >= 13 ? { topicId: METADATA_TOPIC_ID } : { topic: METADATA_TOPIC }
  return {
    clusterId: sender.clusterId,
    ...(version >= 15 ? { replicaState: { replicaId: replica.id, replicaEpoch: -1 } } : { replicaId: replica.id }),
    maxWaitMs: request.maxWaitMs,
    minBytes: 0,
    maxBytes: sender.fetchMaxBytes,
    topics: [{ ...topic, partitions: [partition] }],
  }
}

export function encodeFetchSnapshot(question: SnapshotQuestion, sender: WireSender): RequestInput<'FetchSnapshot'> {
  const { replica, epoch, snapshotId, position, maxBytes } = question
  const partition = {
    partition: 0,
    currentLeaderEpoch: epoch,
    snapshotId: { endOffset: snapshotId.offset, epoch: snapshotId.epoch },
    position,
    replicaDirectoryId: replica.directoryId,
  }
  return {
    clusterId: sender.clusterId,
    replicaId: replica.id,
    maxBytes,
    topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
  }
}

/** The one entry of the metadata log; undefined when the request is about anything else. */
function only<P extends { readonly partitionIndex: number }>(
  topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[],
): P | undefined {
  const [topic] = topics
  const partition = topic?.partitions[0]
  if (topics.length !== 1 || topic?.topicName !== METADATA_TOPIC || topic.partitions.length !== 1) return undefined
  return partition?.partitionIndex === 0 ? partition : undefined
}

export function decodeVote(request: RequestOf<'Vote'>): VoteRequest | undefined {
  const partition = only(request.topics)
  if (partition === undefined) return undefined
  return {
    type: 'vote',
    candidate: { id: partition.replicaId, directoryId: partition.replicaDirectoryId },
    voter: { id: request.voterId, directoryId: partition.voterDirectoryId },
    epoch: partition.replicaEpoch,
    lastEpoch: partition.lastOffsetEpoch,
    lastOffset: partition.lastOffset,
    preVote: partition.preVote,
  }
}

export function decodeBeginEpoch(request: RequestOf<'BeginQuorumEpoch'>): BeginEpochRequest | undefined {
  const partition = only(request.topics)
  if (partition === undefined) return undefined
  return {
    type: 'beginEpoch',
    leaderId: partition.leaderId,
    epoch: partition.leaderEpoch,
    voter: { id: request.voterId, directoryId: partition.voterDirectoryId },
  }
}

export function decodeEndEpoch(request: RequestOf<'EndQuorumEpoch'>): EndEpochRequest | undefined {
  const partition = only(request.topics)
  if (partition === undefined) return undefined
  const { leaderId, leaderEpoch, preferredCandidates, preferredSuccessors } = partition
  return {
    type: 'endEpoch',
    leaderId,
    epoch: leaderEpoch,
    preferredCandidates:
      preferredCandidates.length > 0
        ? preferredCandidates.map((each) => ({ id: each.candidateId, directoryId: each.candidateDirectoryId }))
        : preferredSuccessors.map((id) => ({ id, directoryId: ZERO_UUID })),
  }
}

export function decodeFetch(request: RequestOf<'Fetch'>, version: number): FetchRequest | undefined {
  const [topic] = request.topics
  const partition = topic?.partitions[0]
  if (request.topics.length !== 1 || topic?.partitions.length !== 1 || partition?.partition !== 0) return undefined
  if (version >= 13 ? topic.topicId !== METADATA_TOPIC_ID : topic.topic !== METADATA_TOPIC) return undefined
  const id = version >= 15 ? request.replicaState.replicaId : request.replicaId
  // Who does not say what it knows, or is no replica, waits for records only.
  const known = partition.highWatermark
  return {
    type: 'fetch',
    replica: { id, directoryId: partition.replicaDirectoryId },
    epoch: partition.currentLeaderEpoch,
    fetchOffset: partition.fetchOffset,
    lastFetchedEpoch: partition.lastFetchedEpoch,
    highWatermark: known >= INT64_MAX ? Number.MAX_SAFE_INTEGER : known,
    maxWaitMs: request.maxWaitMs,
  }
}

export function decodeFetchSnapshot(request: RequestOf<'FetchSnapshot'>): SnapshotQuestion | undefined {
  const [topic] = request.topics
  const partition = topic?.partitions[0]
  if (request.topics.length !== 1 || topic?.name !== METADATA_TOPIC || topic.partitions.length !== 1) return undefined
  if (partition?.partition !== 0) return undefined
  return {
    replica: { id: request.replicaId, directoryId: partition.replicaDirectoryId },
    epoch: partition.currentLeaderEpoch,
    snapshotId: { offset: partition.snapshotId.endOffset, epoch: partition.snapshotId.epoch },
    position: partition.position,
    maxBytes: request.maxBytes,
  }
}
