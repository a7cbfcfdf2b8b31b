/** Requests and responses that came in, to those who know them. A higher epoch in a response is taken over first. */
import type { RaftCore } from './core.ts'
import { answerBeginEpoch, answerEndEpoch, answerVote, onVoteResponse } from './election.ts'
import type { RaftRequest, RaftResponse, RequestToken } from './messages.ts'
import { answerFetch, onFetchResponse } from './replication.ts'

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
  if (response.epoch < role.epoch) return
  if (response.epoch > role.epoch) {
    if (response.leaderId >= 0 && response.leaderId !== core.local.id) {
      core.becomeFollower(response.epoch, response.leaderId, nowMs)
    } else core.becomeUnattached(response.epoch, -1, nowMs)
    return
  }
  // Who looks for a new leader does not go back to the one it lost because others still name it.
  if (role.leaderId === -1 && response.leaderId >= 0 && response.leaderId !== core.local.id) {
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
