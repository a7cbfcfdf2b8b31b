/** Produce: offsets, the refusals of Apache Kafka 4.3.1 with its codes, acks, versions, hints. */
import { beforeEach, describe, expect, it } from 'vitest'
import { batch, TOPIC, TOPIC_ID, valuesOf, World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
  world.createTopic()
})

async function fetchAll(partition = 0): Promise<string[]> {
  const { responses } = await world.ask('Fetch', 11, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  })
  return valuesOf(responses[0]!.partitions[0]!.records)
}

describe('Produce', () => {
  it.each([3, 5, 7, 8, 9, 10, 11, 12, 13])('appends and tells the offset in version %i', async (version) => {
    await world.produce(batch(['a', 'b']), { version })
    expect(await world.produce(batch(['c']), { version })).toMatchObject({
      index: 0,
      errorCode: 0,
      baseOffset: 2,
      logAppendTimeMs: -1,
      logStartOffset: version >= 5 ? 0 : -1,
    })
    expect(await fetchAll()).toEqual(['a', 'b', 'c'])
  })

  it('names topics by id in version 13 and answers with the id', async () => {
    const { responses } = await world.ask('Produce', 13, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ topicId: TOPIC_ID, partitionData: [{ index: 0, records: batch(['a']) }] }],
    })
    expect(responses[0]).toMatchObject({ name: '', topicId: TOPIC_ID })
  })

  it('tells the append time where the topic stamps records itself', async () => {
    world.createTopic({
      name: 'stamped',
      id: 'AAAAAAAAAAAAAAAAAAAAcQ',
      config: { 'message.timestamp.type': 'LogAppendTime' },
    })
    const { logAppendTimeMs } = await world.produce(batch(['a']), { topic: 'stamped' })
    expect(logAppendTimeMs).toBe(world.clock.nowMs())
  })

  it('answers a repeated batch of an idempotent producer with the offset it got', async () => {
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
    expect(await world.produce(batch(['a', 'b'], producer))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await world.produce(batch(['a', 'b'], producer))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await world.produce(batch(['x'], { ...producer, baseSequence: 9 }))).toMatchObject({
      errorCode: 45,
      baseOffset: -1,
      logStartOffset: 0,
    })
    expect(await fetchAll()).toEqual(['a', 'b'])
  })

  it.each([
    ['no records', null, 87],
    ['an empty set', Buffer.alloc(0), 87],
    ['a batch that ends early', batch(['a', 'b']).subarray(0, 66), 87],
    ['two batches', Buffer.concat([batch(['a']), batch(['b'])]), 87],
    ['format 1', changed(batch(['a']), 16, 1), 87],
    ['an unknown format', changed(batch(['a']), 16, 9), 2],
    ['a length that no batch has', changed(batch(['a']), 11, 3), 2],
    ['a wrong checksum', changed(batch(['a']), 66, 0x55), 2],
    ['control records', batch(['a'], { isControl: true }), 87],
    ['more than max.message.bytes', batch(['x'.repeat(1_100_000)]), 10],
    [
      'transactional records',
      batch(['a'], { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
      53,
    ],
  ])('refuses %s', async (_name, records, errorCode) => {
    const response = await world.produce(records)
    expect(response).toMatchObject({ errorCode, baseOffset: -1 })
    expect(await fetchAll()).toEqual([])
  })

  it('leaves bytes behind the batch that are none', async () => {
    expect(await world.produce(Buffer.concat([batch(['a']), Buffer.from('junk')]))).toMatchObject({ errorCode: 0 })
    expect(await fetchAll()).toEqual(['a'])
  })

  it('takes zstd from version 7 on', async () => {
    const records = () => batch(['a'], { compression: 'zstd' })
    expect(await world.produce(records(), { version: 6 })).toMatchObject({ errorCode: 76 })
    expect(await world.produce(records(), { version: 7 })).toMatchObject({ errorCode: 0 })
  })

  it('names the records that a compacted topic refuses', async () => {
    world.createTopic({ name: 'compacted', id: 'AAAAAAAAAAAAAAAAAAAAcQ', config: { 'cleanup.policy': 'compact' } })
    const response = await world.produce(batch(['a', 'b']), { topic: 'compacted' })
    expect(response.errorCode).toBe(87)
    expect(response.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
    expect(response.errorMessage).not.toBeNull()
  })

  it.each([
    ['an unknown partition', { partition: 7 }, 3],
    ['an unknown topic', { topic: 'nope' }, 3],
    ['an unknown topic id', { version: 13, topicId: 'AAAAAAAAAAAAAAAAAAAABQ' }, 100],
    ['acks that do not exist', { acks: 5 }, 21],
  ])('refuses %s', async (_name, options, errorCode) => {
    expect(await world.produce(batch(['a']), options)).toMatchObject({ errorCode, baseOffset: -1, logStartOffset: -1 })
  })

  it('lets nobody but the admin client write to internal topics', async () => {
    world.createTopic({ name: '__consumer_offsets', id: 'AAAAAAAAAAAAAAAAAAAAcQ' })
    expect(await world.produce(batch(['a']), { topic: '__consumer_offsets' })).toMatchObject({ errorCode: 17 })
  })

  it('says who leads from version 10 on', async () => {
    const elsewhere = { replicas: [1, 2], isr: [1, 2], leader: 2, leaderEpoch: 4 }
    world.createTopic({ name: 'elsewhere', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: elsewhere })
    expect(await world.produce(batch(['a']), { topic: 'elsewhere', version: 9 })).toMatchObject({ errorCode: 6 })
    expect(await world.produce(batch(['a']), { topic: 'elsewhere', version: 10 })).toMatchObject({
      errorCode: 6,
      currentLeader: { leaderId: 2, leaderEpoch: 4 },
    })
  })

  it('has no answer with acks=0, and ends the connection on an error', async () => {
    const body = (topic: string) => ({
      acks: 0,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: batch(['a']) }] }],
    })
    expect(await world.send('Produce', 9, body(TOPIC))).toBeNull()
    await expect(world.send('Produce', 9, body('nope'))).rejects.toThrow('acks=0')
    expect(await fetchAll()).toEqual(['a'])
  })
})

describe('acks=-1', () => {
  const two = { replicas: [1, 2], isr: [1, 2] }

  it('is answered at once where this node is the only replica', async () => {
    expect(await world.produce(batch(['a']), { acks: -1 })).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })

  it('waits for the in-sync replicas', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: two })
    let answer: unknown
    const produced = world.produce(batch(['a', 'b']), { topic: 'two', acks: -1 }).then((response) => {
      answer = response
    })
    world.clock.advance(10)
    await Promise.resolve()
    expect(answer).toBeUndefined()
    const partition = world.replicas.partition('two', 0)
    partition.followerFetched({ replicaId: 2, fetchOffset: 2, logStartOffset: 0, nowMs: 0 })
    world.replicas.highWatermarkMoved(partition)
    world.clock.runDeferred()
    await produced
    expect(answer).toMatchObject({ errorCode: 0, baseOffset: 0 })
  })

  it('ends with REQUEST_TIMED_OUT when they are too slow', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: two })
    const produced = world.produce(batch(['a']), { topic: 'two', acks: -1, timeoutMs: 500 })
    world.clock.advance(501)
    expect(await produced).toMatchObject({ errorCode: 7 })
  })

  it('is refused while too few replicas are in sync', async () => {
    world.createTopic({
      name: 'two',
      id: 'AAAAAAAAAAAAAAAAAAAAcQ',
      partition: { replicas: [1, 2], isr: [1] },
      config: { 'min.insync.replicas': '2' },
    })
    expect(await world.produce(batch(['a']), { topic: 'two', acks: -1 })).toMatchObject({ errorCode: 19 })
    expect(await world.produce(batch(['a']), { topic: 'two', acks: 1 })).toMatchObject({ errorCode: 0 })
  })
})

function changed(records: Buffer, position: number, value: number): Buffer {
  const copy = Buffer.from(records)
  copy[position] = value
  return copy
}
