/** Partitions with three replicas on three nodes: nothing acknowledged is lost, replicas end up the same. Time is virtual. */
import { afterEach, describe, expect, it } from 'vitest'
import { ReplicatedTopic, TOPIC } from './replicated-topic.ts'

let topic: ReplicatedTopic
afterEach(async () => {
  await topic.cluster.stopAll()
  expect(topic.cluster.fatal).toEqual([])
})

const error = (name: string) => expect.objectContaining({ error: name })

describe('three replicas', () => {
  it('all have what is acknowledged with acks=-1', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'a', 'b', 'c')
    for (const id of [1, 2, 3]) expect(topic.log(id).logEndOffset).toBe(3)
    await topic.untilSame(1, 2, 3)
  })

  it('lose nothing when the leader dies; it comes back without what only it had', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create({ 'min.insync.replicas': '2' })
    await topic.produce(1, 'a', 'b')
    await topic.untilSame(1, 2, 3)
    topic.append(1, 'only here', 1)
    topic.append(1, 'here too', 1)
    topic.cluster.kill(1)
    const leader = await topic.leaderAmong(2, 3)
    expect(topic.isr(leader)).toEqual([2, 3])
    await topic.produce(leader, 'c')
    await topic.untilSame(2, 3)
    await topic.cluster.until(topic.cluster.start(1))
    await topic.untilIsr(leader, 1, 2, 3)
    await topic.untilSame(1, 2, 3)
    expect(topic.values(1)).toEqual(['a', 'b', 'c'])
    expect(topic.log(1).epochs.all()).toEqual(topic.log(leader).epochs.all())
  })

  it('follow a leader of a later epoch that wrote nothing yet', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'a')
    for (const round of [1, 2, 3]) {
      const former = await topic.leaderAmong(1, 2, 3)
      await topic.cluster.stop(former)
      const leader = await topic.leaderAmong(...[1, 2, 3].filter((id) => id !== former))
      await topic.cluster.until(topic.cluster.start(former))
      await topic.untilIsr(leader, 1, 2, 3)
      if (round === 3) await topic.produce(leader, 'b')
    }
    await topic.untilSame(1, 2, 3)
    expect(topic.values(1)).toEqual(['a', 'b'])
  })

  it('keep what idempotent producers sent apart from what they send again, on the next leader too', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    const producer = { producerId: 7, producerEpoch: 0 }
    const first = topic.append(1, 'a', -1, { ...producer, baseSequence: 0 })
    await topic.acknowledged(1, 1)
    topic.cluster.kill(1)
    const leader = await topic.leaderAmong(2, 3)
    const again = topic.append(leader, 'a', -1, { ...producer, baseSequence: 0 })
    expect(again).toMatchObject({ duplicate: true, firstOffset: first.firstOffset })
    expect(() => topic.append(leader, 'c', -1, { ...producer, baseSequence: 2 })).toThrow(
      error('OUT_OF_ORDER_SEQUENCE_NUMBER'),
    )
    expect(topic.append(leader, 'b', -1, { ...producer, baseSequence: 1 }).firstOffset).toBe(1)
  })
})

describe('the in-sync set', () => {
  it('loses a follower whose disk is full, and gets it back by itself', async () => {
    topic = await ReplicatedTopic.start({ 'replica.lag.time.max.ms': '2000' })
    await topic.create({ 'min.insync.replicas': '2' })
    await topic.produce(1, 'a')
    const disk = topic.cluster.diskOf(3)
    disk.fail({ operation: 'write', errno: 'ENOSPC', path: `${TOPIC}-0`, times: 1_000_000 })
    await topic.produce(1, 'b')
    expect(topic.isr(1)).toEqual([1, 2])
    expect(topic.log(3).logEndOffset).toBe(1)
    disk.clearFaults()
    await topic.untilIsr(1, 1, 2, 3)
    await topic.untilSame(1, 2, 3)
  })

  it('below the minimum refuses acks=-1 before the append, and after it', async () => {
    topic = await ReplicatedTopic.start({ 'replica.lag.time.max.ms': '2000' })
    await topic.create({ 'min.insync.replicas': '3' })
    await topic.produce(1, 'a')
    topic.cluster.diskOf(3).fail({ operation: 'write', errno: 'ENOSPC', path: `${TOPIC}-0`, times: 1_000_000 })
    const { lastOffset } = topic.append(1, 'b')
    await expect(topic.acknowledged(1, lastOffset + 1)).rejects.toThrow(error('REQUEST_TIMED_OUT'))
    expect(topic.isr(1)).toEqual([1, 2])
    expect(() => topic.append(1, 'c')).toThrow(error('NOT_ENOUGH_REPLICAS'))
    // With acks=1 it is written, and not committed: the needed replicas are not there.
    topic.append(1, 'd', 1)
    expect(topic.log(1).highWatermark).toBe(1)
  })

  it('keeps the high watermark where it is while a change is on its way', async () => {
    topic = await ReplicatedTopic.start({ 'replica.lag.time.max.ms': '2000' })
    await topic.create()
    await topic.produce(1, 'a')
    topic.cluster.diskOf(3).fail({ operation: 'write', errno: 'ENOSPC', path: `${TOPIC}-0`, times: 1_000_000 })
    topic.append(1, 'b')
    await topic.cluster.while(() => !topic.on(1)!.isChanging)
    expect(topic.on(1)!.maximalIsr).toContain(3)
    expect(topic.log(1).highWatermark).toBe(1)
    await topic.untilIsr(1, 1, 2)
    expect(topic.log(1).highWatermark).toBe(2)
  })
})

describe('a follower that was away', () => {
  it('begins where the leader begins when what comes next is gone', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'a', 'b')
    topic.cluster.kill(3)
    await topic.untilIsr(1, 1, 2)
    await topic.produce(1, 'c', 'd', 'e')
    topic.log(1).advanceLogStartOffset(4)
    await topic.cluster.until(topic.cluster.start(3))
    await topic.untilIsr(1, 1, 2, 3)
    await topic.untilSame(1, 2, 3)
    expect(topic.log(3).logStartOffset).toBe(4)
    expect(topic.values(3)).toEqual(['e'])
  })

  it('holds nothing of a topic of the same name that was made again meanwhile', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'old', 'older')
    await topic.cluster.stop(3)
    await topic.delete()
    await topic.create()
    const leader = await topic.leaderAmong(1, 2)
    await topic.produce(leader, 'new')
    await topic.cluster.until(topic.cluster.start(3))
    await topic.untilIsr(leader, 1, 2, 3)
    await topic.untilSame(1, 2, 3)
    expect(topic.values(3)).toEqual(['new'])
  })

  it('becomes the leader where unclean elections are allowed, and the others are cut back to it', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create({ 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' }, [1, 3])
    await topic.produce(1, 'a')
    topic.cluster.kill(3)
    await topic.untilIsr(1, 1)
    await topic.produce(1, 'lost', 'too')
    topic.cluster.kill(1)
    await topic.cluster.until(topic.cluster.start(3))
    await topic.leaderAmong(3)
    await topic.produce(3, 'b')
    expect(topic.values(3)).toEqual(['a', 'b'])
    await topic.cluster.until(topic.cluster.start(1))
    await topic.untilIsr(3, 1, 3)
    await topic.untilSame(1, 3)
    expect(topic.values(1)).toEqual(['a', 'b'])
  })
})

describe('what lies before the log start', () => {
  it('goes from every replica before a deletion is answered', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'a', 'b', 'c')
    const request = { topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 2 }] }], timeoutMs: 10_000 }
    const answer = await topic.handle(1, 'DeleteRecords', 2, request)
    expect(answer).toMatchObject({ topics: [{ partitions: [{ errorCode: 0, lowWatermark: 2 }] }] })
    for (const id of [1, 2, 3]) expect(topic.log(id).logStartOffset).toBe(2)
  })
})

describe('a new leader', () => {
  it('tells no latest offset before it knows that it is not older than what was told before', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create()
    await topic.produce(1, 'a')
    // The followers have the record, and have not heard yet that it is committed.
    expect([2, 3].map((id) => topic.log(id).logEndOffset)).toEqual([1, 1])
    const stale = [2, 3].filter((id) => topic.log(id).highWatermark === 0)
    expect(stale.length).toBeGreaterThan(0)
    topic.cluster.kill(1)
    const leader = await topic.leaderAmong(2, 3)
    const ask = () =>
      topic.handle(leader, 'ListOffsets', 5, {
        replicaId: -1,
        topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      })
    const first = (await ask()).topics[0]!.partitions[0]!
    if (first.errorCode !== 0) expect(first.errorCode).toBe(78)
    else expect(first.offset).toBe(1)
    await topic.cluster.while(() => topic.log(leader).highWatermark < 1)
    expect((await ask()).topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, offset: 1 })
  })
})

describe('a consumer', () => {
  const wanted = (fetchOffset: number) => ({
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1_000_000,
    rackId: 'c',
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
  })

  it('is sent to the in-sync replica in its rack, which serves what is committed', async () => {
    const selector = { 'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector' }
    topic = await ReplicatedTopic.start(selector, (id) => ({ 'broker.rack': 'abc'[id - 1]! }))
    await topic.create()
    await topic.produce(1, 'a', 'b')
    await topic.untilSame(1, 2, 3)
    const sent = (await topic.handle(1, 'Fetch', 12, wanted(0))).responses[0]!.partitions[0]!
    expect(sent).toMatchObject({ errorCode: 0, preferredReadReplica: 3, highWatermark: 2 })
    const there = (await topic.handle(3, 'Fetch', 12, wanted(0))).responses[0]!.partitions[0]!
    expect(there).toMatchObject({ errorCode: 0, highWatermark: 2 })
    expect(there.records!.length).toBeGreaterThan(100)
    // What the follower does not have, the leader serves.
    expect((await topic.handle(1, 'Fetch', 12, wanted(3))).responses[0]!.partitions[0]).toMatchObject({
      errorCode: 1,
    })
  })
})

describe('a bound on replication', () => {
  it('holds back who is behind, not who is in sync', async () => {
    topic = await ReplicatedTopic.start()
    await topic.create({
      'leader.replication.throttled.replicas': '*',
      'follower.replication.throttled.replicas': '*',
    })
    topic.cluster.kill(3)
    await topic.untilIsr(1, 1, 2)
    const big = 'x'.repeat(100_000)
    for (let index = 0; index < 30; index++) await topic.produce(1, big)
    await topic.setBrokerDefault('leader.replication.throttled.rate', '50000')
    await topic.cluster.until(topic.cluster.start(3))
    await topic.cluster.while(() => (topic.on(3)?.log().logEndOffset ?? 0) === 0)
    const startMs = topic.cluster.clock.monotonicMs()
    await topic.produce(1, 'in sync is not held back')
    expect(topic.cluster.clock.monotonicMs() - startMs).toBeLessThan(200)
    await topic.cluster.while(() => topic.cluster.clock.monotonicMs() < startMs + 3000)
    expect(topic.log(3).logEndOffset).toBeLessThan(30)
    expect(topic.isr(1)).toEqual([1, 2])
    await topic.setBrokerDefault('leader.replication.throttled.rate', '10000000')
    await topic.untilIsr(1, 1, 2, 3)
    await topic.untilSame(1, 2, 3)
  })
})
