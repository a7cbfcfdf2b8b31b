/** Reading partitions without a group: bounded reads end, deleted records are skipped and said, an abort ends a tail. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { type ReaderOptions, readPartitions } from '../../src/client/partition-reader.ts'
import { partitionsOf, resolveRanges } from '../../src/client/read-ranges.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'

let broker: RunningBroker
let client: ClusterClient
beforeAll(async () => {
  broker = await startBroker({ memory: true })
  client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: broker.bootstrapServers }))
})
afterAll(async () => {
  client.close()
  await broker.stop()
})

async function create(name: string, partitions = 1) {
  const answer = await client.request(
    'CreateTopics',
    {
      topics: [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 5000,
    },
    'controller',
  )
  expect(answer.topics[0]?.errorCode).toBe(0)
}

async function append(topic: string, values: string[], partition = 0) {
  const records = encodeBatch(
    {},
    values.map((value) => ({ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) })),
  )
  const answer = await client.request(
    'Produce',
    { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
    { leader: { topic, partition } },
    { maxVersion: 12 },
  )
  expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
}

const skipped: string[] = []
const options = (signal = new AbortController().signal): ReaderOptions => ({
  isolation: 'read_uncommitted',
  signal,
  onGone: () => {},
  onSkipped: (place, from, to) => skipped.push(`${place.topic}-${place.partition} ${from}->${to}`),
})

async function read(topic: string, from: number, until: number) {
  const values: string[] = []
  for await (const { records } of readPartitions(client, [{ topic, partition: 0, from, until }], options())) {
    values.push(...records.map((record) => `${record.offset}:${record.value}`))
  }
  return values
}

describe('a bounded read', () => {
  it('gives what lies between its ends, although batches do not begin or end there', async () => {
    await create('bounded')
    await append('bounded', ['a', 'b', 'c'])
    await append('bounded', ['d', 'e'])
    expect(await read('bounded', 1, 4)).toEqual(['1:b', '2:c', '3:d'])
    expect(await read('bounded', 5, 5)).toEqual([])
  })

  it('ends although the log ends before its end', async () => {
    await create('short')
    await append('short', ['a'])
    expect(await read('short', 0, 10)).toEqual(['0:a'])
  })

  it('skips what was deleted, and says so', async () => {
    await create('deleted')
    await append('deleted', ['a', 'b'])
    await append('deleted', ['c'])
    await client.request(
      'DeleteRecords',
      { topics: [{ name: 'deleted', partitions: [{ partitionIndex: 0, offset: 2 }] }], timeoutMs: 5000 },
      { leader: { topic: 'deleted', partition: 0 } },
    )
    expect(await read('deleted', 0, 3)).toEqual(['2:c'])
    expect(skipped).toContain('deleted-0 0->2')
  })
})

it('a tail gives what comes and ends when aborted', async () => {
  await create('tail', 2)
  const stop = new AbortController()
  const places = await partitionsOf(client, ['tail'])
  const ranges = await resolveRanges(client, places, {
    from: { kind: 'latest' },
    until: undefined,
    isolation: 'read_uncommitted',
    onMoved: () => {},
  })
  expect(ranges.map(({ from, until }) => [from, until])).toEqual([
    [0, null],
    [0, null],
  ])
  const seen: string[] = []
  const reading = (async () => {
    for await (const { partition, records } of readPartitions(client, ranges, options(stop.signal))) {
      seen.push(...records.map((record) => `${partition}:${record.value}`))
      if (seen.length === 2) stop.abort()
    }
  })()
  await append('tail', ['x'], 0)
  await append('tail', ['y'], 1)
  await reading
  expect(seen.toSorted()).toEqual(['0:x', '1:y'])
})
