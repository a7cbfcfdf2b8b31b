/** Reading partitions without a group: bounded reads end, deleted records are skipped and said, an abort ends a tail. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../../src/broker/index.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { type ReaderOptions, readPartitions } from '../../src/client/partition-reader.ts'
import { partitionsOf, resolveRanges } from '../../src/client/read-ranges.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { setBaseOffset } from '../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { startScripted } from '../support/scripted-broker.ts'

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
const short: string[] = []
const options = (signal = new AbortController().signal): ReaderOptions => ({
  isolation: 'read_uncommitted',
  signal,
  shortLogMs: 100,
  onShort: ({ topic, partition }, end, until) => short.push(`${topic}-${partition} ${end}<${until}`),
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
    expect(short).toContain('short-0 1<10')
  })

  it('of more partitions than one answer has room for gives every record', async () => {
    const [partitions, batches] = [30, 5]
    await create('wide', partitions)
    const value = 'x'.repeat(300_000)
    for (let partition = 0; partition < partitions; partition++) {
      for (let batch = 0; batch < batches; batch++) await append('wide', [value], partition)
    }
    const ranges = Array.from({ length: partitions }, (_, partition) => ({
      topic: 'wide',
      partition,
      from: 0,
      until: batches,
    }))
    const seen = new Map<number, number[]>()
    for await (const { partition, records } of readPartitions(client, ranges, options())) {
      seen.set(partition, [...(seen.get(partition) ?? []), ...records.map(({ offset }) => offset)])
    }
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual(ranges.map(({ partition }) => partition))
    for (const offsets of seen.values()) expect(offsets).toEqual([0, 1, 2, 3, 4])
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

describe('a partition that fails', () => {
  const record = (value: string, baseOffset: number) => {
    const batch = encodeBatch({}, [{ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) }])
    setBaseOffset(batch, 0, baseOffset)
    return batch
  }
  type Part = { errorCode?: number; records?: Buffer }

  /** Two partitions with one broker; `second` answers for the second one, whose log holds one record. */
  async function readBoth(ends: [number, number], second: (looked: number) => Part, listOffsets = () => true) {
    const seen: string[] = []
    const scripted = await startScripted((port) => ({
      Metadata: () => ({
        brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
        controllerId: 1,
        topics: [
          {
            name: 't',
            partitions: [0, 1].map((partitionIndex) => ({
              partitionIndex,
              leaderId: 1,
              replicaNodes: [1],
              isrNodes: [1],
            })),
          },
        ],
      }),
      ListOffsets: ({ topics }) =>
        listOffsets()
          ? {
              topics: topics.map(({ name, partitions }) => ({
                name,
                partitions: partitions.map(({ partitionIndex, timestamp }) => ({
                  partitionIndex,
                  offset: timestamp === -2 ? 5 : 6,
                })),
              })),
            }
          : 'hang up',
      Fetch: ({ topics }) => ({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, fetchOffset }) => ({
            partitionIndex: partition,
            highWatermark: 1000,
            ...(partition === 0
              ? { records: record(`a${fetchOffset}`, fetchOffset) }
              : second(scripted.requests('Metadata').length)),
          })),
        })),
      }),
    }))
    const resolved = resolveClientOptions({
      bootstrapServer: scripted.address,
      properties: { 'retry.backoff.ms': '1', 'retry.backoff.max.ms': '2' },
    })
    const reader = await ClusterClient.connect(resolved)
    const ranges = ends.map((until, partition) => ({ topic: 't', partition, from: 0, until }))
    try {
      for await (const { records } of readPartitions(reader, ranges, { ...options(), stuckMs: 1000 })) {
        seen.push(...records.map(({ value }) => String(value)))
      }
    } finally {
      reader.close()
      await scripted.close()
    }
    return seen
  }

  it('is looked up again while others go on without a pause', async () => {
    const notLeader = errorCode('NOT_LEADER_OR_FOLLOWER')
    const seen = await readBoth([200, 1], (looked) =>
      looked < 3 ? { errorCode: notLeader } : { records: record('b', 0) },
    )
    expect(seen.indexOf('b')).toBeGreaterThan(0)
    expect(seen.indexOf('b')).toBeLessThan(10)
    expect(seen.filter((value) => value !== 'b')).toEqual(Array.from({ length: 200 }, (_, index) => `a${index}`))
  })

  it('takes no record of others with it', async () => {
    const outOfRange = errorCode('OFFSET_OUT_OF_RANGE')
    let asked = 0
    const seen = await readBoth(
      [3, 6],
      () => (asked < 9 ? { errorCode: outOfRange } : { records: record('b', 5) }),
      () => ++asked > 8,
    )
    expect(seen.toSorted()).toEqual(['a0', 'a1', 'a2', 'b'])
  })

  it('in being empty up to its end (compaction) has been read then', async () => {
    const startedMs = performance.now()
    expect(await readBoth([5, 7], () => ({}))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })

  it('with a damaged batch is asked again, and the failure said when it stays', async () => {
    const damaged = record('b', 0)
    damaged[damaged.length - 1]! ^= 0xff
    let times = 0
    const second = () => ({ records: ++times < 3 ? damaged : record('b', 0) })
    expect((await readBoth([5, 1], second)).toSorted()).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b'])
    await expect(readBoth([5, 1], () => ({ records: damaged }))).rejects.toThrow(/checksum.*stays so/)
  })
})
