/**
 * Sends records to a topic as fast as it goes, or at a rate, and measures: rates, and for each record the time from when it was
 * handed over until it was acknowledged, as kafka-producer-perf-test counts it. The product's own producer carries the
 * batches; records are written straight into them. The generator waits when the producer's buffer is full.
 */
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { PackedBatch, PackedRecords, RECORD_BYTES_MAX } from '../client/packed-batch.ts'
import { RecordProducer } from '../client/producer.ts'
import { withProgress } from '../client/producer-failure.ts'
import type { TransactionalProducer } from '../client/transaction.ts'
import { BATCH_OVERHEAD, type Compression } from '../protocol/records/batch.ts'
import { type LatencyLoadFigures, LoadMeter } from './figures.ts'
import { type KeySource, keys, type PayloadSource } from './payload.ts'
import { Throttle } from './throttle.ts'

export interface ProducePlan {
  readonly topic: string
  /** How many records; undefined: until `durationMs` is over. One of the two is needed. */
  readonly records: number | undefined
  readonly durationMs: number | undefined
  readonly payload: PayloadSource
  /** Different keys; 0: records have none. */
  readonly keys: number
  readonly seed: number
  /** -1 all in-sync replicas, 1 the leader, 0 nobody. */
  readonly acks: -1 | 0 | 1
  readonly compression: Compression
  /** undefined: as fast as it goes. */
  readonly recordsPerSecond: number | undefined
  /** A batch is sent when it has so many bytes, or is so old. */
  readonly batchBytes: number
  readonly lingerMs: number
  /** Bytes that may wait for acknowledgements before the generator waits. */
  readonly bufferBytes: number
  /** The first records acknowledged are left out of `steady`. */
  readonly warmUpRecords: number
  /** ms between two windows. */
  readonly windowMs: number
  /** Records go in transactions, with acks -1; each is committed when it is so old. */
  readonly transactions?: { readonly producer: TransactionalProducer; readonly durationMs: number } | undefined
}

export interface ProduceHooks {
  /** Ends the sending; what was handed over is still waited for. */
  readonly signal: AbortSignal
  /** Told of each window's figures, and of all records acknowledged so far. */
  readonly onWindow: (window: LatencyLoadFigures, acknowledged: number) => void
}

export interface ProduceReport {
  total: LatencyLoadFigures
  /** Without the warm-up; null when there was none. */
  steady: LatencyLoadFigures | null
  windows: LatencyLoadFigures[]
}

/** Records are made in pieces of about so many bytes, with one look at the clock each. */
const PIECE_BYTES = 16 << 10
/** After so many bytes answers get their turn. */
const TURN_BYTES = 512 << 10
const UNORDERED_IN_FLIGHT = 5

interface Filling {
  readonly packed: PackedRecords
  readonly sinceMs: number
}

/**
 * Runs the load to its end and returns its figures. Throws what ended the sending, with the number of records that were
 * acknowledged; ApiError UNKNOWN_TOPIC_OR_PARTITION for a topic that is not there: it is never made.
 */
export async function runProduce(
  client: ClusterClient,
  plan: ProducePlan,
  hooks: ProduceHooks,
): Promise<ProduceReport> {
  const run = new ProduceRun(plan, hooks)
  const producer = await RecordProducer.open(client, {
    topic: plan.topic,
    acks: plan.acks,
    compression: plan.compression,
    rate: undefined,
    bufferBytes: plan.bufferBytes,
    unorderedInFlight: UNORDERED_IN_FLIGHT,
    onAcknowledged: (batch) => run.acknowledged(batch as PackedBatch),
    transaction: plan.transactions?.producer,
  })
  try {
    return await run.send(producer)
  } catch (error) {
    // What is open would hold up readers until its time is over. The failure before says more than one of aborting.
    await plan.transactions?.producer.end(false).catch(() => undefined)
    throw error instanceof MqError ? withProgress(error, producer.progress.acknowledged, undefined) : error
  }
}

class ProduceRun {
  readonly #plan: ProducePlan
  readonly #hooks: ProduceHooks
  readonly #total: LoadMeter
  readonly #steady: LoadMeter
  readonly #window: LoadMeter
  readonly #windows: LatencyLoadFigures[] = []
  readonly #filling = new Map<number, Filling>()
  readonly #free: PackedRecords[] = []
  readonly #capacity: number
  #sticky = 0

  constructor(plan: ProducePlan, hooks: ProduceHooks) {
    this.#plan = plan
    this.#hooks = hooks
    const now = performance.now()
    this.#total = new LoadMeter(now)
    this.#steady = new LoadMeter(now)
    this.#window = new LoadMeter(now)
    const keyBytes = plan.keys === 0 ? 0 : `key-${plan.keys}`.length
    const largest = BATCH_OVERHEAD + RECORD_BYTES_MAX + plan.payload.maxBytes + keyBytes
    this.#capacity = Math.max(plan.batchBytes, largest)
  }

  async send(producer: RecordProducer): Promise<ProduceReport> {
    const { records = Number.POSITIVE_INFINITY, durationMs = Number.POSITIVE_INFINITY, payload } = this.#plan
    const startMs = performance.now()
    for (const meter of [this.#total, this.#steady, this.#window]) meter.restart(startMs)
    const throttle =
      this.#plan.recordsPerSecond === undefined ? undefined : new Throttle(this.#plan.recordsPerSecond, startMs)
    const keySource =
      this.#plan.keys === 0 ? undefined : keys(this.#plan.keys, producer.partitionCount, this.#plan.seed)
    const pieceRecords = Math.max(1, Math.floor(PIECE_BYTES / Math.max(1, payload.maxBytes)))
    this.#changePartition(producer)
    let turnBytes = 0
    let begunMs = startMs
    for (let sent = 0; sent < records && !this.#hooks.signal.aborted; ) {
      const now = performance.now()
      if (now - startMs >= durationMs) break
      if (this.#plan.transactions !== undefined && now - begunMs >= this.#plan.transactions.durationMs) {
        await this.#commit(producer)
        begunMs = performance.now()
        continue
      }
      const count = Math.min(pieceRecords, records - sent, throttle?.allowed(now) ?? pieceRecords)
      const full = count === 0 ? undefined : this.#make(producer, count, keySource, now)
      sent += count
      throttle?.take(count)
      turnBytes += count * payload.maxBytes
      const closed = this.#closeOld(producer, now)
      if (full !== undefined) await full
      else if (closed !== undefined) await closed
      else if (count === 0) await this.#wait(throttle?.waitMs(now) ?? 0, now)
      else if (turnBytes < TURN_BYTES) continue
      else await turn()
      turnBytes = 0
    }
    await this.#commit(producer)
    const endMs = performance.now()
    if (this.#window.records > 0) this.#endWindow(endMs)
    const hasWarmUp = this.#plan.warmUpRecords > 0
    return {
      total: this.#total.figures(endMs),
      steady: hasWarmUp ? this.#steady.figures(endMs) : null,
      windows: this.#windows,
    }
  }

  /** Waits until everything is acknowledged, and ends the transaction if there is one. */
  async #commit(producer: RecordProducer): Promise<void> {
    for (const partition of [...this.#filling.keys()]) await this.#close(producer, partition)
    await producer.flush()
    await this.#plan.transactions?.producer.end(true)
  }

  /** Makes records; a promise means that the producer's buffer is full. */
  #make(
    producer: RecordProducer,
    count: number,
    keySource: KeySource | undefined,
    nowMs: number,
  ): Promise<void> | undefined {
    const timestamp = Date.now()
    let wait: Promise<void> | undefined
    for (let made = 0; made < count; made++) {
      const value = this.#plan.payload.next()
      const keyed = keySource?.next()
      const bytes = value.end - value.start + (keyed === undefined ? 0 : keyed.key.end - keyed.key.start)
      let partition = keyed?.partition ?? this.#sticky
      let filling = this.#filling.get(partition)
      if (filling !== undefined && !filling.packed.hasRoom(bytes)) {
        wait = this.#close(producer, partition) ?? wait
        filling = undefined
        if (keyed === undefined) {
          this.#changePartition(producer)
          partition = this.#sticky
          filling = this.#filling.get(partition)
        }
      }
      if (filling === undefined) {
        filling = { packed: this.#free.pop() ?? new PackedRecords(this.#capacity), sinceMs: nowMs }
        this.#filling.set(partition, filling)
      }
      filling.packed.add(keyed?.key ?? null, value, timestamp, nowMs)
    }
    return wait
  }

  #close(producer: RecordProducer, partition: number): Promise<void> | undefined {
    const filling = this.#filling.get(partition)
    if (filling === undefined) return undefined
    this.#filling.delete(partition)
    const { packed } = filling
    return producer.addBatch(partition, packed.count, (first) => new PackedBatch(first, packed))
  }

  /** Batches that are old enough go, full or not. */
  #closeOld(producer: RecordProducer, nowMs: number): Promise<void> | undefined {
    let wait: Promise<void> | undefined
    for (const [partition, { sinceMs }] of this.#filling) {
      if (nowMs - sinceMs < this.#plan.lingerMs) continue
      wait = this.#close(producer, partition) ?? wait
      if (partition === this.#sticky) this.#changePartition(producer)
    }
    return wait
  }

  /** Until the next record may go, or the oldest batch is old enough. */
  async #wait(recordMs: number, nowMs: number): Promise<void> {
    let ms = Math.min(recordMs, 1000)
    for (const { sinceMs } of this.#filling.values()) ms = Math.min(ms, sinceMs + this.#plan.lingerMs - nowMs)
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.ceil(ms))))
  }

  /** The next partition in turn that has a leader. */
  #changePartition(producer: RecordProducer): void {
    const led = producer.ledPartitions
    this.#sticky = led.find((partition) => partition > this.#sticky) ?? led[0] ?? 0
  }

  acknowledged({ packed, count, payloadBytes }: PackedBatch): void {
    const now = performance.now()
    const isSteady = this.#total.records >= this.#plan.warmUpRecords
    if (!isSteady && this.#total.records + count >= this.#plan.warmUpRecords) this.#steady.restart(now)
    for (const meter of isSteady ? [this.#total, this.#steady, this.#window] : [this.#total, this.#window]) {
      meter.add(count, payloadBytes)
      for (let i = 0; i < packed.times.length; i++) meter.histogram.add(now - packed.times[i]!, packed.counts[i]!)
    }
    // Halves of a batch that was too large are smaller than what is filled next.
    if (packed.buffer.length === this.#capacity) {
      packed.clear()
      this.#free.push(packed)
    }
    if (now - this.#window.fromMs >= this.#plan.windowMs) this.#endWindow(now)
  }

  #endWindow(nowMs: number): void {
    const figures = this.#window.figures(nowMs)
    this.#windows.push(figures)
    this.#hooks.onWindow(figures, this.#total.records)
    this.#window.restart(nowMs)
  }
}

/** Sockets and timers get their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
