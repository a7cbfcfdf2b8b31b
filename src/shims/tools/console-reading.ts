/**
 * Where the records of kafka-console-consumer come from: single partitions, or topics as a member of a group or without one. As with
 * Kafka's consumer a topic that is not there yet is waited for, and partitions that are added are read too. Without --group no group
 * is joined: the random one of the original commits nothing and is only seen while it runs.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { answerBatches, type IsolationLevel, type Place } from '../../client/fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.ts'
import { readRaw, type ReadRange } from '../../client/partition-reader.ts'
import { decodeBatch } from '../../protocol/records/record.ts'
import { pause } from '../data-client.ts'
import type { ConsoleRecord } from './console-formatter.ts'

export interface Reading {
  readonly client: ClusterClient
  readonly topics: { readonly name: string } | { readonly pattern: RegExp }
  /** One partition only, and where to start in it. */
  readonly only: { readonly partition: number; readonly from: 'earliest' | 'latest' | number } | undefined
  readonly fromBeginning: boolean
  readonly isolation: IsolationLevel
  readonly signal: AbortSignal
  /** Deals with a record; false: no more is wanted. */
  readonly onRecord: (record: ConsoleRecord) => boolean | Promise<boolean>
  /** Everything that has come so far was dealt with. */
  readonly flush: () => Promise<void>
}

const LOOK_MS = 500

/** Reads until it is stopped or no more is wanted. */
export async function readWithoutGroup(reading: Reading): Promise<void> {
  const { client, only, signal } = reading
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
    return rangesOf(client, fresh, 'earliest', reading.isolation)
  }
  const from = only?.from ?? (reading.fromBeginning ? 'earliest' : 'latest')
  const ranges = await rangesOf(client, places, from, reading.isolation)
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

/** Where reading starts; an offset outside the log is as good as `latest`, Kafka's `auto.offset.reset`. */
async function rangesOf(
  client: ClusterClient,
  places: readonly Place[],
  from: 'earliest' | 'latest' | number,
  isolation: IsolationLevel,
): Promise<ReadRange[]> {
  if (places.length === 0) return []
  const look = (timestamp: number) =>
    listOffsets(
      client,
      places.map((place) => ({ ...place, timestamp })),
      isolation,
    )
  const starts = await look(EARLIEST)
  const ends = from === 'earliest' ? starts : await look(LATEST)
  return places.flatMap((place) => {
    const [start, end] = [starts.get(keyOf(place)), ends.get(keyOf(place))]
    if (start === undefined || start.error !== undefined) return []
    if (end === undefined || end.error !== undefined) return []
    if (from === 'earliest') return [{ ...place, from: start.offset, until: null }]
    const isInside = from !== 'latest' && from >= start.offset && from <= end.offset
    return [{ ...place, from: isInside ? from : end.offset, until: null }]
  })
}

/** Reads as a member of a group; commits what was dealt with. */
export async function readWithGroup(reading: Reading, group: string): Promise<void> {
  const { client, topics, signal } = reading
  let names = await namesOf(reading)
  while (names.length === 0 && !signal.aborted) {
    await pause(LOOK_MS, signal)
    names = await namesOf(reading)
  }
  if (signal.aborted) return
  const { createKafka } = await import('../../client/kafkajs.ts')
  const { readAsGroup } = await import('../../client/group-reader.ts')
  await readAsGroup(await createKafka(client.options), client, {
    group,
    topics: 'name' in topics ? [topics.name] : names,
    fromBeginning: reading.fromBeginning,
    until: undefined,
    isolation: reading.isolation,
    signal,
    onRecord: (record) => reading.onRecord({ ...record, isAppendTime: false }),
    flush: reading.flush,
  })
}

async function namesOf(reading: Reading): Promise<string[]> {
  return [...new Set((await placesOf(reading)).map(({ topic }) => topic))]
}
