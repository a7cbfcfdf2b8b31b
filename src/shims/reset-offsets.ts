/**
 * Where offsets of a group are to go, as kafka-consumer-groups and kafka-share-groups ask for it: the partitions in scope, the
 * scenario, what the log has. Errors and warnings have the words of the originals.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { Place } from './describe-groups.ts'
import { JavaError } from './failures.ts'
import { hashOrder, javaSplit, parseInteger, partitionHash } from './java.ts'
import { type ShimIo, UsageFailure } from './tool.ts'

export const placeText = (place: Place) => `${place.topic}-${place.partition}`

export interface Target extends Place {
  readonly offset: number
}

/** In the order of the map that the originals keep them in. */
export function inMapOrder<T extends Place>(places: readonly T[]): T[] {
  return hashOrder(places, partitionHash)
}

/** `topic:0,1` as partitions. Throws UsageFailure. */
export function parseTopicArgument(argument: string): Place[] {
  const parts = javaSplit(argument, ':')
  const [topic, partitions] = parts
  if (parts.length !== 2 || topic === undefined || partitions === undefined)
    throw new UsageFailure(`Invalid topic arg '${argument}', expected topic name and partitions`)
  return javaSplit(partitions, ',').map((text) => {
    try {
      return { topic, partition: parseInteger(text) }
    } catch {
      throw new UsageFailure(`Invalid partition '${text}' specified in topic arg '${argument}''`)
    }
  })
}

/** The partitions that `--topic` names, those of whole topics after those named with numbers. */
export async function partitionsOf(client: ClusterClient, topicArguments: readonly string[]): Promise<Place[]> {
  const named = topicArguments.filter((argument) => argument.includes(':')).flatMap(parseTopicArgument)
  const topics = topicArguments.filter((argument) => !argument.includes(':'))
  if (topics.length === 0) return named
  const found = await client.metadata(topics)
  const whole = found.topics.flatMap((topic) => {
    if (topic.errorCode !== 0) throw new ApiError(errorName(topic.errorCode))
    const numbers = topic.partitions.map((partition) => partition.partitionIndex).sort((a, b) => a - b)
    return numbers.map((partition) => ({ topic: topic.name ?? '', partition }))
  })
  return [...named, ...whole]
}

/** Throws for partitions that are not there or have no leader. */
export async function checkPartitions(client: ClusterClient, places: readonly Place[]): Promise<void> {
  if (places.length === 0) return
  const { topics } = await client.metadata([...new Set(places.map((place) => place.topic))])
  const leaders = new Map<string, number>()
  for (const topic of topics) {
    if (topic.errorCode !== 0) throw new ApiError(errorName(topic.errorCode))
    for (const { partitionIndex, leaderId } of topic.partitions)
      leaders.set(`${topic.name}-${partitionIndex}`, leaderId)
  }
  const unknown = places.filter((place) => !leaders.has(placeText(place))).map(placeText)
  if (unknown.length > 0)
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `The partitions "${unknown.join(',')}" do not exist`)
  const leaderless = places.filter((place) => (leaders.get(placeText(place)) ?? -1) < 0).map(placeText)
  if (leaderless.length > 0)
    throw new ApiError('LEADER_NOT_AVAILABLE', `The partitions "${leaderless.join(',')}" have no leader`)
}

/** Offsets by `topic-partition`. Throws the first error. */
export async function logOffsets(
  client: ClusterClient,
  places: readonly Place[],
  timestamp: number,
): Promise<Map<string, number>> {
  const answers = await listOffsets(
    client,
    places.map((place) => ({ ...place, timestamp })),
  )
  const offsets = new Map<string, number>()
  for (const [at, answer] of answers) {
    if (answer.error !== undefined) throw answer.error
    offsets.set(at, answer.offset)
  }
  return offsets
}

/** Every partition to the beginning or the end of its log. */
export async function toEnd(
  client: ClusterClient,
  places: readonly Place[],
  end: 'earliest' | 'latest',
): Promise<Target[]> {
  const offsets = await logOffsets(client, places, end === 'earliest' ? EARLIEST : LATEST)
  return places.map((place) => ({ ...place, offset: offsets.get(placeText(place)) ?? 0 }))
}

/** Every partition to its first record at or after a time; to its end where there is none, with a warning on stdout. */
export async function toTime(
  client: ClusterClient,
  places: readonly Place[],
  timestampMs: number,
  io: ShimIo,
): Promise<Target[]> {
  const offsets = await logOffsets(client, places, timestampMs)
  const late = inMapOrder(places.filter((place) => (offsets.get(placeText(place)) ?? -1) < 0))
  for (const { topic, partition } of late)
    io.stdout(`\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`)
  const ends = await logOffsets(client, late, LATEST)
  return places.map((place) => {
    const at = placeText(place)
    return { ...place, offset: ends.get(at) ?? offsets.get(at) ?? 0 }
  })
}

/** Offsets held to what the log has, with a warning for each that was not in it. */
export async function withinLog(client: ClusterClient, targets: readonly Target[], io: ShimIo): Promise<Target[]> {
  const [starts, ends] = await Promise.all([logOffsets(client, targets, EARLIEST), logOffsets(client, targets, LATEST)])
  return targets.map((target) => {
    const at = placeText(target)
    const [start, end] = [starts.get(at) ?? 0, ends.get(at) ?? 0]
    if (target.offset > end) {
      io.stderr(
        `WARN New offset (${target.offset}) is higher than latest offset for topic partition ${at}. Value will be set to ${end}\n`,
      )
      return { ...target, offset: end }
    }
    if (target.offset < start) {
      io.stderr(
        `WARN New offset (${target.offset}) is lower than earliest offset for topic partition ${at}. Value will be set to ${start}\n`,
      )
      return { ...target, offset: start }
    }
    return target
  })
}

/** A date as `--to-datetime` takes it, UTC where it names no zone. Throws JavaError. */
export function parseDateTime(text: string): number {
  const parts = javaSplit(text, 'T')
  const fail = (message: string) => new JavaError('java.lang.RuntimeException', `java.text.ParseException: ${message}`)
  if (parts.length < 2) throw fail("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format")
  const zoned = /[+Z-]/.test(parts[1]!) ? text : `${text}Z`
  const match = /^(\d{1,4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{1,2}:\d{1,2}\.\d{1,3})(Z|[+-]\d{2}(?::?\d{2})?)$/.exec(zoned)
  const zone = match?.[2]?.replace(
    /^([+-]\d{2}):?(\d{2})?$/,
    (_, hours: string, minutes?: string) => `${hours}:${minutes ?? '00'}`,
  )
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}${zone}`)
  if (Number.isNaN(time)) throw fail(`Unparseable date: "${zoned}"`)
  return time
}

const DURATION = /^([-+]?)P(?:([-+]?\d+)D)?(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i

/** An ISO 8601 duration in ms, as java.time.Duration reads it. Throws JavaError. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text)
  if (match === null || !/\d/.test(text) || /T$/i.test(text))
    throw new JavaError('java.time.format.DateTimeParseException', 'Text cannot be parsed to a Duration')
  const [, sign, days, , hours, minutes, seconds, fraction] = match
  const whole =
    Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  const part = Number(`0.${fraction ?? '0'}`) * (seconds?.startsWith('-') === true ? -1 : 1)
  return Math.trunc((whole + part) * 1000) * (sign === '-' ? -1 : 1)
}

/** What a reset would do or did: a line for each partition, groups in the order of their map. */
export function resetText(plans: ReadonlyMap<string, readonly Target[]>): string {
  const rows = [...plans].flatMap(([group, targets]) => targets.map((target) => ({ group, ...target })))
  const groupWidth = Math.max(15, ...[...plans.keys()].map((group) => group.length))
  const topicWidth = Math.max(15, ...rows.map((row) => row.topic.length))
  const line = (group: string, topic: string, partition: string, offset: string) =>
    `\n${group.padEnd(groupWidth)} ${topic.padEnd(topicWidth)} ${partition.padEnd(10)} ${offset}`
  const head = plans.size === 0 ? '' : line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET')
  const lines = rows.map((row) => line(row.group, row.topic, String(row.partition), String(row.offset)))
  return `${head}${lines.join('')}\n`
}
