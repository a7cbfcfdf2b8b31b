/** Follows nobody: knows an epoch, perhaps its leader's id, perhaps gave its vote. Campaigns when the deadline passes. */
import { type VoteQuestion, type Voted, mayVote } from './role.ts'

export class Unattached {
  readonly kind = 'unattached'
  readonly epoch: number
  readonly leaderId: number
  voted: Voted
  readonly electionDeadlineMs: number

  constructor(state: { epoch: number; leaderId: number; voted: Voted; electionDeadlineMs: number }) {
    this.epoch = state.epoch
    this.leaderId = state.leaderId
    this.voted = state.voted
    this.electionDeadlineMs = state.electionDeadlineMs
  }

  canGrantVote(question: VoteQuestion): boolean {
    return mayVote(this.voted, this.leaderId, question)
  }
}
