/**
 * The records of one partition on their way to its leader: a batch that fills, batches that wait, batches that were sent,
 * and batches that came back. Order is kept: after a failure nothing goes out before everything sent has been answered, and
 * what came back goes first, under the sequence numbers it had (KIP-98), so that a broker that has it already says so.
 */
import type { Compression } from '../protocol/records/batch.ts'
import { encodeBatch, type RecordInput } from '../protocol/records/record.ts'

/** What a record takes besides key, value and headers, at most. */
const RECORD_OVERHEAD = 24

export interface QueuedRecord extends RecordInput {
  /** Line of the input, from 1. */
  readonly line: number
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  /** Its batches are part of a transaction. */
  readonly isTransactional?: boolean
}

/** Bytes of a record before compression, at most. */
export function sizeOf(record: RecordInput): number {
  let bytes = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const { key, value } of record.headers ?? []) bytes += 8 + key.length * 3 + (value?.length ?? 0)
  return bytes
}

/** Records that go in one piece. */
export class Batch {
  readonly records: QueuedRecord[]
  bytes: number
  /** Number of the first record in its partition: its place in the order, and its sequence number. */
  readonly first: number
  firstSentMs: number | undefined
  #encoded: Buffer | undefined

  constructor(first: number, records: QueuedRecord[] = [], bytes = 0) {
    this.first = first
    this.records = records
    this.bytes = bytes
  }

  encode(compression: Compression, identity: ProducerIdentity | undefined): Buffer {
    this.#encoded ??= encodeBatch(
      identity === undefined ? { compression } : { compression, ...identity, baseSequence: this.first % 2 ** 31 },
      this.records,
    )
    return this.#encoded
  }

  /** How many records it has. */
  get count(): number {
    return this.records.length
  }

  /** Bytes of their keys and values. */
  get payloadBytes(): number {
    return this.records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
  }

  /** Two batches of half the records, whose sequence numbers follow each other as before. */
  halves(): [Batch, Batch] {
    const middle = this.records.length >> 1
    const parts = [this.records.slice(0, middle), this.records.slice(middle)] as const
    const [left, right] = parts.map((records) => records.reduce((sum, record) => sum + sizeOf(record), 0))
    const halves: [Batch, Batch] = [
      new Batch(this.first, parts[0], left!),
      new Batch(this.first + middle, parts[1], right!),
    ]
    for (const half of halves) half.firstSentMs = this.firstSentMs
    return halves
  }
}

export class PartitionQueue {
  readonly partition: number
  leader: number
  /** A batch is closed at this size; smaller once a broker found one too large. */
  batchBytes: number
  readonly sent: Batch[] = []
  #filling: Batch | undefined
  #waiting: Batch[] = []
  #failed: Batch[] = []
  #next = 0

  constructor(partition: number, leader: number, batchBytes: number) {
    this.partition = partition
    this.leader = leader
    this.batchBytes = batchBytes
  }

  /** Puts a record into the batch that fills; true when a batch is ready to go. */
  add(record: QueuedRecord, bytes: number, recordsMax: number): boolean {
    let ready = false
    if (this.#filling !== undefined && this.#filling.bytes + bytes > this.batchBytes) {
      this.close()
      ready = true
    }
    this.#filling ??= new Batch(this.#next)
    this.#filling.records.push(record)
    this.#filling.bytes += bytes
    this.#next++
    if (this.#filling.bytes >= this.batchBytes || this.#filling.records.length >= recordsMax) {
      this.close()
      ready = true
    }
    return ready
  }

  /** The batch that fills waits to be sent now. */
  close(): void {
    if (this.#filling === undefined) return
    this.#waiting.push(this.#filling)
    this.#filling = undefined
  }

  get isEmpty(): boolean {
    return this.#filling === undefined && this.#waiting.length + this.sent.length + this.#failed.length === 0
  }

  get hasFailed(): boolean {
    return this.#failed.length > 0
  }

  /** Whether a batch fills and nothing else is under way: it may as well go. */
  get isIdle(): boolean {
    return this.#filling !== undefined && this.#waiting.length + this.sent.length + this.#failed.length === 0
  }

  /** The number that the first record of a batch gets which is made elsewhere, of `count` records; `addBatch` follows. */
  reserve(count: number): number {
    const first = this.#next
    this.#next += count
    return first
  }

  /** Puts a batch in line whose first number is from `reserve`. */
  addBatch(batch: Batch): void {
    this.#waiting.push(batch)
  }

  /** The batch to send next, without taking it; undefined while none may go. */
  peek(sentMax: number): Batch | undefined {
    if (this.#failed.length > 0 || this.sent.length >= sentMax) return undefined
    return this.#waiting[0]
  }

  /** Takes what `peek` showed. */
  take(): void {
    const batch = this.#waiting.shift()
    if (batch !== undefined) this.sent.push(batch)
  }

  /** An answer came for this batch. */
  settle(batch: Batch): void {
    const at = this.sent.indexOf(batch)
    if (at >= 0) this.sent.splice(at, 1)
  }

  /** This batch, settled before, is to be sent again. */
  giveBack(batch: Batch): void {
    this.#failed.push(batch)
    this.#failed.sort((a, b) => a.first - b.first)
  }

  /** What came back goes first again, once everything sent has been answered; true when it does. */
  requeue(): boolean {
    if (this.#failed.length === 0 || this.sent.length > 0) return false
    this.#waiting = [...this.#failed, ...this.#waiting]
    this.#failed = []
    return true
  }

  /** Whether a batch before this one is not acknowledged. */
  hasBefore(batch: Batch): boolean {
    return [...this.sent, ...this.#failed].some((one) => one.first < batch.first)
  }

  /** The first line that is not acknowledged; undefined when all are. */
  get firstOpenLine(): number | undefined {
    const batches = [...this.#failed, ...this.sent, ...this.#waiting, ...(this.#filling ? [this.#filling] : [])]
    const lines = batches.map((batch) => batch.records[0]?.line ?? 0)
    return lines.length === 0 ? undefined : Math.min(...lines)
  }
}
