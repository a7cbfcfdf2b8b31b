/**
 * The course of a rebalance: when it begins, whom it waits for, how long, and what it ends with. The first rebalance of
 * an empty group waits `group.initial.rebalance.delay.ms` for more members, and again as long as some keep coming, up to
 * the rebalance timeout. Dynamic members that do not rejoin in time are removed, static ones keep their place.
 */
import type { ErrorName } from '../../../../protocol/errors.ts'
import { errorCode } from '../../../../protocol/errors.ts'
import { type GroupContext, type GroupDecision, NOTHING } from '../context.ts'
import { type ClassicGroup, completeSync } from './group.ts'
import { type ClassicMember, hasSatisfiedHeartbeat, NO_ASSIGNMENT } from './member.ts'
import { groupRecord } from './metadata-record.ts'

const joinKey = (groupId: string): string => `join-${groupId}`
const syncKey = (groupId: string): string => `sync-${groupId}`
export const heartbeatKey = (groupId: string, memberId: string): string => `heartbeat-${groupId}-${memberId}`

/** Starts a rebalance if the group's state lets it; else sees whether the one under way is complete. */
export function rebalanceOrCompleteJoin(context: GroupContext, group: ClassicGroup, reason: string): GroupDecision {
  return group.canRebalance ? prepareRebalance(context, group, reason) : maybeCompleteJoin(context, group)
}

/** Starts a rebalance: waiting SyncGroups are turned away, and the join phase begins. Returns what it writes at once. */
export function prepareRebalance(context: GroupContext, group: ClassicGroup, reason: string): GroupDecision {
  if (group.state === 'CompletingRebalance') resetAssignments(context, group, 'REBALANCE_IN_PROGRESS')
  group.pendingSync.clear()
  context.timers.cancel(syncKey(group.groupId))
  const isInitial = group.state === 'Empty'
  if (isInitial) {
    const delayMs = context.settings.initialRebalanceDelayMs
    scheduleInitialJoin(context, group.groupId, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0))
  }
  group.transitionTo('PreparingRebalance', context.nowMs)
  context.logger.info(
    `Preparing to rebalance group ${group.groupId} in state ${group.state} with old generation ${group.generation} (reason: ${reason})`,
  )
  if (isInitial) return NOTHING
  if (group.hasAllMembersJoined) return completeJoin(context, group)
  scheduleJoinDeadline(context, group)
  return NOTHING
}

/** Ends the join phase when everyone is there. The first rebalance ends by its own timer alone. */
export function maybeCompleteJoin(context: GroupContext, group: ClassicGroup): GroupDecision {
  if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return NOTHING
  return group.hasAllMembersJoined ? completeJoin(context, group) : NOTHING
}

/** Ends the join phase now: removes who did not come, and starts the next generation. */
export function completeJoin(context: GroupContext, group: ClassicGroup): GroupDecision {
  context.timers.cancel(joinKey(group.groupId))
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin !== undefined || member.instanceId !== null) continue
    group.remove(member.memberId)
    context.timers.cancel(heartbeatKey(group.groupId, member.memberId))
  }
  if (group.state === 'Dead') return NOTHING
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members are left and none has come back: they get another round.
    scheduleJoinDeadline(context, group)
    return NOTHING
  }
  group.initNextGeneration(context.nowMs)
  if (group.state === 'Empty') {
    context.logger.info(`Group ${group.groupId} with generation ${group.generation} is now empty.`)
    return { records: [groupRecord(group, new Map())], response: undefined }
  }
  context.logger.info(
    `Stabilized group ${group.groupId} generation ${group.generation} with ${group.members.size} members.`,
  )
  for (const member of group.members.values()) {
    const isLeader = group.isLeader(member.memberId)
    group.completeJoin(member, {
      members: isLeader ? group.memberList() : [],
      memberId: member.memberId,
      generationId: group.generation,
      protocolName: group.protocolName,
      protocolType: group.protocolType,
      leader: group.leaderId ?? '',
    })
    restartHeartbeat(context, group, member)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  scheduleSyncDeadline(context, group)
  return NOTHING
}

/** (Re)starts the member's session; by default for its session timeout. */
export function restartHeartbeat(
  context: GroupContext,
  group: ClassicGroup,
  member: ClassicMember,
  timeoutMs = member.sessionTimeoutMs,
): void {
  const { groupId } = group
  const { memberId } = member
  context.timers.schedule(heartbeatKey(groupId, memberId), timeoutMs, () => expireHeartbeat(context, groupId, memberId))
}

/** The session of a member, or the wait for an announced one, ran out. */
export function expireHeartbeat(context: GroupContext, groupId: string, memberId: string): GroupDecision {
  const group = context.groups.get(groupId)
  if (group === undefined || group.state === 'Dead') return NOTHING
  if (group.pendingJoin.has(memberId)) {
    context.logger.info(
      `Pending member ${memberId} in group ${groupId} has been removed after session timeout expiration.`,
    )
    group.remove(memberId)
    return group.state === 'PreparingRebalance' && group.hasAllMembersJoined ? completeJoin(context, group) : NOTHING
  }
  const member = group.members.get(memberId)
  if (member === undefined || hasSatisfiedHeartbeat(member)) return NOTHING
  context.logger.info(`Member ${memberId} in group ${groupId} has failed, removing it from the group.`)
  group.completeJoin(member, { memberId: '', errorCode: errorCode('UNKNOWN_MEMBER_ID') })
  group.remove(memberId)
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') {
    return rebalanceOrCompleteJoin(context, group, `removing member ${memberId} on heartbeat expiration.`)
  }
  return group.state === 'PreparingRebalance' && group.hasAllMembersJoined ? completeJoin(context, group) : NOTHING
}

/** Drops the assignments of a generation that will not be stored and answers the waiting SyncGroups. */
export function resetAssignments(context: GroupContext, group: ClassicGroup, error: ErrorName): void {
  for (const member of group.members.values()) {
    member.assignment = NO_ASSIGNMENT
    if (completeSync(member, { errorCode: errorCode(error) })) restartHeartbeat(context, group, member)
  }
}

/** Gives every member its part and answers the waiting SyncGroups. */
export function setAssignments(
  context: GroupContext,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Buffer>,
): void {
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? NO_ASSIGNMENT
    const answered = completeSync(member, {
      protocolName: group.protocolName,
      protocolType: group.protocolType,
      assignment: member.assignment,
    })
    if (answered) restartHeartbeat(context, group, member)
  }
}

function scheduleInitialJoin(context: GroupContext, groupId: string, delayMs: number, remainingMs: number): void {
  context.timers.schedule(joinKey(groupId), delayMs, () => {
    const group = context.groups.get(groupId)
    if (group === undefined) return NOTHING
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(context, group)
    group.newMemberAdded = false
    const nextMs = Math.min(context.settings.initialRebalanceDelayMs, remainingMs)
    scheduleInitialJoin(context, groupId, nextMs, Math.max(remainingMs - delayMs, 0))
    return NOTHING
  })
}

function scheduleJoinDeadline(context: GroupContext, group: ClassicGroup): void {
  const { groupId } = group
  context.timers.schedule(joinKey(groupId), group.rebalanceTimeoutMs, () => {
    const current = context.groups.get(groupId)
    return current === undefined ? NOTHING : completeJoin(context, current)
  })
}

/** Members that never ask for their assignment are removed after the rebalance timeout. */
function scheduleSyncDeadline(context: GroupContext, group: ClassicGroup): void {
  const { groupId, generation } = group
  context.timers.schedule(syncKey(groupId), group.rebalanceTimeoutMs, () => {
    const current = context.groups.get(groupId)
    if (current === undefined || current.generation !== generation || current.pendingSync.size === 0) return NOTHING
    if (current.state !== 'CompletingRebalance' && current.state !== 'Stable') return NOTHING
    const missing = [...current.pendingSync]
    for (const memberId of missing) {
      current.remove(memberId)
      context.timers.cancel(heartbeatKey(groupId, memberId))
    }
    return prepareRebalance(context, current, `Removing ${missing.join(', ')} on pending sync request expiration`)
  })
}

/** A member asked for its assignment; when it was the last one, nobody is waited for any more. */
export function removePendingSync(context: GroupContext, group: ClassicGroup, memberId: string): void {
  group.pendingSync.delete(memberId)
  if (group.pendingSync.size === 0) context.timers.cancel(syncKey(group.groupId))
}
