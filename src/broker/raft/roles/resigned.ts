/** Was the leader and gave the epoch up: serves no fetches, tells the voters, and after a while looks for a successor. */
import type { ReplicaKey } from '../voters.ts'
import type { VoteQuestion, Voted } from './role.ts'

export class Resigned {
  readonly kind = 'resigned'
  readonly epoch: number
  readonly leaderId: number
  readonly voted: Voted
  readonly electionDeadlineMs: number
  /** Voters that have not yet heard of it, and who is to succeed. */
  readonly unacknowledged: Set<number>
  readonly preferredCandidates: readonly ReplicaKey[]

  constructor(state: {
    epoch: number
    leaderId: number
    voted: Voted
    electionDeadlineMs: number
    unacknowledged: Set<number>
    preferredCandidates: readonly ReplicaKey[]
  }) {
    this.epoch = state.epoch
    this.leaderId = state.leaderId
    this.voted = state.voted
    this.electionDeadlineMs = state.electionDeadlineMs
    this.unacknowledged = state.unacknowledged
    this.preferredCandidates = state.preferredCandidates
  }

  canGrantVote(question: VoteQuestion): boolean {
    return question.preVote && question.isLogUpToDate
  }
}
