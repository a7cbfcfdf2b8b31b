/**
 * OffsetFetch: the committed offsets of one group. What was never committed, and groups that do not exist, give offset -1
 * and no error; null topics mean all that there are.
 */
import { ZERO_UUID, type Uuid } from '../../../base/uuid.ts'
import { errorCode } from '../../../protocol/errors.ts'
import type { GroupContext, GroupDecision } from './context.ts'
import type { CommittedOffset } from './offset-store.ts'

export interface OffsetsWanted {
  readonly groupId: string
  /** Null: every topic with a committed offset. */
  readonly topics:
    | readonly { readonly name: string; readonly topicId: Uuid; readonly partitions: readonly number[] }[]
    | null
  /** Hold back partitions that an open transaction has committed to. */
  readonly requireStable: boolean
}

export interface OffsetFound {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string
  errorCode: number
}

export interface OffsetsFound {
  groupId: string
  topics: { name: string; topicId: Uuid; partitions: OffsetFound[] }[]
  errorCode: number
}

/** Reads only; never fails: what is not there is said in the answer. */
export function fetchOffsets(context: GroupContext, wanted: OffsetsWanted): GroupDecision<OffsetsFound> {
  const { groupId } = wanted
  const group = context.groups.get(groupId)
  const isKnown = group !== undefined && group.state !== 'Dead'
  const topics = wanted.topics ?? (isKnown ? allTopics(context, groupId) : [])
  const found = topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) => {
      if (wanted.requireStable && context.offsets.isPending(groupId, name, partition)) {
        return { ...nothing(partition), errorCode: errorCode('UNSTABLE_OFFSET_COMMIT') }
      }
      const committed = isKnown ? context.offsets.get(groupId, name, partition) : undefined
      if (committed === undefined || isOfOtherTopic(committed, topicId)) return nothing(partition)
      return {
        partitionIndex: partition,
        committedOffset: committed.offset,
        committedLeaderEpoch: committed.leaderEpoch,
        metadata: committed.metadata,
        errorCode: 0,
      }
    }),
  }))
  return { records: [], response: { groupId, topics: found, errorCode: 0 } }
}

function allTopics(context: GroupContext, groupId: string) {
  return [...context.offsets.ofGroup(groupId)].map(([name, partitions]) => ({
    name,
    topicId: ZERO_UUID,
    partitions: [...partitions.keys()],
  }))
}

/** The offset belongs to a deleted topic of the same name. */
function isOfOtherTopic(committed: CommittedOffset, topicId: Uuid): boolean {
  return committed.topicId !== ZERO_UUID && topicId !== ZERO_UUID && committed.topicId !== topicId
}

function nothing(partition: number): OffsetFound {
  return { partitionIndex: partition, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }
}
