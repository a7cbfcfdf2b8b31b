/** What a smoke test says of records that are not as they were sent. */
import { describe, expect, it } from 'vitest'
import { checkPartition, latencyOf, smokePartition, smokeRecord } from '../../src/admin/smoke-records.ts'
import type { KafkaRecord } from '../../src/protocol/records/record.ts'

const sent = { messages: 50, partitions: 2, startMs: 1_700_000_000_000 }
const read = (partition: number): KafkaRecord[] =>
  Array.from({ length: sent.messages }, (_, index) => index)
    .filter((index) => smokePartition(index, sent.partitions) === partition)
    .map((index, offset) => {
      const { key, value, headers, timestamp } = smokeRecord(index, sent.startMs)
      return { offset, key, value, headers: [...headers], timestamp: timestamp! }
    })

describe('records of a partition', () => {
  it('as sent are right', () => {
    expect(checkPartition(0, read(0), sent)).toEqual([])
    expect(checkPartition(1, read(1), sent)).toEqual([])
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
    expect(checkPartition(0, records, sent).join('; ')).toMatch(message)
  })
})

it('latencies are those of the sorted samples', () => {
  expect(latencyOf([])).toBeNull()
  expect(latencyOf([3, 1, 2.005])).toEqual({ p50: 2.01, p99: 3, max: 3 })
})
