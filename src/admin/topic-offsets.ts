/**
 * Offsets of a place in topics: beginning, end, some records from either, the first record at or after a time. Never
 * outside the log; failures stay with their partition.
 */
import type { OffsetSpec } from '../base/offset-spec.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { errorName } from '../protocol/errors.ts'
import { codeError, type ItemError, itemError } from './items.ts'
import type { TopicScope } from './partitions.ts'
import { unknownTopics } from './topics.ts'

export interface PartitionOffset {
  topic: string
  partition: number
  /** Null when it is not known. */
  offset: number | null
  logStart: number | null
  logEnd: number | null
  /** Of the record found by time; null otherwise. */
  timestamp: number | null
  note: string | null
  error?: ItemError
}

/** The offset of `spec` in every partition of the scopes, in order. An unknown topic is one row with an error. */
export async function topicOffsets(
  client: ClusterClient,
  scopes: readonly TopicScope[],
  spec: OffsetSpec,
): Promise<{ offsets: PartitionOffset[] }> {
  const { topics } = await client.metadata([...new Set(scopes.map((scope) => scope.topic))])
  const missing: PartitionOffset[] = []
  const byName = new Map(topics.map((topic) => [topic.name, topic]))
  const explain = unknownTopics(client)
  const places = new Map<string, { topic: string; partition: number }>()
  for (const scope of scopes) {
    const found = byName.get(scope.topic)
    if (found === undefined || found.errorCode !== 0) {
      const unknown = found === undefined || errorName(found.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION'
      const error = unknown ? await explain(scope.topic) : codeError(found.errorCode)
      missing.push({ ...nothing(scope.topic, -1), error })
      continue
    }
    const all = found.partitions.map((partition) => partition.partitionIndex)
    for (const partition of scope.partitions ?? all) {
      places.set(`${scope.topic}-${partition}`, { topic: scope.topic, partition })
    }
  }
  const ask = (timestamp: number) =>
    listOffsets(
      client,
      [...places.values()].map((place) => ({ ...place, timestamp })),
    )
  const time = spec.kind === 'time' ? spec.timestampMs : undefined
  const [starts, ends, times] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    time === undefined ? undefined : ask(time),
  ])
  const offsets = [...places].map(([key, { topic, partition }]): PartitionOffset => {
    const [start, end, found] = [starts.get(key), ends.get(key), times?.get(key)]
    const failed = start?.error ?? end?.error ?? found?.error
    if (start === undefined || end === undefined || failed !== undefined) {
      return { ...nothing(topic, partition), error: itemError(failed) }
    }
    const known = { topic, partition, logStart: start.offset, logEnd: end.offset }
    if (found !== undefined) {
      const none = found.offset < 0
      return {
        ...known,
        offset: none ? end.offset : found.offset,
        timestamp: none ? null : found.timestamp,
        note: none ? 'no record at or after this time: log end' : null,
      }
    }
    const wanted = placeOf(spec, start.offset, end.offset)
    const offset = Math.min(Math.max(wanted, start.offset), end.offset)
    const note = wanted < start.offset ? 'below the log start' : wanted > end.offset ? 'beyond the log end' : null
    return { ...known, offset, timestamp: null, note }
  })
  offsets.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  return { offsets: [...offsets, ...missing] }
}

const nothing = (topic: string, partition: number): PartitionOffset => ({
  topic,
  partition,
  offset: null,
  logStart: null,
  logEnd: null,
  timestamp: null,
  note: null,
})

function placeOf(spec: OffsetSpec, start: number, end: number): number {
  switch (spec.kind) {
    case 'earliest':
      return start
    case 'offset':
      return spec.offset
    case 'after-earliest':
      return start + spec.count
    case 'before-latest':
      return end - spec.count
    default:
      return end
  }
}
