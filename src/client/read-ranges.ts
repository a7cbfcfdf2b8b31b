/**
 * From what the user says (`--from`, `--until`, `--partition`) to one range of offsets a partition, all resolved before
 * the first read: the end is pinned, so a bounded read ends although records keep coming. Places outside the log are
 * moved to its nearest end, and reported.
 */
import { MqError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { IsolationLevel, Place } from './fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from './offsets.ts'
import type { ReadRange } from './partition-reader.ts'

const keyOf = ({ topic, partition }: Place) => `${topic}-${partition}`

/** All partitions of these topics, or the wanted ones; ordered. Throws for a topic or partition that is not there. */
export async function partitionsOf(
  client: ClusterClient,
  topics: readonly string[],
  wanted?: readonly number[],
): Promise<Place[]> {
  const names = [...new Set(topics)]
  const only = wanted === undefined ? undefined : [...new Set(wanted)]
  const { topics: found } = await client.metadata(names)
  const places: Place[] = []
  for (const name of names) {
    const topic = found.find((one) => one.name === name)
    const error = topic === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : errorName(topic.errorCode)
    if (error === 'UNKNOWN_TOPIC_OR_PARTITION') throw unknownTopic(name)
    if (error !== 'NONE') throw new ApiError(error, `topic ${name}: ${error}`)
    const partitions = topic!.partitions.map((one) => one.partitionIndex).sort((a, b) => a - b)
    const missing = only?.filter((partition) => !partitions.includes(partition)) ?? []
    if (missing.length > 0) {
      throw new MqError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${name} has no partition ${missing.join(', ')}`, {
        hint: `it has ${partitions.length}: 0 to ${partitions.length - 1}`,
      })
    }
    places.push(...(only ?? partitions).map((partition) => ({ topic: name, partition })))
  }
  return places
}

/** The error for a topic that does not exist, the same for every command that reads or writes records. */
export function unknownTopic(name: string): MqError {
  return new MqError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`, {
    hint: `mq topics list shows the topics; mq topics create ${name} makes it`,
  })
}

export interface RangeOptions {
  readonly from: OffsetSpec
  readonly until: OffsetSpec | undefined
  readonly isolation: IsolationLevel
  /** Told when a place lay outside the log and was moved. */
  readonly onMoved: (place: Place, asked: number, used: number) => void
}

/** One range a partition. With `until` the end is never beyond what the log holds now. */
export async function resolveRanges(
  client: ClusterClient,
  places: readonly Place[],
  options: RangeOptions,
): Promise<ReadRange[]> {
  const [starts, ends] = await Promise.all([
    look(client, places, EARLIEST, options.isolation),
    look(client, places, LATEST, options.isolation),
  ])
  const resolve = async (spec: OffsetSpec): Promise<Map<string, number>> => {
    if (spec.kind !== 'time') {
      return new Map(
        places.map((place) => [keyOf(place), placeIn(spec, starts.get(keyOf(place))!, ends.get(keyOf(place))!)]),
      )
    }
    const times = await look(client, places, spec.timestampMs, options.isolation)
    return new Map([...times].map(([key, offset]) => [key, offset < 0 ? ends.get(key)! : offset]))
  }
  const froms = await resolve(options.from)
  const untils = options.until === undefined ? undefined : await resolve(options.until)
  return places.map((place) => {
    const key = keyOf(place)
    const [start, end] = [starts.get(key)!, ends.get(key)!]
    const asked = froms.get(key)!
    const from = Math.min(Math.max(asked, start), end)
    if (from !== asked && options.from.kind === 'offset') options.onMoved(place, asked, from)
    const until = untils === undefined ? null : Math.min(Math.max(untils.get(key)!, start), end)
    return { ...place, from, until }
  })
}

function placeIn(spec: Exclude<OffsetSpec, { kind: 'time' }>, start: number, end: number): number {
  switch (spec.kind) {
    case 'earliest':
      return start
    case 'latest':
      return end
    case 'offset':
      return spec.offset
    case 'after-earliest':
      return Math.min(start + spec.count, end)
    case 'before-latest':
      return Math.max(end - spec.count, start)
  }
}

async function look(
  client: ClusterClient,
  places: readonly Place[],
  timestamp: number,
  isolation: IsolationLevel,
): Promise<Map<string, number>> {
  const answers = await listOffsets(
    client,
    places.map(({ topic, partition }) => ({ topic, partition, timestamp })),
    isolation,
  )
  const offsets = new Map<string, number>()
  for (const place of places) {
    const answer = answers.get(keyOf(place))
    if (answer?.error !== undefined) throw answer.error
    offsets.set(keyOf(place), answer?.offset ?? 0)
  }
  return offsets
}
