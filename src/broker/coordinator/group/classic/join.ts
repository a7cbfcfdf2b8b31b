/**
 * JoinGroup, versions 0 to 9.
 *
 * v0  No rebalance timeout: the session timeout serves as such.
 * v4  A new dynamic member is sent back once with the id that it has to join with (KIP-394).
 * v5  Static members (KIP-345).
 * v9  A static leader that rejoins is told to skip the assignment (KIP-814).
 */
import { errorCode, type ErrorName } from '../../../../protocol/errors.ts'
import { coordinatorError, type GroupContext, type GroupDecision, NOTHING } from '../context.ts'
import { ClassicGroup } from './group.ts'
import { type Joining, timeoutsOf } from './joining.ts'
import { type ClassicMember, copyProtocols, NO_ASSIGNMENT, offersSame } from './member.ts'
import { newMemberId } from './member-id.ts'
import { emptyGroupRecord } from './metadata-record.ts'
import { expireHeartbeat, heartbeatKey, rebalanceOrCompleteJoin, restartHeartbeat } from './rebalance.ts'
import { rejoinStaticMember } from './static-rejoin.ts'
import { validateMember } from './validate.ts'

/** How long a new member may wait in its first join before it counts as gone. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000

/** Lets a member in, asks it to come back with an id, or turns it away. The answer may come when the rebalance ends. */
export function joinGroup(context: GroupContext, joining: Joining): GroupDecision {
  const { request, reply } = joining
  let group = context.groups.get(request.groupId)
  const isNewGroup = group === undefined
  if (group === undefined) {
    if (request.memberId !== '') {
      refuse(joining, 'UNKNOWN_MEMBER_ID')
      return NOTHING
    }
    group = new ClassicGroup(request.groupId, 'Empty', context.nowMs)
    context.groups.set(group.groupId, group)
  }
  const decision = route(context, group, joining)
  if (!isNewGroup || decision !== NOTHING) return decision
  return {
    records: [emptyGroupRecord(group)],
    response: undefined,
    committed: (error) => {
      if (error !== undefined) reply({ errorCode: errorCode(coordinatorError(error)) })
    },
  }
}

function route(context: GroupContext, group: ClassicGroup, joining: Joining): GroupDecision {
  const { request } = joining
  if (!hasRoomFor(context, group, request.memberId)) {
    group.remove(request.memberId)
    refuse(joining, 'GROUP_MAX_SIZE_REACHED', '')
    return NOTHING
  }
  if (group.state === 'Dead') refuse(joining, 'COORDINATOR_NOT_AVAILABLE')
  else if (!group.supportsProtocols(request.protocolType, request.protocols)) {
    refuse(joining, 'INCONSISTENT_GROUP_PROTOCOL')
  } else {
    return request.memberId === '' ? joinNew(context, group, joining) : joinExisting(context, group, joining)
  }
  return NOTHING
}

function hasRoomFor(context: GroupContext, group: ClassicGroup, memberId: string): boolean {
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true
    case 'PreparingRebalance':
      // Members that have not come back yet may lose their place to those who have.
      return (
        group.members.get(memberId)?.awaitingJoin !== undefined || group.awaitingJoinCount < context.settings.maxSize
      )
    case 'CompletingRebalance':
    case 'Stable':
      return group.members.has(memberId) || group.members.size < context.settings.maxSize
  }
}

function joinNew(context: GroupContext, group: ClassicGroup, joining: Joining): GroupDecision {
  const { request, from, reply } = joining
  const instanceId = request.groupInstanceId
  const memberId = newMemberId(context.random, instanceId ?? from.clientId ?? '')
  if (instanceId !== null) {
    const existing = group.staticMembers.get(instanceId)
    if (existing !== undefined) return rejoinStaticMember(context, group, joining, existing, memberId)
    return addMember(context, group, joining, memberId)
  }
  if (from.version < 4) return addMember(context, group, joining, memberId)
  group.pendingJoin.add(memberId)
  context.timers.schedule(heartbeatKey(group.groupId, memberId), request.sessionTimeoutMs, () =>
    expireHeartbeat(context, group.groupId, memberId),
  )
  reply({ memberId, errorCode: errorCode('MEMBER_ID_REQUIRED') })
  return NOTHING
}

function joinExisting(context: GroupContext, group: ClassicGroup, joining: Joining): GroupDecision {
  const { request } = joining
  const { memberId } = request
  if (group.pendingJoin.has(memberId) && request.groupInstanceId === null) {
    return addMember(context, group, joining, memberId)
  }
  const error = validateMember(group, memberId, request.groupInstanceId)
  if (error !== undefined) {
    joining.reply({ memberId, errorCode: errorCode(error) })
    return NOTHING
  }
  const member = group.members.get(memberId)!
  const reason = request.reason === null || request.reason === '' ? 'not provided' : request.reason
  switch (group.state) {
    case 'PreparingRebalance':
      return updateMember(
        context,
        group,
        joining,
        member,
        `Member ${memberId} is joining group; client reason: ${reason}`,
      )
    case 'CompletingRebalance':
      // The answer of the join was lost: it is given again, unless the member now wants something else.
      if (offersSame(member, request.protocols)) return answerAgain(group, joining, group.isLeader(memberId))
      return updateMember(
        context,
        group,
        joining,
        member,
        `Updating metadata for member ${memberId}; client reason: ${reason}`,
      )
    case 'Stable':
      if (group.isLeader(memberId)) {
        return updateMember(
          context,
          group,
          joining,
          member,
          `Leader ${memberId} re-joining group; client reason: ${reason}`,
        )
      }
      if (offersSame(member, request.protocols)) return answerAgain(group, joining, false)
      return updateMember(
        context,
        group,
        joining,
        member,
        `Updating metadata for member ${memberId}; client reason: ${reason}`,
      )
    case 'Empty':
    case 'Dead':
      refuse(joining, 'UNKNOWN_MEMBER_ID')
      return NOTHING
  }
}

function answerAgain(group: ClassicGroup, { request, reply }: Joining, withMembers: boolean): GroupDecision {
  reply({
    members: withMembers ? group.memberList() : [],
    memberId: request.memberId,
    generationId: group.generation,
    protocolName: group.protocolName,
    protocolType: group.protocolType,
    leader: group.leaderId ?? '',
  })
  return NOTHING
}

function addMember(context: GroupContext, group: ClassicGroup, joining: Joining, memberId: string): GroupDecision {
  const { request, from, reply } = joining
  const member: ClassicMember = {
    memberId,
    instanceId: request.groupInstanceId,
    clientId: from.clientId ?? '',
    clientHost: `/${from.clientHost}`,
    protocols: copyProtocols(request.protocols),
    ...timeoutsOf(joining),
    assignment: NO_ASSIGNMENT,
    isNew: true,
    awaitingJoin: reply,
    awaitingSync: undefined,
  }
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  group.add(member, request.protocolType)
  restartHeartbeat(context, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  return rebalanceOrCompleteJoin(context, group, `Adding new member ${memberId}`)
}

function updateMember(
  context: GroupContext,
  group: ClassicGroup,
  joining: Joining,
  member: ClassicMember,
  reason: string,
): GroupDecision {
  group.updateMember(member, copyProtocols(joining.request.protocols), timeoutsOf(joining), joining.reply)
  return rebalanceOrCompleteJoin(context, group, reason)
}

function refuse({ request, reply }: Joining, error: ErrorName, memberId = request.memberId): void {
  reply({ memberId, errorCode: errorCode(error) })
}
