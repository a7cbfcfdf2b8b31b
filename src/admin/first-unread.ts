/**
 * The times of the first records at or after given offsets, for thousands of places at once: many partitions share one
 * fetch, the answer serves every group that stands in the batches it brought, and no more is read than a batch or two a
 * place. Transaction markers and offsets that compaction emptied are passed over.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { ClientConnection } from '../client/connection.ts'
import { ConnectionError } from '../client/errors.ts'
import type { PartitionAnswer, Place } from '../client/fetcher.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { type BatchHeader, eachBatch } from '../protocol/records/batch.ts'
import { decodeBatch, type KafkaRecord } from '../protocol/records/record.ts'

export interface UnreadPlace extends Place {
  /** Where reading would begin. */
  readonly offset: number
  /** Behind the last offset that counts. */
  readonly until: number
}

/** `found`: the time in the record, -1 when it carries none. `nothing`: no record up to the end. */
export type FirstRecord =
  | { readonly kind: 'found'; readonly timestamp: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: MqError }

interface Task extends UnreadPlace {
  /** How far it is known that there is no record. */
  at: number
  /** Index into SIZES; behind its end the place is asked for alone, and the broker then gives a whole batch. */
  size: number
  tries: number
  result: FirstRecord | undefined
}

/** Bytes asked for of each partition. The batches of most topics fit into the first. */
const SIZES = [16 << 10, 128 << 10, 1200 << 10]
const ANSWER_BYTES = 4 << 20
const PARALLEL_REQUESTS = 4
/** Answers of nothing but markers and gaps after which a place is given up. */
const ROUNDS_MAX = 64
const LEADER_TRIES_MAX = 4

/** Key of an answer in the result of `firstRecords`. */
export function unreadKey(place: Omit<UnreadPlace, 'until'>): string {
  return `${place.topic}-${place.partition}@${place.offset}`
}

/** What stands first at or after each place, by `unreadKey`. Failures stay with their place. */
export async function firstRecords(
  client: ClusterClient,
  places: readonly UnreadPlace[],
): Promise<Map<string, FirstRecord>> {
  const tasks = new Map<string, Task>()
  for (const place of places) {
    tasks.set(unreadKey(place), { ...place, at: place.offset, size: 0, tries: 0, result: undefined })
  }
  const byPartition = new Map<string, Task[]>()
  for (const task of [...tasks.values()].sort((a, b) => a.offset - b.offset)) {
    const key = `${task.topic}-${task.partition}`
    const list = byPartition.get(key)
    if (list === undefined) byPartition.set(key, [task])
    else list.push(task)
  }
  for (let round = 0; ; round += 1) {
    const open = [...byPartition.values()].map((list) => list.filter((task) => task.result === undefined))
    if (open.every((list) => list.length === 0)) break
    if (round > ROUNDS_MAX) {
      for (const task of open.flat()) task.result = { kind: 'nothing' }
      break
    }
    const moved = await askRound(client, open, byPartition)
    if (moved.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, client.options.retryBackoffMs))
      await client.metadata([...new Set(moved.map((task) => task.topic))])
    }
  }
  return new Map([...tasks].map(([key, task]) => [key, task.result!]))
}

/** Asks about every open place once; returns those whose leader has to be looked for again. */
async function askRound(
  client: ClusterClient,
  open: readonly (readonly Task[])[],
  byPartition: ReadonlyMap<string, readonly Task[]>,
): Promise<Task[]> {
  const moved: Task[] = []
  const byLeader = new Map<ClientConnection, Task[]>()
  const isMoved = (task: Task, error: unknown) => {
    if (!(error instanceof MqError)) throw error
    task.tries += 1
    const again = (error instanceof ApiError || error instanceof ConnectionError) && error.retriable
    if (again && task.tries < LEADER_TRIES_MAX) moved.push(task)
    else task.result = { kind: 'failed', error }
  }
  // The first offset of every partition, then the second: no partition stands twice in a request.
  const layers = Math.max(...open.map((list) => list.length))
  for (let layer = 0; layer < layers; layer += 1) {
    for (const list of open) {
      const task = list[layer]
      if (task === undefined) continue
      try {
        const leader = await client.connection({ leader: task })
        const queue = byLeader.get(leader)
        if (queue === undefined) byLeader.set(leader, [task])
        else queue.push(task)
      } catch (error) {
        isMoved(task, error)
      }
    }
  }
  await Promise.all(
    [...byLeader].map(async ([leader, queue]) => {
      const work = async () => {
        for (let chunk = nextChunk(queue); chunk.length > 0; chunk = nextChunk(queue)) {
          try {
            await fetchChunk(leader, chunk, byPartition, isMoved)
          } catch (error) {
            for (const task of chunk) isMoved(task, error)
          }
        }
      }
      await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, work))
    }),
  )
  return moved
}

/** Takes the places of the next request off the queue: each partition once, within the size of an answer. */
function nextChunk(queue: Task[]): Task[] {
  const chunk: Task[] = []
  const seen = new Set<string>()
  let bytes = 0
  while (queue.length > 0) {
    const task = queue[0]!
    // Another place's answer may have held this one's record.
    if (task.result !== undefined) {
      queue.shift()
      continue
    }
    const alone = task.size >= SIZES.length
    const key = `${task.topic}-${task.partition}`
    bytes += SIZES[task.size] ?? 0
    if (seen.has(key) || (chunk.length > 0 && (alone || bytes > ANSWER_BYTES))) break
    chunk.push(queue.shift()!)
    seen.add(key)
    if (alone) break
  }
  return chunk
}

async function fetchChunk(
  leader: ClientConnection,
  chunk: readonly Task[],
  byPartition: ReadonlyMap<string, readonly Task[]>,
  fail: (task: Task, error: unknown) => void,
): Promise<void> {
  const topics = new Map<string, Task[]>()
  for (const task of chunk) {
    const tasks = topics.get(task.topic)
    if (tasks === undefined) topics.set(task.topic, [task])
    else tasks.push(task)
  }
  // Up to version 12 topics go by name; later versions need ids that this read would have to look up first.
  const answer = await leader.call(
    'Fetch',
    {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 2 * ANSWER_BYTES,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...topics].map(([topic, tasks]) => ({
        topic,
        partitions: tasks.map((task) => ({
          partition: task.partition,
          currentLeaderEpoch: -1,
          fetchOffset: task.at,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
          partitionMaxBytes: SIZES[task.size] ?? 1,
        })),
      })),
    },
    { maxVersion: 12 },
  )
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
  const answers = new Map(
    answer.responses.flatMap(({ topic, partitions }) => partitions.map((p) => [`${topic}-${p.partitionIndex}`, p])),
  )
  for (const task of chunk) {
    const key = `${task.topic}-${task.partition}`
    const partition = answers.get(key)
    if (partition === undefined) fail(task, new ApiError('UNKNOWN_SERVER_ERROR', 'a fetch without the partition'))
    else if (partition.errorCode !== 0) fail(task, new ApiError(errorName(partition.errorCode)))
    else readInto(task, partition, byPartition.get(key) ?? [task])
  }
}

/** Settles `task` and every other place of its partition that the batches of the answer tell about. */
function readInto(task: Task, partition: PartitionAnswer, siblings: readonly Task[]): void {
  const bytes = partition.records ?? Buffer.alloc(0)
  const from = task.at
  let end = from
  try {
    let next = firstFrom(siblings, from)
    let waiting: Task[] = [task]
    for (const { header, position } of eachBatch(bytes)) {
      end = header.lastOffset + 1
      for (; next < siblings.length && siblings[next]!.offset < end; next += 1) {
        const one = siblings[next]!
        if (one !== task && one.result === undefined) waiting.push(one)
      }
      if (waiting.length === 0) {
        if (next >= siblings.length) break
        continue
      }
      const records = lazyRecords(bytes, header, position)
      for (const one of waiting) if (one.at < end) lookIn(one, header, records)
      waiting = waiting.filter((one) => one.result === undefined)
    }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    task.result ??= { kind: 'failed', error }
    return
  }
  if (task.result !== undefined || end > from) return
  if (from >= Math.min(task.until, partition.highWatermark)) task.result = { kind: 'nothing' }
  // The batch is larger than what was asked for; asked for alone it comes whole.
  else if (task.size < SIZES.length) task.size += 1
  else task.result = { kind: 'nothing' }
}

/** Index of the first of the places, which are in order, that begins at `offset` or behind it. */
function firstFrom(places: readonly Task[], offset: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.offset < offset) low = middle + 1
    else high = middle
  }
  return low
}

function lazyRecords(bytes: Buffer, header: BatchHeader, position: number): () => readonly KafkaRecord[] {
  let records: readonly KafkaRecord[] | undefined
  return () => {
    records ??= decodeBatch(bytes.subarray(position, position + header.sizeBytes))
    return records
  }
}

/** The header says it alone for most batches: their records are not decoded. */
function lookIn(task: Task, header: BatchHeader, records: () => readonly KafkaRecord[]): void {
  const timestamp = header.isControl || header.recordCount === 0 ? undefined : firstTime(task.at, header, records)
  if (timestamp !== undefined) {
    task.result = { kind: 'found', timestamp }
    return
  }
  task.at = header.lastOffset + 1
  if (task.at >= task.until) task.result = { kind: 'nothing' }
}

function firstTime(at: number, header: BatchHeader, records: () => readonly KafkaRecord[]): number | undefined {
  if (at > header.baseOffset || header.hasDeleteHorizon)
    return records().find((record) => record.offset >= at)?.timestamp
  return header.timestampType === 'LogAppendTime' ? header.maxTimestamp : header.baseTimestamp
}
