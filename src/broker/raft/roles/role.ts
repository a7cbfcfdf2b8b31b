/**
 * What the six roles share. A role is the state of one stay in it; moving on replaces it. Each says by itself whether
 * it may grant a vote and when it wants to be looked at again.
 */
import type { QuorumState } from '../quorum-state.ts'
import type { ReplicaKey } from '../voters.ts'
import { standsFor } from '../voters.ts'
import { ZERO_UUID } from '../../../base/uuid.ts'

export interface VoteQuestion {
  readonly candidate: ReplicaKey
  readonly preVote: boolean
  /** The candidate's log holds at least what ours holds. */
  readonly isLogUpToDate: boolean
}

/** Vote given in this epoch; undefined when none was. */
export type Voted = ReplicaKey | undefined

/**
 * The rule of a replica that follows nobody: pre-votes by the log alone; a vote once per epoch, and none when the epoch
 * is known to have a leader.
 */
export function mayVote(voted: Voted, leaderId: number, question: VoteQuestion): boolean {
  if (question.preVote) return question.isLogUpToDate
  if (voted !== undefined) return standsFor(voted, question.candidate)
  return leaderId === -1 && question.isLogUpToDate
}

export function quorumState(epoch: number, leaderId: number, voted: Voted): QuorumState {
  return { epoch, leaderId, votedId: voted?.id ?? -1, votedDirectoryId: voted?.directoryId ?? ZERO_UUID }
}

/** The answers to one round of votes. */
export class VoteTally {
  private readonly granted = new Map<number, ReplicaKey>()
  private readonly rejected = new Set<number>()

  grant(voter: ReplicaKey): void {
    this.granted.set(voter.id, voter)
    this.rejected.delete(voter.id)
  }

  reject(id: number): void {
    if (!this.granted.has(id)) this.rejected.add(id)
  }

  hasAnswered(id: number): boolean {
    return this.granted.has(id) || this.rejected.has(id)
  }

  isWon(majority: number): boolean {
    return this.granted.size >= majority
  }

  /** True when the votes that are out cannot make a majority any more. */
  isLost(majority: number, voters: number): boolean {
    return voters - this.rejected.size < majority
  }

  granting(): ReplicaKey[] {
    return [...this.granted.values()]
  }
}
