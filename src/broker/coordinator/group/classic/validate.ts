/** Who may speak for a member: the checks that JoinGroup, SyncGroup, Heartbeat, LeaveGroup and OffsetCommit share. */
import type { ErrorName } from '../../../../protocol/errors.ts'
import type { ClassicGroup } from './group.ts'

/**
 * A static member's id must be the one its instance id stands for now: an older holder is fenced. Returns the error to
 * answer with, or undefined.
 */
export function validateMember(
  group: ClassicGroup,
  memberId: string,
  instanceId: string | null,
): ErrorName | undefined {
  if (instanceId !== null) {
    const holder = group.staticMembers.get(instanceId)
    if (holder === undefined) return 'UNKNOWN_MEMBER_ID'
    if (holder !== memberId) return 'FENCED_INSTANCE_ID'
  }
  return group.members.has(memberId) ? undefined : 'UNKNOWN_MEMBER_ID'
}

/** Whether offsets may be committed under this identity; a generation of -1 means: not as a member. */
export function validateCommit(
  group: ClassicGroup,
  commit: { memberId: string; instanceId: string | null; generation: number },
): ErrorName | undefined {
  if (group.state === 'Dead') return 'COORDINATOR_NOT_AVAILABLE'
  if (commit.generation < 0 && group.state === 'Empty') return undefined
  if (commit.generation < 0 && commit.memberId === '' && commit.instanceId === null) return 'UNKNOWN_MEMBER_ID'
  const error = validateMember(group, commit.memberId, commit.instanceId)
  if (error !== undefined) return error
  if (commit.generation !== group.generation) return 'ILLEGAL_GENERATION'
  // The member was told of a generation whose assignment it does not have yet: it cannot own what it commits.
  return group.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined
}
