/**
 * Reads many partitions at once without a group: one fetch per leader in flight, so memory is bounded by what the
 * brokers may answer, and the consumer of the generator sets the pace. A partition with an end stops there, even when
 * the records before its end are gaps or control records; one without is followed until the caller stops, and partitions
 * that are added meanwhile with it. A partition that cannot be read for a while does not hold up the others, and none
 * is taken for read because others used up the bytes of an answer.
 */
import { MqError } from '../base/errors.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'
import type { ClusterClient } from './cluster-client.ts'
import { ConnectionError } from './errors.ts'
import { answerPieces, type IsolationLevel, offsetBehind, type PartitionAnswer, type Place } from './fetcher.ts'
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
  /** Told when a log ends before the end that it had when reading began (an unclean election): nothing more is to be had. */
  readonly onShort?: (place: Place, end: number, until: number) => void
  /** Asked every few seconds: ranges to read besides, for partitions that came up. Known partitions are passed over. */
  readonly discover?: () => Promise<readonly ReadRange[]>
  /** How long a log that ends before its range is waited for, in ms: a new leader learns the end from its followers. */
  readonly shortLogMs?: number
  /** How long a partition may be unreadable before that is a failure, in ms. */
  readonly stuckMs?: number
}

const PARTITION_MAX_BYTES = 1 << 20
const ANSWER_MAX_BYTES = 8 << 20
const WAIT_MS = 500
const RETRY_PAUSE_MS = 200
const RETRIES_MAX = 100
const SHORT_LOG_MS = 10_000
const STUCK_MS = 30_000
/** A topic that so many answers in a row do not know was deleted; one may come from a broker that is behind. */
const UNKNOWN_MAX = 3
const DISCOVER_MS = 3000
const LOOK_AGAIN_MS = 2000

interface Cursor extends Place {
  offset: number
  readonly until: number | null
  /** Since when the log ends before `until`, and since when it cannot be read; on the clock of performance.now(). */
  shortSinceMs: number | undefined
  stuckSinceMs: number | undefined
}

interface LeaderAnswer {
  readonly leader: number
  readonly body: ResponseOf<'Fetch'>
  /** Where each cursor stood when this was asked. */
  readonly asked: ReadonlyMap<string, number>
}

/** Batches that came for a cursor which stood at `from`. */
interface Arrived {
  readonly cursor: Cursor
  readonly part: PartitionAnswer
  readonly from: number
}

/** What came of one partition, as it came: batches may begin before `from` and end behind `until`. */
export interface RawGroup extends Place {
  readonly part: PartitionAnswer
  readonly from: number
  readonly until: number | null
}

const keyOf = (topic: string, partition: number) => `${topic}-${partition}`

/** Yields records piece by piece, in order within each partition. Throws ApiError when a topic was deleted. */
export function readPartitions(
  client: ClusterClient,
  ranges: readonly ReadRange[],
  options: ReaderOptions,
): AsyncGenerator<RecordGroup, void, undefined> {
  return new PartitionReader<RecordGroup>(client, options, (one, reader) => reader.pieces(one)).read(ranges)
}

/** The same without looking into the batches: for whoever counts rather than reads. */
export function readRaw(
  client: ClusterClient,
  ranges: readonly ReadRange[],
  options: ReaderOptions,
): AsyncGenerator<RawGroup, void, undefined> {
  const asIs = ({ cursor: { topic, partition, until }, part, from }: Arrived): RawGroup[] => [
    { topic, partition, until, part, from },
  ]
  return new PartitionReader<RawGroup>(client, options, asIs).read(ranges)
}

class PartitionReader<T> {
  readonly #client: ClusterClient
  readonly #options: ReaderOptions
  /** What is given out of what came. */
  readonly #unpack: (one: Arrived, reader: PartitionReader<T>) => Iterable<T>
  readonly #open = new Map<string, Cursor>()
  /** Every partition that was read or is: discovery passes over them. */
  readonly #known = new Set<string>()
  readonly #gone = new Set<string>()
  #unknown = 0
  #failures = 0
  #discoverAtMs = performance.now() + DISCOVER_MS
  /** When partitions without a leader are looked after again. */
  #lookAgainAtMs = Number.POSITIVE_INFINITY

  constructor(
    client: ClusterClient,
    options: ReaderOptions,
    unpack: (one: Arrived, reader: PartitionReader<T>) => Iterable<T>,
  ) {
    this.#client = client
    this.#options = options
    this.#unpack = unpack
  }

  async *read(ranges: readonly ReadRange[]): AsyncGenerator<T, void, undefined> {
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
      this.#open.set(key, { topic, partition, offset: from, until, shortSinceMs: undefined, stuckSinceMs: undefined })
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
  async *#readFrom(leaders: ReadonlyMap<number, Set<Cursor>>): AsyncGenerator<T, void, undefined> {
    const pending = new Map<number, Promise<LeaderAnswer>>()
    const ask = (leader: number) => {
      const cursors = [...leaders.get(leader)!].filter((cursor) => this.#isOpen(cursor))
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
        const { arrived, failure } = await this.#take(answer, leaders.get(answer.leader)!)
        // The next answer is on its way while these records are dealt with.
        if (failure === undefined) ask(answer.leader)
        for (const one of arrived) yield* this.#unpack(one, this)
        if (failure !== undefined) throw failure
        const now = performance.now()
        if (now >= this.#lookAgainAtMs || (now >= this.#discoverAtMs && (await this.#discover()))) return
      }
    } finally {
      aborted.release()
    }
  }

  #isOpen({ topic, partition }: Cursor): boolean {
    return this.#open.has(keyOf(topic, partition))
  }

  async #fetch(leader: number, cursors: readonly Cursor[]): Promise<LeaderAnswer> {
    const connection = await this.#client.connection({ broker: leader })
    const asked = new Map<string, number>()
    // In the order of the cursors, so that who waited longest comes first: a topic may stand here several times.
    const topics: { topic: string; partitions: ReturnType<typeof wanted>[] }[] = []
    for (const cursor of cursors) {
      asked.set(keyOf(cursor.topic, cursor.partition), cursor.offset)
      const last = topics.at(-1)
      if (last?.topic === cursor.topic) last.partitions.push(wanted(cursor))
      else topics.push({ topic: cursor.topic, partitions: [wanted(cursor)] })
    }
    const isolationLevel = this.#options.isolation === 'read_committed' ? 1 : 0
    const limits = { maxWaitMs: WAIT_MS, minBytes: 1, maxBytes: ANSWER_MAX_BYTES }
    const body = { replicaId: -1, ...limits, isolationLevel, sessionId: 0, sessionEpoch: -1, topics }
    // Up to version 12 topics go by name.
    return { leader, asked, body: await connection.call('Fetch', body, { maxVersion: 12 }) }
  }

  /** Moves the cursors past what came. `failure` is what keeps some partition from being read, once the rest is passed on. */
  async #take({ body, asked }: LeaderAnswer, led: Set<Cursor>): Promise<{ arrived: Arrived[]; failure?: unknown }> {
    if (body.errorCode !== 0) throw new ApiError(errorName(body.errorCode))
    const arrived: Arrived[] = []
    let failure: unknown
    let bytes = 0
    for (const { topic, partitions } of body.responses) {
      for (const part of partitions) {
        const key = keyOf(topic, part.partitionIndex)
        const cursor = this.#open.get(key)
        if (cursor === undefined || asked.get(key) !== cursor.offset) continue
        try {
          const error = errorName(part.errorCode)
          if (error === 'OFFSET_OUT_OF_RANGE') await this.#moveIntoLog(cursor)
          else if (error !== 'NONE') throw new ApiError(error, `${key}: ${error}`)
          const from = cursor.offset
          const size = part.records?.length ?? 0
          const next = offsetBehind(part, from)
          if (next > from) {
            arrived.push({ cursor, part, from })
            cursor.offset = next
            cursor.shortSinceMs = undefined
            // Served: the others come first next time.
            led.delete(cursor)
            led.add(cursor)
          } else {
            cursor.stuckSinceMs = undefined
            if (error === 'NONE' && bytes + size === 0) this.#nothingThere(cursor, part)
          }
          bytes += size
        } catch (error) {
          const reason = (isPassing(error) ? this.#stuck(cursor, error) : undefined) ?? error
          if (failure === undefined || !isPassing(reason)) failure = reason
        }
        if (cursor.until !== null && cursor.offset >= cursor.until) this.#open.delete(key)
      }
    }
    return failure === undefined ? { arrived } : { arrived, failure }
  }

  /** The records of one partition's answer that lie before its end. A damaged batch is asked for again. */
  *pieces({ cursor, part, from }: Arrived): Generator<RecordGroup, void, undefined> {
    const { topic, partition, until } = cursor
    let reached = from
    try {
      for (const { records, nextOffset } of answerPieces(part, from, this.#options.isolation)) {
        reached = nextOffset
        const isBehind = until !== null && records.at(-1)!.offset >= until
        const before = isBehind ? records.filter(({ offset }) => offset < until) : records
        if (before.length > 0) yield { topic, partition, records: before }
        if (isBehind) break
      }
      cursor.stuckSinceMs = undefined
    } catch (error) {
      cursor.offset = reached
      this.#open.set(keyOf(topic, partition), cursor)
      throw this.#stuck(cursor, error) ?? error
    }
  }

  /**
   * Nothing at this place, and no other partition took the room of the answer. With the log's end at or behind the range
   * that is a gap (compaction) up to it; else the log was cut back, or a new leader does not know yet how far it goes.
   */
  #nothingThere(cursor: Cursor, part: PartitionAnswer): void {
    if (cursor.until === null) return
    const end = this.#options.isolation === 'read_committed' ? part.lastStableOffset : part.highWatermark
    if (end < 0) return
    if (end < cursor.until) {
      const now = performance.now()
      cursor.shortSinceMs ??= now
      if (now - cursor.shortSinceMs < (this.#options.shortLogMs ?? SHORT_LOG_MS)) return
      this.#options.onShort?.({ topic: cursor.topic, partition: cursor.partition }, end, cursor.until)
    }
    cursor.offset = cursor.until
  }

  /** What to throw when this partition cannot be read for too long; undefined while it may be waited for. */
  #stuck(cursor: Cursor, error: unknown): Error | undefined {
    const now = performance.now()
    cursor.stuckSinceMs ??= now
    if (now - cursor.stuckSinceMs < (this.#options.stuckMs ?? STUCK_MS)) return undefined
    const { message } = error as Error
    return new MqError(error instanceof MqError ? error.code : 'MQ_KAFKA', `${message}, and it stays so`, {
      hint: 'mq topics describe shows leaders and replicas; what other partitions hold can be read with --partition',
      cause: error,
    })
  }

  /** Retention or delete-records removed the place where reading stood: on from the start of what is left. */
  async #moveIntoLog(cursor: Cursor): Promise<void> {
    const key = keyOf(cursor.topic, cursor.partition)
    const place = { topic: cursor.topic, partition: cursor.partition }
    const starts = (await listOffsets(this.#client, [{ ...place, timestamp: EARLIEST }])).get(key)
    const ends = (await listOffsets(this.#client, [{ ...place, timestamp: LATEST }])).get(key)
    const error = starts?.error ?? ends?.error
    if (error !== undefined) throw error
    const start = starts?.offset ?? 0
    const target = cursor.offset < start ? start : Math.max(start, ends?.offset ?? start)
    // Where the end is not known yet by a new leader.
    if (target === cursor.offset)
      throw new ApiError('OFFSET_NOT_AVAILABLE', `${key}: offset ${target} cannot be read yet`)
    this.#options.onSkipped(place, cursor.offset, target)
    cursor.offset = target
  }

  /** The open cursors by leader. Those without one are looked after again soon, while the others are read. */
  async #leaders(): Promise<Map<number, Set<Cursor>>> {
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
    const leaders = new Map<number, Set<Cursor>>()
    this.#lookAgainAtMs = Number.POSITIVE_INFINITY
    let without: ApiError | undefined
    for (const [key, cursor] of this.#open) {
      const leader = leaderOf.get(key) ?? -1
      if (leader < 0) {
        without ??= new ApiError('LEADER_NOT_AVAILABLE', `${key} has no leader`)
        const failure = this.#stuck(cursor, without)
        if (failure !== undefined) throw failure
        this.#lookAgainAtMs = performance.now() + LOOK_AGAIN_MS
        continue
      }
      const led = leaders.get(leader)
      if (led === undefined) leaders.set(leader, new Set([cursor]))
      else led.add(cursor)
    }
    if (leaders.size === 0 && without !== undefined) throw without
    return leaders
  }

  #drop(topic: string): void {
    this.#gone.add(topic)
    this.#options.onGone(topic)
    for (const [key, cursor] of this.#open) if (cursor.topic === topic) this.#open.delete(key)
  }
}

/** What a Fetch request says of one partition. */
function wanted({ partition, offset }: Cursor) {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 }
  return { partition, fetchOffset: offset, ...epochs, partitionMaxBytes: PARTITION_MAX_BYTES }
}

/** An error after which asking again may help: moved leaders, lost connections, a topic that may have been deleted. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.retriable
  if (error instanceof ApiError) return error.retriable
  // A leader that the cluster has dropped from its brokers meanwhile.
  return error instanceof MqError && error.code === 'MQ_UNKNOWN_BROKER'
}
