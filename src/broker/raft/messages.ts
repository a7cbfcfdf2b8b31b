/**
 * What the consensus core speaks: requests and responses of KRaft without their wire form, events that go in and effects
 * that come out. The order of effects matters: what is persisted or synced stands before what may be sent because of it.
 */
import type { ErrorName } from '../../protocol/error-codes.ts'
import type { OffsetAndEpoch } from './log.ts'
import type { QuorumState } from './quorum-state.ts'
import type { ReplicaKey, Voter, VoterEndpoint, VoterSet } from './voters.ts'

export interface VoteRequest {
  readonly type: 'vote'
  readonly candidate: ReplicaKey
  /** The voter that is asked, so that a node on a new disk does not answer for its former self. */
  readonly voter: ReplicaKey
  readonly epoch: number
  readonly lastEpoch: number
  readonly lastOffset: number
  /** Asks whether a vote would be granted; changes nothing on either side. */
  readonly preVote: boolean
}

export interface BeginEpochRequest {
  readonly type: 'beginEpoch'
  readonly leaderId: number
  readonly epoch: number
  readonly voter: ReplicaKey
}

export interface EndEpochRequest {
  readonly type: 'endEpoch'
  readonly leaderId: number
  readonly epoch: number
  /** Who should campaign first: voters, the furthest ahead in front. */
  readonly preferredCandidates: readonly ReplicaKey[]
}

export interface FetchRequest {
  readonly type: 'fetch'
  readonly replica: ReplicaKey
  readonly epoch: number
  /** Everything before this offset is durable at the replica. */
  readonly fetchOffset: number
  /** Epoch of the record before `fetchOffset`; 0 when the log is empty. */
  readonly lastFetchedEpoch: number
  /** The replica's high watermark, -1 unknown: the leader answers at once when it knows a later one. */
  readonly highWatermark: number
  readonly maxWaitMs: number
}

export type RaftRequest = VoteRequest | BeginEpochRequest | EndEpochRequest | FetchRequest

interface ResponseHead {
  readonly error: ErrorName
  /** Epoch and leader as the answering node knows them; leader -1 unknown. */
  readonly epoch: number
  readonly leaderId: number
}

export interface VoteResponse extends ResponseHead {
  readonly type: 'vote'
  readonly granted: boolean
  readonly preVote: boolean
}

export interface EpochResponse extends ResponseHead {
  readonly type: 'beginEpoch' | 'endEpoch'
}

export interface FetchResponse extends ResponseHead {
  readonly type: 'fetch'
  readonly highWatermark: number
  /** The replica's log departs from the leader's: truncate to this epoch's end. */
  readonly diverging?: OffsetAndEpoch
  /** The leader no longer has the offset: load this snapshot. */
  readonly snapshotId?: OffsetAndEpoch
  /** In an effect: read records from here up to the log's end. Absent: no records. */
  readonly readFrom?: number
  /** In an event: the bytes read, possibly ending in a partial batch; empty when there were none. */
  readonly records?: Buffer
}

export type RaftResponse = VoteResponse | EpochResponse | FetchResponse

/** Names a request that waits for its answer; chosen by the shell. */
export type RequestToken = number | string

/** A change of the voters that an operator, or a voter itself, asks of the leader. */
export type VoterChange =
  | { readonly type: 'add'; readonly voter: Voter; readonly ackWhenCommitted: boolean }
  | { readonly type: 'remove'; readonly key: ReplicaKey }
  | {
      readonly type: 'update'
      readonly key: ReplicaKey
      /** The leader's, as the voter knows it. */
      readonly epoch: number
      readonly endpoints: readonly VoterEndpoint[]
      readonly kraftVersionMin: number
      readonly kraftVersionMax: number
    }
  /** Static voters become those of the log. */
  | { readonly type: 'upgrade'; readonly version: number; readonly validateOnly: boolean }

export interface VoterChangeAnswer {
  readonly error: ErrorName
  readonly message?: string
}

export type RaftEvent =
  /** The node's state was loaded; first event, once. */
  | { readonly kind: 'start' }
  /** The core's deadline may have passed. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'request'; readonly token: RequestToken; readonly request: RaftRequest }
  | { readonly kind: 'changeVoters'; readonly token: RequestToken; readonly change: VoterChange }
  /** The answer to the request sent with this correlation id; a late one, to a request given up, is passed over. */
  | { readonly kind: 'response'; readonly correlation: number; readonly from: number; readonly response: RaftResponse }
  /** A request that was sent got no answer. `refused`: nobody listens where the peer did: its process is gone. */
  | { readonly kind: 'failed'; readonly correlation: number; readonly refused?: boolean }
  /** The log was appended to by the leader's application. */
  | { readonly kind: 'appended' }
  /** All effects on the log are done and everything before `endOffset` is durable. */
  | { readonly kind: 'synced'; readonly endOffset: number }
  /** A piece of the snapshot that is being loaded arrived. */
  | { readonly kind: 'snapshotProgress'; readonly snapshotId: OffsetAndEpoch }
  /** The snapshot stands in place of the log; everything before its end is committed. */
  | { readonly kind: 'snapshotLoaded'; readonly snapshotId: OffsetAndEpoch }
  /** It cannot be had, or is damaged: the leader will say again what to do. */
  | { readonly kind: 'snapshotFailed'; readonly snapshotId: OffsetAndEpoch }
  /** The node is going down, or its application failed: give up leadership. */
  | { readonly kind: 'resign' }

export type ControlRecord =
  | {
      readonly type: 'leaderChange'
      readonly leaderId: number
      readonly voters: readonly ReplicaKey[]
      readonly grantingVoters: readonly ReplicaKey[]
    }
  | { readonly type: 'kraftVersion'; readonly version: number }
  | { readonly type: 'voters'; readonly voters: VoterSet }

export type RoleName = 'unattached' | 'follower' | 'prospective' | 'candidate' | 'leader' | 'resigned'

export type RaftEffect =
  /** Write and sync the quorum state before anything that follows. */
  | { readonly kind: 'persist'; readonly state: QuorumState }
  /** Append these control records as one batch of `epoch`, then sync. */
  | { readonly kind: 'appendControl'; readonly epoch: number; readonly records: readonly ControlRecord[] }
  /** Append fetched batches as they are, then sync. */
  | { readonly kind: 'appendFetched'; readonly records: Buffer }
  | { readonly kind: 'truncate'; readonly endOffset: number }
  | { readonly kind: 'send'; readonly to: number; readonly correlation: number; readonly request: RaftRequest }
  | { readonly kind: 'reply'; readonly token: RequestToken; readonly response: RaftResponse }
  | { readonly kind: 'votersAnswer'; readonly token: RequestToken; readonly answer: VoterChangeAnswer }
  /** Everything before `offset` is committed. */
  | { readonly kind: 'commit'; readonly offset: number }
  /** The leader asks to truncate to where nothing may be truncated: to be told to the operator. */
  | { readonly kind: 'contradiction'; readonly from: number; readonly endOffset: number }
  /** Role, epoch or known leader changed. */
  | { readonly kind: 'role'; readonly role: RoleName; readonly epoch: number; readonly leaderId: number }
  /** The leader asks this replica to load a snapshot before it can fetch. */
  | {
      readonly kind: 'loadSnapshot'
      readonly from: number
      readonly snapshotId: OffsetAndEpoch
      readonly epoch: number
    }
