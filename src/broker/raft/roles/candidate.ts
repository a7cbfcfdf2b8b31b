/** Stands for election in an epoch that it opened, with its own vote. Refused or out of time, it asks before the next. */
import { VoteTally, type VoteQuestion, type Voted } from './role.ts'

export class Candidate {
  readonly kind = 'candidate'
  readonly epoch: number
  readonly leaderId = -1
  readonly voted: Voted
  electionDeadlineMs: number
  readonly tally = new VoteTally()

  constructor(state: { epoch: number; voted: Voted; electionDeadlineMs: number }) {
    this.epoch = state.epoch
    this.voted = state.voted
    this.electionDeadlineMs = state.electionDeadlineMs
  }

  canGrantVote(question: VoteQuestion): boolean {
    return question.preVote && question.isLogUpToDate
  }
}
