/**
 * Reads as a member of a consumer group with kafkajs. An offset is committed only for records that the caller has dealt
 * with: after each batch at most once a second, and at the end. With ends given it stops when every partition of this
 * member has reached its own, also when only control records lie before it.
 */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ClusterClient } from './cluster-client.ts'
import { fetchPartition, type IsolationLevel, type Place } from './fetcher.ts'
import { groupOffset } from './group-offset.ts'
import { EARLIEST, listOffsets } from './offsets.ts'
import type { PlacedRecord } from './record-format.ts'

export interface GroupReadOptions {
  readonly group: string
  readonly topics: readonly string[]
  /** Where a partition without a committed offset starts. */
  readonly fromBeginning: boolean
  /** End offsets, exclusive, by `topic-partition`; undefined: until aborted. */
  readonly until: ReadonlyMap<string, number> | undefined
  readonly isolation: IsolationLevel
  readonly signal: AbortSignal
  /** Deals with one record; false when no more is wanted (this record was taken). A promise means: wait before the next one. */
  readonly onRecord: (record: PlacedRecord) => boolean | Promise<boolean>
  /** Returns when all records taken so far have been dealt with to the end; asked before they are committed. */
  readonly flush: () => Promise<void>
}

const COMMIT_INTERVAL_MS = 1000
const IDLE_CHECK_MS = 500
/** Far below the session timeout of kafkajs, 30 s. */
const HEARTBEAT_MS = 3000
const LAST_COMMITS_MAX = 10

const keyOf = ({ topic, partition }: Place) => `${topic}-${partition}`

const WORTH_WAITING: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/** Answers to a commit while members join; the generation is another one afterwards. */
const REBALANCING: ReadonlySet<string> = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'])

function isOfKafkaJs(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS')
}

/**
 * Returns when the group's coordinator has read its state: in the first seconds of a cluster's life, or after it moved, it
 * answers only that it is loading, which kafkajs takes for a failure when it joins.
 */
export async function awaitCoordinator(client: ClusterClient, group: string): Promise<void> {
  await client.retry(async () => {
    const { groups } = await client.request('DescribeGroups', { groups: [group] }, { group })
    const error = errorName(groups[0]?.errorCode ?? 0)
    if (WORTH_WAITING.has(error)) throw new ApiError(error)
  })
}

/** Joins, reads, commits, leaves. Rejects with what kafkajs cannot recover from, or what `onRecord` throws. */
export async function readAsGroup(kafka: Kafka, client: ClusterClient, options: GroupReadOptions): Promise<void> {
  const consumer = kafka.consumer({
    groupId: options.group,
    allowAutoTopicCreation: false,
    readUncommitted: options.isolation === 'read_uncommitted',
    maxWaitTimeInMs: 500,
    retry: { restartOnFailure: async () => false },
  })
  await awaitCoordinator(client, options.group)
  await new GroupReader(consumer, client, options).run()
}

class GroupReader {
  readonly #consumer: Consumer
  readonly #client: ClusterClient
  readonly #options: GroupReadOptions
  /** Next offset to commit of each partition that this member has read. */
  readonly #positions = new Map<string, Place & { offset: number }>()
  readonly #committed = new Map<string, number>()
  #assigned: Place[] | undefined
  #lastCommitMs = 0
  #lastRecordMs = performance.now()
  /** Set when reading ended: batches that kafkajs still hands over are left to the next member. */
  #finished = false
  #finish: (error?: unknown) => void = () => {}

  constructor(consumer: Consumer, client: ClusterClient, options: GroupReadOptions) {
    this.#consumer = consumer
    this.#client = client
    this.#options = options
  }

  async run(): Promise<void> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = (error) => {
        this.#finished = true
        if (error === undefined) resolve()
        else reject(error)
      }
    })
    // Awaited below; a failure before that must not count as unhandled.
    finished.catch(() => {})
    const stop = () => this.#finish()
    this.#options.signal.addEventListener('abort', stop, { once: true })
    if (this.#options.signal.aborted) stop()
    this.#watch()
    const idle = setInterval(() => void this.#checkIdle(), IDLE_CHECK_MS)
    try {
      await this.#consumer.connect()
      await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: this.#options.fromBeginning })
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#onBatch(payload),
      })
      await finished
      await this.#lastCommit()
    } finally {
      clearInterval(idle)
      this.#options.signal.removeEventListener('abort', stop)
      // What went wrong before says more than a failed goodbye; the session timeout removes the member then.
      await this.#consumer.disconnect().catch(() => {})
    }
  }

  #watch(): void {
    this.#consumer.on('consumer.group_join', ({ payload }) => {
      this.#assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      // What was read last is still to be committed then.
      if (!this.#finished) this.#positions.clear()
      // What others committed meanwhile is not known.
      this.#committed.clear()
    })
    // Before this member joins anew: what it has printed, so that the next owner does not print it again. It may come too late.
    this.#consumer.on('consumer.rebalancing', () => void this.#commit().catch(() => {}))
    this.#consumer.on('consumer.crash', ({ payload }) => this.#finish(payload.error))
  }

  async #onBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const place = { topic: batch.topic, partition: batch.partition }
    const end = this.#options.until?.get(keyOf(place))
    let lost: unknown
    // A reader that is slow to take the output does not cost the membership.
    const beat = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        lost ??= error
      })
    }, HEARTBEAT_MS)
    try {
      for (const message of batch.messages) {
        if (this.#finished || !isRunning() || isStale()) return
        const offset = Number(message.offset)
        if (end !== undefined && offset >= end) break
        const taken = this.#options.onRecord({
          ...place,
          offset,
          timestamp: Number(message.timestamp),
          key: message.key,
          value: message.value,
          headers: flatHeaders(message.headers),
        })
        const more = typeof taken === 'boolean' ? taken : await taken
        resolveOffset(message.offset)
        this.#positions.set(keyOf(place), { ...place, offset: offset + 1 })
        this.#lastRecordMs = performance.now()
        if (!more) {
          await this.#options.flush()
          return this.#finish()
        }
        if (lost !== undefined) throw lost
      }
      await this.#options.flush()
      const last = Number(batch.lastOffset()) + 1
      // The batch may end with control records, which nobody sees and which count as read.
      if (end === undefined || last <= end) this.#positions.set(keyOf(place), { ...place, offset: last })
      await heartbeat()
      if (performance.now() - this.#lastCommitMs > COMMIT_INTERVAL_MS) await this.#commit()
      if (this.#isDone()) this.#finish()
    } catch (error) {
      if (!isOfKafkaJs(error)) return this.#finish(error)
      // Members come and go, coordinators move: kafkajs joins anew, or says by a crash that it cannot.
      // What is not committed here is read again by the next owner.
      await this.#commit().catch(() => {})
      throw error
    } finally {
      clearInterval(beat)
    }
  }

  #isDone(): boolean {
    const { until } = this.#options
    if (until === undefined || this.#assigned === undefined) return false
    return this.#assigned.every((place) => {
      const end = until.get(keyOf(place)) ?? 0
      return end === 0 || (this.#positions.get(keyOf(place))?.offset ?? -1) >= end
    })
  }

  /** Nothing came for a while: are the ends reached where kafkajs has nothing to say (caught up, control records)? */
  async #checkIdle(): Promise<void> {
    const { until, isolation } = this.#options
    const assigned = this.#assigned
    if (until === undefined || assigned === undefined || performance.now() - this.#lastRecordMs < IDLE_CHECK_MS) return
    try {
      for (const place of assigned) {
        const end = until.get(keyOf(place)) ?? 0
        let at = this.#positions.get(keyOf(place))?.offset ?? (await this.#startOf(place, end))
        if (at < end) at = Math.max(at, await this.#logStart(place))
        while (at < end) {
          const answer = await fetchPartition(this.#client, place, at, { isolation })
          if (answer.records.some((record) => record.offset < end)) return
          if (answer.nextOffset === at) break
          at = answer.nextOffset
        }
      }
      if (this.#assigned === assigned) this.#finish()
    } catch {
      // The next check asks again; what is wrong with the cluster kafkajs reports itself.
    }
  }

  /** Where this group starts in a partition that it has not read from yet. */
  async #startOf(place: Place, end: number): Promise<number> {
    const committed = await groupOffset(this.#client, this.#options.group, place)
    if (committed !== undefined) return committed
    return this.#options.fromBeginning ? 0 : end
  }

  /** Retention or delete-records may have removed the place where the group stands. */
  async #logStart(place: Place): Promise<number> {
    const answer = (await listOffsets(this.#client, [{ ...place, timestamp: EARLIEST }])).get(keyOf(place))
    if (answer?.error !== undefined) throw answer.error
    return answer?.offset ?? 0
  }

  /** The commit at the end; while the group rebalances it is refused for a moment. */
  async #lastCommit(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#commit()
      } catch (error) {
        const { type = '' } = error as { type?: string }
        if (!REBALANCING.has(type) || attempt > LAST_COMMITS_MAX) throw error
        await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS))
      }
    }
  }

  async #commit(): Promise<void> {
    this.#lastCommitMs = performance.now()
    const due = [...this.#positions.values()].filter((place) => this.#committed.get(keyOf(place)) !== place.offset)
    if (due.length === 0) return
    await this.#options.flush()
    await this.#consumer.commitOffsets(
      due.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
    )
    for (const place of due) this.#committed.set(keyOf(place), place.offset)
  }
}

function flatHeaders(headers: EachBatchPayload['batch']['messages'][number]['headers']): PlacedRecord['headers'] {
  return Object.entries(headers ?? {}).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: value === undefined || value === null ? null : Buffer.from(value),
    })),
  )
}
