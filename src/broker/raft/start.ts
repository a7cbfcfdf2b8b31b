/**
 * The role that a node begins with, from what it had written down. A vote that was given stands; a node that led begins
 * as one that resigned, since what it had not synced may be lost; a log that is newer than the state makes up for it.
 */
import type { RaftCore, Role } from './core.ts'
import { Candidate } from './roles/candidate.ts'
import { Follower } from './roles/follower.ts'
import { Resigned } from './roles/resigned.ts'
import { Unattached } from './roles/unattached.ts'
import { sameReplica } from './voters.ts'

export function firstRole(core: RaftCore, nowMs: number): Role {
  const { epoch, leaderId, votedId, votedDirectoryId } = core.options.state
  const logEpoch = core.log.endOffset().epoch
  const voted = votedId === -1 ? undefined : { id: votedId, directoryId: votedDirectoryId }
  const electionDeadlineMs = core.electionDeadline(nowMs)
  if (logEpoch > epoch) {
    // The state was lost or is older than the log. No vote of the log's epoch may be given by chance.
    return new Unattached({ epoch: logEpoch, leaderId: -1, voted: undefined, electionDeadlineMs })
  }
  if (leaderId === core.local.id && core.options.canVote) {
    const unacknowledged = new Set(core.voters.ids().filter((id) => id !== core.local.id))
    return new Resigned({ epoch, leaderId, voted, electionDeadlineMs, unacknowledged, preferredCandidates: [] })
  }
  if (voted !== undefined && sameReplica(voted, core.local)) {
    const role = new Candidate({ epoch, voted, electionDeadlineMs })
    role.tally.grant(core.local)
    return role
  }
  if (leaderId >= 0) {
    return new Follower({ epoch, leaderId, voted, fetchDeadlineMs: nowMs + core.options.fetchTimeoutMs })
  }
  // Nobody leads, as far as is known: asking for pre-votes soon disturbs no leader that there may be.
  const soonMs = nowMs + core.options.random.int(1 + Math.floor(core.options.electionTimeoutMs / 5))
  return new Unattached({ epoch, leaderId: -1, voted, electionDeadlineMs: soonMs })
}
