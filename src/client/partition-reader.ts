/**
 * Reads many partitions at once without a group: one fetch per leader in flight, so memory is bounded by what the
 * brokers may answer, and the consumer of the generator sets the pace. A partition with an end stops there, even when
 * the records before its end are gaps or control records; one without is followed until the caller stops, and partitions
 * that are added meanwhile with it.
 */
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'
import type { ClusterClient } from './cluster-client.ts'
import { ConnectionError } from './errors.ts'
import { type IsolationLevel, type Place, readAnswer } from './fetcher.ts'
import { EARLIEST, LATEST, listOffsets } from './offsets.ts'
import { abortion, pause } from './waiting.ts'

export interface ReadRange extends Place {
  /** First offset to read. */
  readonly from: number
  /** End offset, exclusive, fixed before reading; null: follow for ever. */
  readonly until: number | null
}

/** Records of one partition, in order. */
export interface RecordGroup extends Place {
  readonly records: readonly KafkaRecord[]
}

export interface ReaderOptions {
  readonly isolation: IsolationLevel
  /** Ends the reading between two fetches. */
  readonly signal: AbortSignal
  /** Told when records were gone before they could be read (retention): the offsets skipped. */
  readonly onSkipped: (place: Place, from: number, to: number) => void
  /** Told when a topic was deleted while it was read. */
  readonly onGone: (topic: string) => void
  /** Asked every few seconds: ranges to read besides, for partitions that came up. Known partitions are passed over. */
  readonly discover?: () => Promise<readonly ReadRange[]>
}

const PARTITION_MAX_BYTES = 1 << 20
const ANSWER_MAX_BYTES = 8 << 20
const WAIT_MS = 500
/** A fetch that found nothing although the end is ahead is asked again this often before the gap is believed. */
const EMPTY_FETCHES_MAX = 2
const RETRY_PAUSE_MS = 200
const RETRIES_MAX = 100
/** A topic that so many answers in a row do not know was deleted; one may come from a broker that is behind. */
const UNKNOWN_MAX = 3
const DISCOVER_MS = 3000

interface Cursor extends Place {
  offset: number
  readonly until: number | null
  emptyFetches: number
}

interface LeaderAnswer {
  readonly leader: number
  readonly body: ResponseOf<'Fetch'>
}

const keyOf = (topic: string, partition: number) => `${topic}-${partition}`

/** Yields the records of one fetch at a time, in order within each partition. Throws ApiError when a topic was deleted. */
export function readPartitions(
  client: ClusterClient,
  ranges: readonly ReadRange[],
  options: ReaderOptions,
): AsyncGenerator<RecordGroup, void, undefined> {
  return new PartitionReader(client, options).read(ranges)
}

class PartitionReader {
  readonly #client: ClusterClient
  readonly #options: ReaderOptions
  readonly #open = new Map<string, Cursor>()
  /** Every partition that was read or is: discovery passes over them. */
  readonly #known = new Set<string>()
  readonly #gone = new Set<string>()
  #unknown = 0
  #failures = 0
  #discoverAtMs = performance.now() + DISCOVER_MS

  constructor(client: ClusterClient, options: ReaderOptions) {
    this.#client = client
    this.#options = options
  }

  async *read(ranges: readonly ReadRange[]): AsyncGenerator<RecordGroup, void, undefined> {
    this.#add(ranges)
    while (this.#open.size > 0 && !this.#options.signal.aborted) {
      try {
        if (performance.now() >= this.#discoverAtMs) await this.#discover()
        const leaders = await this.#leaders()
        if (leaders.size > 0) yield* this.#readFrom(leaders)
      } catch (error) {
        if (!isPassing(error) || ++this.#failures > RETRIES_MAX) throw error
        await pause(RETRY_PAUSE_MS, this.#options.signal)
      }
    }
    const [gone] = this.#gone
    if (gone !== undefined) {
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${gone} was deleted while it was read`)
    }
  }

  #add(ranges: readonly ReadRange[]): boolean {
    let added = false
    for (const { topic, partition, from, until } of ranges) {
      const key = keyOf(topic, partition)
      if (this.#known.has(key)) continue
      this.#known.add(key)
      if (until !== null && from >= until) continue
      this.#open.set(key, { topic, partition, offset: from, until, emptyFetches: 0 })
      added = true
    }
    return added
  }

  /** Looks for partitions that came up; true when there are some. */
  async #discover(): Promise<boolean> {
    this.#discoverAtMs = performance.now() + DISCOVER_MS
    const { discover } = this.#options
    return discover !== undefined && this.#add(await discover())
  }

  /** Fetches from all leaders at once until everything is read or leadership changes (which throws a passing error). */
  async *#readFrom(leaders: ReadonlyMap<number, readonly Cursor[]>): AsyncGenerator<RecordGroup, void, undefined> {
    const pending = new Map<number, Promise<LeaderAnswer>>()
    const ask = (leader: number) => {
      const cursors = leaders.get(leader)!.filter((cursor) => this.#open.has(keyOf(cursor.topic, cursor.partition)))
      if (cursors.length === 0) return
      const answer = this.#fetch(leader, cursors)
      // Awaited later, in its turn; until then a failure must not count as unhandled.
      answer.catch(() => {})
      pending.set(leader, answer)
    }
    for (const leader of leaders.keys()) ask(leader)
    const aborted = abortion(this.#options.signal)
    try {
      while (pending.size > 0 && !this.#options.signal.aborted) {
        const answer = await Promise.race([...pending.values(), aborted.promise])
        if (answer === undefined) return
        this.#failures = 0
        pending.delete(answer.leader)
        // Cursors move only here: an answer that is dropped because another leader failed is asked for again.
        const groups = await this.#take(answer)
        // The next answer is on its way while these records are dealt with.
        ask(answer.leader)
        yield* groups
        if (performance.now() >= this.#discoverAtMs && (await this.#discover())) return
      }
    } finally {
      aborted.release()
    }
  }

  async #fetch(leader: number, cursors: readonly Cursor[]): Promise<LeaderAnswer> {
    const connection = await this.#client.connection({ broker: leader })
    const topics = new Map<string, Cursor[]>()
    // The order turns, so that the first partitions cannot starve the rest of the byte budget.
    const turn = Math.floor(Math.random() * cursors.length)
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[(i + turn) % cursors.length]!
      const known = topics.get(cursor.topic)
      if (known === undefined) topics.set(cursor.topic, [cursor])
      else known.push(cursor)
    }
    const body = await connection.call(
      'Fetch',
      {
        replicaId: -1,
        maxWaitMs: WAIT_MS,
        minBytes: 1,
        maxBytes: ANSWER_MAX_BYTES,
        isolationLevel: this.#options.isolation === 'read_committed' ? 1 : 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [...topics].map(([topic, wanted]) => ({
          topic,
          partitions: wanted.map(({ partition, offset }) => ({
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
    return { leader, body }
  }

  async #take({ body }: LeaderAnswer): Promise<RecordGroup[]> {
    if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode))
    const groups: RecordGroup[] = []
    let failure: ApiError | undefined
    for (const topic of body.responses) {
      for (const part of topic.partitions) {
        const cursor = this.#open.get(keyOf(topic.topic, part.partitionIndex))
        if (cursor === undefined) continue
        const error = errorName(part.errorCode)
        if (error === 'OFFSET_OUT_OF_RANGE') await this.#moveIntoLog(cursor)
        else if (part.errorCode !== 0) failure = new ApiError(error, `${cursor.topic}-${cursor.partition}: ${error}`)
        else {
          const { topic, partition } = cursor
          const records = advance(cursor, readAnswer(part, cursor.offset, this.#options.isolation))
          if (records.length > 0) groups.push({ topic, partition, records })
        }
        if (cursor.until !== null && cursor.offset >= cursor.until)
          this.#open.delete(keyOf(topic.topic, cursor.partition))
      }
    }
    // What the other partitions brought is passed on first; a failure that lasts comes again.
    if (failure !== undefined && groups.length === 0) throw failure
    return groups
  }

  /** Retention or delete-records removed the place where reading stood: on from the start of what is left. */
  async #moveIntoLog(cursor: Cursor): Promise<void> {
    const key = keyOf(cursor.topic, cursor.partition)
    const place = { topic: cursor.topic, partition: cursor.partition }
    const starts = (await listOffsets(this.#client, [{ ...place, timestamp: EARLIEST }])).get(key)
    const ends = (await listOffsets(this.#client, [{ ...place, timestamp: LATEST }])).get(key)
    if (starts?.error !== undefined) throw starts.error
    const start = starts?.offset ?? 0
    const target = cursor.offset < start ? start : (ends?.offset ?? start)
    this.#options.onSkipped(place, cursor.offset, target)
    cursor.offset = target
  }

  async #leaders(): Promise<Map<number, Cursor[]>> {
    const names = new Set([...this.#open.values()].map((cursor) => cursor.topic))
    const { topics } = await this.#client.metadata([...names])
    const leaderOf = new Map<string, number>()
    const failed = topics.filter((topic) => topic.errorCode !== 0 && names.has(topic.name ?? ''))
    this.#unknown = failed.length === 0 ? 0 : this.#unknown + 1
    for (const topic of failed) {
      const error = errorName(topic.errorCode)
      if (error !== 'UNKNOWN_TOPIC_OR_PARTITION') throw new ApiError(error, `topic ${topic.name}: ${error}`)
      if (this.#unknown < UNKNOWN_MAX) throw new ApiError('LEADER_NOT_AVAILABLE', `topic ${topic.name}: ${error}`)
      this.#drop(topic.name ?? '')
    }
    for (const topic of topics) {
      for (const { partitionIndex, leaderId } of topic.partitions) {
        leaderOf.set(keyOf(topic.name ?? '', partitionIndex), leaderId)
      }
    }
    const leaders = new Map<number, Cursor[]>()
    for (const [key, cursor] of this.#open) {
      const leader = leaderOf.get(key) ?? -1
      if (leader < 0) throw new ApiError('LEADER_NOT_AVAILABLE', `${key} has no leader`)
      const led = leaders.get(leader)
      if (led === undefined) leaders.set(leader, [cursor])
      else led.push(cursor)
    }
    return leaders
  }

  #drop(topic: string): void {
    this.#gone.add(topic)
    this.#options.onGone(topic)
    for (const [key, cursor] of this.#open) if (cursor.topic === topic) this.#open.delete(key)
  }
}

/** Moves the cursor past what came, and to its end when nothing lies before it; gives the records before the end. */
function advance(cursor: Cursor, answer: ReturnType<typeof readAnswer>): readonly KafkaRecord[] {
  const { until } = cursor
  if (answer.nextOffset > cursor.offset) {
    cursor.offset = answer.nextOffset
    cursor.emptyFetches = 0
  } else if (until !== null && answer.highWatermark >= 0 && ++cursor.emptyFetches > EMPTY_FETCHES_MAX) {
    // A gap up to the end; or the log was cut back meanwhile, and what was promised as the end no longer exists.
    cursor.offset = until
  }
  const last = answer.records.at(-1)
  if (until === null || last === undefined || last.offset < until) return answer.records
  return answer.records.filter((record) => record.offset < until)
}

/** An error after which asking again may help: moved leaders, lost connections, a topic that may have been deleted. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.retriable
  return error instanceof ApiError && error.retriable
}
