/**
 * The records that a smoke test sends, and whether what came back is what was sent. Pure: everything about a record follows
 * from its number, so that a reader needs nothing but the count.
 */
import { createHash } from 'node:crypto'
import type { InputRecord } from '../client/record-lines.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'

/** What a test sends: record number `index` goes to partition `index % partitions`. */
export interface SentRecords {
  readonly messages: number
  readonly partitions: number
  readonly startMs: number
}

/** Some different keys. */
const KEYS = 97
/** The times of the records lie within so many ms from the start: brokers refuse what is too far from now. */
const SPAN_MS = 60_000

/** Record number `index`: key, headers with a null one, a value that carries its own checksum, a time of its own. */
export function smokeRecord(index: number, sent: SentRecords): InputRecord {
  const text = `${index}:${'0123456789abcdef'.repeat(1 + (index % 16))}`
  return {
    key: Buffer.from(`key-${index % KEYS}`),
    value: Buffer.from(`${text}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`),
    headers: [
      { key: 'index', value: Buffer.from(String(index)) },
      { key: 'empty', value: Buffer.alloc(0) },
      { key: 'index', value: null },
    ],
    partition: index % sent.partitions,
    timestamp: smokeTime(index, sent),
  }
}

/** The time of record `index`: later than that of every record before it, or the same where there are more than 60,000. */
export function smokeTime(index: number, { messages, startMs }: SentRecords): number {
  return startMs + (messages <= SPAN_MS ? index : Math.floor((index * SPAN_MS) / messages))
}

/** How many records a partition has. */
export function smokeCount(partition: number, { messages, partitions }: SentRecords): number {
  return partition >= messages ? 0 : Math.floor((messages - 1 - partition) / partitions) + 1
}

/** The offset of the first record of a partition whose time is that of the record at `offset`. */
export function firstOfTime(partition: number, offset: number, sent: SentRecords): number {
  const timeAt = (place: number) => smokeTime(place * sent.partitions + partition, sent)
  let first = offset
  while (first > 0 && timeAt(first - 1) === timeAt(offset)) first--
  return first
}

/** Compares the records of one partition, piece by piece, with what was sent. */
export class PartitionCheck {
  /** Records read so far. */
  count = 0
  readonly #partition: number
  readonly #sent: SentRecords
  #fault: string | undefined

  constructor(partition: number, sent: SentRecords) {
    this.#partition = partition
    this.#sent = sent
  }

  take(records: readonly KafkaRecord[]): void {
    const expected = smokeCount(this.#partition, this.#sent)
    for (const record of records) {
      const place = this.count++
      // One fault mostly makes all that follow it.
      if (this.#fault !== undefined) continue
      const index = place * this.#sent.partitions + this.#partition
      const fault = place >= expected ? 'more than was sent' : faultOf(record, place, index, this.#sent)
      if (fault !== undefined) this.#fault = `partition ${this.#partition}, offset ${record.offset}: ${fault}`
    }
  }

  /** What is wrong; empty when nothing is. Call it when all was read. */
  faults(): string[] {
    const expected = smokeCount(this.#partition, this.#sent)
    const short = `partition ${this.#partition}: ${expected} records sent, ${this.count} read`
    return [...(this.count === expected ? [] : [short]), ...(this.#fault === undefined ? [] : [this.#fault])]
  }
}

function faultOf(record: KafkaRecord, place: number, index: number, sent: SentRecords): string | undefined {
  const wanted = smokeRecord(index, sent)
  if (record.offset !== place) return `the offset should be ${place}`
  if (!same(record.key, wanted.key)) return 'another key, or another order, than was sent'
  if (!same(record.value, wanted.value)) return 'another value than was sent'
  if (record.timestamp !== wanted.timestamp) return `the time is ${record.timestamp}, ${wanted.timestamp} was sent`
  const headersMatch =
    record.headers.length === wanted.headers.length &&
    record.headers.every(({ key, value }, at) => {
      const header = wanted.headers[at]!
      return key === header.key && same(value, header.value)
    })
  return headersMatch ? undefined : 'other headers than were sent'
}

function same(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b)
}

export interface Latency {
  p50: number
  p99: number
  max: number
}

/** Milliseconds with two decimals; null without samples. */
export function latencyOf(samples: readonly number[]): Latency | null {
  if (samples.length === 0) return null
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!)
  return { p50: at(0.5), p99: at(0.99), max: round(sorted.at(-1)!) }
}

/** Two decimals. */
export function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
