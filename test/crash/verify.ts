/**
 * Reads a partition back and holds it against what its producer sent: record n at offset n, none missing, none twice; of a
 * compacted one, the last record of every key.
 */
import { eachBatch } from '../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'
import type { RawClient } from '../compat/support/raw-client.ts'
import { Violation } from './writer.ts'

const FETCH_VERSION = 12

export interface Expected {
  readonly topic: string
  readonly partition: number
  /** The first offset to look at. */
  readonly from: number
  /** Records acknowledged: all of them must be there. */
  readonly acknowledged: number
  /** Records sent: nothing beyond them may be there. */
  readonly sent: number
}

/** Throws Violation; returns the log end offset. With `keys`, records may be missing that have a successor of their key. */
export async function verifyPartition(client: RawClient, expected: Expected, keys?: number): Promise<number> {
  const name = `${expected.topic}-${expected.partition}`
  const lastOfKey = new Map<number, number>()
  let offset = expected.from
  for (;;) {
    const part = await fetchFrom(client, expected, offset)
    if (part.errorCode !== 0) throw new Violation(`${name}: fetch at ${offset} answered error ${part.errorCode}`)
    const before = offset
    for (const { header, position } of eachBatch(part.records)) {
      for (const record of decodeBatch(part.records.subarray(position, position + header.sizeBytes))) {
        if (record.offset < offset) continue
        if (record.offset !== offset && keys === undefined)
          throw new Violation(`${name}: offset ${record.offset} follows ${offset - 1}`)
        const number = Number.parseInt(record.value!.toString('latin1'), 10)
        if (number !== record.offset) throw new Violation(`${name}: offset ${record.offset} holds record ${number}`)
        if (keys !== undefined) lastOfKey.set(number % keys, number)
        offset = record.offset + 1
      }
    }
    if (offset === before || offset >= part.highWatermark) break
  }
  if (offset < expected.acknowledged) {
    throw new Violation(`${name}: ${expected.acknowledged} records were acknowledged, ${offset} are there`)
  }
  if (keys !== undefined) checkLast(name, lastOfKey, keys, expected)
  if (offset > expected.sent) throw new Violation(`${name}: ${expected.sent} records were sent, ${offset} are there`)
  return offset
}

function checkLast(name: string, last: ReadonlyMap<number, number>, keys: number, expected: Expected): void {
  for (
    let record = Math.max(expected.from, expected.acknowledged - keys);
    record < expected.acknowledged;
    record += 1
  ) {
    const found = last.get(record % keys)
    if (found === undefined || found < record) {
      throw new Violation(`${name}: the last value of key k${record % keys} is ${found}, ${record} was acknowledged`)
    }
  }
}

async function fetchFrom(client: RawClient, { topic, partition }: Expected, fetchOffset: number) {
  const answer = await client.request('Fetch', FETCH_VERSION, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 4_000_000,
    isolationLevel: 0,
    sessionEpoch: -1,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 4_000_000, logStartOffset: -1 }] }],
  })
  const part = answer.responses[0]?.partitions[0]
  if (part === undefined) throw new Violation(`${topic}-${partition}: fetch answered nothing`)
  return { errorCode: part.errorCode, highWatermark: part.highWatermark, records: part.records ?? Buffer.alloc(0) }
}
