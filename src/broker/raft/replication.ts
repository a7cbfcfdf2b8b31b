/**
 * Replication by fetching. A fetch at an offset acknowledges everything before it. The leader checks that the replica's
 * last epoch ends where its own does; if not, it names the point of divergence, and the replica truncates to it.
 */
import { assert } from '../../base/assert.ts'
import type { OffsetAndEpoch } from './log.ts'
import type { FetchRequest, FetchResponse, RaftEvent, RequestToken } from './messages.ts'
import type { RaftCore } from './core.ts'
import type { Leader } from './roles/leader.ts'
import { endVoterChange, voterChangeCommitted } from './voter-changes.ts'

/** However long a replica would wait: an answer without news keeps it informed of its leader. */
const FETCH_WAIT_MAX_MS = 30_000
/** Pause before a leader is asked again that said what cannot be, or sent what cannot be taken. */
const CONTRADICTION_PAUSE_MS = 1000

export function answerFetch(core: RaftCore, token: RequestToken, request: FetchRequest, nowMs: number): void {
  const refusal = refuse(core, request)
  if (refusal !== undefined) {
    core.emit({ kind: 'reply', token, response: refusal })
    return
  }
  const role = core.role as Leader
  const outOfLine = departure(core, request)
  if (outOfLine !== undefined) {
    core.emit({ kind: 'reply', token, response: { ...fetchHead(core, 'NONE'), ...outOfLine } })
    return
  }
  if (request.replica.id >= 0) {
    role.recordFetch(request.replica, request.fetchOffset, core.log.endOffset().offset, nowMs)
  }
  commit(core, role, nowMs)
  const waitMs = Math.min(Math.max(0, request.maxWaitMs), FETCH_WAIT_MAX_MS)
  role.parked.push({ token, request, deadlineMs: nowMs + waitMs })
  replyParked(core, role, nowMs)
}

function refuse(core: RaftCore, request: FetchRequest): FetchResponse | undefined {
  const { role } = core
  if (request.epoch < role.epoch) return fetchHead(core, 'FENCED_LEADER_EPOCH')
  if (request.epoch > role.epoch) return fetchHead(core, 'UNKNOWN_LEADER_EPOCH')
  if (role.kind !== 'leader') return fetchHead(core, 'NOT_LEADER_OR_FOLLOWER')
  // What is durable here is for this node alone to say.
  if (request.replica.id === core.local.id) return fetchHead(core, 'INVALID_REQUEST')
  if (request.fetchOffset < 0 || request.lastFetchedEpoch < 0 || request.lastFetchedEpoch > role.epoch) {
    return fetchHead(core, 'INVALID_REQUEST')
  }
  return undefined
}

/** What the replica must do before it can be served: load a snapshot, or truncate. Undefined when its log fits. */
function departure(core: RaftCore, request: FetchRequest): Pick<FetchResponse, 'snapshotId' | 'diverging'> | undefined {
  const { log } = core
  const snapshot = log.latestSnapshotId()
  if (request.fetchOffset === 0 && log.startOffset === 0) return undefined
  const end = log.endOffsetForEpoch(request.lastFetchedEpoch)
  // A replica whose last epoch is older than all of the log cannot be told where in it to truncate to.
  const isBeforeLog = request.fetchOffset < log.startOffset || end.epoch > request.lastFetchedEpoch
  if (isBeforeLog && snapshot !== undefined) return { snapshotId: snapshot }
  if (end.epoch === request.lastFetchedEpoch && end.offset >= request.fetchOffset) return undefined
  return { diverging: end }
}

function fetchHead(core: RaftCore, error: FetchResponse['error']): FetchResponse {
  return {
    type: 'fetch',
    error,
    epoch: core.role.epoch,
    leaderId: core.role.leaderId,
    highWatermark: core.role.kind === 'leader' ? core.role.highWatermark : -1,
  }
}

/** Answers parked fetches that have news: records, a later high watermark, or no time left. `refused`: all, with an error. */
export function replyParked(core: RaftCore, role: Leader, nowMs: number, refused = false): void {
  if (role.parked.length === 0) return
  const end = core.log.endOffset().offset
  const waiting = role.parked
  role.parked = []
  for (const fetch of waiting) {
    if (refused) {
      core.emit({ kind: 'reply', token: fetch.token, response: fetchHead(core, 'NOT_LEADER_OR_FOLLOWER') })
      continue
    }
    const { fetchOffset, highWatermark } = fetch.request
    if (fetchOffset < end) {
      const response = { ...fetchHead(core, 'NONE'), readFrom: fetchOffset }
      core.emit({ kind: 'reply', token: fetch.token, response })
    } else if (role.highWatermark > highWatermark || nowMs >= fetch.deadlineMs) {
      core.emit({ kind: 'reply', token: fetch.token, response: fetchHead(core, 'NONE') })
    } else role.parked.push(fetch)
  }
}

/** Advances the high watermark of the leader and says so. */
export function commit(core: RaftCore, role: Leader, nowMs: number): void {
  if (!role.advance(core.voters)) return
  core.highWatermark = role.highWatermark
  core.emit({ kind: 'commit', offset: role.highWatermark })
  replyParked(core, role, nowMs)
}

export function onFetchResponse(core: RaftCore, from: number, response: FetchResponse, nowMs: number): void {
  const role = core.role
  if (role.kind !== 'follower' || from !== role.leaderId) return
  if (response.error !== 'NONE') {
    // It names itself and does not lead: it gave the epoch up. One that names nobody spoke before it was elected.
    if (response.error === 'NOT_LEADER_OR_FOLLOWER' && response.leaderId === from) core.leaderResigned(nowMs)
    else if (response.error === 'CORRUPT_MESSAGE') core.holdBack(from, 'fetch', nowMs + CONTRADICTION_PAUSE_MS)
    return
  }
  role.fetchDeadlineMs = nowMs + core.options.fetchTimeoutMs
  role.hasFetched = true
  if (response.snapshotId !== undefined) {
    // A snapshot that ends before what is committed here would take it back; a leader that is right names none.
    const { offset, epoch } = response.snapshotId
    const own = core.log.endOffset()
    // One of a later epoch than everything here replaces a log that was never committed, however long.
    const isNews = offset > own.offset || epoch > own.epoch
    if (offset <= core.highWatermark || epoch > role.epoch || !isNews) {
      core.holdBack(from, 'fetch', nowMs + CONTRADICTION_PAUSE_MS)
      return
    }
    core.loading = response.snapshotId
    core.emit({ kind: 'loadSnapshot', from, snapshotId: response.snapshotId, epoch: role.epoch })
    return
  }
  if (response.diverging !== undefined) {
    const own = core.log.endOffsetForEpoch(response.diverging.epoch)
    const endOffset =
      own.epoch === response.diverging.epoch ? Math.min(own.offset, response.diverging.offset) : own.offset
    if (endOffset < Math.max(core.log.startOffset, core.highWatermark) || endOffset >= core.log.endOffset().offset) {
      // What is committed is never taken back, whoever says so; a log that ends there already does not diverge.
      core.emit({ kind: 'contradiction', from, endOffset })
      core.holdBack(from, 'fetch', nowMs + CONTRADICTION_PAUSE_MS)
      return
    }
    core.options.voters.truncateTo(endOffset)
    core.logBusy = true
    core.emit({ kind: 'truncate', endOffset })
    return
  }
  // Only what is durable here may count: of records on their way the next answer tells, which is never long in coming.
  const known = Math.min(response.highWatermark, core.log.endOffset().offset)
  if (!core.logBusy && known > core.highWatermark) {
    core.highWatermark = known
    core.emit({ kind: 'commit', offset: known })
  }
  if (response.records !== undefined && response.records.length > 0) {
    core.logBusy = true
    core.emit({ kind: 'appendFetched', records: response.records })
  }
}

/** What a leader does as time goes. False when it must give up: a majority is not heard of, or voted it out. */
export function watchQuorum(core: RaftCore, role: Leader, nowMs: number): boolean {
  replyParked(core, role, nowMs)
  if (role.voterChange !== undefined && nowMs >= role.voterChange.deadlineMs) {
    endVoterChange(core, role, 'REQUEST_TIMED_OUT')
  }
  if (voterChangeCommitted(core, role)) return false
  role.expireObservers(core.voters, nowMs)
  if (core.voters.size === 1 || nowMs < role.quorumDeadlineMs) return true
  role.quorumDeadlineMs = nowMs + Math.max(1, Math.floor(core.quorumTimeoutMs / 4))
  return role.hasQuorumSince(core.voters, nowMs - core.quorumTimeoutMs)
}

/** News of the snapshot that a follower loads; of one that nobody waits for any more they are passed over. */
export function onSnapshotNews(core: RaftCore, kind: RaftEvent['kind'], id: OffsetAndEpoch, nowMs: number): void {
  if (core.loading?.offset !== id.offset || core.loading.epoch !== id.epoch) return
  assert(core.role.kind === 'follower', 'a snapshot is loaded by followers only')
  if (kind !== 'snapshotFailed') core.role.fetchDeadlineMs = nowMs + core.options.fetchTimeoutMs
  if (kind === 'snapshotProgress') return
  core.loading = undefined
  if (kind === 'snapshotLoaded') core.highWatermark = Math.max(core.highWatermark, id.offset)
  // The leader would name the same one again: of a damaged one, or on a full disk, all of it would be loaded again and again.
  else core.holdBack(core.role.leaderId, 'fetch', nowMs + CONTRADICTION_PAUSE_MS)
}

/** A follower fetches from its leader; who knows no leader asks voters in turn, to find one. */
export function sendFetch(core: RaftCore, nowMs: number): void {
  if (core.logBusy || core.loading !== undefined) return
  const role = core.role
  let target = role.leaderId
  if (role.kind === 'unattached') {
    const others = core.voters.ids().filter((id) => id !== core.local.id)
    if (!core.isVoter) others.push(...(core.options.bootstrapIds ?? []))
    if (others.length === 0 || core.inFlight.size > 0) return
    target = others[core.options.random.int(others.length)]!
  } else if (role.kind !== 'follower') return
  const end = core.log.endOffset()
  core.send(
    target,
    {
      type: 'fetch',
      replica: core.local,
      epoch: role.epoch,
      fetchOffset: end.offset,
      lastFetchedEpoch: end.epoch,
      highWatermark: core.highWatermark,
      maxWaitMs: core.options.fetchMaxWaitMs,
    },
    nowMs,
  )
}

/** A leader tells the voters that do not fetch, or no more; one that resigned tells those who have not heard. */
export function sendLeaderNews(core: RaftCore, nowMs: number): void {
  const role = core.role
  if (role.kind === 'leader') {
    if (nowMs < role.nextBeginEpochMs || core.voters.size === 1) return
    const periodMs = Math.floor(core.options.fetchTimeoutMs / 2)
    role.nextBeginEpochMs = nowMs + periodMs
    for (const voter of core.voters.values()) {
      const { hasAcknowledged, lastFetchMs } = role.progress(voter)
      if (voter.id === core.local.id || (hasAcknowledged && nowMs - lastFetchMs < periodMs)) continue
      const key = { id: voter.id, directoryId: voter.directoryId }
      core.send(voter.id, { type: 'beginEpoch', leaderId: core.local.id, epoch: role.epoch, voter: key }, nowMs)
    }
  } else if (role.kind === 'resigned') {
    const { epoch, leaderId, preferredCandidates } = role
    for (const id of role.unacknowledged) {
      core.send(id, { type: 'endEpoch', leaderId, epoch, preferredCandidates }, nowMs)
    }
  }
}
