/**
 * What was acknowledged, and the check that it is there. Producers number their records and put `name:number` at the front of
 * each value; the check reads whole topics back.
 */
import { eachBatch } from '../../src/protocol/records/batch.ts'
import { decodeBatch } from '../../src/protocol/records/record.ts'
import type { RawClient } from '../compat/support/raw-client.ts'

const FETCH_VERSION = 12

/** The acknowledged numbers of one producer. */
export class Ledger {
  readonly topic: string
  readonly producer: string
  readonly #acknowledged = new Set<number>()
  #next = 0

  constructor(topic: string, producer: string) {
    this.topic = topic
    this.producer = producer
  }

  /** The next record's number. */
  next(): number {
    return this.#next++
  }

  acknowledge(numbers: Iterable<number>): void {
    for (const number of numbers) this.#acknowledged.add(number)
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  /** Numbers that were acknowledged and are not among `found`. */
  missing(found: ReadonlySet<number>): number[] {
    return [...this.#acknowledged].filter((number) => !found.has(number))
  }
}

/** Reads `topic` from its start and calls `each` for every record, in order within a partition. */
export async function readTopic(
  client: RawClient,
  topic: string,
  partitions: number,
  each: (record: { key: Buffer | null; value: Buffer | null; offset: number; partition: number }) => void,
): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    let offset = 0
    for (;;) {
      const answer = await client.request('Fetch', FETCH_VERSION, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 4_000_000,
        isolationLevel: 0,
        sessionEpoch: -1,
        topics: [
          {
            topic,
            partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 4_000_000, logStartOffset: -1 }],
          },
        ],
      })
      const part = answer.responses[0]?.partitions[0]
      if (part === undefined) throw new Error(`${topic}-${partition}: fetch answered nothing`)
      if (part.errorCode === 1 && offset < part.logStartOffset) {
        offset = part.logStartOffset
        continue
      }
      if (part.errorCode !== 0) throw new Error(`${topic}-${partition}: fetch at ${offset} answered ${part.errorCode}`)
      const records = part.records ?? Buffer.alloc(0)
      const before = offset
      for (const { header, position } of eachBatch(records)) {
        for (const record of decodeBatch(records.subarray(position, position + header.sizeBytes))) {
          if (record.offset >= offset) each({ ...record, partition })
        }
        offset = Math.max(offset, header.lastOffset + 1)
      }
      if (offset === before || offset >= part.highWatermark) break
    }
  }
}

/** Findings: one line for each ledger of `topic` with acknowledged records that are not in it. */
export async function verifyLedgers(
  client: RawClient,
  topic: string,
  partitions: number,
  ledgers: readonly Ledger[],
): Promise<string[]> {
  const found = new Map(ledgers.map(({ producer }) => [producer, new Set<number>()]))
  await readTopic(client, topic, partitions, ({ value }) => {
    const match = /^([a-z0-9-]+):(\d+)/.exec(value?.toString('latin1', 0, 64) ?? '')
    if (match !== null) found.get(match[1]!)?.add(Number(match[2]))
  })
  return ledgers.flatMap((ledger) => {
    const missing = ledger.missing(found.get(ledger.producer)!)
    if (missing.length === 0) return []
    const some = missing.slice(0, 5).join(', ')
    return [`${topic}: ${missing.length} acknowledged records of ${ledger.producer} are not there: ${some}`]
  })
}
