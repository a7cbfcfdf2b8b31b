/**
 * Sends a stream of records to one topic: batches per partition, several in flight to each leader, bounded memory, input
 * waiting when that is full. With acks=all it is an idempotent producer (KIP-98): what is sent again after a lost connection
 * or a moved leader is written once, in order. With acks 1 or 0 one batch per partition is in flight, which keeps order too;
 * then a batch whose acknowledgement was lost may be written twice. The first failure that lasts ends the sending.
 */
import { ApiError, errorName } from '../protocol/errors.ts'
import type { Compression } from '../protocol/records/batch.ts'
import { compress } from '../protocol/records/compression.ts'
import type { ClusterClient } from './cluster-client.ts'
import { SOFTWARE } from './connection.ts'
import { Pace, type Rate } from './pace.ts'
import { Partitioner } from './partitioner.ts'
import { batchFailure, goneTopic, isWorthSending, noLeader, type PartitionAnswer } from './producer-failure.ts'
import { type Batch, PartitionQueue, type ProducerIdentity, type QueuedRecord, sizeOf } from './producer-queue.ts'
import { identify, lookUp } from './producer-start.ts'
import { type InputRecord, InputError } from './record-lines.ts'
import { PRODUCE_VERSION_MAX, type TransactionalProducer } from './transaction.ts'

export interface ProducerOptions {
  readonly topic: string
  /** -1 all in-sync replicas, 1 the leader, 0 nobody. */
  readonly acks: -1 | 0 | 1
  readonly compression: Compression
  /** undefined: as fast as it goes. */
  readonly rate: Rate | undefined
  /** Bytes that may wait for acknowledgements before `add` makes its caller wait. Default 32 MiB. */
  readonly bufferBytes?: number
  /** Batches of one partition under way at once where nobody asks for their order; default: as many as keep it. */
  readonly unorderedInFlight?: number
  /** Told of every batch that is acknowledged (with acks 0: sent), once. */
  readonly onAcknowledged?: (batch: Batch, place: AcknowledgedPlace) => void
  /** Records go as part of its transactions, with acks -1; `flush` comes before each of their ends. */
  readonly transaction?: TransactionalProducer | undefined
}

/** Where a batch was written; `baseOffset` is -1 where the broker does not tell. */
export interface AcknowledgedPlace {
  readonly partition: number
  readonly baseOffset: number
}

export interface ProducerProgress {
  /** Records the brokers have, as far as acks promises; with acks 0: that were sent. */
  acknowledged: number
  /** Bytes of their keys and values. */
  bytes: number
}

/** Stays under the brokers' default message.max.bytes (1 MiB) with room to spare. */
const BATCH_BYTES = 256 << 10
const BATCH_RECORDS = 20_000
const REQUEST_BYTES = 4 << 20
const BUFFER_BYTES = 32 << 20
/** What Kafka's own producer allows with idempotence: brokers remember five batches per partition. */
const REQUESTS_IN_FLIGHT = 5
const DELIVERY_TIMEOUT_MS = 30_000
/** What a timer of Node can count. */
const TIMER_MAX_MS = 2 ** 31 - 1

export class RecordProducer {
  readonly progress: ProducerProgress = { acknowledged: 0, bytes: 0 }
  readonly #client: ClusterClient
  readonly #options: ProducerOptions
  readonly #identity: ProducerIdentity | undefined
  readonly #queues: PartitionQueue[]
  readonly #partitioner: Partitioner
  readonly #pace: Pace | undefined
  readonly #deliveryTimeoutMs: number
  readonly #bufferBytes: number
  /** Requests under way by leader. */
  readonly #requests = new Map<number, number>()
  /** Partitions that may have something to send. */
  readonly #active = new Set<PartitionQueue>()
  readonly #waiters: (() => void)[] = []
  /** Ends the wait for the rate. */
  #wakeUp: () => void = () => {}
  #buffered = 0
  #failure: Error | undefined
  #recovery: Promise<void> | undefined
  #missing = 0

  private constructor(
    client: ClusterClient,
    options: ProducerOptions,
    queues: PartitionQueue[],
    identity: ProducerIdentity | undefined,
  ) {
    this.#client = client
    this.#options = options
    this.#queues = queues
    this.#identity = identity
    this.#partitioner = new Partitioner(queues.length, { isLed: (partition) => queues[partition]!.leader >= 0 })
    this.#pace = options.rate === undefined ? undefined : new Pace(options.rate)
    const timeout = Number(client.options.properties['delivery.timeout.ms'])
    this.#deliveryTimeoutMs = timeout > 0 ? timeout : DELIVERY_TIMEOUT_MS
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES
  }

  /** Asks for the topic's partitions and a producer id. The topic is never created by producing to it. */
  static async open(client: ClusterClient, options: ProducerOptions): Promise<RecordProducer> {
    const topic = await lookUp(client, options.topic)
    if (topic === undefined || topic.errorCode !== 0) {
      throw new ApiError(
        errorName(topic?.errorCode ?? 3),
        `topic ${options.topic}: ${errorName(topic?.errorCode ?? 3)}`,
      )
    }
    const queues = [...topic.partitions]
      .sort((a, b) => a.partitionIndex - b.partitionIndex)
      .map(({ partitionIndex, leaderId }) => new PartitionQueue(partitionIndex, leaderId, BATCH_BYTES))
    // A codec's library is loaded before the first record waits for it.
    compress(options.compression, Buffer.from('mq'))
    const identity = options.transaction?.identity ?? (options.acks === -1 ? await identify(client) : undefined)
    return new RecordProducer(client, options, queues, identity)
  }

  /**
   * Takes a record of line `line`. A promise means: wait for it before the next one. Throws the failure of an earlier
   * batch, and InputError for a partition that is not there.
   */
  add(record: InputRecord, line: number): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const queued: QueuedRecord = {
      key: record.key,
      value: record.value,
      headers: record.headers,
      timestamp: record.timestamp ?? Date.now(),
      line,
    }
    const bytes = sizeOf(queued)
    const partition = record.partition ?? this.#partitioner.of(record.key, bytes)
    const queue = this.#queues[partition]
    if (queue === undefined) {
      throw new InputError(
        line,
        `topic ${this.#options.topic} has no partition ${partition}, only 0 to ${this.#queues.length - 1}`,
        'without a partition in the line the key decides',
      )
    }
    this.#buffered += bytes
    this.#active.add(queue)
    if (queue.add(queued, bytes, BATCH_RECORDS)) this.#pump()
    const waitMs = this.#pace?.take(bytes) ?? 0
    if (waitMs > 0) {
      this.nudge()
      return this.#rest(waitMs)
    }
    return this.#buffered < this.#bufferBytes ? undefined : this.#room()
  }

  get partitionCount(): number {
    return this.#queues.length
  }

  /** Partitions that records without a key can go to now; all of them while none has a leader. */
  get ledPartitions(): number[] {
    const all = this.#queues.map(({ partition }) => partition)
    const led = all.filter((partition) => this.#queues[partition]!.leader >= 0)
    return led.length > 0 ? led : all
  }

  /**
   * Takes a batch that was made elsewhere: `make` gets the number of its first record. A promise means: wait for it before
   * the next one. Throws the failure of an earlier batch.
   */
  addBatch(partition: number, count: number, make: (first: number) => Batch): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const queue = this.#queues[partition]
    if (queue === undefined) throw new RangeError(`topic ${this.#options.topic} has no partition ${partition}`)
    const batch = make(queue.reserve(count))
    queue.addBatch(batch)
    this.#buffered += batch.bytes
    this.#active.add(queue)
    this.#pump()
    return this.#buffered < this.#bufferBytes ? undefined : this.#room()
  }

  /** Waits as the rate wants it, and for room besides; a failure ends the wait. */
  async #rest(waitMs: number): Promise<void> {
    const untilMs = performance.now() + waitMs
    let leftMs = waitMs
    while (leftMs > 0 && this.#failure === undefined) {
      const restMs = Math.min(leftMs, TIMER_MAX_MS)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs)
        this.#wakeUp = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      leftMs = untilMs - performance.now()
    }
    await this.#room()
  }

  /** The input pauses: what fills goes now, unless batches of its partition are under way, which it will follow. */
  nudge(): void {
    for (const queue of this.#active) if (queue.isIdle) queue.close()
    this.#pump()
  }

  /** Sends the rest and waits for the last acknowledgement. Throws the first failure, when nothing is under way any more. */
  async flush(): Promise<void> {
    for (const queue of this.#active) queue.close()
    this.#pump()
    while (this.#failure === undefined ? this.#active.size > 0 : this.#inFlight > 0) await this.#change()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#options.acks === 0) await this.#drain()
  }

  /** Gives up what is not sent yet: adding and flushing fail with `reason`, unless something failed before. */
  stop(reason: Error): void {
    this.#failure ??= reason
    this.#announce()
  }

  /** Nobody acknowledges with acks 0: an answer to something else on the same connection says that all was read. */
  async #drain(): Promise<void> {
    for (const leader of new Set(this.#queues.map((queue) => queue.leader))) {
      if (leader >= 0) await (await this.#client.connection({ broker: leader })).call('ApiVersions', SOFTWARE)
    }
  }

  /** The first line whose record is not acknowledged; undefined when all that were added are. */
  get firstOpenLine(): number | undefined {
    const lines = [...this.#active].flatMap((queue) => queue.firstOpenLine ?? [])
    return lines.length === 0 ? undefined : Math.min(...lines)
  }

  get #inFlight(): number {
    return [...this.#requests.values()].reduce((sum, count) => sum + count, 0)
  }

  async #room(): Promise<void> {
    while (this.#buffered >= this.#bufferBytes && this.#failure === undefined) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #announce(): void {
    if (this.#failure !== undefined) this.#wakeUp()
    for (const wake of this.#waiters.splice(0)) wake()
  }

  /** Sends whatever may go. */
  #pump(): void {
    if (this.#failure !== undefined) return
    const sentMax = this.#identity === undefined ? (this.#options.unorderedInFlight ?? 1) : REQUESTS_IN_FLIGHT
    for (;;) {
      const parts = new Map<number, { batches: [PartitionQueue, Batch][]; bytes: number }>()
      for (const queue of this.#active) {
        if ((this.#requests.get(queue.leader) ?? 0) >= REQUESTS_IN_FLIGHT) continue
        const batch = queue.peek(sentMax)
        if (batch === undefined) continue
        const part = parts.get(queue.leader) ?? { batches: [], bytes: 0 }
        if (part.batches.length > 0 && part.bytes + batch.bytes > REQUEST_BYTES) continue
        queue.take()
        part.batches.push([queue, batch])
        part.bytes += batch.bytes
        parts.set(queue.leader, part)
      }
      if (parts.size === 0) return
      for (const [leader, { batches }] of parts) void this.#send(leader, batches)
    }
  }

  /** One request to one leader and what becomes of it. Never rejects. */
  async #send(leader: number, batches: readonly [PartitionQueue, Batch][]): Promise<void> {
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1)
    const now = performance.now()
    for (const [, batch] of batches) batch.firstSentMs ??= now
    try {
      await this.#request(leader, batches)
    } catch (error) {
      for (const [queue, batch] of batches) {
        queue.settle(batch)
        this.#comesBack(queue, batch, error as Error)
      }
    }
    this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1)
    // What filled while this was under way goes now.
    for (const [queue] of batches) if (queue.isIdle) queue.close()
    this.#pump()
    this.#announce()
  }

  async #request(leader: number, batches: readonly [PartitionQueue, Batch][]): Promise<void> {
    const { acks, compression, topic, transaction } = this.#options
    if (leader < 0) throw noLeader(topic, batches)
    if (transaction !== undefined) {
      const partitions = batches.map(([queue]) => queue.partition)
      await transaction.join(topic, partitions)
    }
    const partitionData = batches.map(([queue, batch]) => ({
      index: queue.partition,
      records: batch.encode(compression, this.#identity),
    }))
    const connection = await this.#client.connection({ broker: leader })
    const timeoutMs = Math.max(1000, this.#client.options.requestTimeoutMs - 1000)
    const transactionalId = transaction?.transactionalId ?? null
    const body = { transactionalId, acks, timeoutMs, topicData: [{ name: topic, partitionData }] }
    // Up to version 12 topics go by name.
    if (acks === 0) {
      await connection.post('Produce', body, { maxVersion: 12 })
      for (const [queue, batch] of batches) this.#acknowledge(queue, batch, -1)
      return
    }
    const maxVersion = transaction === undefined ? 12 : PRODUCE_VERSION_MAX
    const answer = await connection.call('Produce', body, { maxVersion })
    const answers = new Map(answer.responses[0]?.partitionResponses.map((part) => [part.index, part]))
    for (const [queue, batch] of batches) this.#answered(queue, batch, answers.get(queue.partition))
  }

  #answered(queue: PartitionQueue, batch: Batch, answer: PartitionAnswer | undefined): void {
    const error = answer === undefined ? 'UNKNOWN_SERVER_ERROR' : errorName(answer.errorCode)
    if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') {
      this.#acknowledge(queue, batch, answer?.baseOffset ?? -1)
      return
    }
    queue.settle(batch)
    if ((error === 'MESSAGE_TOO_LARGE' || error === 'RECORD_LIST_TOO_LARGE') && batch.count > 1) {
      // It was not written: its halves go in its place, and later batches of this partition are made smaller.
      queue.batchBytes = Math.max(1024, Math.min(queue.batchBytes, batch.bytes) >> 1)
      for (const half of batch.halves()) queue.giveBack(half)
      queue.requeue()
      return
    }
    const failure = batchFailure(this.#options.topic, queue, batch, error, answer)
    // A batch out of order behind one that failed: it is sent again after that one.
    const follows = error === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && queue.hasBefore(batch)
    if (follows || failure.retriable) this.#comesBack(queue, batch, failure, follows)
    else this.#fail(queue, batch, failure)
  }

  #acknowledge(queue: PartitionQueue, batch: Batch, baseOffset: number): void {
    queue.settle(batch)
    this.#buffered -= batch.bytes
    this.progress.acknowledged += batch.count
    this.progress.bytes += batch.payloadBytes
    this.#options.onAcknowledged?.(batch, { partition: queue.partition, baseOffset })
    if (queue.isEmpty) this.#active.delete(queue)
    else if (queue.hasFailed) this.#recover()
  }

  /** A batch that may succeed later waits for its turn; one whose time is over ends the sending. */
  #comesBack(queue: PartitionQueue, batch: Batch, error: Error, follows = false): void {
    const isLate = performance.now() - (batch.firstSentMs ?? 0) > this.#deliveryTimeoutMs
    if ((!follows && !isWorthSending(error)) || isLate) this.#fail(queue, batch, error)
    else {
      queue.giveBack(batch)
      this.#recover()
    }
  }

  #fail(queue: PartitionQueue, batch: Batch, error: Error): void {
    queue.giveBack(batch)
    this.#failure ??= error
  }

  /** After a pause: who leads now? Then what came back is sent again. One at a time. */
  #recover(): void {
    if (this.#recovery !== undefined) return
    this.#recovery = this.#lookAgain().finally(() => {
      this.#recovery = undefined
      for (const queue of this.#active) queue.requeue()
      this.#pump()
      if ([...this.#active].some((queue) => queue.hasFailed && queue.sent.length === 0)) this.#recover()
      this.#announce()
    })
  }

  async #lookAgain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#client.options.retryBackoffMs * 2))
    try {
      const { topics } = await this.#client.metadata([this.#options.topic])
      const [topic] = topics
      if (topic !== undefined && errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION') {
        // Once may be a broker that has not heard of it yet.
        if (++this.#missing > 2) this.#failure ??= goneTopic(this.#options.topic)
        return
      }
      this.#missing = 0
      for (const { partitionIndex, leaderId } of topic?.partitions ?? []) {
        const queue = this.#queues[partitionIndex]
        if (queue !== undefined) queue.leader = leaderId
      }
    } catch (error) {
      // Nobody answers: the batches are tried again until their time is over, unless no attempt can help.
      if (!isWorthSending(error)) this.#failure ??= error as Error
    }
  }
}
