/** Fetches from a known leader. Without an answer for the fetch timeout a voter begins to look for a new leader. */
import { standsFor } from '../voters.ts'
import type { VoteQuestion, Voted } from './role.ts'

export class Follower {
  readonly kind = 'follower'
  readonly epoch: number
  readonly leaderId: number
  readonly voted: Voted
  /** Moves on with every answer of the leader. */
  fetchDeadlineMs: number
  hasFetched = false

  constructor(state: { epoch: number; leaderId: number; voted: Voted; fetchDeadlineMs: number }) {
    this.epoch = state.epoch
    this.leaderId = state.leaderId
    this.voted = state.voted
    this.fetchDeadlineMs = state.fetchDeadlineMs
  }

  /** While the leader answers, nobody gets this replica's pre-vote: that is what keeps a lost node from disturbing. */
  canGrantVote(question: VoteQuestion): boolean {
    if (question.preVote) return question.isLogUpToDate && !this.hasFetched
    return this.voted !== undefined && standsFor(this.voted, question.candidate)
  }
}
