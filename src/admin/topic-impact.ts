/**
 * What a dangerous change of topics means, asked before it is made: how many records and bytes they hold, which groups
 * read them and in what state those are. Only reads; what cannot be read is null with the reason, never a guess.
 */
import type { ClusterClient, TopicMetadata } from '../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../client/offsets.ts'
import { listGroups } from './group-list.ts'
import { committedOffsets } from './group-offsets.ts'
import { groupStates } from './group-states.ts'
import { type ItemError, itemError } from './items.ts'
import { logSizes } from './topic-details.ts'

/** A group with a committed offset in a topic, or with a member that has the topic assigned. */
export interface TopicReader {
  group: string
  /** Null when the coordinator does not say. */
  state: string | null
}

export interface TopicImpact {
  name: string
  partitions: number
  /** Offsets between the starts and the ends of the logs; compaction may have left fewer. Null: not known. */
  records: number | null
  /** Bytes on disk of all replicas; null when a broker does not tell. */
  bytes: number | null
  /** Null when the groups cannot be read. */
  groups: TopicReader[] | null
}

/** A group that reads some of the topics, with its committed offset of each partition, keyed `topic-partition`. */
export interface ReaderDetails extends TopicReader {
  readonly topics: ReadonlySet<string>
  readonly committed: ReadonlyMap<string, number>
}

export interface Readers {
  readonly groups: readonly ReaderDetails[]
  /** Set when no group, or not every one, could be read. */
  readonly error?: ItemError
}

const GROUP_BATCH = 500

/**
 * The groups that read any of `topics`, by name. A coordinator that cannot be asked leaves its groups out and sets
 * `error`; so does a missing permission.
 */
export async function readersOf(
  client: ClusterClient,
  topics: ReadonlySet<string>,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Readers> {
  const readers: ReaderDetails[] = []
  let failed: ItemError | undefined
  try {
    const listed = await listGroups(client)
    failed = listed.errors[0]?.error
    const names = listed.groups.map((row) => row.group)
    for (let start = 0; start < names.length; start += GROUP_BATCH) {
      const batch = names.slice(start, start + GROUP_BATCH)
      const [states, offsets] = await Promise.all([groupStates(client, batch), committedOffsets(client, batch)])
      for (const state of states) {
        const found = offsets.get(state.group)
        const commits = found === undefined || 'error' in found ? [] : found
        if (found !== undefined && 'error' in found && state.type !== 'share') failed ??= found.error
        const committed = new Map<string, number>()
        const read = new Set<string>()
        for (const { topic, partition, committed: offset } of commits) {
          if (!topics.has(topic) || offset === null) continue
          read.add(topic)
          committed.set(`${topic}-${partition}`, offset)
        }
        for (const { topic } of state.members.flatMap((member) => member.assignment)) {
          if (topics.has(topic)) read.add(topic)
        }
        if (read.size > 0) readers.push({ group: state.group, state: state.state, topics: read, committed })
      }
      onProgress(Math.min(start + GROUP_BATCH, names.length), names.length)
    }
  } catch (error) {
    failed = itemError(error)
  }
  readers.sort((a, b) => (a.group < b.group ? -1 : 1))
  return { groups: readers, ...(failed === undefined ? {} : { error: failed }) }
}

/** What these topics hold and who reads them, in the order of `topics`. `error` says why groups are missing. */
export async function topicImpacts(
  client: ClusterClient,
  topics: readonly TopicMetadata[],
  onProgress?: (done: number, total: number) => void,
): Promise<{ impacts: TopicImpact[]; error?: ItemError }> {
  const places = topics.flatMap((topic) =>
    topic.partitions.map((partition) => ({ topic: topic.name ?? '', partition: partition.partitionIndex })),
  )
  const ask = (timestamp: number) =>
    listOffsets(
      client,
      places.map((place) => ({ ...place, timestamp })),
    )
  const [starts, ends, sizes, readers] = await Promise.all([
    ask(EARLIEST),
    ask(LATEST),
    logSizes(client, topics),
    readersOf(client, new Set(topics.map((topic) => topic.name ?? '')), onProgress),
  ])
  const impacts = topics.map((topic): TopicImpact => {
    const name = topic.name ?? ''
    let records: number | null = 0
    let bytes: number | null = 0
    for (const { partitionIndex, replicaNodes } of topic.partitions) {
      const start = starts.get(`${name}-${partitionIndex}`)
      const end = ends.get(`${name}-${partitionIndex}`)
      const known = start !== undefined && end !== undefined && !start.error && !end.error
      records = records === null || !known ? null : records + end.offset - start.offset
      for (const replica of replicaNodes) {
        const size = sizes.get(`${name}-${partitionIndex}@${replica}`)
        bytes = bytes === null || size === undefined ? null : bytes + size
      }
    }
    const groups = readers.groups
      .filter((reader) => reader.topics.has(name))
      .map(({ group, state }): TopicReader => ({ group, state }))
    const unread = readers.error !== undefined && readers.groups.length === 0
    return { name, partitions: topic.partitions.length, records, bytes, groups: unread ? null : groups }
  })
  return { impacts, ...(readers.error === undefined ? {} : { error: readers.error }) }
}

/**
 * Which share of keys goes to another partition when a topic grows from `before` to `after` partitions: producers take
 * a hash modulo the count, and the hashes of many keys are spread evenly. 0 to 1.
 */
export function movedKeyShare(before: number, after: number): number {
  if (before <= 0 || after <= before) return 0
  let [a, b] = [after, before]
  while (b > 0) [a, b] = [b, a % b]
  // Of the hashes modulo the least common multiple, exactly `before` give the same partition both ways.
  return 1 - before / ((before / a) * after)
}
