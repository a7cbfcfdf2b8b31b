/**
 * Committed offsets of groups: read for many groups at once where the cluster can, written and deleted per partition
 * with the outcome of each.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { askCoordinators, type Coordinated, groupError } from './coordinators.ts'
import { codeError, type ItemError } from './items.ts'

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  /** Null: nothing committed. */
  readonly committed: number | null
  readonly metadata: string | null
  readonly leaderEpoch: number
  /** What the coordinator itself counts as unread (share groups of newer clusters). */
  readonly lag?: number
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

function readPartition(topic: string, answer: PartitionAnswer): CommittedOffset {
  const { partitionIndex: partition, committedOffset, committedLeaderEpoch: leaderEpoch, metadata, errorCode } = answer
  const committed = committedOffset < 0 ? null : committedOffset
  if (errorCode === 0) return { topic, partition, committed, metadata, leaderEpoch }
  return { topic, partition, committed, metadata, leaderEpoch, error: codeError(errorCode) }
}

/**
 * All offsets that each of these groups has committed. Failures stay with their group. `known` names coordinators that
 * a listing has shown.
 */
export async function committedOffsets(
  client: ClusterClient,
  groups: readonly string[],
  known?: ReadonlyMap<string, number>,
): Promise<Map<string, GroupOffsets>> {
  return unwrapped(await askCoordinators(client, groups, fetchOffsets, known))
}

function unwrapped(found: ReadonlyMap<string, Coordinated<readonly CommittedOffset[]>>): Map<string, GroupOffsets> {
  return new Map(
    [...found].map(([group, outcome]) => [group, 'answer' in outcome ? outcome.answer : { error: outcome.error }]),
  )
}

type Answers = Map<string, readonly CommittedOffset[] | ApiError>

async function fetchOffsets(connection: ClientConnection, groups: readonly string[]): Promise<Answers> {
  if ((connection.version('OffsetFetch') ?? 0) < 8) return fetchOneByOne(connection, groups)
  // Version 10 names topics by id only; the names of version 9 are what is wanted here.
  const answer = await connection.call(
    'OffsetFetch',
    { groups: groups.map((groupId) => ({ groupId, topics: null })) },
    { maxVersion: 9 },
  )
  return new Map(
    answer.groups.map(({ groupId, errorCode, topics }) => [
      groupId,
      errorCode === 0
        ? topics.flatMap(({ name, partitions }) => partitions.map((p) => readPartition(name, p)))
        : groupError(errorCode),
    ]),
  )
}

async function fetchOneByOne(connection: ClientConnection, groups: readonly string[]): Promise<Answers> {
  const found: Answers = new Map()
  for (const groupId of groups) {
    const { errorCode, topics } = await connection.call('OffsetFetch', { groupId, topics: null }, { maxVersion: 7 })
    const rows = topics.flatMap(({ name, partitions }) => partitions.map((p) => readPartition(name, p)))
    found.set(groupId, errorCode === 0 ? rows : groupError(errorCode))
  }
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

/** Entries by topic, in the order in which the topics come. */
export function byTopic<T extends { readonly topic: string }>(entries: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>()
  for (const entry of entries) {
    const rows = topics.get(entry.topic)
    if (rows === undefined) topics.set(entry.topic, [entry])
    else rows.push(entry)
  }
  return [...topics]
}

/**
 * Commits offsets for a group without members: the outcome of every partition. Throws ConnectionError when the answer was
 * lost; whether the offsets were written is then for the caller to read.
 */
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
  }, false)
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

/** Where share groups' partitions begin: the records before that are done with. Failures stay with their group. */
export async function shareOffsets(
  client: ClusterClient,
  groups: readonly string[],
  known?: ReadonlyMap<string, number>,
): Promise<Map<string, GroupOffsets>> {
  return unwrapped(await askCoordinators(client, groups, fetchShareOffsets, known))
}

async function fetchShareOffsets(connection: ClientConnection, groups: readonly string[]): Promise<Answers> {
  if (connection.version('DescribeShareGroupOffsets') === undefined) {
    const error = new ApiError('UNSUPPORTED_VERSION', 'the broker does not tell the offsets of share groups')
    return new Map(groups.map((group) => [group, error]))
  }
  const answer = await connection.call('DescribeShareGroupOffsets', {
    groups: groups.map((groupId) => ({ groupId, topics: null })),
  })
  return new Map(
    answer.groups.map((group) => [
      group.groupId,
      group.errorCode === 0
        ? group.topics.flatMap(({ topicName, partitions }) =>
            partitions.map(({ partitionIndex, startOffset, leaderEpoch, lag, errorCode, errorMessage }) => ({
              topic: topicName,
              partition: partitionIndex,
              committed: startOffset < 0 ? null : startOffset,
              metadata: null,
              leaderEpoch,
              ...(lag < 0 ? {} : { lag }),
              ...(errorCode === 0 ? {} : { error: codeError(errorCode, errorMessage) }),
            })),
          )
        : groupError(group.errorCode, group.errorMessage),
    ]),
  )
}
