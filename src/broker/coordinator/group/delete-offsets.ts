/**
 * Removal of committed offsets: on request (OffsetDelete), with their group (DeleteGroups), and with their topic. A topic
 * that a live consumer group subscribes to keeps its offsets.
 */
import type { RequestOf, ResponseInput } from '../../../protocol/apis.ts'
import { ApiError, type ErrorName, errorCode } from '../../../protocol/errors.ts'
import { CONSUMER_PROTOCOL_TYPE, type ClassicGroup } from './classic/group.ts'
import { groupTombstone } from './classic/metadata-record.ts'
import { type GroupContext, type GroupDecision, requireGroup } from './context.ts'
import { type GroupRecord, offsetTombstone } from './records.ts'

/** Throws ApiError when the whole request is refused. */
export function deleteOffsets(
  context: GroupContext,
  request: RequestOf<'OffsetDelete'>,
): GroupDecision<ResponseInput<'OffsetDelete'>> {
  const { groupId } = request
  const group = requireGroup(context, groupId)
  if (group.state !== 'Empty' && group.protocolType !== CONSUMER_PROTOCOL_TYPE) throw new ApiError('NON_EMPTY_GROUP')
  const records: GroupRecord[] = []
  const topics = request.topics.map(({ name, partitions }) => {
    const isSubscribed = group.isSubscribedTo(name)
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (isSubscribed) return { partitionIndex, errorCode: errorCode('GROUP_SUBSCRIBED_TO_TOPIC') }
        if (
          context.offsets.get(groupId, name, partitionIndex) !== undefined ||
          context.offsets.isPending(groupId, name, partitionIndex)
        ) {
          records.push(offsetTombstone(groupId, name, partitionIndex))
        }
        return { partitionIndex, errorCode: 0 }
      }),
    }
  })
  return { records, response: { topics } }
}

/** Deletes groups that are empty, with their offsets. */
export function deleteGroups(
  context: GroupContext,
  groupIds: readonly string[],
): GroupDecision<{ groupId: string; errorCode: number }[]> {
  const records: GroupRecord[] = []
  const response = groupIds.map((groupId) => {
    const group = context.groups.get(groupId)
    const error = group === undefined ? 'GROUP_ID_NOT_FOUND' : refusalToDelete(group)
    if (error === undefined) {
      records.push(...allOffsetTombstones(context, groupId), groupTombstone(groupId))
    }
    return { groupId, errorCode: errorCode(error ?? 'NONE') }
  })
  return { records, response }
}

function refusalToDelete(group: ClassicGroup): ErrorName | undefined {
  if (group.state === 'Dead') return 'GROUP_ID_NOT_FOUND'
  return group.state === 'Empty' ? undefined : 'NON_EMPTY_GROUP'
}

function* allOffsetTombstones(context: GroupContext, groupId: string): Iterable<GroupRecord> {
  for (const [topic, partitions] of context.offsets.ofGroup(groupId)) {
    for (const partition of partitions.keys()) yield offsetTombstone(groupId, topic, partition)
  }
  for (const { topic, partition } of context.offsets.pendingOf(groupId)) {
    if (context.offsets.get(groupId, topic, partition) === undefined) yield offsetTombstone(groupId, topic, partition)
  }
}

/** Removes the offsets of topics that no longer exist, in every group of the shard. */
export function deleteOffsetsOfTopics(context: GroupContext, names: ReadonlySet<string>): GroupDecision {
  const records: GroupRecord[] = []
  for (const groupId of context.offsets.groupIds()) {
    for (const [topic, partitions] of context.offsets.ofGroup(groupId)) {
      if (!names.has(topic)) continue
      for (const partition of partitions.keys()) records.push(offsetTombstone(groupId, topic, partition))
    }
  }
  return { records, response: undefined, atomic: false }
}
