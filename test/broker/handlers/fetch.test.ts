/** Fetch: batches and limits, isolation, epochs, waiting and waking, ids and hints. */
import { beforeEach, describe, expect, it } from 'vitest'
import { metadataRecord } from '../../../src/broker/metadata/records.ts'
import type { RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import { batch, TOPIC, TOPIC_ID, valuesOf, World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
  world.createTopic({ partitions: 3 })
})

interface Wanted {
  partition?: number
  offset?: number
  maxBytes?: number
  leaderEpoch?: number
  lastFetchedEpoch?: number
}
interface Options {
  version?: number
  topic?: string
  topicId?: string
  maxBytes?: number
  minBytes?: number
  maxWaitMs?: number
  isolationLevel?: number
}

function request(wanted: readonly Wanted[], options: Options = {}): RequestInput<'Fetch'> {
  const byId = (options.version ?? 11) >= 13
  return {
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 50_000_000,
    isolationLevel: options.isolationLevel ?? 0,
    sessionEpoch: -1,
    topics: [
      {
        ...(byId ? { topicId: options.topicId ?? TOPIC_ID } : { topic: options.topic ?? TOPIC }),
        partitions: wanted.map((each) => ({
          partition: each.partition ?? 0,
          fetchOffset: each.offset ?? 0,
          partitionMaxBytes: each.maxBytes ?? 1_000_000,
          currentLeaderEpoch: each.leaderEpoch ?? -1,
          lastFetchedEpoch: each.lastFetchedEpoch ?? -1,
        })),
      },
    ],
  }
}

function fetch(wanted: readonly Wanted[], options: Options = {}): Promise<ResponseOf<'Fetch'>> {
  return world.ask('Fetch', options.version ?? 11, request(wanted, options))
}

async function fetchOne(wanted: Wanted = {}, options: Options = {}) {
  return (await fetch([wanted], options)).responses[0]!.partitions[0]!
}

describe('what is returned', () => {
  it.each([4, 5, 7, 10, 11, 12, 13, 15, 16, 17, 18])('is what was produced, in version %i', async (version) => {
    await world.produce(batch(['a', 'b']))
    const answer = await fetchOne({}, { version })
    expect(answer).toMatchObject({
      errorCode: 0,
      highWatermark: 2,
      lastStableOffset: 2,
      logStartOffset: version >= 5 ? 0 : -1,
      abortedTransactions: null,
    })
    expect(valuesOf(answer.records)).toEqual(['a', 'b'])
  })

  it('is the whole batch for an offset inside it', async () => {
    await world.produce(batch(['a', 'b', 'c']))
    expect(valuesOf((await fetchOne({ offset: 2 })).records)).toEqual(['a', 'b', 'c'])
  })

  it('is one whole batch at least, in the first partition that has data, above every limit', async () => {
    for (const partition of [1, 2]) await world.produce(batch(['x'.repeat(1000)]), { partition })
    const { responses } = await fetch(
      [0, 1, 2].map((partition) => ({ partition, maxBytes: 10 })),
      { maxBytes: 10 },
    )
    const sizes = responses[0]!.partitions.map(({ records }) => valuesOf(records).length)
    expect(sizes).toEqual([0, 1, 0])
  })

  it('keeps to the limits after the first batch', async () => {
    for (let round = 0; round < 5; round++) await world.produce(batch(['x'.repeat(1000)]))
    expect(valuesOf((await fetchOne({ maxBytes: 2500 })).records)).toHaveLength(2)
    expect(valuesOf((await fetchOne({}, { maxBytes: 3500 })).records)).toHaveLength(3)
  })

  it('is an empty set, not null, at the end of the log', async () => {
    const { records } = await fetchOne()
    expect(records).toHaveLength(0)
  })

  it('carries an empty list of aborted transactions only for read_committed', async () => {
    await world.produce(batch(['a']))
    expect((await fetchOne({}, { isolationLevel: 1 })).abortedTransactions).toEqual([])
    expect((await fetchOne({ offset: 1 }, { isolationLevel: 1 })).abortedTransactions).toEqual([])
    expect((await fetchOne()).abortedTransactions).toBeNull()
  })
})

describe('what is refused', () => {
  it.each([
    ['an offset beyond the end', { offset: 9 }, {}, 1],
    ['an unknown partition', { partition: 9 }, {}, 3],
    ['an unknown topic', {}, { topic: 'nope' }, 3],
    ['an unknown topic id', {}, { version: 16, topicId: 'AAAAAAAAAAAAAAAAAAAABQ' }, 100],
    ['an older leader epoch', { leaderEpoch: 4 }, {}, 74],
    ['a newer leader epoch', { leaderEpoch: 6 }, {}, 75],
    ['a last fetched epoch that nobody knows', { lastFetchedEpoch: 9 }, { version: 12 }, 1],
  ])('%s', async (_name, wanted, options, errorCode) => {
    world = new World()
    world.createTopic({ partition: { leaderEpoch: 5 } })
    expect(await fetchOne(wanted, { ...options, maxWaitMs: 10_000 })).toMatchObject({
      errorCode,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      records: Buffer.alloc(0),
    })
  })

  it('an offset below the start of the log', async () => {
    await world.produce(batch(['a', 'b', 'c']))
    await world.ask('DeleteRecords', 2, {
      timeoutMs: 1000,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 2 }] }],
    })
    expect(await fetchOne({ offset: 1 })).toMatchObject({ errorCode: 1 })
    expect(await fetchOne({ offset: 2 })).toMatchObject({ errorCode: 0, logStartOffset: 2 })
  })

  it('a topic compressed with zstd before version 10', async () => {
    world.createTopic({ name: 'zstd', id: 'AAAAAAAAAAAAAAAAAAAAcQ', config: { 'compression.type': 'zstd' } })
    expect(await fetchOne({}, { topic: 'zstd', version: 9 })).toMatchObject({ errorCode: 76 })
    expect(await fetchOne({}, { topic: 'zstd', version: 10 })).toMatchObject({ errorCode: 0 })
  })

  it('with the address of the leader from version 16 on', async () => {
    const elsewhere = { replicas: [1, 2], isr: [1, 2], leader: 2, leaderEpoch: 4 }
    world.createTopic({ name: 'elsewhere', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: elsewhere })
    world.apply(
      metadataRecord('RegisterBrokerRecord', 3, {
        brokerId: 2,
        incarnationId: TOPIC_ID,
        brokerEpoch: 50,
        endPoints: [{ name: 'PLAINTEXT', host: 'other', port: 9999, securityProtocol: 0 }],
        features: [],
        rack: 'r2',
        fenced: false,
        inControlledShutdown: false,
        logDirs: [],
      }),
    )
    const answer = await fetch([{ leaderEpoch: 3 }], { version: 16, topicId: 'AAAAAAAAAAAAAAAAAAAAcQ' })
    expect(answer.responses[0]!.partitions[0]).toMatchObject({
      errorCode: 74,
      currentLeader: { leaderId: 2, leaderEpoch: 4 },
    })
    expect(answer.nodeEndpoints).toEqual([{ nodeId: 2, host: 'other', port: 9999, rack: 'r2' }])
  })

  it('from a follower only what is committed, and not before version 11', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    await world.produce(batch(['a', 'b']), { topic: 'two' })
    world.replicas.hosted('two', 0)!.log().updateHighWatermark(1)
    world.apply(
      metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: 'AAAAAAAAAAAAAAAAAAAAcQ', leader: 2 }),
    )
    expect(await fetchOne({}, { topic: 'two', version: 10 })).toMatchObject({ errorCode: 6 })
    expect(await fetchOne({}, { topic: 'two' })).toMatchObject({ errorCode: 0, highWatermark: 1 })
    expect(await fetchOne({ offset: 2 }, { topic: 'two' })).toMatchObject({ errorCode: 0, records: Buffer.alloc(0) })
    expect(await fetchOne({ offset: 3 }, { topic: 'two' })).toMatchObject({ errorCode: 1 })
    const asReplica = { ...request([{}], { topic: 'two' }), replicaId: 2 }
    const refused = await world.ask('Fetch', 11, asReplica)
    expect(refused.responses[0]!.partitions[0]!.errorCode).toBe(6)
  })

  it('a topic under its former id after it was made anew', async () => {
    await world.produce(batch(['a']))
    world.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    world.createTopic({ id: 'AAAAAAAAAAAAAAAAAAAAdQ' })
    expect(await fetchOne({}, { version: 13 })).toMatchObject({ errorCode: 100 })
    expect(await fetchOne({}, { version: 13, topicId: 'AAAAAAAAAAAAAAAAAAAAdQ' })).toMatchObject({ highWatermark: 0 })
  })
})

describe('a diverging history', () => {
  it('is answered with where it left the leader, without an error and at once', async () => {
    await world.produce(batch(['a', 'b']))
    world.apply(
      metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: TOPIC_ID, leader: 1 }),
      metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: TOPIC_ID, leader: 1 }),
    )
    await world.produce(batch(['c']))
    const answer = await fetchOne({ offset: 5, lastFetchedEpoch: 0 }, { version: 12, maxWaitMs: 10_000 })
    expect(answer).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 2 } })
    expect(answer.records).toHaveLength(0)
    const agreeing = await fetchOne({ offset: 2, lastFetchedEpoch: 0 }, { version: 12 })
    expect(agreeing.divergingEpoch).toEqual({ epoch: -1, endOffset: -1 })
    expect(valuesOf(agreeing.records)).toEqual(['c'])
  })
})

describe('waiting', () => {
  /** A fetch that is under way, and whether it has been answered. */
  function waiting(wanted: readonly Wanted[], options: Options) {
    const state: { answer: ResponseOf<'Fetch'> | undefined } = { answer: undefined }
    const done = fetch(wanted, { maxWaitMs: 1000, ...options }).then((answer) => {
      state.answer = answer
    })
    return { state, done }
  }

  async function turn(): Promise<void> {
    world.clock.runDeferred()
    for (let round = 0; round < 10; round++) await Promise.resolve()
  }

  it('ends with an append, at the end of the turn that brought it', async () => {
    const { state, done } = waiting([{ partition: 0 }, { partition: 1 }], {})
    await turn()
    expect(state.answer).toBeUndefined()
    void world.produce(batch(['a']), { partition: 1 })
    void world.produce(batch(['b']), { partition: 1 })
    await turn()
    await done
    const records = state.answer!.responses[0]!.partitions.find(({ partitionIndex }) => partitionIndex === 1)!.records
    expect(valuesOf(records)).toEqual(['a', 'b'])
    expect(world.replicas.parked.size).toBe(0)
  })

  it('ends without an answer when the connection is gone', async () => {
    const { state } = waiting([{}], {})
    await turn()
    expect(world.replicas.parked.size).toBe(1)
    world.peer.onGone!()
    expect(world.replicas.parked.size).toBe(0)
    void world.produce(batch(['late']))
    await turn()
    expect(state.answer).toBeUndefined()
  })

  it('goes on until the minimum of bytes is there', async () => {
    const { state, done } = waiting([{}], { minBytes: 300 })
    await world.produce(batch(['x'.repeat(100)]))
    await turn()
    expect(state.answer).toBeUndefined()
    await world.produce(batch(['x'.repeat(100)]))
    await turn()
    await done
    expect(valuesOf(state.answer!.responses[0]!.partitions[0]!.records)).toHaveLength(2)
  })

  it('ends after the longest wait with what there is', async () => {
    const { state, done } = waiting([{}], { minBytes: 10_000, maxWaitMs: 500 })
    await world.produce(batch(['a']))
    world.clock.advance(499)
    await turn()
    expect(state.answer).toBeUndefined()
    world.clock.advance(1)
    await done
    expect(valuesOf(state.answer!.responses[0]!.partitions[0]!.records)).toEqual(['a'])
  })

  it('ends when leadership moves', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    // From version 11 on a consumer may read from a follower.
    const { state, done } = waiting([{}], { topic: 'two', version: 10 })
    world.apply(
      metadataRecord('PartitionChangeRecord', 0, { partitionId: 0, topicId: 'AAAAAAAAAAAAAAAAAAAAcQ', leader: 2 }),
    )
    await turn()
    await done
    expect(state.answer!.responses[0]!.partitions[0]!.errorCode).toBe(6)
  })

  it('ends when the topic is deleted', async () => {
    const { state, done } = waiting([{}], {})
    world.apply(metadataRecord('RemoveTopicRecord', 0, { topicId: TOPIC_ID }))
    await turn()
    await done
    expect(state.answer!.responses[0]!.partitions[0]!.errorCode).toBe(3)
  })

  it('of a consumer goes on while the in-sync replicas do not have the records', async () => {
    world.createTopic({ name: 'two', id: 'AAAAAAAAAAAAAAAAAAAAcQ', partition: { replicas: [1, 2], isr: [1, 2] } })
    const { state, done } = waiting([{}], { topic: 'two' })
    await world.produce(batch(['a']), { topic: 'two' })
    await turn()
    expect(state.answer).toBeUndefined()
    // The follower's next fetch, from behind the record, says that it has it.
    const fromFollower = { ...request([{ offset: 1 }], { topic: 'two' }), replicaId: 2 }
    await world.ask('Fetch', 11, fromFollower)
    await turn()
    await done
    expect(valuesOf(state.answer!.responses[0]!.partitions[0]!.records)).toEqual(['a'])
  })

  it('is not done for what is there already, nor for nothing', async () => {
    await world.produce(batch(['a']))
    await fetch([{}], { maxWaitMs: 1000 })
    await world.ask('Fetch', 11, { ...request([], { maxWaitMs: 1000 }), topics: [] })
    expect(world.replicas.parked.size).toBe(0)
  })
})
