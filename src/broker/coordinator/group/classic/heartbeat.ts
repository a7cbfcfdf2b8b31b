/** Heartbeat, versions 0 to 4: keeps a member's session alive and tells it when the group rebalances. */
import type { RequestOf } from '../../../../protocol/apis.ts'
import type { ErrorName } from '../../../../protocol/errors.ts'
import type { GroupContext, GroupDecision } from '../context.ts'
import { restartHeartbeat } from './rebalance.ts'
import { validateMember } from './validate.ts'

/** Restarts the session; the response is the error to answer with. */
export function heartbeat(context: GroupContext, request: RequestOf<'Heartbeat'>): GroupDecision<ErrorName> {
  return { records: [], response: beat(context, request) }
}

function beat(context: GroupContext, request: RequestOf<'Heartbeat'>): ErrorName {
  const group = context.groups.get(request.groupId)
  if (group === undefined) return 'UNKNOWN_MEMBER_ID'
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
  const error = validateMember(group, request.memberId, request.groupInstanceId)
  if (error !== undefined) return error
  if (request.generationId !== group.generation) return 'ILLEGAL_GENERATION'
  if (group.state === 'Empty') return 'UNKNOWN_MEMBER_ID'
  restartHeartbeat(context, group, group.members.get(request.memberId)!)
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE'
}
