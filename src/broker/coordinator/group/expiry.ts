/**
 * Retention of committed offsets (`offsets.retention.minutes`) and removal of groups that have nothing left.
 *
 * An offset of an empty group ages since the group became empty; of a stable consumer group only offsets of topics that
 * nobody subscribes to age, since their commit; of consumers without membership each ages since its commit. Other groups
 * keep theirs. An offset whose commit brought its own retention follows that.
 */
import { type ClassicGroup, CONSUMER_PROTOCOL_TYPE } from './classic/group.ts'
import { groupTombstone } from './classic/metadata-record.ts'
import type { GroupContext, GroupDecision } from './context.ts'
import type { CommittedOffset } from './offset-store.ts'
import { type GroupRecord, offsetTombstone } from './records.ts'

/** The tombstones that are due now, in every group of the shard. */
export function expireOffsets(context: GroupContext): GroupDecision {
  const records: GroupRecord[] = []
  for (const group of context.groups.values()) {
    if (expireGroupOffsets(context, group, records) && group.state === 'Empty') {
      records.push(groupTombstone(group.groupId))
    }
  }
  return { records, response: undefined, atomic: false }
}

/** Adds tombstones for what is too old; true when nothing of the group's offsets is left. */
function expireGroupOffsets(context: GroupContext, group: ClassicGroup, records: GroupRecord[]): boolean {
  const { groupId } = group
  const topics = context.offsets.ofGroup(groupId)
  if (topics.size === 0) return !context.offsets.hasOpenTransactions(groupId)
  const since = agesSince(group)
  if (since === undefined) return false
  let isAllExpired = true
  for (const [topic, partitions] of topics) {
    const isSubscribed = group.isSubscribedTo(topic)
    for (const [partition, offset] of partitions) {
      const expiresAtMs =
        offset.expireTimestampMs === -1 ? since(offset) + context.settings.offsetsRetentionMs : offset.expireTimestampMs
      const isExpired = !isSubscribed && context.nowMs >= expiresAtMs
      if (isExpired && !context.offsets.isPending(groupId, topic, partition)) {
        records.push(offsetTombstone(groupId, topic, partition))
      } else isAllExpired = false
    }
  }
  return isAllExpired && !context.offsets.hasOpenTransactions(groupId)
}

/** From when on an offset of the group ages; undefined when none does. */
function agesSince(group: ClassicGroup): ((offset: CommittedOffset) => number) | undefined {
  const sinceCommit = (offset: CommittedOffset): number => offset.commitTimestampMs
  if (group.protocolType === null) return sinceCommit
  if (group.state === 'Empty') {
    return group.stateTimestampMs === -1 ? sinceCommit : () => group.stateTimestampMs
  }
  const isAware = group.protocolType === CONSUMER_PROTOCOL_TYPE && group.subscribedTopics !== undefined
  return isAware && group.state === 'Stable' ? sinceCommit : undefined
}
