/** ListGroups (versions 0 to 5) and DescribeGroups (0 to 6): what there is, and who is in it. */
import type { ResponseInput } from '../../../protocol/apis.ts'
import { errorCode } from '../../../protocol/errors.ts'
import { type ClassicMember, metadataFor, NO_ASSIGNMENT } from './classic/member.ts'
import type { GroupContext, GroupDecision, GroupRequestContext } from './context.ts'

type ListedGroup = NonNullable<ResponseInput<'ListGroups'>['groups']>[number]
type DescribedGroup = NonNullable<ResponseInput<'DescribeGroups'>['groups']>[number]

/** States and types are compared without regard to case; an empty filter lets everything through. */
export function listGroups(
  context: GroupContext,
  filter: { states: readonly string[]; types: readonly string[] },
): GroupDecision<ListedGroup[]> {
  const states = new Set(filter.states.map((state) => state.trim().toLowerCase()))
  const types = new Set(filter.types.map((type) => type.trim().toLowerCase()))
  const listed: ListedGroup[] = []
  for (const group of context.groups.values()) {
    if (states.size > 0 && !states.has(group.state.toLowerCase())) continue
    if (types.size > 0 && !types.has('classic')) continue
    listed.push({
      groupId: group.groupId,
      protocolType: group.protocolType ?? '',
      groupState: group.state,
      groupType: 'classic',
    })
  }
  return { records: [], response: listed }
}

/** A group that does not exist is Dead; from version 6 on that is an error. */
export function describeGroups(
  context: GroupContext,
  groupIds: readonly string[],
  from: GroupRequestContext,
): GroupDecision<DescribedGroup[]> {
  return { records: [], response: groupIds.map((groupId) => describe(context, groupId, from)) }
}

function describe(context: GroupContext, groupId: string, from: GroupRequestContext): DescribedGroup {
  const group = context.groups.get(groupId)
  if (group === undefined || group.state === 'Dead') {
    if (from.version < 6) return { groupId, groupState: 'Dead' }
    return {
      groupId,
      groupState: 'Dead',
      errorCode: errorCode('GROUP_ID_NOT_FOUND'),
      errorMessage: `Group ${groupId} not found.`,
    }
  }
  const isStable = group.state === 'Stable'
  return {
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => describeMember(member, isStable ? group.protocolName : null)),
  }
}

/** The subscription is shown only while the group is stable. */
function describeMember(member: ClassicMember, protocol: string | null) {
  return {
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: protocol === null ? NO_ASSIGNMENT : metadataFor(member, protocol),
    memberAssignment: member.assignment,
  }
}
