/** DeleteRecords, DescribeProducers, DescribeLogDirs: what tools ask of the logs. */
import { beforeEach, describe, expect, it } from 'vitest'
import { batch, TOPIC, World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
  world.createTopic({ partitions: 2 })
})

describe('DeleteRecords', () => {
  async function remove(offset: number, options: { topic?: string; timeoutMs?: number } = {}) {
    const { topics } = await world.ask('DeleteRecords', 2, {
      timeoutMs: options.timeoutMs ?? 1000,
      topics: [{ name: options.topic ?? TOPIC, partitions: [{ partitionIndex: 0, offset }] }],
    })
    const { errorCode, lowWatermark } = topics[0]!.partitions[0]!
    return [errorCode, lowWatermark]
  }

  it('moves the start of the log', async () => {
    await world.produce(batch(['a', 'b', 'c']))
    expect(await remove(2)).toEqual([0, 2])
    expect(await remove(1)).toEqual([0, 2])
    expect(await remove(-1)).toEqual([0, 3])
  })

  it.each([
    ['an offset beyond the high watermark', 9, {}, 1],
    ['a negative offset', -2, {}, 1],
    ['an unknown topic', 0, { topic: 'nope' }, 3],
    ['an internal topic', 0, { topic: '__consumer_offsets' }, 17],
    ['a topic that is only compacted', 0, { topic: 'compacted' }, 44],
  ])('refuses %s', async (_name, offset, options, errorCode) => {
    world.createTopic({ name: '__consumer_offsets', id: 'AAAAAAAAAAAAAAAAAAAAcQ' })
    world.createTopic({ name: 'compacted', id: 'AAAAAAAAAAAAAAAAAAAAdQ', config: { 'cleanup.policy': 'compact' } })
    expect(await remove(offset, options)).toEqual([errorCode, -1])
  })

  it('waits for the other replicas, at most for its timeout', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    await world.produce(batch(['a', 'b']), { topic: 'two' })
    const partition = world.replicas.partition('two', 0)
    const fetched = { replicaId: 2, fetchOffset: 2, nowMs: 0 }
    partition.followerFetched({ ...fetched, logStartOffset: 0 })
    const late = remove(1, { topic: 'two', timeoutMs: 300 })
    world.clock.advance(301)
    expect(await late).toEqual([7, -1])
    const removed = remove(2, { topic: 'two' })
    partition.followerFetched({ ...fetched, logStartOffset: 2 })
    world.replicas.parked.touch(partition)
    world.clock.runDeferred()
    expect(await removed).toEqual([0, 2])
  })

  it('ends with an error when the log directory fails while it waits', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    await world.produce(batch(['a', 'b']), { topic: 'two' })
    const partition = world.replicas.partition('two', 0)
    partition.followerFetched({ replicaId: 2, fetchOffset: 2, nowMs: 0, logStartOffset: 0 })
    const removed = remove(1, { topic: 'two' })
    world.replicas.directoryFailed(() => true)
    world.clock.runDeferred()
    expect(await removed).toEqual([56, -1])
  })
})

describe('DescribeProducers', () => {
  it('lists the idempotent producers of a partition', async () => {
    await world.produce(batch(['a', 'b'], { producerId: 7, producerEpoch: 1, baseSequence: 0 }))
    const { topics } = await world.ask('DescribeProducers', 0, {
      topics: [{ name: TOPIC, partitionIndexes: [0, 1, 9] }],
    })
    const [first, second, third] = topics[0]!.partitions
    expect(first).toMatchObject({
      errorCode: 0,
      activeProducers: [{ producerId: 7, producerEpoch: 1, lastSequence: 1, currentTxnStartOffset: -1 }],
    })
    expect(second).toMatchObject({ errorCode: 0, activeProducers: [] })
    expect(third).toMatchObject({ errorCode: 3, activeProducers: [] })
  })
})

describe('DescribeLogDirs', () => {
  const describeAll = (topics: { topic: string; partitions: number[] }[] | null, version = 5) =>
    world.ask('DescribeLogDirs', version, { topics })

  it('tells the size of every replica and the room on the volume', async () => {
    const records = batch(['a', 'b'])
    await world.produce(Buffer.from(records), { partition: 1 })
    const { results } = await describeAll(null)
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ errorCode: 0, logDir: '/data', isCordoned: false })
    expect(results[0]!.totalBytes).toBeGreaterThan(0)
    expect(results[0]!.topics).toEqual([
      {
        name: TOPIC,
        partitions: [
          { partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false },
          { partitionIndex: 1, partitionSize: records.length, offsetLag: 0, isFutureKey: false },
        ],
      },
    ])
    expect((await describeAll(null, 3)).results[0]!.totalBytes).toBe(-1)
  })

  it('lists only what was asked for', async () => {
    const { results } = await describeAll([{ topic: TOPIC, partitions: [1] }])
    expect(results[0]!.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1])
    expect((await describeAll([])).results[0]!.topics).toEqual([])
  })
})
