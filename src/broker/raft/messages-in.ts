/** Requests and responses that came in, to those who know them. A higher epoch in a response is taken over first. */
import type { RaftCore } from './core.ts'
import { answerBeginEpoch, answerEndEpoch, answerVote, onVoteResponse } from './election.ts'
import type { RaftRequest, RaftResponse, RequestToken } from './messages.ts'
import { answerFetch, onFetchResponse } from './replication.ts'
import { EPOCH_MAX } from './voters.ts'

export function onRequest(core: RaftCore, token: RequestToken, request: RaftRequest, nowMs: number): void {
  switch (request.type) {
    case 'vote':
      core.emit({ kind: 'reply', token, response: answerVote(core, request, nowMs) })
      break
    case 'beginEpoch':
      core.emit({ kind: 'reply', token, response: answerBeginEpoch(core, request, nowMs) })
      break
    case 'endEpoch':
      core.emit({ kind: 'reply', token, response: answerEndEpoch(core, request, nowMs) })
      break
    case 'fetch':
      answerFetch(core, token, request, nowMs)
      break
  }
}

export function onResponse(core: RaftCore, from: number, response: RaftResponse, nowMs: number): void {
  const { role } = core
  if (response.epoch < role.epoch || response.epoch >= EPOCH_MAX) return
  if (response.epoch > role.epoch) {
    if (response.leaderId >= 0 && response.leaderId !== core.local.id) {
      core.becomeFollower(response.epoch, response.leaderId, nowMs)
    } else core.becomeUnattached(response.epoch, -1, nowMs)
    return
  }
  // Who looks for a new leader does not go back to the one it lost because others still name it.
  const isLost = role.leaderId === -1 && core.resignedEpoch !== response.epoch
  if (isLost && response.leaderId >= 0 && response.leaderId !== core.local.id) {
    core.becomeFollower(response.epoch, response.leaderId, nowMs)
    return
  }
  if (response.type === 'vote') onVoteResponse(core, from, response, nowMs)
  else if (response.type === 'fetch') onFetchResponse(core, from, response, nowMs)
  else if (response.type === 'beginEpoch' && role.kind === 'leader' && response.error === 'NONE') {
    const voter = core.voters.get(from)
    if (voter !== undefined) role.progress(voter).hasAcknowledged = true
  } else if (response.type === 'endEpoch' && role.kind === 'resigned') role.unacknowledged.delete(from)
}

/** A request without an answer. */
export function onFailure(core: RaftCore, correlation: number, refused: boolean, nowMs: number): void {
  const key = core.settle(correlation)
  const { role } = core
  if (key === undefined || role.kind !== 'follower') return
  // A replica without a vote loses nothing by asking the others at once who leads now.
  if (!core.isVoter) core.becomeUnattached(role.epoch, -1, nowMs)
  else if (refused && key === `${role.leaderId}:fetch`) {
    // Nobody listens where the leader did: its process is gone. Asking for pre-votes disturbs nobody who still follows a
    // leader, so the rest of the fetch timeout need not be waited for; a little chance keeps voters from meeting.
    role.hasFetched = false
    const soonMs = nowMs + core.options.random.int(1 + Math.floor(core.options.electionTimeoutMs / 10))
    role.fetchDeadlineMs = Math.min(role.fetchDeadlineMs, soonMs)
  }
}
