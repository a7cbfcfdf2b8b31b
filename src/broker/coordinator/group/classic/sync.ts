/**
 * SyncGroup, versions 0 to 5: the leader brings the assignments, everyone fetches its own. Followers wait until the
 * leader's request is stored. v5 may name the protocol that the member believes in (KIP-559).
 */
import type { RequestOf } from '../../../../protocol/apis.ts'
import { type ErrorName, errorCode } from '../../../../protocol/errors.ts'
import { coordinatorError, type GroupContext, type GroupDecision, NOTHING } from '../context.ts'
import { type ClassicGroup, completeSync } from './group.ts'
import { NO_ASSIGNMENT, type SyncReply } from './member.ts'
import { groupRecord } from './metadata-record.ts'
import { rebalanceOrCompleteJoin, removePendingSync, resetAssignments, setAssignments } from './rebalance.ts'
import { validateMember } from './validate.ts'

type Request = RequestOf<'SyncGroup'>

/** Answers now, or when the leader's assignment is stored, or when a rebalance comes first. */
export function syncGroup(context: GroupContext, request: Request, reply: SyncReply): GroupDecision {
  const group = context.groups.get(request.groupId)
  const error = group === undefined || group.state === 'Empty' ? 'UNKNOWN_MEMBER_ID' : validateSync(group, request)
  if (group === undefined || error !== undefined) {
    reply({ errorCode: errorCode(error ?? 'UNKNOWN_MEMBER_ID') })
    return NOTHING
  }
  const member = group.members.get(request.memberId)!
  if (group.state === 'PreparingRebalance') {
    reply({ errorCode: errorCode('REBALANCE_IN_PROGRESS') })
  } else if (group.state === 'CompletingRebalance') {
    // The one that waited before is answered all the same: nothing on its connection could be answered any more.
    completeSync(member, { errorCode: errorCode('REBALANCE_IN_PROGRESS') })
    member.awaitingSync = reply
    removePendingSync(context, group, request.memberId)
    if (group.isLeader(request.memberId)) return storeAssignment(context, group, request)
  } else {
    removePendingSync(context, group, request.memberId)
    reply({ protocolType: group.protocolType, protocolName: group.protocolName, assignment: member.assignment })
  }
  return NOTHING
}

function validateSync(group: ClassicGroup, request: Request): ErrorName | undefined {
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
  const error = validateMember(group, request.memberId, request.groupInstanceId)
  if (error !== undefined) return error
  if (request.generationId !== group.generation) return 'ILLEGAL_GENERATION'
  const differs = (named: string | null, actual: string | null) => named !== null && actual !== null && named !== actual
  return differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)
    ? 'INCONSISTENT_GROUP_PROTOCOL'
    : undefined
}

/** The group becomes stable when the record with the assignments is committed, if no rebalance came in between. */
function storeAssignment(context: GroupContext, group: ClassicGroup, request: Request): GroupDecision {
  const given = new Map(request.assignments.map((each) => [each.memberId, Buffer.from(each.assignment)]))
  const assignments = new Map<string, Buffer>()
  for (const memberId of group.members.keys()) assignments.set(memberId, given.get(memberId) ?? NO_ASSIGNMENT)
  const { generation } = group
  return {
    records: [groupRecord(group, assignments)],
    response: undefined,
    committed: (error, nowMs) => {
      if (group.state !== 'CompletingRebalance' || group.generation !== generation) return
      if (error === undefined) {
        setAssignments(context, group, assignments)
        group.transitionTo('Stable', nowMs)
      } else {
        const name = coordinatorError(error)
        resetAssignments(context, group, name)
        rebalanceOrCompleteJoin(context, group, `Error ${name} when storing group assignment`)
      }
    },
  }
}
