/**
 * Sends a stream of records with kafkajs and bounded memory: while one batch is on its way the next one fills, and when
 * that is full the input waits. Order is kept, since there is never more than one batch in flight. Counts what the
 * brokers acknowledged; the first batch that fails ends the sending.
 */
import type { Kafka, Message, Producer } from 'kafkajs'
import { MqError } from '../base/errors.ts'
import { loadKafkaJs } from './kafkajs.ts'
import type { InputRecord } from './record-lines.ts'

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface ProducerOptions {
  readonly topic: string
  /** -1 all in-sync replicas, 1 the leader, 0 nobody. */
  readonly acks: -1 | 0 | 1
  readonly compression: Compression
  /** At most so many records or bytes a second; undefined: as fast as it goes. */
  readonly rate: { readonly recordsPerSecond: number } | { readonly bytesPerSecond: number } | undefined
}

export interface ProducerProgress {
  acknowledged: number
  bytes: number
}

/** Stays under the brokers' default message.max.bytes even when every record goes to one partition. */
const BATCH_BYTES = 512 << 10
/** kafkajs groups the records of a send by partition in time that grows with their square. */
const BATCH_RECORDS = 1000

export class LineProducer {
  readonly progress: ProducerProgress = { acknowledged: 0, bytes: 0 }
  readonly #producer: Producer
  readonly #options: ProducerOptions
  readonly #compression: number
  #batch: Message[] = []
  #batchBytes = 0
  #inFlight: Promise<void> | undefined
  #failure: unknown
  #pacedFromMs = performance.now()
  #paced = 0

  private constructor(producer: Producer, options: ProducerOptions, compression: number) {
    this.#producer = producer
    this.#options = options
    this.#compression = compression
  }

  /** Connects. The topic is never created by producing to it. */
  static async open(kafka: Kafka, options: ProducerOptions): Promise<LineProducer> {
    const { Partitioners, CompressionTypes } = await loadKafkaJs()
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    const types = {
      none: CompressionTypes.None,
      gzip: CompressionTypes.GZIP,
      snappy: CompressionTypes.Snappy,
      lz4: CompressionTypes.LZ4,
      zstd: CompressionTypes.ZSTD,
    } as const
    return new LineProducer(producer, options, types[options.compression])
  }

  /** Takes a record; waits while a full batch cannot go yet. Throws the failure of an earlier batch. */
  async add(record: InputRecord): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (this.#batch.length > 0 && this.#batchBytes + bytes > BATCH_BYTES) await this.#sendFull()
    this.#batch.push(toMessage(record))
    this.#batchBytes += bytes
    if (this.#batch.length >= BATCH_RECORDS || this.#batchBytes >= BATCH_BYTES) await this.#sendFull()
    if (this.#options.rate !== undefined) await this.#pace(bytes)
  }

  /** The input pauses: sends what there is unless a batch is on its way, which will be followed by this one. */
  nudge(): void {
    if (this.#inFlight === undefined && this.#failure === undefined && this.#batch.length > 0) this.#send()
  }

  /** Sends the rest and waits for the last acknowledgement. Throws the first failure. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && (this.#inFlight !== undefined || this.#batch.length > 0)) {
      if (this.#inFlight === undefined) this.#send()
      await this.#inFlight
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }

  async #sendFull(): Promise<void> {
    await this.#inFlight
    if (this.#failure !== undefined) throw this.#failure
    if (this.#batch.length > 0) this.#send()
  }

  #send(): void {
    const messages = this.#batch
    const bytes = this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    this.#inFlight = this.#producer
      .send({
        topic: this.#options.topic,
        acks: this.#options.acks,
        compression: this.#compression,
        messages,
      })
      .then(
        () => {
          this.progress.acknowledged += messages.length
          this.progress.bytes += bytes
        },
        (error: unknown) => {
          this.#failure ??= error ?? new MqError('MQ_KAFKA', 'the producer failed')
        },
      )
      .finally(() => {
        this.#inFlight = undefined
        this.nudge()
      })
  }

  /** Waits until the average rate since the start is back under the limit; a pause of the input does not add credit. */
  async #pace(bytes: number): Promise<void> {
    const { rate } = this.#options
    if (rate === undefined) return
    const limit = 'recordsPerSecond' in rate ? rate.recordsPerSecond : rate.bytesPerSecond
    this.#paced += 'recordsPerSecond' in rate ? 1 : bytes
    const aheadMs = (this.#paced / limit) * 1000 - (performance.now() - this.#pacedFromMs)
    if (aheadMs < -1000) {
      this.#pacedFromMs = performance.now()
      this.#paced = 0
    } else if (aheadMs > 5) {
      this.nudge()
      await new Promise((resolve) => setTimeout(resolve, aheadMs))
    }
  }
}

function toMessage(record: InputRecord): Message {
  const headers: Record<string, (Buffer | null)[]> = {}
  for (const { key, value } of record.headers) {
    headers[key] ??= []
    headers[key].push(value)
  }
  const message: Message = { key: record.key, value: record.value }
  // kafkajs writes a null header value as null although its types leave that out.
  if (record.headers.length > 0) message.headers = headers as unknown as NonNullable<Message['headers']>
  if (record.partition !== undefined) message.partition = record.partition
  if (record.timestamp !== undefined) message.timestamp = String(record.timestamp)
  return message
}
