/**
 * Asks whether an election could be won, before it disturbs anybody with a new epoch (KIP-996). Nothing is persisted:
 * the epoch and the vote are those of the role before.
 */
import { VoteTally, type VoteQuestion, type Voted, mayVote } from './role.ts'

export class Prospective {
  readonly kind = 'prospective'
  readonly epoch: number
  readonly leaderId: number
  voted: Voted
  readonly electionDeadlineMs: number
  readonly tally = new VoteTally()

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
