/** The committed offset of one group in one partition: the smallest OffsetFetch there is. */
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { Place } from './fetcher.ts'

/** Undefined when the group has committed nothing there. Throws ApiError. */
export async function groupOffset(client: ClusterClient, group: string, place: Place): Promise<number | undefined> {
  const answer = await client.request(
    'OffsetFetch',
    { groupId: group, topics: [{ name: place.topic, partitionIndexes: [place.partition] }] },
    { group },
    { maxVersion: 7 },
  )
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
  const partition = answer.topics[0]?.partitions[0]
  if (partition === undefined) return undefined
  if (partition.errorCode !== 0) throw new ApiError(errorName(partition.errorCode))
  return partition.committedOffset < 0 ? undefined : partition.committedOffset
}
