/** What a role does as time goes: when it wants to be looked at, and what a passed deadline leads to. */
import type { RaftCore } from './core.ts'
import { sendVotes } from './election.ts'
import { sendFetch, sendLeaderNews, watchQuorum } from './replication.ts'
import { EPOCH_MAX } from './voters.ts'

/** A step that is later than this means that the process stood still: busy, or stopped by a signal. */
const STALL_MS = 500

/** True when a step that was due at `dueMs` comes too late to say anything about the others. */
export function isStall(dueMs: number, nowMs: number): boolean {
  return nowMs - dueMs >= STALL_MS
}

/** What came while the process stood still is to be looked at before anybody is taken for dead. */
export function afterStall(core: RaftCore, nowMs: number): void {
  const { role } = core
  if (role.kind === 'leader') {
    role.quorumDeadlineMs = Math.max(role.quorumDeadlineMs, nowMs + Math.floor(core.quorumTimeoutMs / 4))
  } else if (role.kind === 'follower') {
    const fetchTimeoutMs = Math.floor(core.options.fetchTimeoutMs / 4)
    role.fetchDeadlineMs = Math.max(role.fetchDeadlineMs, nowMs + fetchTimeoutMs)
  }
}

/** When the core wants to hear of the time at the latest; Infinity when nothing waits for it. */
export function nextDeadline(core: RaftCore): number {
  let deadline = Infinity
  for (const { deadlineMs } of core.inFlight.values()) deadline = Math.min(deadline, deadlineMs)
  const { role } = core
  if (role.kind === 'follower') {
    deadline = Math.min(deadline, role.fetchDeadlineMs)
  } else if (role.kind === 'leader') {
    for (const fetch of role.parked) deadline = Math.min(deadline, fetch.deadlineMs)
    deadline = Math.min(deadline, role.voterChange?.deadlineMs ?? Infinity)
    if (core.voters.size > 1) deadline = Math.min(deadline, role.quorumDeadlineMs, role.nextBeginEpochMs)
  } else if (role.kind === 'resigned' && role.epoch >= EPOCH_MAX - 1) {
    // The last epoch was led: there is none to go on with.
  } else if (core.isVoter || role.kind !== 'unattached') deadline = Math.min(deadline, role.electionDeadlineMs)
  return deadline
}

/** Lets passed deadlines act and sends what the role wants on its way. */
export function pump(core: RaftCore, nowMs: number): void {
  for (const [key, { deadlineMs }] of core.inFlight) if (deadlineMs <= nowMs) core.inFlight.delete(key)
  const { role } = core
  switch (role.kind) {
    case 'unattached':
      if (nowMs >= role.electionDeadlineMs && core.isVoter) core.becomeProspective(nowMs)
      else sendFetch(core, nowMs)
      break
    case 'prospective':
      if (nowMs >= role.electionDeadlineMs) core.giveUpCampaign(role, nowMs)
      break
    case 'candidate':
      if (nowMs >= role.electionDeadlineMs) core.becomeProspective(nowMs)
      break
    case 'follower':
      if (nowMs < role.fetchDeadlineMs) sendFetch(core, nowMs)
      else if (core.isVoter) core.becomeProspective(nowMs)
      else core.becomeUnattached(role.epoch, -1, nowMs)
      break
    case 'leader':
      if (!watchQuorum(core, role, nowMs)) core.resign(nowMs)
      break
    case 'resigned':
      if (nowMs >= role.electionDeadlineMs && role.epoch < EPOCH_MAX - 1) {
        core.becomeUnattached(role.epoch + 1, -1, nowMs)
      }
      break
  }
  // Who became unattached just now and has no vote waits for no deadline: unless it asks, nothing ever wakes it.
  if (core.role !== role && core.role.kind === 'unattached' && !core.isVoter) sendFetch(core, nowMs)
  sendVotes(core, nowMs)
  sendLeaderNews(core, nowMs)
}
