/**
 * LeaveGroup, versions 0 to 5. From v3 on several members leave at once, static ones by instance id alone; each has an
 * answer of its own, and the group rebalances once.
 */
import type { ResponseInput } from '../../../../protocol/apis.ts'
import { type ErrorName, errorCode } from '../../../../protocol/errors.ts'
import { type GroupContext, type GroupDecision, NOTHING } from '../context.ts'
import type { ClassicGroup } from './group.ts'
import { heartbeatKey, maybeCompleteJoin, rebalanceOrCompleteJoin } from './rebalance.ts'
import { validateMember } from './validate.ts'

export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string | null
}

/** Removes the members that may leave, answers each, and rebalances if any left. */
export function leaveGroup(
  context: GroupContext,
  groupId: string,
  leaving: readonly LeavingMember[],
): GroupDecision<ResponseInput<'LeaveGroup'>> {
  const group = context.groups.get(groupId)
  if (group?.state === 'Dead') {
    return { records: [], response: { errorCode: errorCode('COORDINATOR_NOT_AVAILABLE') } }
  }
  const results = leaving.map((member) => ({
    member,
    error: group === undefined ? ('UNKNOWN_MEMBER_ID' as const) : leave(context, group, member),
  }))
  const left = results.filter((result) => result.error === undefined).map((result) => result.member.memberId)
  let decision = NOTHING
  if (group !== undefined && left.length > 0) {
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') {
      decision = rebalanceOrCompleteJoin(
        context,
        group,
        `explicit LeaveGroup request for (${left.join(', ')}) members.`,
      )
    } else if (group.state === 'PreparingRebalance') decision = maybeCompleteJoin(context, group)
  }
  const members = results.map(({ member, error }) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    errorCode: errorCode(error ?? 'NONE'),
  }))
  return { ...decision, response: { members } }
}

function leave(context: GroupContext, group: ClassicGroup, leaving: LeavingMember): ErrorName | undefined {
  let { memberId } = leaving
  if (memberId === '') {
    const holder = leaving.groupInstanceId === null ? undefined : group.staticMembers.get(leaving.groupInstanceId)
    if (holder === undefined) return 'UNKNOWN_MEMBER_ID'
    memberId = holder
  } else if (!group.pendingJoin.has(memberId)) {
    const error = validateMember(group, memberId, leaving.groupInstanceId)
    if (error !== undefined) return error
  }
  context.timers.cancel(heartbeatKey(group.groupId, memberId))
  const member = group.members.get(memberId)
  if (member !== undefined) {
    context.logger.info(
      `Member ${memberId} has left group ${group.groupId} through explicit LeaveGroup request; client reason: ${leaving.reason ?? 'not provided'}`,
    )
    group.completeJoin(member, { memberId: '', errorCode: errorCode('UNKNOWN_MEMBER_ID') })
  }
  group.remove(memberId)
  return undefined
}
