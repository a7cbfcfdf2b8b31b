/**
 * Votes, and the two messages around an epoch's leader. The rules are those of Raft with KRaft's additions: pre-votes
 * (KIP-996) disturb nobody, a voter answers only for the directory it was asked for, a leader that stops names who
 * should succeed.
 */
import type {
  BeginEpochRequest,
  EndEpochRequest,
  EpochResponse,
  RaftResponse,
  VoteRequest,
  VoteResponse,
} from './messages.ts'
import type { RaftCore } from './core.ts'
import { EPOCH_MAX, sameReplica } from './voters.ts'

/** True when a log that ends with (`lastEpoch`, `lastOffset`) holds everything ours may have committed. */
function isLogUpToDate(core: RaftCore, lastEpoch: number, lastOffset: number): boolean {
  const own = core.log.endOffset()
  return lastEpoch > own.epoch || (lastEpoch === own.epoch && lastOffset >= own.offset)
}

export function answerVote(core: RaftCore, request: VoteRequest, nowMs: number): VoteResponse {
  const answer = (error: VoteResponse['error'], granted: boolean): VoteResponse => ({
    type: 'vote',
    error,
    epoch: core.role.epoch,
    leaderId: core.role.leaderId,
    granted,
    preVote: request.preVote,
  })
  const { candidate, epoch, lastEpoch, preVote } = request
  if (epoch < 0 || request.lastOffset < 0 || lastEpoch < 0) return answer('INVALID_REQUEST', false)
  // Nobody asks for votes in the last epoch there can be; nobody else asks in this node's name.
  if (epoch >= EPOCH_MAX || candidate.id < 0 || candidate.id === core.local.id) return answer('INVALID_REQUEST', false)
  if (preVote ? lastEpoch > epoch : lastEpoch >= epoch) return answer('INVALID_REQUEST', false)
  if (epoch < core.role.epoch) return answer('FENCED_LEADER_EPOCH', false)
  if (!sameReplica(request.voter, core.local) && request.voter.id !== -1) return answer('INVALID_VOTER_KEY', false)
  if (epoch > core.role.epoch) core.becomeUnattached(epoch, -1, nowMs)

  const upToDate = isLogUpToDate(core, lastEpoch, request.lastOffset)
  const granted = core.role.canGrantVote({ candidate, preVote, isLogUpToDate: upToDate })
  if (granted && !preVote && core.role.voted === undefined) core.becomeVoted(candidate, nowMs)
  return answer('NONE', granted)
}

export function onVoteResponse(core: RaftCore, from: number, response: VoteResponse, nowMs: number): void {
  const role = core.role
  if (role.kind !== (response.preVote ? 'prospective' : 'candidate')) return
  const voter = core.voters.get(from)
  if (voter === undefined) return
  if (response.error === 'NONE' && response.granted) role.tally.grant(voter)
  else if (response.error === 'NONE') role.tally.reject(from)
  else return
  const { majority, size } = core.voters
  if (role.tally.isWon(majority)) {
    if (role.kind === 'candidate') core.becomeLeader(role, nowMs)
    else core.becomeCandidate(nowMs)
  } else if (role.tally.isLost(majority, size)) {
    if (role.kind === 'prospective') core.giveUpCampaign(role, nowMs)
    else role.electionDeadlineMs = nowMs + 1 + core.options.random.int(Math.max(1, core.options.electionBackoffMaxMs))
  }
}

/** Asks every voter that has not answered yet. */
export function sendVotes(core: RaftCore, nowMs: number): void {
  const role = core.role
  if (role.kind !== 'prospective' && role.kind !== 'candidate') return
  const own = core.log.endOffset()
  for (const voter of core.voters.values()) {
    if (role.tally.hasAnswered(voter.id)) continue
    core.send(
      voter.id,
      {
        type: 'vote',
        candidate: core.local,
        voter: { id: voter.id, directoryId: voter.directoryId },
        epoch: role.epoch,
        lastEpoch: own.epoch,
        lastOffset: own.offset,
        preVote: role.kind === 'prospective',
      },
      nowMs,
    )
  }
}

export function answerBeginEpoch(core: RaftCore, request: BeginEpochRequest, nowMs: number): RaftResponse {
  if (request.epoch < core.role.epoch) return epochAnswer(core, 'beginEpoch', 'FENCED_LEADER_EPOCH')
  if (!isOtherLeader(core, request)) return epochAnswer(core, 'beginEpoch', 'INVALID_REQUEST')
  if (request.epoch > core.role.epoch || core.role.kind !== 'follower') {
    if (request.epoch === core.role.epoch && (core.role.kind === 'leader' || core.role.kind === 'resigned')) {
      return epochAnswer(core, 'beginEpoch', 'INVALID_REQUEST')
    }
    core.becomeFollower(request.epoch, request.leaderId, nowMs)
  } else core.role.fetchDeadlineMs = nowMs + core.options.fetchTimeoutMs
  if (!sameReplica(request.voter, core.local) && request.voter.id !== -1) {
    return epochAnswer(core, 'beginEpoch', 'INVALID_VOTER_KEY')
  }
  return epochAnswer(core, 'beginEpoch', 'NONE')
}

export function answerEndEpoch(core: RaftCore, request: EndEpochRequest, nowMs: number): RaftResponse {
  if (request.epoch < core.role.epoch) return epochAnswer(core, 'endEpoch', 'FENCED_LEADER_EPOCH')
  if (!isOtherLeader(core, request)) return epochAnswer(core, 'endEpoch', 'INVALID_REQUEST')
  if (request.epoch > core.role.epoch) core.becomeUnattached(request.epoch, -1, nowMs)
  const rank = request.preferredCandidates.findIndex((candidate) => sameReplica(candidate, core.local))
  if (core.role.kind === 'follower' && core.isVoter) {
    // Whoever stands for election now takes nobody's leader away.
    core.role.hasFetched = false
    core.resignedEpoch = core.role.epoch
    // The first in the list campaigns at once; the others give it a head start that grows with their rank.
    if (rank === 0) core.becomeProspective(nowMs)
    else {
      const delay = Math.min(core.options.electionBackoffMaxMs, 50 * 2 ** Math.max(1, rank))
      core.role.fetchDeadlineMs = Math.min(core.role.fetchDeadlineMs, nowMs + delay)
    }
  }
  return epochAnswer(core, 'endEpoch', 'NONE')
}

/** An epoch has one leader: who names another than the one that is known, or this node, is wrong. */
function isOtherLeader(core: RaftCore, { leaderId, epoch }: { leaderId: number; epoch: number }): boolean {
  if (leaderId < 0 || leaderId === core.local.id || epoch >= EPOCH_MAX) return false
  return epoch > core.role.epoch || core.role.leaderId === -1 || core.role.leaderId === leaderId
}

function epochAnswer(core: RaftCore, type: EpochResponse['type'], error: EpochResponse['error']): EpochResponse {
  return { type, error, epoch: core.role.epoch, leaderId: core.role.leaderId }
}
