/**
 * A static member comes back without its member id: its client restarted. It takes its old place under a new id. In a
 * stable group whose protocol stays the same nobody else notices: the new id is stored, and the assignment stays.
 */
import { errorCode } from '../../../../protocol/errors.ts'
import { coordinatorError, type GroupContext, type GroupDecision } from '../context.ts'
import type { ClassicGroup } from './group.ts'
import { type Joining, timeoutsOf } from './joining.ts'
import { type ClassicMember, copyProtocols } from './member.ts'
import { groupRecord } from './metadata-record.ts'
import { maybeCompleteJoin, prepareRebalance, rebalanceOrCompleteJoin, restartHeartbeat } from './rebalance.ts'

/** Gives the place of `oldMemberId` to `newMemberId` and answers the join, now or after the rebalance it causes. */
export function rejoinStaticMember(
  context: GroupContext,
  group: ClassicGroup,
  joining: Joining,
  oldMemberId: string,
  newMemberId: string,
): GroupDecision {
  const formerLeader = group.leaderId
  const instanceId = joining.request.groupInstanceId!
  const member = group.replaceStatic(instanceId, oldMemberId, newMemberId)
  restartHeartbeat(context, group, member)
  const before = { ...member }
  group.updateMember(member, copyProtocols(joining.request.protocols), timeoutsOf(joining), joining.reply)
  if (group.state === 'CompletingRebalance') {
    return prepareRebalance(context, group, `Updating metadata for static member ${newMemberId}`)
  }
  if (group.state !== 'Stable') return maybeCompleteJoin(context, group)
  if (group.selectProtocol() !== group.protocolName) {
    return rebalanceOrCompleteJoin(context, group, `the protocol changes with static member ${newMemberId}`)
  }
  return {
    records: [groupRecord(group, group.assignments())],
    response: undefined,
    committed: (error) => {
      if (error === undefined) answer(group, joining, member, formerLeader)
      else {
        undo(context, group, before, { newMemberId, oldMemberId })
        joining.reply({
          memberId: '',
          generationId: group.generation,
          protocolName: group.protocolName,
          protocolType: group.protocolType,
          leader: formerLeader ?? '',
          errorCode: errorCode(coordinatorError(error)),
        })
      }
    },
  }
}

/**
 * From version 9 on the leader is told that it leads and that the assignment stands. Older leaders are told the id that
 * led before, so that they take themselves for followers and do not assign anew.
 */
function answer(group: ClassicGroup, joining: Joining, member: ClassicMember, formerLeader: string | null): void {
  const knowsSkipping = joining.from.version >= 9
  const isLeader = group.isLeader(member.memberId)
  group.completeJoin(member, {
    members: knowsSkipping && isLeader ? group.memberList() : [],
    memberId: member.memberId,
    generationId: group.generation,
    protocolName: group.protocolName,
    protocolType: group.protocolType,
    leader: (knowsSkipping ? group.leaderId : formerLeader) ?? '',
    skipAssignment: knowsSkipping && isLeader,
  })
}

/** The new id could not be stored: the old one holds the place again. */
function undo(
  context: GroupContext,
  group: ClassicGroup,
  before: ClassicMember,
  ids: { newMemberId: string; oldMemberId: string },
): void {
  const current = group.members.get(ids.newMemberId)
  if (current === undefined || before.instanceId === null) return
  group.updateMember(current, before.protocols, before, undefined)
  const restored = group.replaceStatic(before.instanceId, ids.newMemberId, ids.oldMemberId)
  restartHeartbeat(context, group, restored)
}
