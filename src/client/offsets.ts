/**
 * Offset look-ups (ListOffsets) for many partitions at once: ends, beginnings, the first record at or after a time.
 * One request per leader; failures stay with their partition.
 */
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { IsolationLevel, Place } from './fetcher.ts'

/** Sentinels of ListOffsets. */
export const LATEST = -1
export const EARLIEST = -2
export const MAX_TIMESTAMP = -3

/** A partition and the time or sentinel to look up. */
export interface TimedPlace extends Place {
  readonly timestamp: number
}

export interface OffsetAnswer {
  readonly offset: number
  readonly timestamp: number
  readonly error?: ApiError
}

const key = (place: Place) => `${place.topic}-${place.partition}`

/**
 * Looks offsets up for many partitions at once, one request per leader. `timestamp` is a time in ms or a sentinel
 * (LATEST, EARLIEST, MAX_TIMESTAMP); a time later than every record gives offset -1. Failures stay per partition; the
 * result is keyed `topic-partition`.
 */
export async function listOffsets(
  client: ClusterClient,
  wanted: readonly TimedPlace[],
  isolation: IsolationLevel = 'read_uncommitted',
): Promise<Map<string, OffsetAnswer>> {
  const found = new Map<string, OffsetAnswer>()
  if (wanted.length === 0) return found
  let open = [...wanted]
  try {
    await client.retry(async () => {
      open = await listOnce(client, open, isolation, found)
      const again = open.map((place) => found.get(key(place))?.error).find((error) => error !== undefined)
      if (again !== undefined) throw again
    })
  } catch (error) {
    for (const place of open) {
      if (!found.has(key(place))) found.set(key(place), { offset: -1, timestamp: -1, error: asApiError(error) })
    }
  }
  return found
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError('UNKNOWN_SERVER_ERROR', error instanceof Error ? error.message : String(error))
}

/** Asks every leader once; returns the places worth asking again. */
async function listOnce(
  client: ClusterClient,
  wanted: readonly TimedPlace[],
  isolation: IsolationLevel,
  found: Map<string, OffsetAnswer>,
): Promise<TimedPlace[]> {
  const byLeader = new Map<number, TimedPlace[]>()
  const again: TimedPlace[] = []
  const { topics } = await client.metadata([...new Set(wanted.map((place) => place.topic))])
  const metadata = new Map(topics.map((topic) => [topic.name, topic]))
  for (const place of wanted) {
    const topic = metadata.get(place.topic)
    const leader = topic?.partitions.find((entry) => entry.partitionIndex === place.partition)?.leaderId
    if (topic === undefined || leader === undefined || leader < 0) {
      const refused = topic !== undefined && topic.errorCode !== 0 ? errorName(topic.errorCode) : undefined
      const error = refused ?? (leader === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'LEADER_NOT_AVAILABLE')
      found.set(key(place), { offset: -1, timestamp: -1, error: new ApiError(error) })
      continue
    }
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), place])
  }
  await Promise.all(
    [...byLeader].map(async ([leader, places]) => {
      for (const place of await askLeader(client, leader, places, isolation, found)) again.push(place)
    }),
  )
  return again
}

async function askLeader(
  client: ClusterClient,
  leader: number,
  places: readonly TimedPlace[],
  isolation: IsolationLevel,
  found: Map<string, OffsetAnswer>,
): Promise<TimedPlace[]> {
  const topics = [...new Set(places.map((place) => place.topic))].map((name) => ({
    name,
    partitions: places
      .filter((place) => place.topic === name)
      .map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp, currentLeaderEpoch: -1 })),
  }))
  const connection = await client.connection({ broker: leader })
  const answer = await connection.call('ListOffsets', {
    replicaId: -1,
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics,
  })
  const again: TimedPlace[] = []
  for (const topic of answer.topics) {
    for (const { partitionIndex, errorCode, offset, timestamp } of topic.partitions) {
      const place = places.find((entry) => entry.topic === topic.name && entry.partition === partitionIndex)
      if (place === undefined) continue
      if (errorCode === 0) {
        found.set(key(place), { offset, timestamp })
        continue
      }
      const error = new ApiError(errorName(errorCode))
      found.set(key(place), { offset: -1, timestamp: -1, error })
      if (error.retriable && errorName(errorCode) !== 'UNKNOWN_TOPIC_OR_PARTITION') again.push(place)
    }
  }
  return again
}
