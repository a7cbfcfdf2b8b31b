/** Incremental fetch sessions: what requests may leave out, what answers leave out, errors, rotation, eviction. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ResponseOf } from '../../../src/protocol/apis.ts'
import { batch, TOPIC, TOPIC_ID, valuesOf, World } from './world.ts'

let world: World

beforeEach(() => {
  world = new World()
  world.createTopic({ partitions: 3 })
})

interface Options {
  sessionId?: number
  epoch?: number
  offsets?: Record<number, number>
  forgotten?: number[]
  version?: number
  maxBytes?: number
  replicaId?: number
}

function fetch(options: Options): Promise<ResponseOf<'Fetch'>> {
  const { version = 11, offsets = {}, forgotten = [] } = options
  const topic = version >= 13 ? { topicId: TOPIC_ID } : { topic: TOPIC }
  const partitions = Object.entries(offsets).map(([partition, fetchOffset]) => ({
    partition: Number(partition),
    fetchOffset,
    partitionMaxBytes: 1_000_000,
  }))
  return world.ask('Fetch', version, {
    ...(version < 15 ? { replicaId: options.replicaId ?? -1 } : {}),
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: options.maxBytes ?? 50_000_000,
    sessionId: options.sessionId ?? 0,
    sessionEpoch: options.epoch ?? 0,
    topics: partitions.length === 0 ? [] : [{ ...topic, partitions }],
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ ...topic, partitions: forgotten }],
  })
}

function partitionsIn({ responses }: ResponseOf<'Fetch'>): number[] {
  return responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex))
}

async function begin(version = 11): Promise<number> {
  const { sessionId } = await fetch({ offsets: { 0: 0, 1: 0, 2: 0 }, version })
  expect(sessionId).toBeGreaterThan(0)
  return sessionId
}

describe('a session', () => {
  it('is made by epoch 0 and answers with everything', async () => {
    const answer = await fetch({ offsets: { 0: 0, 1: 0, 2: 0 } })
    expect(answer.sessionId).toBeGreaterThan(0)
    expect(partitionsIn(answer)).toEqual([0, 1, 2])
  })

  it('leaves out of its answers what has no news, and remembers what requests leave out', async () => {
    const sessionId = await begin()
    expect(partitionsIn(await fetch({ sessionId, epoch: 1 }))).toEqual([])
    await world.produce(batch(['a']), { partition: 1 })
    const answer = await fetch({ sessionId, epoch: 2 })
    expect(partitionsIn(answer)).toEqual([1])
    expect(valuesOf(answer.responses[0]!.partitions[0]!.records)).toEqual(['a'])
    expect(answer.sessionId).toBe(sessionId)
  })

  it('takes changed offsets', async () => {
    const sessionId = await begin()
    await world.produce(batch(['a']))
    await fetch({ sessionId, epoch: 1 })
    expect(partitionsIn(await fetch({ sessionId, epoch: 2, offsets: { 0: 1 } }))).toEqual([])
    await world.produce(batch(['b']))
    const answer = await fetch({ sessionId, epoch: 3 })
    expect(valuesOf(answer.responses[0]!.partitions[0]!.records)).toEqual(['b'])
  })

  it('forgets partitions, and ends with the last of them', async () => {
    const sessionId = await begin()
    await world.produce(batch(['a']), { partition: 1 })
    expect(partitionsIn(await fetch({ sessionId, epoch: 1, forgotten: [1] }))).toEqual([])
    const last = await fetch({ sessionId, epoch: 2, forgotten: [0, 2] })
    expect(last.sessionId).toBe(0)
    expect(world.services.fetchSessions.size).toBe(0)
  })

  it('tells of a moved log start', async () => {
    await world.produce(batch(['a', 'b']))
    const { sessionId } = await fetch({ offsets: { 0: 2 } })
    await world.ask('DeleteRecords', 2, {
      timeoutMs: 1000,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 1 }] }],
    })
    const answer = await fetch({ sessionId, epoch: 1 })
    expect(answer.responses[0]!.partitions[0]).toMatchObject({ errorCode: 0, logStartOffset: 1 })
  })

  it('repeats a partition in trouble, and says when the trouble is over', async () => {
    const sessionId = await begin()
    expect((await fetch({ sessionId, epoch: 1, offsets: { 0: 5 } })).responses[0]!.partitions[0]!.errorCode).toBe(1)
    expect(partitionsIn(await fetch({ sessionId, epoch: 2 }))).toEqual([0])
    expect((await fetch({ sessionId, epoch: 3, offsets: { 0: 0 } })).responses[0]!.partitions[0]!.errorCode).toBe(0)
    expect(partitionsIn(await fetch({ sessionId, epoch: 4 }))).toEqual([])
  })

  it('serves partitions in turn, so that a full one does not starve the others', async () => {
    for (const partition of [0, 1, 2]) await world.produce(batch(['x'.repeat(1000)]), { partition })
    const { sessionId } = await fetch({ offsets: { 0: 0, 1: 0, 2: 0 }, maxBytes: 1 })
    const served: number[] = []
    for (let epoch = 1; epoch <= 3; epoch++) {
      const { responses } = await fetch({ sessionId, epoch, maxBytes: 1 })
      for (const each of responses.flatMap(({ partitions }) => partitions)) {
        if (valuesOf(each.records).length > 0) served.push(each.partitionIndex)
      }
    }
    expect([...new Set(served)].sort()).toEqual([0, 1, 2])
  })
})

describe('a request', () => {
  it('of an unknown session is refused with 70', async () => {
    expect(await fetch({ sessionId: 999, epoch: 1 })).toMatchObject({ errorCode: 70, sessionId: 0, responses: [] })
  })

  it('with another epoch than the next is refused with 71', async () => {
    const sessionId = await begin()
    expect(await fetch({ sessionId, epoch: 2 })).toMatchObject({ errorCode: 71 })
    expect(await fetch({ sessionId, epoch: 1 })).toMatchObject({ errorCode: 0 })
    expect(await fetch({ sessionId, epoch: 1 })).toMatchObject({ errorCode: 71 })
  })

  it('that names topics in a session of ids is refused with 106, and the other way round', async () => {
    const byId = await begin(13)
    expect(await fetch({ sessionId: byId, epoch: 1, version: 12 })).toMatchObject({ errorCode: 106 })
    const byName = await begin(12)
    expect(await fetch({ sessionId: byName, epoch: 1, version: 13 })).toMatchObject({ errorCode: 106 })
  })

  it('of epoch -1 closes the session and is answered without one', async () => {
    const sessionId = await begin()
    expect(await fetch({ sessionId, epoch: -1, offsets: { 0: 0 } })).toMatchObject({ errorCode: 0, sessionId: 0 })
    expect(await fetch({ sessionId, epoch: 1 })).toMatchObject({ errorCode: 70 })
  })

  it('of epoch 0 with a session id replaces that session', async () => {
    const sessionId = await begin()
    const again = await fetch({ sessionId, epoch: 0, offsets: { 0: 0 } })
    expect(again.sessionId).not.toBe(sessionId)
    expect(world.services.fetchSessions.size).toBe(1)
  })

  it('keeps an unknown topic id in its session until the topic is there', async () => {
    world = new World()
    const { sessionId, responses } = await fetch({ offsets: { 0: 0 }, version: 13 })
    expect(responses[0]!.partitions[0]!.errorCode).toBe(100)
    world.createTopic()
    const answer = await fetch({ sessionId, epoch: 1, version: 13 })
    expect(answer.responses[0]!.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 0 })
  })
})

describe('a full cache', () => {
  beforeEach(() => {
    world = new World({ sessionSlots: 2 })
    world.createTopic({ partitions: 3, partition: { replicas: [1, 2], isr: [1, 2] } })
  })

  const sizes = { small: { 0: 0 }, large: { 0: 0, 1: 0, 2: 0 } }

  it('answers a further client without a session', async () => {
    await fetch({ offsets: sizes.small })
    await fetch({ offsets: sizes.small })
    expect(await fetch({ offsets: sizes.small })).toMatchObject({ errorCode: 0, sessionId: 0 })
  })

  it('gives the place of a session that was unused for two minutes', async () => {
    const { sessionId } = await fetch({ offsets: sizes.large })
    world.clock.advance(60_000)
    const kept = await fetch({ offsets: sizes.small })
    world.clock.advance(61_000)
    expect((await fetch({ offsets: sizes.small })).sessionId).toBeGreaterThan(0)
    expect(await fetch({ sessionId, epoch: 1 })).toMatchObject({ errorCode: 70 })
    expect(await fetch({ sessionId: kept.sessionId, epoch: 1 })).toMatchObject({ errorCode: 0 })
  })

  it('gives the place of a smaller session once that has had its two minutes', async () => {
    const small = await fetch({ offsets: sizes.small })
    const other = await fetch({ offsets: sizes.large })
    world.clock.advance(100_000)
    for (const { sessionId } of [small, other]) await fetch({ sessionId, epoch: 1 })
    world.clock.advance(30_000)
    expect((await fetch({ offsets: sizes.small })).sessionId).toBe(0)
    expect((await fetch({ offsets: sizes.large })).sessionId).toBeGreaterThan(0)
    expect(await fetch({ sessionId: small.sessionId, epoch: 2 })).toMatchObject({ errorCode: 70 })
  })

  it("gives a client's place to a follower at once", async () => {
    await fetch({ offsets: sizes.small })
    await fetch({ offsets: sizes.small })
    expect((await fetch({ offsets: sizes.small, replicaId: 2 })).sessionId).toBeGreaterThan(0)
    expect((await fetch({ offsets: sizes.small, replicaId: 2 })).sessionId).toBeGreaterThan(0)
    expect((await fetch({ offsets: sizes.large, replicaId: 2 })).sessionId).toBe(0)
  })
})
