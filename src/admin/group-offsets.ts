/**
 * Committed offsets of groups: read for many groups at once where the cluster can, written and deleted per partition
 * with the outcome of each.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError } from './items.ts'

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  /** Null: nothing committed. */
  readonly committed: number | null
  readonly metadata: string | null
  readonly leaderEpoch: number
  readonly error?: ItemError
}

export type GroupOffsets = readonly CommittedOffset[] | { readonly error: ItemError }

interface PartitionAnswer {
  partitionIndex: number
  committedOffset: number
  committedLeaderEpoch: number
  metadata: string | null
  errorCode: number
}

function readPartition(topic: string, partition: PartitionAnswer): CommittedOffset {
  return {
    topic,
    partition: partition.partitionIndex,
    committed: partition.committedOffset < 0 ? null : partition.committedOffset,
    metadata: partition.metadata,
    leaderEpoch: partition.committedLeaderEpoch,
    ...(partition.errorCode === 0 ? {} : { error: codeError(partition.errorCode) }),
  }
}

/** All offsets that each of these groups has committed. Failures stay with their group. */
export async function committedOffsets(
  client: ClusterClient,
  groups: readonly string[],
): Promise<Map<string, GroupOffsets>> {
  const found = new Map<string, GroupOffsets>()
  const coordinators = await client.coordinators(groups)
  const byNode = new Map<number, string[]>()
  for (const group of groups) {
    const node = coordinators.get(group)
    if (typeof node === 'number') byNode.set(node, [...(byNode.get(node) ?? []), group])
    else found.set(group, { error: itemError(node ?? new ApiError('COORDINATOR_NOT_AVAILABLE')) })
  }
  await Promise.all(
    [...byNode].map(async ([broker, names]) => {
      try {
        for (const [group, offsets] of await fetchFrom(client, broker, names)) found.set(group, offsets)
      } catch (error) {
        for (const group of names) found.set(group, { error: itemError(error) })
      }
    }),
  )
  return found
}

async function fetchFrom(
  client: ClusterClient,
  broker: number,
  groups: readonly string[],
): Promise<Map<string, GroupOffsets>> {
  const connection = await client.connection({ broker })
  const found = new Map<string, GroupOffsets>()
  if ((connection.version('OffsetFetch') ?? 0) < 8) {
    for (const groupId of groups) {
      const answer = await client.request(
        'OffsetFetch',
        { groupId, topics: null },
        { group: groupId },
        { maxVersion: 7 },
      )
      if (answer.errorCode !== 0) found.set(groupId, { error: codeError(answer.errorCode) })
      else
        found.set(
          groupId,
          answer.topics.flatMap(({ name, partitions }) => partitions.map((p) => readPartition(name, p))),
        )
    }
    return found
  }
  await client.retry(async () => {
    const node = await client.connection({ broker })
    const open = groups.filter((groupId) => !found.has(groupId))
    // Version 10 names topics by id only; the names of version 9 are what is wanted here.
    const answer = await node.call(
      'OffsetFetch',
      { groups: open.map((groupId) => ({ groupId, topics: null })) },
      { maxVersion: 9 },
    )
    for (const group of answer.groups) {
      const error = group.errorCode === 0 ? undefined : new ApiError(errorName(group.errorCode))
      if (error?.retriable === true) throw error
      found.set(
        group.groupId,
        error === undefined
          ? group.topics.flatMap(({ name, partitions }) => partitions.map((p) => readPartition(name, p)))
          : { error: codeError(group.errorCode) },
      )
    }
  })
  return found
}

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata?: string | null
}

export interface OffsetOutcome {
  topic: string
  partition: number
  error?: ItemError
}

function byTopic<T extends { readonly topic: string }>(entries: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>()
  for (const entry of entries) topics.set(entry.topic, [...(topics.get(entry.topic) ?? []), entry])
  return [...topics]
}

/** Commits offsets for a group without members. The outcome of every partition; throws when the group is refused. */
export async function commitOffsets(
  client: ClusterClient,
  group: string,
  offsets: readonly OffsetToCommit[],
): Promise<OffsetOutcome[]> {
  return client.retry(async () => {
    const connection = await client.connection({ group })
    const answer = await connection.call(
      'OffsetCommit',
      {
        groupId: group,
        generationIdOrMemberEpoch: -1,
        topics: byTopic(offsets).map(([name, entries]) => ({
          name,
          partitions: entries.map(({ partition, offset, metadata }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: -1,
            committedMetadata: metadata ?? '',
          })),
        })),
      },
      { maxVersion: 9 },
    )
    const outcomes = answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => outcome(name, partitionIndex, errorCode)),
    )
    const again = answer.topics.flatMap((topic) => topic.partitions).find((partition) => repeats(partition.errorCode))
    if (again !== undefined) throw new ApiError(errorName(again.errorCode))
    return outcomes
  })
}

function repeats(code: number): boolean {
  return code !== 0 && errorName(code) !== 'UNKNOWN_TOPIC_OR_PARTITION' && new ApiError(errorName(code)).retriable
}

function outcome(topic: string, partition: number, code: number): OffsetOutcome {
  return code === 0 ? { topic, partition } : { topic, partition, error: codeError(code) }
}

/** Forgets committed offsets. The outcome of every partition; throws ApiError when the group is refused. */
export async function deleteOffsets(
  client: ClusterClient,
  group: string,
  places: readonly { readonly topic: string; readonly partition: number }[],
): Promise<OffsetOutcome[]> {
  return client.retry(async () => {
    const connection = await client.connection({ group })
    const answer = await connection.call('OffsetDelete', {
      groupId: group,
      topics: byTopic(places).map(([name, entries]) => ({
        name,
        partitions: entries.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    })
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), codeError(answer.errorCode).message)
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => outcome(name, partitionIndex, errorCode)),
    )
  })
}

/** Where a share group's partitions begin: its records before that are done with. */
export async function shareOffsets(client: ClusterClient, group: string): Promise<GroupOffsets> {
  try {
    const connection = await client.connection({ group })
    if (connection.version('DescribeShareGroupOffsets') === undefined) return []
    const answer = await connection.call('DescribeShareGroupOffsets', { groups: [{ groupId: group, topics: null }] })
    const [found] = answer.groups
    if (found === undefined || found.errorCode !== 0)
      return { error: codeError(found?.errorCode ?? -1, found?.errorMessage) }
    return found.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partitionIndex, startOffset, leaderEpoch, errorCode, errorMessage }) => ({
        topic: topicName,
        partition: partitionIndex,
        committed: startOffset < 0 ? null : startOffset,
        metadata: null,
        leaderEpoch,
        ...(errorCode === 0 ? {} : { error: codeError(errorCode, errorMessage) }),
      })),
    )
  } catch (error) {
    return { error: itemError(error) }
  }
}
