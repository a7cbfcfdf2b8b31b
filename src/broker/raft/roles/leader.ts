/**
 * Leads one epoch: knows how far each replica's durable log reaches and, from the voters among them, what is committed.
 *
 * Invariants:
 * 1. The high watermark never goes back.
 * 2. It passes the epoch's first offset only by a majority of the voters: entries of former epochs commit with ours.
 * 3. The leader counts itself only up to what is durable in its own log.
 */
import { assert } from '../../../base/assert.ts'
import type { FetchRequest, RequestToken } from '../messages.ts'
import { type ReplicaKey, type Voter, type VoterSet, sameReplica, standsFor } from '../voters.ts'
import type { VoteQuestion, Voted } from './role.ts'

/** As Kafka's: an observer that is not heard of for this long is one no more. */
export const OBSERVER_SESSION_MS = 300_000

export interface ReplicaProgress {
  key: ReplicaKey
  /** Everything before is durable there; -1 unknown. */
  endOffset: number
  lastFetchMs: number
  lastCaughtUpMs: number
  /** End of the leader's log at the replica's last fetch: reaching it later means it was caught up then. */
  leaderEndAtLastFetch: number
  /** The voter knows of this epoch. */
  hasAcknowledged: boolean
}

export interface ParkedFetch {
  readonly token: RequestToken
  readonly request: FetchRequest
  readonly deadlineMs: number
}

export class Leader {
  readonly kind = 'leader'
  readonly epoch: number
  readonly leaderId: number
  /** Not kept: that the epoch has a leader forbids other votes in it. */
  readonly voted: Voted = undefined
  /** Offset of the epoch's first record. */
  readonly epochStartOffset: number
  readonly grantingVoters: readonly ReplicaKey[]
  readonly replicas = new Map<string, ReplicaProgress>()
  parked: ParkedFetch[] = []
  /** A change of the voters that is appended and not committed, and who waits for it. */
  voterChange: { readonly token: RequestToken; readonly offset: number; readonly deadlineMs: number } | undefined
  /** What static voters said of themselves in this epoch: where they listen, their directories, what they support. */
  readonly introductions = new Map<number, Voter>()
  /** -1 until a majority holds the epoch's first record. */
  highWatermark = -1
  nextBeginEpochMs: number
  quorumDeadlineMs: number
  private readonly local: ReplicaKey

  constructor(state: {
    epoch: number
    local: ReplicaKey
    voters: VoterSet
    epochStartOffset: number
    grantingVoters: readonly ReplicaKey[]
    nowMs: number
    quorumDeadlineMs: number
  }) {
    this.epoch = state.epoch
    this.local = state.local
    this.leaderId = state.local.id
    this.epochStartOffset = state.epochStartOffset
    this.grantingVoters = state.grantingVoters
    this.nextBeginEpochMs = state.nowMs
    this.quorumDeadlineMs = state.quorumDeadlineMs
    for (const voter of state.voters.values()) this.progress(voter)
    const own = this.progress(this.local)
    own.hasAcknowledged = true
    for (const voter of state.grantingVoters) this.progress(voter).lastFetchMs = state.nowMs
  }

  canGrantVote(question: VoteQuestion): boolean {
    return question.preVote && question.isLogUpToDate && this.highWatermark === -1
  }

  /** The entry of a replica, made when it is new. A known id with its directory unknown takes the one that fetches. */
  progress(key: ReplicaKey): ReplicaProgress {
    for (const replica of this.replicas.values()) if (standsFor(replica.key, key)) return replica
    const replica: ReplicaProgress = {
      key: { id: key.id, directoryId: key.directoryId },
      endOffset: -1,
      lastFetchMs: -1,
      lastCaughtUpMs: -1,
      leaderEndAtLastFetch: -1,
      hasAcknowledged: false,
    }
    this.replicas.set(`${key.id}:${key.directoryId}`, replica)
    return replica
  }

  /** Notes a fetch at `fetchOffset`; `leaderEnd` is our end offset now. */
  recordFetch(key: ReplicaKey, fetchOffset: number, leaderEnd: number, nowMs: number): void {
    const replica = this.progress(key)
    if (fetchOffset >= leaderEnd) replica.lastCaughtUpMs = nowMs
    else if (replica.leaderEndAtLastFetch !== -1 && fetchOffset >= replica.leaderEndAtLastFetch) {
      replica.lastCaughtUpMs = Math.max(replica.lastCaughtUpMs, replica.lastFetchMs)
    }
    replica.leaderEndAtLastFetch = leaderEnd
    replica.lastFetchMs = nowMs
    replica.endOffset = fetchOffset
    replica.hasAcknowledged = true
  }

  /** The directories of the voters are known from now on: who fetches from another is no voter. */
  nameVoters(voters: VoterSet): void {
    for (const voter of voters.values()) this.progress(voter).key = { id: voter.id, directoryId: voter.directoryId }
  }

  /** Forgets replicas without a vote that have not fetched for `OBSERVER_SESSION_MS`. */
  expireObservers(voters: VoterSet, nowMs: number): void {
    for (const [name, { key, lastFetchMs }] of this.replicas) {
      const isOver = nowMs - lastFetchMs >= OBSERVER_SESSION_MS
      if (isOver && !voters.values().some((voter) => standsFor(key, voter) || standsFor(voter, key))) {
        this.replicas.delete(name)
      }
    }
  }

  /** Our own log is durable up to `endOffset`. */
  recordDurable(endOffset: number, nowMs: number): void {
    const own = this.progress(this.local)
    own.endOffset = endOffset
    own.lastFetchMs = nowMs
    own.lastCaughtUpMs = nowMs
  }

  /** Recomputes the high watermark; true when it rose. */
  advance(voters: VoterSet): boolean {
    const offsets = voters.values().map((voter) => this.progress(voter).endOffset)
    offsets.sort((one, other) => other - one)
    const committed = offsets[voters.majority - 1]
    if (committed === undefined || committed <= this.epochStartOffset) return false
    if (committed <= this.highWatermark) return false
    assert(committed > this.highWatermark, 'the high watermark goes back')
    this.highWatermark = committed
    return true
  }

  /** True when a majority, with us, fetched after `sinceMs`. */
  hasQuorumSince(voters: VoterSet, sinceMs: number): boolean {
    let alive = 0
    for (const voter of voters.values()) {
      if (sameReplica(voter, this.local) || this.progress(voter).lastFetchMs >= sinceMs) alive++
    }
    return alive >= voters.majority
  }

  /** Voters other than us, the furthest ahead first. */
  successors(voters: VoterSet): ReplicaKey[] {
    const others = voters.values().filter((voter) => !sameReplica(voter, this.local))
    others.sort((one, other) => this.progress(other).endOffset - this.progress(one).endOffset)
    return others.map((voter) => ({ id: voter.id, directoryId: voter.directoryId }))
  }
}
