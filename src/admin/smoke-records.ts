/**
 * The records that a smoke test sends, and whether what came back is what was sent. Pure: everything about a record follows
 * from its number, so that a reader needs nothing but the count.
 */
import { createHash } from 'node:crypto'
import { partitionOfKey } from '../client/partitioner.ts'
import type { InputRecord } from '../client/record-lines.ts'
import type { KafkaRecord } from '../protocol/records/record.ts'

/** Different keys, so that every partition gets some. */
const KEYS = 97

/** Record number `index`: key, headers with a null one, a value that carries its own checksum, a time of its own. */
export function smokeRecord(index: number, startMs: number): InputRecord {
  const text = `${index}:${'0123456789abcdef'.repeat(1 + (index % 16))}`
  return {
    key: Buffer.from(`key-${index % KEYS}`),
    value: Buffer.from(`${text}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`),
    headers: [
      { key: 'index', value: Buffer.from(String(index)) },
      { key: 'empty', value: Buffer.alloc(0) },
      { key: 'index', value: null },
    ],
    partition: undefined,
    timestamp: startMs + index,
  }
}

/** The partition of record `index` among `partitions`. */
export function smokePartition(index: number, partitions: number): number {
  return partitionOfKey(Buffer.from(`key-${index % KEYS}`), partitions)
}

/** What is wrong with the records of one partition; empty when nothing is. */
export function checkPartition(
  partition: number,
  records: readonly KafkaRecord[],
  sent: { readonly messages: number; readonly partitions: number; readonly startMs: number },
): string[] {
  const faults: string[] = []
  const expected = Array.from({ length: sent.messages }, (_, index) => index).filter(
    (index) => smokePartition(index, sent.partitions) === partition,
  )
  if (records.length !== expected.length) {
    faults.push(`partition ${partition}: ${expected.length} records sent, ${records.length} read`)
  }
  for (const [place, record] of records.entries()) {
    const fault =
      expected[place] === undefined ? 'more than was sent' : faultOf(record, place, expected[place], sent.startMs)
    if (fault === undefined) continue
    faults.push(`partition ${partition}, offset ${record.offset}: ${fault}`)
    // One fault mostly makes all that follow it.
    break
  }
  return faults
}

function faultOf(record: KafkaRecord, place: number, index: number, startMs: number): string | undefined {
  const wanted = smokeRecord(index, startMs)
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
