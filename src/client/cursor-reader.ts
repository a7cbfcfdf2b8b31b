/**
 * Reads the partitions of a set that changes, ahead of whoever takes the records: one fetch per leader in flight, and none for a
 * partition whose records wait to be taken, so memory is bounded. What comes for a partition that left the set is dropped.
 */
import { ApiError, errorMessage, errorName } from '../protocol/errors.ts'
import { decodeBatch, type KafkaRecord } from '../protocol/records/record.ts'
import type { ClusterClient } from './cluster-client.ts'
import type { ClientConnection } from './connection.ts'
import { answerBatches, type AnswerBatch, type IsolationLevel, offsetBehind, type PartitionAnswer } from './fetcher.ts'
import type { Place } from './fetcher.ts'
import { isPassing } from './group-connection.ts'
import { placeKey } from './membership.ts'

/** Records of one partition, in order. */
export interface TakenRecords extends Place {
  readonly records: readonly TakenRecord[]
}

export interface TakenRecord extends KafkaRecord {
  /** Whether its timestamp is the broker's. */
  readonly isAppendTime: boolean
}

const LOOK_AGAIN_MS = 200

interface Cursor extends Place {
  /** Next offset to fetch and to hand out; undefined: where to start is to be asked. */
  offset: number | undefined
  isAsked: boolean
}

interface Arrived {
  readonly cursor: Cursor
  readonly batches: Iterator<AnswerBatch, void>
  /** Decoded, not taken yet. */
  records: readonly TakenRecord[]
  at: number
  readonly endOffset: number
}

export class CursorReader {
  readonly #client: ClusterClient
  readonly #isolation: IsolationLevel
  readonly #wake: () => void
  readonly #cursors = new Map<string, Cursor>()
  readonly #busy = new Set<ClientConnection>()
  readonly #arrived: Arrived[] = []
  #isLaunching = false
  /** Leaders are to be looked up. */
  #isStale = false
  #failure: Error | undefined

  /** `wake` is called when something came, or when a start is to be found. */
  constructor(client: ClusterClient, isolation: IsolationLevel, wake: () => void) {
    this.#client = client
    this.#isolation = isolation
    this.#wake = wake
  }

  get places(): Place[] {
    return [...this.#cursors.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Partitions whose start is not known: there is no commit, or what was committed is gone. */
  get unplaced(): Place[] {
    return this.places.filter((place) => this.position(place) === undefined)
  }

  /** Next offset that nobody has taken; undefined while it is not known. */
  position(place: Place): number | undefined {
    return this.#cursors.get(placeKey(place))?.offset
  }

  add(places: readonly Place[]): void {
    for (const { topic, partition } of places) {
      this.#cursors.set(placeKey({ topic, partition }), { topic, partition, offset: undefined, isAsked: false })
    }
  }

  drop(places: readonly Place[]): void {
    for (const place of places) this.#cursors.delete(placeKey(place))
    const left = this.#arrived.filter(({ cursor }) => this.#cursors.get(placeKey(cursor)) === cursor)
    this.#arrived.splice(0, this.#arrived.length, ...left)
  }

  seek(place: Place, offset: number): void {
    const cursor = this.#cursors.get(placeKey(place))
    if (cursor !== undefined) cursor.offset = offset
  }

  /** Up to `max` records that came. Throws what makes a partition unreadable for good. */
  take(max: number): TakenRecords[] {
    if (this.#failure !== undefined) throw this.#failure
    const taken: TakenRecords[] = []
    for (let room = max; room > 0; ) {
      const [first] = this.#arrived
      if (first === undefined) break
      if (first.at === first.records.length && !fill(first)) {
        this.#arrived.shift()
        // The last batches may be control records, which nobody sees.
        first.cursor.offset = Math.max(first.cursor.offset ?? 0, first.endOffset)
        continue
      }
      const records = first.records.slice(first.at, first.at + room)
      first.at += records.length
      room -= records.length
      first.cursor.offset = records.at(-1)!.offset + 1
      const { topic, partition } = first.cursor
      taken.push({ topic, partition, records })
    }
    return merged(taken)
  }

  /** Fetches from each leader that is idle and has partitions to be read. Never rejects. */
  async launch(): Promise<void> {
    if (this.#isLaunching) return
    this.#isLaunching = true
    try {
      if (this.#isStale) await this.#lookUp()
      const idle = new Map<ClientConnection, Cursor[]>()
      const waiting = new Set(this.#arrived.map(({ cursor }) => cursor))
      for (const cursor of this.#cursors.values()) {
        if (cursor.offset === undefined || cursor.isAsked || waiting.has(cursor)) continue
        const connection = await this.#client.connection({ leader: cursor })
        if (!this.#busy.has(connection)) idle.set(connection, [...(idle.get(connection) ?? []), cursor])
      }
      for (const [connection, cursors] of idle) void this.#fetch(connection, cursors)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#isLaunching = false
    }
  }

  async #lookUp(): Promise<void> {
    await this.#client.metadata([...new Set([...this.#cursors.values()].map(({ topic }) => topic))])
    this.#isStale = false
  }

  #failed(error: unknown): void {
    const isWaitedFor = error instanceof ApiError && error.error === 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!isWaitedFor && !isPassing(error) && (error as { code?: string }).code !== 'MQ_UNKNOWN_BROKER') {
      this.#failure = error as Error
      this.#wake()
      return
    }
    this.#isStale = true
    setTimeout(this.#wake, LOOK_AGAIN_MS)
  }

  async #fetch(connection: ClientConnection, cursors: readonly Cursor[]): Promise<void> {
    const { properties } = this.#client.options
    const setting = (name: string, otherwise: number) => Number(properties[name] ?? otherwise)
    const topics = new Map<string, Cursor[]>()
    for (const cursor of cursors) topics.set(cursor.topic, [...(topics.get(cursor.topic) ?? []), cursor])
    const asked = new Map(cursors.map((cursor) => [placeKey(cursor), { cursor, offset: cursor.offset! }]))
    for (const cursor of cursors) cursor.isAsked = true
    this.#busy.add(connection)
    try {
      const answer = await connection.call(
        'Fetch',
        {
          replicaId: -1,
          maxWaitMs: setting('fetch.max.wait.ms', 500),
          minBytes: setting('fetch.min.bytes', 1),
          maxBytes: setting('fetch.max.bytes', 8 << 20),
          isolationLevel: this.#isolation === 'read_committed' ? 1 : 0,
          sessionId: 0,
          sessionEpoch: -1,
          topics: [...topics].map(([topic, some]) => ({
            topic,
            partitions: some.map(({ partition, offset }) => ({
              partition,
              currentLeaderEpoch: -1,
              fetchOffset: offset!,
              lastFetchedEpoch: -1,
              logStartOffset: -1,
              partitionMaxBytes: setting('max.partition.fetch.bytes', 1 << 20),
            })),
          })),
        },
        { maxVersion: 12 },
      )
      if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
      for (const { topic, partitions } of answer.responses) {
        for (const part of partitions) {
          const one = asked.get(placeKey({ topic, partition: part.partitionIndex }))
          if (one !== undefined) this.#answered(one.cursor, one.offset, part)
        }
      }
    } catch (error) {
      this.#failed(error)
    }
    this.#busy.delete(connection)
    for (const cursor of cursors) cursor.isAsked = false
    this.#wake()
  }

  #answered(cursor: Cursor, offset: number, part: PartitionAnswer): void {
    if (this.#cursors.get(placeKey(cursor)) !== cursor || cursor.offset !== offset) return
    const error = errorName(part.errorCode)
    if (error === 'OFFSET_OUT_OF_RANGE') cursor.offset = undefined
    else if (error !== 'NONE') {
      this.#failed(new ApiError(error, `${placeKey(cursor)}: ${errorMessage(error)}`))
    } else if ((part.records?.length ?? 0) > 0) {
      const batches = answerBatches(part, offset, this.#isolation)
      this.#arrived.push({ cursor, batches, records: [], at: 0, endOffset: offsetBehind(part, offset) })
    }
  }
}

/** Decodes the next batch with records; false when there is none. */
function fill(arrived: Arrived): boolean {
  for (;;) {
    const next = arrived.batches.next()
    if (next.done === true) return false
    const { header, batch, isReadable } = next.value
    if (!isReadable) continue
    const isAppendTime = header.timestampType === 'LogAppendTime'
    const from = arrived.cursor.offset ?? 0
    arrived.records = decodeBatch(batch)
      .filter(({ offset }) => offset >= from)
      .map((record) => ({ ...record, isAppendTime }))
    arrived.at = 0
    if (arrived.records.length > 0) return true
  }
}

/** Neighbours of one partition as one. */
function merged(parts: readonly TakenRecords[]): TakenRecords[] {
  const found = new Map<string, { place: Place; records: TakenRecord[] }>()
  for (const { topic, partition, records } of parts) {
    const key = placeKey({ topic, partition })
    const one = found.get(key)
    if (one === undefined) found.set(key, { place: { topic, partition }, records: [...records] })
    else for (const record of records) one.records.push(record)
  }
  return [...found.values()].map(({ place, records }) => ({ ...place, records }))
}
