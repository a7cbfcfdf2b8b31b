/**
 * Offsets of share groups, which have requests of their own (KIP-932): moved per partition, forgotten per topic. What is in
 * flight in a partition that is moved is given up: it may be delivered again.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import {
  byTopic,
  committedOffsets,
  type GroupOffsets,
  type OffsetOutcome,
  type OffsetToCommit,
  shareOffsets,
} from './group-offsets.ts'
import { codeError } from './items.ts'

/** A group and its type, as `groupStates` answers it. */
export interface TypedGroup {
  readonly group: string
  readonly type: string | null
}

/** Where groups of any type stand. Failures stay with their group. */
export async function offsetsOfTyped(
  client: ClusterClient,
  groups: readonly TypedGroup[],
): Promise<Map<string, GroupOffsets>> {
  const names = (isShare: boolean) =>
    groups.filter(({ type }) => (type === 'share') === isShare).map(({ group }) => group)
  const [shares, others] = await Promise.all([
    shareOffsets(client, names(true)),
    committedOffsets(client, names(false)),
  ])
  return new Map([...shares, ...others])
}

/**
 * Moves where the partitions of a share group without members begin: the outcome of every partition. Throws ApiError when the
 * group is refused (NON_EMPTY_GROUP), ConnectionError when the answer was lost.
 */
export function alterShareOffsets(
  client: ClusterClient,
  group: string,
  offsets: readonly OffsetToCommit[],
): Promise<OffsetOutcome[]> {
  return client.retry(async () => {
    const connection = await client.connection({ group })
    const answer = await connection.call('AlterShareGroupOffsets', {
      groupId: group,
      topics: byTopic(offsets).map(([topicName, entries]) => ({
        topicName,
        partitions: entries.map(({ partition, offset }) => ({ partitionIndex: partition, startOffset: offset })),
      })),
    })
    refuse(answer.errorCode, answer.errorMessage)
    return answer.responses.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, errorCode, errorMessage }) =>
        errorCode === 0 ? { topic, partition } : { topic, partition, error: codeError(errorCode, errorMessage) },
      ),
    )
  }, false)
}

/** Forgets where a share group stands in whole topics: the outcome of every place that was given. Throws as `alterShareOffsets` does. */
export function deleteShareOffsets(
  client: ClusterClient,
  group: string,
  places: readonly { readonly topic: string; readonly partition: number }[],
): Promise<OffsetOutcome[]> {
  return client.retry(async () => {
    const connection = await client.connection({ group })
    const topics = byTopic(places).map(([topicName]) => ({ topicName }))
    const answer = await connection.call('DeleteShareGroupOffsets', { groupId: group, topics })
    refuse(answer.errorCode, answer.errorMessage)
    const errors = new Map(
      answer.responses.map(({ topicName, errorCode, errorMessage }) => [
        topicName,
        errorCode === 0 ? undefined : codeError(errorCode, errorMessage),
      ]),
    )
    return places.map(({ topic, partition }) => {
      const error = errors.get(topic)
      return error === undefined ? { topic, partition } : { topic, partition, error }
    })
  })
}

function refuse(code: number, message: string | null): void {
  if (code !== 0) throw new ApiError(errorName(code), codeError(code, message).message)
}
