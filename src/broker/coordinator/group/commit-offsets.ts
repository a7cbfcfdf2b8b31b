/**
 * OffsetCommit, versions 2 to 10: members commit under their generation, consumers without membership under -1 into a
 * group that is empty or does not exist yet.
 *
 * v2-4 may bring an own retention time. v6 carries the leader epoch. v9 answers GROUP_ID_NOT_FOUND where older versions
 * answer ILLEGAL_GENERATION. v10 names topics by id.
 */
import { ZERO_UUID } from '../../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/apis.ts'
import { ApiError, errorCode } from '../../../protocol/errors.ts'
import { ClassicGroup } from './classic/group.ts'
import { restartHeartbeat } from './classic/rebalance.ts'
import { validateCommit } from './classic/validate.ts'
import type { GroupContext, GroupDecision, GroupRequestContext } from './context.ts'
import type { GroupRecord } from './records.ts'

type Request = RequestOf<'OffsetCommit'>

/** Throws ApiError when nothing of the request may be committed. Topics are named; unknown ones were sorted out before. */
export function commitOffsets(
  context: GroupContext,
  request: Request,
  from: GroupRequestContext,
): GroupDecision<ResponseInput<'OffsetCommit'>> {
  const group = groupToCommitTo(context, request, from)
  const error = validateCommit(group, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationIdOrMemberEpoch,
  })
  if (error !== undefined) throw new ApiError(error)
  const member = group.members.get(request.memberId)
  if (member !== undefined && (group.state === 'Stable' || group.state === 'PreparingRebalance')) {
    restartHeartbeat(context, group, member)
  }
  const expireTimestamp = request.retentionTimeMs === -1 ? -1 : context.nowMs + request.retentionTimeMs
  const records: GroupRecord[] = []
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => {
      const metadata = partition.committedMetadata ?? ''
      if (metadata.length > context.settings.offsetMetadataMaxSize) {
        return { partitionIndex: partition.partitionIndex, errorCode: errorCode('OFFSET_METADATA_TOO_LARGE') }
      }
      records.push({
        kind: 'offset',
        group: request.groupId,
        topic: topic.name,
        partition: partition.partitionIndex,
        value: {
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata,
          commitTimestamp: context.nowMs,
          expireTimestamp,
          topicId: topic.topicId === ZERO_UUID ? (context.topics.idOf(topic.name) ?? ZERO_UUID) : topic.topicId,
        },
      })
      return { partitionIndex: partition.partitionIndex, errorCode: 0 }
    }),
  }))
  return { records, response: { topics } }
}

function groupToCommitTo(context: GroupContext, request: Request, from: GroupRequestContext): ClassicGroup {
  const group = context.groups.get(request.groupId)
  if (group !== undefined) return group
  if (request.generationIdOrMemberEpoch >= 0) {
    throw new ApiError(from.version >= 9 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION')
  }
  // It becomes known when its first offset is written: a commit that is refused or fails leaves no group behind.
  return new ClassicGroup(request.groupId, 'Empty', context.nowMs)
}
