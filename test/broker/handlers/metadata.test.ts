/** Metadata, DescribeCluster and DescribeTopicPartitions from the image, in their versions. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { describeClusterHandler } from '../../../src/broker/handlers/describe-cluster.ts'
import { describeTopicPartitionsHandler } from '../../../src/broker/handlers/describe-topic-partitions.ts'
import { metadataHandler } from '../../../src/broker/handlers/metadata.ts'
import type { RequestInput } from '../../../src/protocol/apis.ts'
import { HandlerHarness, topicId } from './handler-services.ts'

function cluster(properties: Record<string, string> = {}): HandlerHarness {
  return new HandlerHarness(properties)
    .broker(1, { rack: 'a', listeners: ['PLAINTEXT', 'OUTSIDE'] })
    .broker(2)
    .broker(3, { fenced: true })
    .topic('news', [{ replicas: [1, 2] }, { replicas: [2, 3], leader: 2, isr: [2] }])
    .topic('__consumer_offsets', [{ replicas: [1] }])
    .topic('dead', [{ replicas: [3], leader: -1, isr: [3] }])
}

const ask = (h: HandlerHarness, version: number, request: RequestInput<'Metadata'>, listenerName = 'PLAINTEXT') =>
  h.ask('Metadata', metadataHandler, version, request, { listenerName })
const named = (...names: string[]) => names.map((name) => ({ name }))

describe('Metadata', () => {
  it('lists live brokers with the address of the listener that was asked', async () => {
    const h = cluster()
    const { brokers, clusterId, controllerId } = await ask(h, 12, { topics: [] })
    expect(brokers.map(({ nodeId, host, port, rack }) => [nodeId, host, port, rack])).toEqual([
      [1, 'broker-1', 9001, 'a'],
      [2, 'broker-2', 9002, null],
    ])
    expect([clusterId, controllerId]).toEqual(['cluster-id-of-22-chars', 1])
    expect((await ask(h, 12, { topics: [] }, 'OUTSIDE')).brokers.map(({ nodeId }) => nodeId)).toEqual([1])
  })

  it('means all topics by null, and in version 0 by an empty list', async () => {
    const h = cluster()
    const names = async (version: number, topics: RequestInput<'Metadata'>['topics']) =>
      (await ask(h, version, { topics: topics ?? null })).topics.map(({ name }) => name)
    const all = ['news', '__consumer_offsets', 'dead']
    expect(await names(0, [])).toEqual(all)
    expect(await names(1, [])).toEqual([])
    expect(await names(1, null as never)).toEqual(all)
    expect(await names(13, null as never)).toEqual(all)
  })

  it('describes partitions with leader, replicas and who is offline', async () => {
    const [topic, dead] = (await ask(cluster(), 12, { topics: named('news', 'dead') })).topics
    expect(topic).toMatchObject({ errorCode: 0, topicId: topicId(0), isInternal: false })
    expect(topic?.partitions[1]).toEqual({
      errorCode: 0,
      partitionIndex: 1,
      leaderId: 2,
      leaderEpoch: 5,
      replicaNodes: [2, 3],
      isrNodes: [2],
      offlineReplicas: [3],
    })
    expect(dead?.partitions[0]).toMatchObject({ errorCode: 5, leaderId: -1, offlineReplicas: [3] })
  })

  it('tells a leader without the listener apart from version 6 on', async () => {
    const h = cluster()
    const code = async (version: number) =>
      (await ask(h, version, { topics: named('news') }, 'OUTSIDE')).topics[0]?.partitions[1]?.errorCode
    expect(await code(5)).toBe(5)
    expect(await code(6)).toBe(72)
  })

  it('marks internal topics', async () => {
    const { topics } = await ask(cluster(), 1, { topics: named('__consumer_offsets', '__transaction_state') })
    expect(topics.map(({ isInternal, errorCode }) => [isInternal, errorCode])).toEqual([
      [true, 0],
      [true, 3],
    ])
  })

  it('creates unknown topics where client and broker allow it, and calls them unknown this time', async () => {
    const h = cluster()
    const { topics } = await ask(h, 12, { topics: named('new', 'bad name', 'news') })
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([3, 17, 0])
    expect(h.asked).toEqual([
      {
        api: 'CreateTopics',
        request: expect.objectContaining({ topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1 }] }),
      },
    ])
    await ask(h, 12, { topics: named('other'), allowAutoTopicCreation: false })
    expect(h.asked).toHaveLength(1)
    const forbidding = cluster({ 'auto.create.topics.enable': 'false' })
    await ask(forbidding, 1, { topics: named('other') })
    expect(forbidding.asked).toHaveLength(0)
  })

  it('finds topics by id from version 12 on', async () => {
    const h = cluster()
    const byId = (id: string) => [{ topicId: id, name: null }]
    expect((await ask(h, 12, { topics: byId(topicId(0)) })).topics[0]).toMatchObject({ errorCode: 0, name: 'news' })
    expect((await ask(h, 12, { topics: byId(topicId(99)) })).topics[0]).toMatchObject({ errorCode: 100, name: null })
    expect((await ask(h, 10, { topics: byId(topicId(0)) })).topics[0]).toMatchObject({ errorCode: 42, name: '' })
    expect((await ask(h, 11, { topics: [{ topicId: ZERO_UUID, name: null }] })).topics[0]?.errorCode).toBe(42)
    expect(h.asked).toEqual([])
  })

  it('tells authorized operations only when asked', async () => {
    const h = cluster()
    const plain = await ask(h, 8, { topics: named('news') })
    expect([plain.clusterAuthorizedOperations, plain.topics[0]?.topicAuthorizedOperations]).toEqual([
      -2147483648, -2147483648,
    ])
    const full = await ask(h, 10, {
      topics: named('news'),
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    })
    expect([full.clusterAuthorizedOperations, full.topics[0]?.topicAuthorizedOperations]).toEqual([8096, 3576])
  })
})

describe('DescribeCluster', () => {
  const handler = describeClusterHandler('broker')

  it('lists live brokers, fenced ones on request', async () => {
    const h = cluster()
    const all = await h.ask('DescribeCluster', handler, 2, { includeFencedBrokers: true })
    expect(all.brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
    const live = await h.ask('DescribeCluster', handler, 0, {})
    expect(live).toMatchObject({
      controllerId: 1,
      clusterId: 'cluster-id-of-22-chars',
      clusterAuthorizedOperations: -2147483648,
    })
    expect(live.brokers).toHaveLength(2)
  })

  it('refuses the other kind of endpoint', async () => {
    const h = cluster()
    expect((await h.ask('DescribeCluster', handler, 1, { endpointType: 2 })).errorCode).toBe(114)
    expect((await h.ask('DescribeCluster', handler, 1, { endpointType: 7 })).errorCode).toBe(115)
    expect((await h.ask('DescribeCluster', describeClusterHandler('controller'), 0, {})).errorCode).toBe(42)
  })
})

describe('DescribeTopicPartitions', () => {
  const page = (h: HandlerHarness, request: RequestInput<'DescribeTopicPartitions'>) =>
    h.ask('DescribeTopicPartitions', describeTopicPartitionsHandler, 0, request)

  it('goes through all topics by name, page by page', async () => {
    const h = cluster()
    const seen: string[] = []
    let cursor: { topicName: string; partitionIndex: number } | null = null
    for (let pages = 0; pages < 10; pages++) {
      const answer = await page(h, { responsePartitionLimit: 1, cursor })
      for (const topic of answer.topics) {
        for (const partition of topic.partitions) seen.push(`${topic.name}-${partition.partitionIndex}`)
      }
      cursor = answer.nextCursor
      if (cursor === null) break
    }
    expect(seen).toEqual(['__consumer_offsets-0', 'dead-0', 'news-0', 'news-1'])
  })

  it('answers for topics that do not exist and names that cannot', async () => {
    const { topics, nextCursor } = await page(cluster(), { topics: named('none', 'news', 'a b') })
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a b', 17],
      ['news', 0],
      ['none', 3],
    ])
    expect(nextCursor).toBeNull()
  })

  it('refuses a cursor outside the topics asked for', async () => {
    const cursor = { topicName: 'other', partitionIndex: 0 }
    expect((await page(cluster(), { topics: named('news'), cursor })).topics[0]?.errorCode).toBe(42)
    const negative = { topicName: 'news', partitionIndex: -1 }
    expect((await page(cluster(), { topics: named('news'), cursor: negative })).topics[0]?.errorCode).toBe(42)
  })
})
