/**
 * Reads many partitions at once without a group: one fetch per leader in flight, so memory is bounded by what the
 * brokers may answer, and the consumer of the generator sets the pace. A partition with an end stops there, even when
 * the records before its end are gaps or control records; one without is followed until the caller stops.
 */
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import { ConnectionError } from './errors.ts'
import { type IsolationLevel, type Place, readAnswer } from './fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from './offsets.ts'
import type { PlacedRecord } from './record-format.ts'

export interface ReadRange extends Place {
  /** First offset to read. */
  readonly from: number
  /** End offset, exclusive, fixed before reading; null: follow for ever. */
  readonly until: number | null
}

export interface ReaderOptions {
  readonly isolation: IsolationLevel
  /** Ends the reading between two fetches. */
  readonly signal: AbortSignal
  /** Told when records were gone before they could be read (retention): the offsets skipped. */
  readonly onSkipped: (place: Place, from: number, to: number) => void
}

const PARTITION_MAX_BYTES = 1 << 20
const ANSWER_MAX_BYTES = 8 << 20
const WAIT_MS = 500
/** A fetch that found nothing although the end is ahead is asked again this often before the gap is believed. */
const EMPTY_FETCHES_MAX = 2
const RETRY_PAUSE_MS = 200
const RETRIES_MAX = 50

interface Cursor extends Place {
  offset: number
  readonly until: number | null
  emptyFetches: number
}

interface LeaderAnswer {
  readonly leader: number
  readonly cursors: readonly Cursor[]
  readonly body: ResponseOf<'Fetch'>
}

/** Yields the records of one fetch at a time, in order within each partition. */
export async function* readPartitions(
  client: ClusterClient,
  ranges: readonly ReadRange[],
  options: ReaderOptions,
): AsyncGenerator<readonly PlacedRecord[], void, undefined> {
  const open = new Set<Cursor>(
    ranges
      .filter(({ from, until }) => until === null || from < until)
      .map(({ topic, partition, from, until }) => ({ topic, partition, offset: from, until, emptyFetches: 0 })),
  )
  let failures = 0
  while (open.size > 0 && !options.signal.aborted) {
    try {
      const leaders = await leadersOf(client, [...open])
      yield* readFromLeaders(client, leaders, open, options, () => {
        failures = 0
      })
    } catch (error) {
      if (!isPassing(error) || ++failures > RETRIES_MAX) throw error
      await pause(RETRY_PAUSE_MS, options.signal)
    }
  }
}

/** Fetches from all leaders at once until everything is read or leadership changes (which throws a passing error). */
async function* readFromLeaders(
  client: ClusterClient,
  leaders: ReadonlyMap<number, readonly Cursor[]>,
  open: Set<Cursor>,
  options: ReaderOptions,
  onSuccess: () => void,
): AsyncGenerator<readonly PlacedRecord[], void, undefined> {
  const pending = new Map<number, Promise<LeaderAnswer>>()
  const ask = (leader: number) => {
    const cursors = (leaders.get(leader) ?? []).filter((cursor) => open.has(cursor))
    if (cursors.length === 0) return
    // The order turns, so that the first partitions cannot starve the rest of the byte budget.
    const turn = Math.floor(Math.random() * cursors.length)
    const turned = [...cursors.slice(turn), ...cursors.slice(0, turn)]
    const answer = fetchOnce(client, leader, turned, options)
    // Awaited later, in its turn; until then a failure must not count as unhandled.
    answer.catch(() => {})
    pending.set(leader, answer)
  }
  for (const leader of leaders.keys()) ask(leader)
  const aborted = abortion(options.signal)
  try {
    while (pending.size > 0 && !options.signal.aborted) {
      const answer = await Promise.race([...pending.values(), aborted.promise])
      if (answer === undefined) return
      onSuccess()
      pending.delete(answer.leader)
      // Cursors move only here: an answer that is dropped because another leader failed is asked for again.
      const records = await takeAnswer(client, answer, open, options)
      if (records.length > 0) yield records
      ask(answer.leader)
    }
  } finally {
    aborted.release()
  }
}

async function fetchOnce(
  client: ClusterClient,
  leader: number,
  cursors: readonly Cursor[],
  options: ReaderOptions,
): Promise<LeaderAnswer> {
  const connection = await client.connection({ broker: leader })
  const body = await connection.call(
    'Fetch',
    {
      replicaId: -1,
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: ANSWER_MAX_BYTES,
      isolationLevel: options.isolation === 'read_committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [...new Set(cursors.map(({ topic }) => topic))].map((topic) => ({
        topic,
        partitions: cursors
          .filter((cursor) => cursor.topic === topic)
          .map(({ partition, offset }) => ({
            partition,
            currentLeaderEpoch: -1,
            fetchOffset: offset,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            partitionMaxBytes: PARTITION_MAX_BYTES,
          })),
      })),
    },
    { maxVersion: 12 },
  )
  return { leader, cursors, body }
}

async function takeAnswer(
  client: ClusterClient,
  { cursors, body }: LeaderAnswer,
  open: Set<Cursor>,
  options: ReaderOptions,
): Promise<PlacedRecord[]> {
  if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode))
  const records: PlacedRecord[] = []
  let failure: ApiError | undefined
  for (const topic of body.responses) {
    for (const part of topic.partitions) {
      const cursor = cursors.find((one) => one.topic === topic.topic && one.partition === part.partitionIndex)
      if (cursor === undefined) continue
      const error = errorName(part.errorCode)
      if (error === 'OFFSET_OUT_OF_RANGE') await moveIntoLog(client, cursor, options)
      else if (part.errorCode !== 0) failure = new ApiError(error, `${cursor.topic}-${cursor.partition}: ${error}`)
      else take(cursor, readAnswer(part, cursor.offset, options.isolation), records)
      if (cursor.until !== null && cursor.offset >= cursor.until) open.delete(cursor)
    }
  }
  // What the other partitions brought is passed on first; a failure that lasts comes again.
  if (failure !== undefined && records.length === 0) throw failure
  return records
}

/** Moves the cursor past what came, and to its end when nothing lies before it. */
function take(cursor: Cursor, answer: ReturnType<typeof readAnswer>, records: PlacedRecord[]): void {
  for (const record of answer.records) {
    if (cursor.until !== null && record.offset >= cursor.until) break
    records.push({ ...record, topic: cursor.topic, partition: cursor.partition })
  }
  if (answer.nextOffset > cursor.offset) {
    cursor.offset = answer.nextOffset
    cursor.emptyFetches = 0
  } else if (
    cursor.until !== null &&
    answer.highWatermark >= cursor.until &&
    ++cursor.emptyFetches > EMPTY_FETCHES_MAX
  ) {
    cursor.offset = cursor.until
  } else if (cursor.until !== null && answer.highWatermark < cursor.until && answer.highWatermark >= 0) {
    // The log was cut back meanwhile: what was promised as the end no longer exists.
    if (++cursor.emptyFetches > EMPTY_FETCHES_MAX) cursor.offset = cursor.until
  }
}

/** Retention or delete-records removed the place where reading stood: on from the start of what is left. */
async function moveIntoLog(client: ClusterClient, cursor: Cursor, options: ReaderOptions): Promise<void> {
  const key = `${cursor.topic}-${cursor.partition}`
  const place = { topic: cursor.topic, partition: cursor.partition }
  const starts = (await listOffsets(client, [{ ...place, timestamp: EARLIEST }])).get(key)
  const ends = (await listOffsets(client, [{ ...place, timestamp: LATEST }])).get(key)
  if (starts?.error !== undefined) throw starts.error
  const start = starts?.offset ?? 0
  const target = cursor.offset < start ? start : (ends?.offset ?? start)
  options.onSkipped(place, cursor.offset, target)
  cursor.offset = target
}

async function leadersOf(client: ClusterClient, cursors: readonly Cursor[]): Promise<Map<number, Cursor[]>> {
  const { topics } = await client.metadata([...new Set(cursors.map((cursor) => cursor.topic))])
  const leaders = new Map<number, Cursor[]>()
  for (const cursor of cursors) {
    const topic = topics.find((one) => one.name === cursor.topic)
    if (topic !== undefined && topic.errorCode !== 0) {
      throw new ApiError(errorName(topic.errorCode), `topic ${cursor.topic}: ${errorName(topic.errorCode)}`)
    }
    const leader = topic?.partitions.find((one) => one.partitionIndex === cursor.partition)?.leaderId ?? -1
    if (leader < 0) throw new ApiError('LEADER_NOT_AVAILABLE', `${cursor.topic}-${cursor.partition} has no leader`)
    leaders.set(leader, [...(leaders.get(leader) ?? []), cursor])
  }
  return leaders
}

/** An error after which asking again may help: moved leaders, lost connections, a topic that is being created. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.retriable
  return error instanceof ApiError && error.retriable && error.error !== 'UNKNOWN_TOPIC_OR_PARTITION'
}

function abortion(signal: AbortSignal): { promise: Promise<undefined>; release: () => void } {
  let release = () => {}
  const promise = new Promise<undefined>((resolve) => {
    const done = () => resolve(undefined)
    signal.addEventListener('abort', done, { once: true })
    release = () => {
      signal.removeEventListener('abort', done)
      resolve(undefined)
    }
    if (signal.aborted) resolve(undefined)
  })
  return { promise, release }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
