/**
 * Committed offsets of one shard, by group, topic and partition, and those that open transactions hold back. Written by
 * replay alone. Of two commits of one partition the one later in the log counts, wherever its transaction ended.
 */
import { ZERO_UUID, type Uuid } from '../../../base/uuid.ts'
import type { OffsetCommitValue } from '../../../protocol/logs/consumer-offsets.ts'

export interface CommittedOffset {
  readonly offset: number
  /** -1 when the committer did not know it. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** When the commit asked to be forgotten; -1 leaves that to the broker's retention. */
  readonly expireTimestampMs: number
  /** Zero in records of before 4.1. */
  readonly topicId: Uuid
  /** Where the record stands in the log. */
  readonly recordOffset: number
}

type PartitionOffsets = Map<number, CommittedOffset>
type TopicOffsets = Map<string, PartitionOffsets>

export class OffsetStore {
  readonly #groups = new Map<string, TopicOffsets>()
  readonly #pending = new Map<number, Map<string, TopicOffsets>>()

  /** Offsets of a group by topic and partition; empty when there are none. */
  ofGroup(group: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> {
    return this.#groups.get(group) ?? NONE
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition)
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  /** An open transaction has committed an offset of this partition: readers that want stable offsets wait. */
  isPending(group: string, topic: string, partition: number): boolean {
    for (const groups of this.#pending.values()) {
      if (groups.get(group)?.get(topic)?.has(partition)) return true
    }
    return false
  }

  hasOpenTransactions(group: string): boolean {
    for (const groups of this.#pending.values()) if (groups.has(group)) return true
    return false
  }

  /** Partitions of a group that only open transactions hold. */
  *pendingOf(group: string): Iterable<{ topic: string; partition: number }> {
    for (const groups of this.#pending.values()) {
      for (const [topic, partitions] of groups.get(group) ?? []) {
        for (const partition of partitions.keys()) yield { topic, partition }
      }
    }
  }

  replay(
    key: { group: string; topic: string; partition: number },
    value: OffsetCommitValue | null,
    position: { offset: number; producerId: number },
  ): void {
    const { group, topic, partition } = key
    if (value === null) {
      remove(this.#groups, group, topic, partition)
      for (const groups of this.#pending.values()) remove(groups, group, topic, partition)
      return
    }
    const committed = committedOffset(value, position.offset)
    if (position.producerId < 0) put(this.#groups, group, topic, partition, committed)
    else {
      let groups = this.#pending.get(position.producerId)
      if (groups === undefined) {
        groups = new Map()
        this.#pending.set(position.producerId, groups)
      }
      put(groups, group, topic, partition, committed)
    }
  }

  endTransaction(producerId: number, committed: boolean): void {
    const groups = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (groups === undefined || !committed) return
    for (const [group, topics] of groups) {
      for (const [topic, partitions] of topics) {
        for (const [partition, offset] of partitions) {
          const current = this.get(group, topic, partition)
          if (current === undefined || offset.recordOffset > current.recordOffset) {
            put(this.#groups, group, topic, partition, offset)
          }
        }
      }
    }
  }
}

const NONE: ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> = new Map()

function committedOffset(value: OffsetCommitValue, recordOffset: number): CommittedOffset {
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    topicId: value.topicId ?? ZERO_UUID,
    recordOffset,
  }
}

/** The record value that replays to this offset. */
export function offsetValue(committed: CommittedOffset): OffsetCommitValue {
  return {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs,
    topicId: committed.topicId,
  }
}

function put(
  groups: Map<string, TopicOffsets>,
  group: string,
  topic: string,
  partition: number,
  offset: CommittedOffset,
): void {
  let topics = groups.get(group)
  if (topics === undefined) {
    topics = new Map()
    groups.set(group, topics)
  }
  let partitions = topics.get(topic)
  if (partitions === undefined) {
    partitions = new Map()
    topics.set(topic, partitions)
  }
  partitions.set(partition, offset)
}

function remove(groups: Map<string, TopicOffsets>, group: string, topic: string, partition: number): void {
  const topics = groups.get(group)
  const partitions = topics?.get(topic)
  if (topics === undefined || partitions === undefined) return
  partitions.delete(partition)
  if (partitions.size === 0) topics.delete(topic)
  if (topics.size === 0) groups.delete(group)
}
