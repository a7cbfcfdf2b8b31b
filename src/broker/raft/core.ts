/**
 * KRaft's consensus as a synchronous state machine: `step(event, nowMs)` returns what the shell must do, in order.
 * Replicas pull: followers fetch from the leader, the leader learns from a fetch's offset what is durable there.
 *
 *   unattached --deadline--> prospective --majority of pre-votes--> candidate --majority--> leader --resign--> resigned
 *        ^                        |                                     |                                        |
 *        |<------- refused -------+<------- refused or out of time -----+            <------- deadline ----------+
 *   any role --higher epoch--> unattached --leader known--> follower --fetch timeout--> prospective
 *
 * A quorum of one runs through the upper line within its first step. The core reads the log and never writes it.
 */
import { assert } from '../../base/assert.ts'
import type { LogView, OffsetAndEpoch } from './log.ts'
import type { RaftEffect, RaftEvent, RaftRequest } from './messages.ts'
import type { RaftOptions } from './options.ts'
import type { QuorumState } from './quorum-state.ts'
import { onFailure, onRequest, onResponse } from './messages-in.ts'
import { commit, onSnapshotNews, replyParked } from './replication.ts'
import { Candidate } from './roles/candidate.ts'
import { Follower } from './roles/follower.ts'
import { Leader } from './roles/leader.ts'
import { Prospective } from './roles/prospective.ts'
import { Resigned } from './roles/resigned.ts'
import { quorumState } from './roles/role.ts'
import { Unattached } from './roles/unattached.ts'
import { firstRole } from './start.ts'
import { afterStall, isStall, nextDeadline, pump } from './timing.ts'
import { changeVoters, endVoterChange } from './voter-changes.ts'
import { EPOCH_MAX, type ReplicaKey } from './voters.ts'

export type { RaftOptions } from './options.ts'

export type Role = Unattached | Prospective | Candidate | Follower | Leader | Resigned

export class RaftCore {
  readonly options: RaftOptions
  role: Role
  /** Everything before is committed, as far as this node knows; -1 unknown. */
  highWatermark = -1
  /** Requests on their way, by peer and type: one at a time each. */
  readonly inFlight = new Map<string, { readonly correlation: number; readonly deadlineMs: number }>()
  private lastCorrelation = 0
  /** Effects on the log were handed out whose `synced` has not come back. */
  logBusy = false
  /** The leader's snapshot that is on its way; nothing is fetched until it is there. */
  loading: OffsetAndEpoch | undefined
  /** The newest epoch whose leader said itself that it leads no more: nobody goes back to it because others still name it. */
  resignedEpoch = -1
  /** When the next step was due at the latest. */
  private dueMs = Infinity
  private effects: RaftEffect[] = []
  private persisted: QuorumState
  private lastRole = ''

  constructor(options: RaftOptions) {
    this.options = options
    this.persisted = options.state
    this.role = new Unattached({ epoch: 0, leaderId: -1, voted: undefined, electionDeadlineMs: Infinity })
  }

  get local(): ReplicaKey {
    return this.options.local
  }

  get log(): LogView {
    return this.options.log
  }

  get voters() {
    return this.options.voters.latest
  }

  get isVoter(): boolean {
    return this.options.canVote && this.voters.has(this.local)
  }

  /** When to send `tick` at the latest; Infinity when nothing waits for time. */
  deadlineMs(): number {
    return nextDeadline(this)
  }

  step(event: RaftEvent, nowMs: number): RaftEffect[] {
    this.effects = []
    if (isStall(this.dueMs, nowMs)) afterStall(this, nowMs)
    switch (event.kind) {
      case 'start':
        this.become(firstRole(this, nowMs), nowMs)
        if (this.isVoter && this.voters.isOnly(this.local)) this.becomeProspective(nowMs)
        break
      case 'tick':
        break
      case 'request':
        onRequest(this, event.token, event.request, nowMs)
        break
      case 'changeVoters':
        changeVoters(this, event.token, event.change, nowMs)
        break
      case 'response':
        if (this.settle(event.correlation) !== undefined) onResponse(this, event.from, event.response, nowMs)
        break
      case 'failed':
        onFailure(this, event.correlation, event.refused === true, nowMs)
        break
      case 'appended':
        this.logBusy = true
        if (this.role.kind === 'leader') replyParked(this, this.role, nowMs)
        break
      case 'synced':
        this.logBusy = false
        if (this.role.kind === 'leader') {
          this.role.recordDurable(event.endOffset, nowMs)
          commit(this, this.role, nowMs)
        }
        break
      case 'snapshotProgress':
      case 'snapshotLoaded':
      case 'snapshotFailed':
        onSnapshotNews(this, event.kind, event.snapshotId, nowMs)
        break
      case 'resign':
        this.resign(nowMs)
        break
    }
    pump(this, nowMs)
    // What is due already has its turn with the next event that comes.
    this.dueMs = Math.max(nowMs, nextDeadline(this))
    return this.takeEffects()
  }

  /** What is to be done so far; after a step that threw, what it had decided by then. */
  takeEffects(): RaftEffect[] {
    const { effects } = this
    this.effects = []
    return effects
  }

  emit(effect: RaftEffect): void {
    this.effects.push(effect)
  }

  /** Sends unless the same kind of request is on its way to this peer. True when it was sent. */
  send(to: number, request: RaftRequest, nowMs: number): boolean {
    const key = `${to}:${request.type}`
    if (this.inFlight.has(key)) return false
    const correlation = ++this.lastCorrelation
    this.inFlight.set(key, { correlation, deadlineMs: nowMs + this.options.requestTimeoutMs })
    this.emit({ kind: 'send', to, correlation, request })
    return true
  }

  /** Sends no request of this type to this peer before `untilMs`. */
  holdBack(to: number, type: RaftRequest['type'], untilMs: number): void {
    this.inFlight.set(`${to}:${type}`, { correlation: ++this.lastCorrelation, deadlineMs: untilMs })
  }

  /** The request is no longer on its way. Its key; undefined when it was given up before: its answer may be about a former state. */
  settle(correlation: number): string | undefined {
    for (const [key, sent] of this.inFlight) {
      if (sent.correlation !== correlation) continue
      this.inFlight.delete(key)
      return key
    }
    return undefined
  }

  /** Jittered, so that candidates seldom meet: one to two election timeouts. */
  electionDeadline(nowMs: number): number {
    return nowMs + this.options.electionTimeoutMs + this.options.random.int(this.options.electionTimeoutMs + 1)
  }

  // ---- transitions: each persists what changed before anything can be sent because of it ------------------------

  /** A newer epoch exists, or this one has no leader for us. Keeps the vote when the epoch stays. */
  becomeUnattached(epoch: number, leaderId: number, nowMs: number): void {
    assert(epoch >= this.role.epoch, `epoch ${epoch} after ${this.role.epoch}`)
    const voted = epoch === this.role.epoch ? this.role.voted : undefined
    this.become(new Unattached({ epoch, leaderId, voted, electionDeadlineMs: this.electionDeadline(nowMs) }), nowMs)
  }

  /** The leader of this epoch gave it up. There will be no other in it, and asking for pre-votes disturbs nobody. */
  leaderResigned(nowMs: number): void {
    const { epoch, voted } = this.role
    this.resignedEpoch = epoch
    // A little chance keeps voters from meeting.
    const electionDeadlineMs = nowMs + this.options.random.int(1 + Math.floor(this.options.electionTimeoutMs / 10))
    this.become(new Unattached({ epoch, leaderId: -1, voted, electionDeadlineMs }), nowMs)
  }

  becomeFollower(epoch: number, leaderId: number, nowMs: number): void {
    assert(leaderId !== this.local.id, 'a replica cannot follow itself')
    const voted = epoch === this.role.epoch ? this.role.voted : undefined
    const fetchDeadlineMs = nowMs + this.options.fetchTimeoutMs
    this.become(new Follower({ epoch, leaderId, voted, fetchDeadlineMs }), nowMs)
  }

  becomeProspective(nowMs: number): void {
    const { epoch, leaderId, voted } = this.role
    const electionDeadlineMs = this.electionDeadline(nowMs)
    const role = new Prospective({ epoch, leaderId, voted, electionDeadlineMs })
    role.tally.grant(this.local)
    this.become(role, nowMs)
    if (role.tally.isWon(this.voters.majority)) this.becomeCandidate(nowMs)
  }

  /** The others would not vote: back to the leader of the epoch, if it has one, else wait. */
  giveUpCampaign(role: Prospective, nowMs: number): void {
    if (role.leaderId >= 0 && role.leaderId !== this.local.id) this.becomeFollower(role.epoch, role.leaderId, nowMs)
    else this.becomeUnattached(role.epoch, role.leaderId, nowMs)
  }

  becomeCandidate(nowMs: number): void {
    if (this.role.epoch >= EPOCH_MAX - 1) return
    const role = new Candidate({
      epoch: this.role.epoch + 1,
      voted: this.local,
      electionDeadlineMs: this.electionDeadline(nowMs),
    })
    role.tally.grant(this.local)
    this.become(role, nowMs)
    if (role.tally.isWon(this.voters.majority)) this.becomeLeader(role, nowMs)
  }

  becomeLeader(candidate: Candidate, nowMs: number): void {
    assert(candidate.tally.isWon(this.voters.majority), 'a leader without a majority')
    const epochStartOffset = this.log.endOffset().offset
    const grantingVoters = candidate.tally.granting()
    const role = new Leader({
      epoch: candidate.epoch,
      local: this.local,
      voters: this.voters,
      epochStartOffset,
      grantingVoters,
      nowMs,
      quorumDeadlineMs: nowMs + this.quorumTimeoutMs,
    })
    this.become(role, nowMs)
    this.logBusy = true
    const version = this.options.kraftVersion()
    // A set that came from the bootstrap checkpoint was never replicated: the first leader writes it into the log.
    const isFirst = version > 0 && this.options.voters.latestOffset === -1
    const { localEndpoints } = this.options
    const moves = version > 0 && localEndpoints !== undefined
    const voters = moves ? this.voters.movedTo(this.local.id, localEndpoints) : this.voters
    this.emit({
      kind: 'appendControl',
      epoch: role.epoch,
      records: [
        { type: 'leaderChange', leaderId: this.local.id, voters: this.voters.values(), grantingVoters },
        ...(isFirst ? [{ type: 'kraftVersion', version } as const] : []),
        ...(isFirst || voters !== this.voters ? [{ type: 'voters', voters } as const] : []),
      ],
    })
  }

  get quorumTimeoutMs(): number {
    return Math.floor(this.options.fetchTimeoutMs * 1.5)
  }

  becomeVoted(candidate: ReplicaKey, nowMs: number): void {
    assert(this.role.voted === undefined, 'a second vote in one epoch')
    assert(this.role.kind === 'unattached' || this.role.kind === 'prospective', `a vote given as ${this.role.kind}`)
    this.role.voted = candidate
    this.become(this.role, nowMs)
  }

  resign(nowMs: number): void {
    const role = this.role
    if (role.kind !== 'leader') return
    const successors = role.successors(this.voters)
    const resigned = new Resigned({
      epoch: role.epoch,
      leaderId: role.leaderId,
      voted: role.voted,
      electionDeadlineMs: this.electionDeadline(nowMs),
      unacknowledged: new Set(successors.map((voter) => voter.id)),
      preferredCandidates: successors,
    })
    this.become(resigned, nowMs)
  }

  private become(role: Role, nowMs: number): void {
    const former = this.role
    this.role = role
    if (former !== role) this.loading = undefined
    // Votes of the role before are void; whatever they answer, the new role may ask again at once.
    if (former !== role) for (const key of this.inFlight.keys()) if (key.endsWith(':vote')) this.inFlight.delete(key)
    // What waited for the former leader's log is refused, so that the replicas look for the new one at once.
    if (former.kind === 'leader' && role !== former) {
      replyParked(this, former, nowMs, true)
      endVoterChange(this, former, 'NOT_LEADER_OR_FOLLOWER')
    }
    const state = quorumState(role.epoch, role.leaderId, role.voted)
    const same =
      state.epoch === this.persisted.epoch &&
      state.leaderId === this.persisted.leaderId &&
      state.votedId === this.persisted.votedId &&
      state.votedDirectoryId === this.persisted.votedDirectoryId
    if (!same) {
      this.persisted = state
      this.emit({ kind: 'persist', state })
    }
    const name = `${role.kind}:${role.epoch}:${role.leaderId}`
    if (name === this.lastRole) return
    this.lastRole = name
    this.emit({ kind: 'role', role: role.kind, epoch: role.epoch, leaderId: role.leaderId })
  }
}
