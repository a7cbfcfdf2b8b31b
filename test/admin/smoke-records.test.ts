/** What a smoke test says of records that are not as they were sent. */
import { describe, expect, it } from 'vitest'
import {
  firstOfTime,
  latencyOf,
  PartitionCheck,
  smokeCount,
  smokeRecord,
  smokeTime,
} from '../../src/admin/smoke-records.ts'
import type { KafkaRecord } from '../../src/protocol/records/record.ts'

const sent = { messages: 50, partitions: 2, startMs: 1_700_000_000_000 }
const read = (partition: number): KafkaRecord[] =>
  Array.from({ length: sent.messages }, (_, index) => smokeRecord(index, sent))
    .filter((record) => record.partition === partition)
    .map(({ key, value, headers, timestamp }, offset) => ({
      offset,
      key,
      value,
      headers: [...headers],
      timestamp: timestamp!,
    }))

/** As they come: in pieces. */
function checkPartition(partition: number, records: KafkaRecord[]): string[] {
  const check = new PartitionCheck(partition, sent)
  for (let at = 0; at < records.length; at += 7) check.take(records.slice(at, at + 7))
  return check.faults()
}

describe('records of a partition', () => {
  it('as sent are right', () => {
    expect(checkPartition(0, read(0))).toEqual([])
    expect(checkPartition(1, read(1))).toEqual([])
  })

  const changes: [string, (records: KafkaRecord[]) => void, RegExp][] = [
    ['lost', (records) => records.pop(), /records sent, \d+ read/],
    ['doubled', (records) => records.push({ ...records.at(-1)!, offset: records.length }), /more than was sent/],
    [
      'in another order',
      (records) => records.splice(0, 2, { ...records[1]!, offset: 0 }, { ...records[0]!, offset: 1 }),
      /order/,
    ],
    [
      'with another value',
      (records) => records.splice(3, 1, { ...records[3]!, value: Buffer.from('x') }),
      /offset 3: another value/,
    ],
    ['at other offsets', (records) => records.splice(3, 1, { ...records[3]!, offset: 9 }), /should be 3/],
    ['with another time', (records) => records.splice(0, 1, { ...records[0]!, timestamp: 5 }), /the time is 5/],
    ['without headers', (records) => records.splice(0, 1, { ...records[0]!, headers: [] }), /other headers/],
  ]
  it.each(changes)('%s are told', (_what, change, message) => {
    const records = read(0)
    change(records)
    expect(checkPartition(0, records).join('; ')).toMatch(message)
  })
})

describe('the counts', () => {
  it.each([
    [1, 1],
    [2, 3],
    [100, 7],
    [7, 100],
  ])('of %d records in %d partitions are those of the records', (messages, partitions) => {
    const plan = { messages, partitions, startMs: 0 }
    const counts = new Array<number>(partitions).fill(0)
    for (let index = 0; index < messages; index++) counts[smokeRecord(index, plan).partition!]!++
    expect(counts.map((_, partition) => smokeCount(partition, plan))).toEqual(counts)
  })
})

describe('the times', () => {
  it('stay near the start, however many there are', () => {
    const plan = { messages: 10_000_000, partitions: 3, startMs: 1000 }
    expect(smokeTime(0, plan)).toBe(1000)
    expect(smokeTime(plan.messages - 1, plan)).toBeLessThan(61_000)
    const offset = 1_000_000
    const first = firstOfTime(1, offset, plan)
    const timeAt = (place: number) => smokeTime(place * 3 + 1, plan)
    expect(timeAt(first)).toBe(timeAt(offset))
    expect(timeAt(first - 1)).toBeLessThan(timeAt(offset))
  })

  it('are each its own while they are few', () => {
    expect(firstOfTime(1, 20, sent)).toBe(20)
  })
})

it('latencies are those of the sorted samples', () => {
  expect(latencyOf([])).toBeNull()
  expect(latencyOf([3, 1, 2.005])).toEqual({ p50: 2.01, p99: 3, max: 3 })
})
