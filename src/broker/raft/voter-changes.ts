/**
 * Changes of the voter set in a running quorum (KIP-853), one at a time. A set takes effect when it is appended and is
 * answered for when it is committed, by a majority of the new set. One voter comes or goes at a time, so that a majority
 * of the old set and one of the new always meet; the leader has committed something in its own epoch before, so that no
 * change of a former leader can still be under way.
 */
import type { RaftCore } from './core.ts'
import type { RequestToken, VoterChange, VoterChangeAnswer } from './messages.ts'
import type { Leader } from './roles/leader.ts'
import { type ReplicaKey, sameReplica, type Voter, VoterSet } from './voters.ts'

/** A voter that comes must have been seen this recently, and caught up. */
const CAUGHT_UP_MS = 60_000

/** The highest level of kraft.version that this software knows. */
const KRAFT_VERSION_MAX = 1

export function changeVoters(core: RaftCore, token: RequestToken, change: VoterChange, nowMs: number): void {
  if (change.type === 'upgrade') {
    answer(core, token, upgrade(core, change))
    return
  }
  const next = decide(core, change, nowMs)
  const { role } = core
  if (!(next instanceof VoterSet) || role.kind !== 'leader') {
    answer(core, token, next instanceof VoterSet ? { error: 'NOT_LEADER_OR_FOLLOWER' } : next)
    return
  }
  const offset = core.log.endOffset().offset
  core.logBusy = true
  core.emit({ kind: 'appendControl', epoch: role.epoch, records: [{ type: 'voters', voters: next }] })
  const isAnswered = change.type === 'update' || (change.type === 'add' && !change.ackWhenCommitted)
  if (isAnswered) answer(core, token, { error: 'NONE' })
  else role.voterChange = { token, offset, deadlineMs: nowMs + core.options.requestTimeoutMs }
}

type SetChange = Exclude<VoterChange, { type: 'upgrade' }>

function decide(core: RaftCore, change: SetChange, nowMs: number): VoterSet | VoterChangeAnswer {
  const { role } = core
  if (role.kind !== 'leader') return { error: 'NOT_LEADER_OR_FOLLOWER' }
  if (change.type === 'update' && change.epoch !== role.epoch) {
    return { error: change.epoch < role.epoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH' }
  }
  // Static voters are where the configuration says.
  if (core.options.kraftVersion() < 1 && change.type === 'update') return introduce(core, role, change)
  return refuseNow(core) ?? nextSet(core, role, change, nowMs)
}

/** Why no voter may come, go or move now, whoever it is. */
export function refuseNow(core: RaftCore): VoterChangeAnswer | undefined {
  const { role } = core
  if (role.kind !== 'leader') return { error: 'NOT_LEADER_OR_FOLLOWER' }
  if (core.options.kraftVersion() < 1) {
    return { error: 'UNSUPPORTED_VERSION', message: 'The voters are static: kraft.version is 0.' }
  }
  if (role.voterChange !== undefined) {
    return { error: 'REQUEST_TIMED_OUT', message: 'Another change of the voters is under way.' }
  }
  if (core.options.voters.latestOffset >= role.highWatermark) {
    return { error: 'REQUEST_TIMED_OUT', message: 'The leader has not committed the voters yet.' }
  }
  return undefined
}

/** A node has one vote, whichever directory it comes with. */
export function refuseKnown(core: RaftCore, voter: ReplicaKey): VoterChangeAnswer | undefined {
  if (core.voters.get(voter.id) === undefined) return undefined
  const message = `The voter id for ${nameOf(voter)} is already part of the set of voters.`
  return { error: 'DUPLICATE_VOTER', message }
}

function nameOf({ id, directoryId }: ReplicaKey): string {
  return `${id} with directory ${directoryId}`
}

function nextSet(core: RaftCore, role: Leader, change: SetChange, nowMs: number): VoterSet | VoterChangeAnswer {
  const { voters } = core
  const values = voters.values()
  if (change.type === 'add') {
    const { voter } = change
    const refused = refuseKnown(core, voter)
    if (refused !== undefined) return refused
    const replica = [...role.replicas.values()].find(({ key }) => sameReplica(key, voter))
    const isCaughtUp =
      replica !== undefined && replica.lastCaughtUpMs >= 0 && nowMs - replica.lastFetchMs < CAUGHT_UP_MS
    if (!isCaughtUp) return { error: 'REQUEST_TIMED_OUT', message: `The new voter ${nameOf(voter)} has not caught up.` }
    return new VoterSet([...values, voter])
  }
  const known = voters.get(change.key.id)
  if (known === undefined || known.directoryId !== change.key.directoryId) {
    return { error: 'VOTER_NOT_FOUND', message: `There is no voter ${nameOf(change.key)}.` }
  }
  if (change.type === 'remove') {
    if (voters.size === 1) return { error: 'INVALID_REQUEST', message: 'The last voter cannot be removed.' }
    return new VoterSet(values.filter((voter) => voter !== known))
  }
  const { endpoints, kraftVersionMin, kraftVersionMax } = change
  const version = core.options.kraftVersion()
  if (kraftVersionMin > version || kraftVersionMax < version) return { error: 'INVALID_REQUEST' }
  const updated: Voter = { ...known, endpoints, kraftVersionMin, kraftVersionMax }
  return new VoterSet(values.map((voter) => (voter === known ? updated : voter)))
}

/** A static voter says who it is: kept for the day when the voters shall stand in the log. */
function introduce(
  core: RaftCore,
  role: Leader,
  { key, endpoints, kraftVersionMin, kraftVersionMax }: Extract<VoterChange, { type: 'update' }>,
): VoterChangeAnswer {
  if (core.voters.get(key.id) === undefined) return { error: 'VOTER_NOT_FOUND' }
  role.introductions.set(key.id, { ...key, endpoints, kraftVersionMin, kraftVersionMax })
  return { error: 'NONE' }
}

/** kraft.version 0 to 1: the level and the voters, as they introduced themselves, in one batch. */
function upgrade(
  core: RaftCore,
  { version, validateOnly }: Extract<VoterChange, { type: 'upgrade' }>,
): VoterChangeAnswer {
  const { role } = core
  if (role.kind !== 'leader') return { error: 'NOT_CONTROLLER' }
  if (version === core.options.kraftVersion()) return { error: 'NONE' }
  const refuse = (message: string): VoterChangeAnswer => ({ error: 'INVALID_UPDATE_VERSION', message })
  if (version < core.options.kraftVersion() || version > KRAFT_VERSION_MAX) {
    return refuse(`kraft.version cannot go from ${core.options.kraftVersion()} to ${version}.`)
  }
  if (role.highWatermark === -1 || core.options.voters.latestOffset >= role.highWatermark) {
    return { error: 'REQUEST_TIMED_OUT', message: 'The leader has not committed the voters yet.' }
  }
  const own = { ...core.local, kraftVersionMin: 0, kraftVersionMax: KRAFT_VERSION_MAX }
  const voters: Voter[] = []
  for (const voter of core.voters.values()) {
    const said = role.introductions.get(voter.id)
    if (voter.id === core.local.id) voters.push({ ...own, endpoints: core.options.localEndpoints ?? voter.endpoints })
    else if (said === undefined) return refuse(`Voter ${voter.id} has not said yet which levels it supports.`)
    else if (said.kraftVersionMax < version) return refuse(`Voter ${voter.id} does not support level ${version}.`)
    else voters.push(said)
  }
  if (validateOnly) return { error: 'NONE' }
  const set = new VoterSet(voters)
  role.nameVoters(set)
  core.logBusy = true
  core.emit({
    kind: 'appendControl',
    epoch: role.epoch,
    records: [
      { type: 'kraftVersion', version },
      { type: 'voters', voters: set },
    ],
  })
  return { error: 'NONE' }
}

/** After the high watermark rose. True when the leader has voted itself out, and must go. */
export function voterChangeCommitted(core: RaftCore, role: Leader): boolean {
  const change = role.voterChange
  if (change !== undefined && role.highWatermark > change.offset) {
    role.voterChange = undefined
    answer(core, change.token, { error: 'NONE' })
  }
  return core.options.voters.latestOffset < role.highWatermark && !core.isVoter
}

/** Answers the one who waits, whose time is over or whose leader has gone. */
export function endVoterChange(core: RaftCore, role: Leader, error: VoterChangeAnswer['error']): void {
  if (role.voterChange === undefined) return
  const { token } = role.voterChange
  role.voterChange = undefined
  answer(core, token, { error })
}

function answer(core: RaftCore, token: RequestToken, said: VoterChangeAnswer): void {
  core.emit({ kind: 'votersAnswer', token, answer: said })
}
