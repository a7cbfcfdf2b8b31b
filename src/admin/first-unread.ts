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
import { recordSection, RecordTimes } from '../protocol/records/record-time.ts'
import { PartitionMap } from './partitions.ts'

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
  /** Answers that did not settle it. */
  rounds: number
  /** Failed attempts. */
  tries: number
  result: FirstRecord | undefined
}

/** The places of one partition, in order. One request at a time is about it, so that no bytes are read twice. */
interface Queue {
  readonly tasks: Task[]
  /** Index of the first that may be open. */
  next: number
  busy: boolean
}

/** Bytes asked for of each partition. The batches of most topics fit into the first. */
const SIZES = [16 << 10, 128 << 10, 1200 << 10]
const ANSWER_BYTES = 4 << 20
const PARALLEL_REQUESTS = 4
/** Open places of one partition from which its bytes are read in larger pieces. */
const DENSE = 16
/** Answers of nothing but markers and gaps after which a place is given up. */
const ROUNDS_MAX = 64
const LEADER_TRIES_MAX = 4

/** What stands first at or after each place, in the order of the places. Failures stay with their place. */
export async function firstRecords(client: ClusterClient, places: readonly UnreadPlace[]): Promise<FirstRecord[]> {
  const { queues, taskOf } = queuesOf(places)
  for (let open = queues; open.length > 0; ) {
    const moved = await askLeaders(client, open)
    if (moved.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, client.options.retryBackoffMs))
    await client.metadata([...new Set(moved.map((queue) => queue.tasks[0]!.topic))])
    open = moved
  }
  return taskOf.map((task) => task.result!)
}

/** A queue for each partition with a task for each offset, and the task of each place. */
function queuesOf(places: readonly UnreadPlace[]): { queues: Queue[]; taskOf: Task[] } {
  const indexes = new PartitionMap<number[]>()
  places.forEach(({ topic, partition }, index) => {
    const known = indexes.get(topic, partition)
    if (known === undefined) indexes.set(topic, partition, [index])
    else known.push(index)
  })
  const taskOf = new Array<Task>(places.length)
  const queues: Queue[] = []
  for (const ofPartition of indexes.values()) {
    const tasks: Task[] = []
    for (const index of ofPartition.sort((a, b) => places[a]!.offset - places[b]!.offset)) {
      const place = places[index]!
      if (tasks.at(-1)?.offset !== place.offset) tasks.push(taskAt(place))
      taskOf[index] = tasks.at(-1)!
    }
    queues.push({ tasks, next: 0, busy: false })
  }
  return { queues, taskOf }
}

function taskAt({ topic, partition, offset, until }: UnreadPlace): Task {
  return { topic, partition, offset, until, at: offset, size: 0, rounds: 0, tries: 0, result: undefined }
}

/** Reads every queue to its end; returns those whose leader has to be looked for again. */
async function askLeaders(client: ClusterClient, queues: readonly Queue[]): Promise<Queue[]> {
  const byLeader = new Map<ClientConnection, Queue[]>()
  const moved = new Set<Queue>()
  const fail = (queue: Queue, error: unknown) => {
    if (!(error instanceof MqError)) throw error
    const task = current(queue)
    if (task === undefined) return
    task.tries += 1
    const again = (error instanceof ApiError || error instanceof ConnectionError) && error.retriable
    if (again && task.tries < LEADER_TRIES_MAX) moved.add(queue)
    else task.result = { kind: 'failed', error }
  }
  for (const queue of queues) {
    for (let task = current(queue); task !== undefined && !moved.has(queue); task = current(queue)) {
      try {
        const leader = await client.connection({ leader: task })
        const list = byLeader.get(leader)
        if (list === undefined) byLeader.set(leader, [queue])
        else list.push(queue)
        break
      } catch (error) {
        fail(queue, error)
      }
    }
  }
  await Promise.all(
    [...byLeader].map(async ([leader, list]) => {
      const width = Math.ceil(list.length / PARALLEL_REQUESTS)
      const work = async () => {
        for (;;) {
          const chunk = nextChunk(list, moved, width)
          if (chunk.length === 0) return
          for (const queue of chunk) queue.busy = true
          try {
            await fetchChunk(leader, chunk, fail)
          } catch (error) {
            for (const queue of chunk) fail(queue, error)
          }
          for (const queue of chunk) queue.busy = false
        }
      }
      await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, work))
    }),
  )
  return [...moved]
}

/** The place of a queue that is to be asked about next; an answer may have settled several. */
function current(queue: Queue): Task | undefined {
  while (queue.next < queue.tasks.length && queue.tasks[queue.next]!.result !== undefined) queue.next += 1
  return queue.tasks[queue.next]
}

/** Bytes to ask for: more where many groups stand in one partition, since one answer then serves several. */
function wantedBytes(queue: Queue): number {
  const task = current(queue)!
  const isDense = queue.tasks.length - queue.next >= DENSE
  return SIZES[isDense ? Math.max(task.size, 1) : task.size] ?? 0
}

/** The partitions of the next request, one place of each, within the size of an answer. */
function nextChunk(queues: readonly Queue[], moved: ReadonlySet<Queue>, width: number): Queue[] {
  const chunk: Queue[] = []
  let bytes = 0
  for (const queue of queues) {
    if (chunk.length >= width) break
    if (queue.busy || moved.has(queue) || current(queue) === undefined) continue
    const wanted = wantedBytes(queue)
    // One that must be alone waits for a request of its own.
    if (wanted === 0 && chunk.length > 0) continue
    if (chunk.length > 0 && bytes + wanted > ANSWER_BYTES) break
    chunk.push(queue)
    bytes += wanted
    if (wanted === 0) break
  }
  return chunk
}

async function fetchChunk(
  leader: ClientConnection,
  chunk: readonly Queue[],
  fail: (queue: Queue, error: unknown) => void,
): Promise<void> {
  const topics = new Map<string, Queue[]>()
  for (const queue of chunk) {
    const { topic } = current(queue)!
    const list = topics.get(topic)
    if (list === undefined) topics.set(topic, [queue])
    else list.push(queue)
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
      topics: [...topics].map(([topic, list]) => ({
        topic,
        partitions: list.map((queue) => ({
          partition: current(queue)!.partition,
          currentLeaderEpoch: -1,
          fetchOffset: current(queue)!.at,
          lastFetchedEpoch: -1,
          logStartOffset: -1,
          partitionMaxBytes: wantedBytes(queue) || 1,
        })),
      })),
    },
    { maxVersion: 12 },
  )
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
  const answers = new Map(
    answer.responses.flatMap(({ topic, partitions }) => partitions.map((p) => [`${topic}-${p.partitionIndex}`, p])),
  )
  for (const queue of chunk) {
    const task = current(queue)!
    const partition = answers.get(`${task.topic}-${task.partition}`)
    if (partition === undefined) fail(queue, new ApiError('UNKNOWN_SERVER_ERROR', 'a fetch without the partition'))
    else if (partition.errorCode !== 0) fail(queue, new ApiError(errorName(partition.errorCode)))
    else readInto(task, partition, queue.tasks)
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
      const times = lazyTimes(bytes, header, position)
      const open: Task[] = []
      for (const one of waiting) {
        if (one.at < end) lookIn(one, header, times)
        if (one.result === undefined) open.push(one)
      }
      waiting = open
    }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    task.result ??= { kind: 'failed', error }
    return
  }
  task.rounds += 1
  if (task.result === undefined && task.rounds > ROUNDS_MAX) task.result = { kind: 'nothing' }
  if (task.result !== undefined || end > from) return
  if (from >= Math.min(task.until, partition.highWatermark)) task.result = { kind: 'nothing' }
  // The batch is larger than what was asked for; asked for alone it comes whole.
  else if (task.size < SIZES.length) {
    task.size += 1
  } else task.result = { kind: 'nothing' }
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

/** Nothing is decompressed before it is asked. Places come in the order of the log, so that they share one walk. */
function lazyTimes(bytes: Buffer, header: BatchHeader, position: number): () => RecordTimes {
  let times: RecordTimes | undefined
  return () => {
    times ??= new RecordTimes(header, recordSection(header, bytes.subarray(position, position + header.sizeBytes)))
    return times
  }
}

/** The header says it alone where a batch begins with the place: its records are not looked at. */
function lookIn(task: Task, header: BatchHeader, times: () => RecordTimes): void {
  const timestamp = header.isControl || header.recordCount === 0 ? undefined : firstTime(task.at, header, times)
  if (timestamp !== undefined) {
    task.result = { kind: 'found', timestamp }
    return
  }
  task.at = header.lastOffset + 1
  if (task.at >= task.until) task.result = { kind: 'nothing' }
}

function firstTime(at: number, header: BatchHeader, times: () => RecordTimes): number | undefined {
  if (at > header.baseOffset || header.hasDeleteHorizon) return times().atOrAfter(at)
  return header.timestampType === 'LogAppendTime' ? header.maxTimestamp : header.baseTimestamp
}
