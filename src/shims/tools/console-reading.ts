/**
 * Where the records of kafka-console-consumer come from: single partitions, or topics as a member of a group or without one. As with
 * Kafka's consumer a topic that is not there yet is waited for, and partitions that are added are read too. Without --group no group
 * is joined: the random one of the original commits nothing and is only seen while it runs.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { answerBatches, type IsolationLevel, type Place } from '../../client/fetcher.ts'
import { sortedPlaces } from '../../client/membership.ts'
import { NoOffsetError, resetTimestamp } from '../../client/offset-reset.ts'
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.ts'
import { readRaw, type ReadRange } from '../../client/partition-reader.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import { pause } from '../data-client.ts'
import { groupSettings } from '../group-settings.ts'
import type { ConsoleRecord } from './console-formatter.ts'

export interface Reading {
  readonly client: ClusterClient
  readonly topics: { readonly name: string } | { readonly pattern: RegExp }
  /** One partition only, and where to start in it. */
  readonly only: { readonly partition: number; readonly from: 'earliest' | 'latest' | number } | undefined
  readonly isolation: IsolationLevel
  readonly signal: AbortSignal
  /** Deals with a record; false: no more is wanted. */
  readonly onRecord: (record: ConsoleRecord) => boolean | Promise<boolean>
  /** Everything that has come so far was dealt with. */
  readonly flush: () => Promise<void>
}

const LOOK_MS = 500
/** Kafka's auto.commit.interval.ms. */
const COMMIT_MS = 5000

/** Reads until it is stopped or no more is wanted. */
export async function readWithoutGroup(reading: Reading): Promise<void> {
  const { client, only, signal } = reading
  if ('name' in reading.topics) await askFor(client, reading.topics.name)
  let places = await placesOf(reading)
  while (places.length === 0 && !signal.aborted) {
    await pause(LOOK_MS, signal)
    places = await placesOf(reading)
  }
  if (signal.aborted) return
  const known = new Set(places.map(keyOf))
  const discover = async (): Promise<ReadRange[]> => {
    const fresh = (await placesOf(reading)).filter((place) => !known.has(keyOf(place)))
    for (const place of fresh) known.add(keyOf(place))
    // What is added while it is read is new from its first record.
    return rangesOf(client, fresh, { timestamp: EARLIEST }, reading.isolation)
  }
  const ranges = await rangesOf(client, places, startOf(reading, places), reading.isolation)
  const groups = readRaw(client, ranges, {
    isolation: reading.isolation,
    signal,
    onSkipped: () => {},
    onGone: () => {},
    ...(only === undefined ? { discover } : {}),
  })
  for await (const { topic, partition, part, from: first } of groups) {
    for (const { header, batch, isReadable } of answerBatches(part, first, reading.isolation)) {
      if (!isReadable) continue
      const isAppendTime = header.timestampType === 'LogAppendTime'
      for (const record of decodeBatch(batch)) {
        if (record.offset < first) continue
        const more = reading.onRecord({ ...record, topic, partition, isAppendTime })
        if (!(typeof more === 'boolean' ? more : await more)) return
      }
    }
    await reading.flush()
  }
}

const keyOf = ({ topic, partition }: Place) => `${topic}-${partition}`

/** The partitions that are there now. */
async function placesOf({ client, topics, only }: Reading): Promise<Place[]> {
  const { topics: found } = await client.metadata('name' in topics ? [topics.name] : null)
  const matching = found.filter(
    ({ name, errorCode, isInternal }) =>
      errorCode === 0 && ('name' in topics || (!isInternal && topics.pattern.test(name ?? ''))),
  )
  return matching.flatMap(({ name, partitions }) =>
    partitions
      .map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex }))
      .filter(({ partition }) => only === undefined || only.partition === partition)
      .sort((one, other) => one.partition - other.partition),
  )
}

/** An offset, or what ListOffsets is asked for. */
type Start = { readonly offset: number } | { readonly timestamp: number }

/** Throws NoOffsetError where nothing says where to begin. */
function startOf({ client, only }: Reading, places: readonly Place[]): Start {
  if (typeof only?.from === 'number') return { offset: only.from }
  const timestamp = resetTimestamp(only?.from ?? client.options.properties['auto.offset.reset'] ?? 'latest', Date.now())
  if (timestamp === undefined) throw new NoOffsetError(sortedPlaces(places).map(keyOf).join(', '))
  return { timestamp }
}

/** Where reading starts; an offset outside the log is as good as `latest`, Kafka's `auto.offset.reset`. */
async function rangesOf(
  client: ClusterClient,
  places: readonly Place[],
  start: Start,
  isolation: IsolationLevel,
): Promise<ReadRange[]> {
  if (places.length === 0) return []
  const look = (timestamp: number) =>
    listOffsets(
      client,
      places.map((place) => ({ ...place, timestamp })),
      isolation,
    )
  const asked = await look('timestamp' in start ? start.timestamp : EARLIEST)
  const ends = 'timestamp' in start && start.timestamp < 0 ? asked : await look(LATEST)
  return places.flatMap((place) => {
    const [found, end] = [asked.get(keyOf(place)), ends.get(keyOf(place))]
    if (found === undefined || found.error !== undefined) return []
    if (end === undefined || end.error !== undefined) return []
    // A time after the last record has no offset.
    if ('timestamp' in start) return [{ ...place, from: found.offset < 0 ? end.offset : found.offset, until: null }]
    const isInside = start.offset >= found.offset && start.offset <= end.offset
    return [{ ...place, from: isInside ? start.offset : end.offset, until: null }]
  })
}

/** A broker that makes topics makes this one, as for any of Kafka's consumers. Throws ApiError for a name that cannot be read. */
async function askFor(client: ClusterClient, topic: string): Promise<void> {
  const allowAutoTopicCreation = client.options.properties['allow.auto.create.topics'] !== 'false'
  const { topics } = await client.request('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation })
  const error = errorName(topics[0]?.errorCode ?? 0)
  if (error === 'INVALID_TOPIC_EXCEPTION') throw new ApiError(error, `Invalid topics: [${topic}]`)
  if (error === 'TOPIC_AUTHORIZATION_FAILED') throw new ApiError(error, `Not authorized to access topics: [${topic}]`)
}

/** Reads as a member of a group; commits what was dealt with, unless the properties say otherwise. */
export async function readWithGroup(reading: Reading, group: string): Promise<void> {
  const { client, signal } = reading
  const { properties } = client.options
  const { GroupConsumer } = await import('../../client/group-consumer.ts')
  /** Where partitions stand whose records of this poll are not all dealt with. */
  const held = new Map<string, number>()
  const commits = properties['enable.auto.commit'] !== 'false'
  const commit = async () => {
    await reading.flush()
    // What cannot be committed now is read again by whoever comes next, as with Kafka's consumer.
    if (commits) await consumer.commitPositions(held).catch(() => undefined)
  }
  const consumer = new GroupConsumer(client, {
    ...groupSettings(properties, group),
    topics: 'name' in reading.topics ? { names: [reading.topics.name] } : reading.topics,
    autoCommitMs: undefined,
    signal,
    onRevoked: commit,
  })
  const everyMs = Number(properties['auto.commit.interval.ms'] ?? COMMIT_MS)
  let commitAtMs = performance.now() + everyMs
  try {
    while (!signal.aborted) {
      const parts = await consumer.poll()
      for (const part of parts) held.set(keyOf(part), part.records[0]!.offset)
      for (const { topic, partition, records } of parts) {
        const key = keyOf({ topic, partition })
        for (const record of records) {
          if (signal.aborted) return
          const more = reading.onRecord({ ...record, topic, partition })
          const isWanted = typeof more === 'boolean' ? more : await more
          held.set(key, record.offset + 1)
          if (!isWanted) return
        }
        held.delete(key)
      }
      await reading.flush()
      if (performance.now() < commitAtMs) continue
      commitAtMs = performance.now() + everyMs
      await commit()
    }
  } finally {
    await consumer.close()
  }
}
