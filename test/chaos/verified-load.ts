/**
 * The load and its judge. One idempotent producer a partition writes numbers that only go up, with acks=all; a committer stores
 * numbers that only go up as a group's offset. What was acknowledged must be there, once and in order; what failed may be there or
 * not; nothing else may be.
 */
import { setTimeout as setTimer } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../src/client/cluster-client.ts'
import { LATEST, listOffsets } from '../../src/client/offsets.ts'
import { readPartitions } from '../../src/client/partition-reader.ts'
import { RecordProducer } from '../../src/client/producer.ts'
import { errorName } from '../../src/protocol/errors.ts'

export class Violation extends Error {}

export const TOPIC = 'chaos'
export const PARTITIONS = 6
const GROUP = 'chaos-group'
const BATCH_RECORDS = 20
const PADDING = 'x'.repeat(200)
const PAUSE_MS = 2
/** Without a record for so long nothing more can be read. */
const SILENCE_MS = 60_000

type ConnectClient = (properties?: Readonly<Record<string, string>>) => Promise<ClusterClient>

/** Numbers from and including `from` up to and excluding `to`. */
interface Span {
  readonly from: number
  readonly to: number
  readonly acknowledged: boolean
}

class Writer {
  readonly partition: number
  /** In order, without gaps: every number that was ever sent. */
  readonly spans: Span[] = []
  next = 0
  errors = 0
  longestGapMs = 0
  lastAckMs = performance.now()
  isDone = false
  readonly #connect: ConnectClient

  constructor(partition: number, connect: ConnectClient) {
    this.partition = partition
    this.#connect = connect
  }

  async run(): Promise<void> {
    while (!this.isDone) {
      let client: ClusterClient | undefined
      try {
        client = await this.#connect({ 'delivery.timeout.ms': '30000', 'retry.backoff.ms': '20' })
        await this.#write(client)
      } catch {
        // Counted; a new producer with a new id goes on with new numbers.
        this.errors += 1
        await sleep(100)
      } finally {
        await client?.close()
      }
    }
  }

  async #write(client: ClusterClient): Promise<void> {
    const options = { topic: TOPIC, acks: -1, compression: 'none', rate: undefined } as const
    const producer = await RecordProducer.open(client, options)
    while (!this.isDone) {
      const from = this.next
      this.next += BATCH_RECORDS
      let acknowledged = false
      try {
        for (let number = from; number < this.next; number += 1) {
          const value = Buffer.from(`${number} ${PADDING}`)
          await producer.add({ key: null, value, headers: [], partition: this.partition, timestamp: undefined }, number)
        }
        await producer.flush()
        acknowledged = true
      } finally {
        this.#note({ from, to: this.next, acknowledged })
      }
      const now = performance.now()
      this.longestGapMs = Math.max(this.longestGapMs, now - this.lastAckMs)
      this.lastAckMs = now
      await sleep(PAUSE_MS)
    }
  }

  #note(span: Span): void {
    const last = this.spans.at(-1)
    if (last?.acknowledged === span.acknowledged) this.spans[this.spans.length - 1] = { ...last, to: span.to }
    else this.spans.push(span)
  }
}

export class VerifiedLoad {
  readonly #connect: ConnectClient
  readonly #writers: Writer[]
  /** Where each partition was read up to, and which number is due there. */
  #places = Array.from({ length: PARTITIONS }, () => ({ offset: 0, due: 0 }))
  #running: Promise<unknown> = Promise.resolve()
  #isCommitting = false
  #committed = 0
  #tried = 0

  constructor(connect: ConnectClient) {
    this.#connect = connect
    this.#writers = Array.from({ length: PARTITIONS }, (_, partition) => new Writer(partition, connect))
  }

  /** Records acknowledged so far. */
  get acknowledged(): number {
    const spans = this.#writers.flatMap((writer) => writer.spans)
    return spans.reduce((sum, { from, to, acknowledged }) => sum + (acknowledged ? to - from : 0), 0)
  }

  start(): void {
    for (const writer of this.#writers) {
      writer.isDone = false
      writer.lastAckMs = performance.now()
    }
    this.#isCommitting = true
    this.#running = Promise.all([...this.#writers.map((writer) => writer.run()), this.#commit()])
  }

  /** Ends the load; returns how often a producer failed and the longest time without an acknowledgement since the last call. */
  async stop(): Promise<{ errors: number; longestGapMs: number }> {
    this.#isCommitting = false
    for (const writer of this.#writers) writer.isDone = true
    await this.#running
    const errors = this.#writers.reduce((sum, writer) => sum + writer.errors, 0)
    const longestGapMs = Math.max(...this.#writers.map((writer) => writer.longestGapMs))
    for (const writer of this.#writers) {
      writer.errors = 0
      writer.longestGapMs = 0
    }
    return { errors, longestGapMs }
  }

  /** Reads what came since the last time, or with `all` everything. Throws Violation. The load must stand still. */
  async verify(all: boolean): Promise<number> {
    if (all) this.#places = this.#places.map(() => ({ offset: 0, due: 0 }))
    const client = await this.#connect()
    // An aborted reader ends as one that has read everything: what is missing then is no loss.
    const silence = new AbortController()
    const awaitMore = () => setTimer(() => silence.abort(), SILENCE_MS)
    let timer = awaitMore()
    let records = 0
    try {
      const places = this.#places.map((_, partition) => ({ topic: TOPIC, partition, timestamp: LATEST }))
      const ends = await listOffsets(client, places)
      const ranges = places.map((place) => {
        const answer = ends.get(`${TOPIC}-${place.partition}`)
        if (answer === undefined || answer.error !== undefined)
          throw new Violation(`${TOPIC}-${place.partition} has no end`)
        return {
          topic: TOPIC,
          partition: place.partition,
          from: this.#places[place.partition]!.offset,
          until: answer.offset,
        }
      })
      const options = {
        isolation: 'read_uncommitted',
        signal: silence.signal,
        onSkipped: ({ partition }: { partition: number }, from: number, to: number) => {
          throw new Violation(`${TOPIC}-${partition}: the offsets ${from} to ${to} are gone`)
        },
        onGone: () => {
          throw new Violation(`${TOPIC} is gone`)
        },
      } as const
      for await (const { partition, records: group } of readPartitions(client, ranges, options)) {
        clearTimeout(timer)
        timer = awaitMore()
        for (const { offset, value } of group) {
          this.#check(partition, offset, Number.parseInt(value!.toString('latin1'), 10))
          records += 1
        }
      }
      if (silence.signal.aborted)
        throw new Violation(`nothing more could be read for ${SILENCE_MS} ms, after ${records} records`)
      for (const [partition, { due }] of this.#places.entries()) this.#checkEnd(partition, due)
      await this.#checkCommit(client)
    } finally {
      clearTimeout(timer)
      await client.close()
    }
    return records
  }

  /** Every number between the one that was due and this one must be one that nobody acknowledged. */
  #check(partition: number, offset: number, number: number): void {
    const place = this.#places[partition]!
    const name = `${TOPIC}-${partition}`
    if (number < place.due) throw new Violation(`${name}: offset ${offset} holds ${number}, which was due before`)
    const lost = this.#acknowledgedIn(partition, place.due, number)
    if (lost !== undefined) throw new Violation(`${name}: ${lost} was acknowledged and is not before offset ${offset}`)
    if (number >= this.#writers[partition]!.next) throw new Violation(`${name}: ${number} was never sent`)
    place.due = number + 1
    place.offset = offset + 1
  }

  #checkEnd(partition: number, due: number): void {
    const lost = this.#acknowledgedIn(partition, due, this.#writers[partition]!.next)
    if (lost !== undefined) throw new Violation(`${TOPIC}-${partition}: ${lost} was acknowledged and is not there`)
  }

  /** The first acknowledged number from `from` up to `to`. */
  #acknowledgedIn(partition: number, from: number, to: number): number | undefined {
    if (from >= to) return undefined
    const span = this.#writers[partition]!.spans.findLast(
      (one) => one.acknowledged && Math.max(one.from, from) < Math.min(one.to, to),
    )
    return span === undefined ? undefined : Math.max(span.from, from)
  }

  async #commit(): Promise<void> {
    while (this.#isCommitting) {
      let client: ClusterClient | undefined
      try {
        client = await this.#connect({ 'retry.backoff.ms': '50' })
        while (this.#isCommitting) {
          this.#tried += 1
          const code = await this.#commitOnce(client, this.#tried)
          if (code === 0) this.#committed = this.#tried
          else if (!['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'].includes(errorName(code))) break
          await sleep(20)
        }
      } catch {
        // What was not acknowledged may be there or not.
        await sleep(100)
      } finally {
        await client?.close()
      }
    }
  }

  async #commitOnce(client: ClusterClient, offset: number): Promise<number> {
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }]
    const member = { groupId: GROUP, generationIdOrMemberEpoch: -1, memberId: '' }
    const body = { ...member, topics: [{ name: TOPIC, partitions }] }
    const connection = await client.connection({ group: GROUP })
    const answer = await connection.call('OffsetCommit', body, { maxVersion: 8 })
    return answer.topics[0]!.partitions[0]!.errorCode
  }

  async #checkCommit(client: ClusterClient): Promise<void> {
    const topics = [{ name: TOPIC, partitionIndexes: [0] }]
    const found = await client.retry(async () => {
      const connection = await client.connection({ group: GROUP })
      const answer = await connection.call(
        'OffsetFetch',
        { groupId: GROUP, topics, requireStable: false },
        { maxVersion: 7 },
      )
      const partition = answer.topics[0]?.partitions[0]
      if (answer.errorCode === 0 && partition?.errorCode === 0) return partition.committedOffset
      throw new Error(`the offset cannot be read: ${errorName(answer.errorCode)}`)
    })
    if (this.#committed > 0 && (found < this.#committed || found > this.#tried)) {
      throw new Violation(`group ${GROUP} has the offset ${found}; ${this.#committed} was acknowledged last`)
    }
  }
}
