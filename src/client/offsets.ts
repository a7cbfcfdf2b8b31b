/**
 * Offset look-ups (ListOffsets) for many partitions at once: ends, beginnings, the first record at or after a time.
 * One request per leader; failures stay with their partition.
 */
import { MqError } from '../base/errors.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import { ConnectionError } from './errors.ts'
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
  readonly error?: MqError
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
      if (!(error instanceof MqError)) throw error
      if (!found.has(key(place))) found.set(key(place), { offset: -1, timestamp: -1, error })
    }
  }
  return found
}

/** Asks every leader once; returns the places worth asking again. A leader that cannot be reached fails its own only. */
async function listOnce(
  client: ClusterClient,
  wanted: readonly TimedPlace[],
  isolation: IsolationLevel,
  found: Map<string, OffsetAnswer>,
): Promise<TimedPlace[]> {
  const byLeader = new Map<number, TimedPlace[]>()
  const { topics } = await client.metadata([...new Set(wanted.map((place) => place.topic))])
  const errors = new Map(topics.map((topic) => [topic.name ?? '', topic.errorCode]))
  const leaders = new Map(
    topics.flatMap(({ name, partitions }) => partitions.map((p) => [`${name}-${p.partitionIndex}`, p.leaderId])),
  )
  for (const place of wanted) {
    const leader = leaders.get(key(place))
    if (leader === undefined || leader < 0) {
      const code = errors.get(place.topic) ?? 0
      const refused = code === 0 ? undefined : errorName(code)
      const error = refused ?? (leader === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'LEADER_NOT_AVAILABLE')
      found.set(key(place), { offset: -1, timestamp: -1, error: new ApiError(error) })
      continue
    }
    const places = byLeader.get(leader)
    if (places === undefined) byLeader.set(leader, [place])
    else places.push(place)
  }
  const again = await Promise.all(
    [...byLeader].map(async ([leader, places]) => {
      try {
        return await askLeader(client, leader, places, isolation, found)
      } catch (error) {
        if (!(error instanceof MqError)) throw error
        for (const place of places) found.set(key(place), { offset: -1, timestamp: -1, error })
        return error instanceof ConnectionError && error.retriable ? places : []
      }
    }),
  )
  return again.flat()
}

async function askLeader(
  client: ClusterClient,
  leader: number,
  places: readonly TimedPlace[],
  isolation: IsolationLevel,
  found: Map<string, OffsetAnswer>,
): Promise<TimedPlace[]> {
  const byTopic = new Map<string, { partitionIndex: number; timestamp: number; currentLeaderEpoch: number }[]>()
  for (const { topic, partition, timestamp } of places) {
    const entry = { partitionIndex: partition, timestamp, currentLeaderEpoch: -1 }
    const entries = byTopic.get(topic)
    if (entries === undefined) byTopic.set(topic, [entry])
    else entries.push(entry)
  }
  const connection = await client.connection({ broker: leader })
  const answer = await connection.call('ListOffsets', {
    replicaId: -1,
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics: [...byTopic].map(([name, partitions]) => ({ name, partitions })),
  })
  const asked = new Map(places.map((place) => [key(place), place]))
  const again: TimedPlace[] = []
  for (const topic of answer.topics) {
    for (const { partitionIndex, errorCode, offset, timestamp } of topic.partitions) {
      const place = asked.get(`${topic.name}-${partitionIndex}`)
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
