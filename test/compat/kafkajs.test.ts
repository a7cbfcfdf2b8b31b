/** kafkajs: an idempotent producer, groups that rebalance and resume, seeking, and all of its admin calls that the slice serves. */
import { type Consumer, ConfigResourceTypes, CompressionTypes, type Kafka } from 'kafkajs'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeEngines } from './support/engine.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

interface Seen {
  partition: number
  offset: string
  key: string | undefined
  value: string | undefined
  header: string | undefined
}

/** Runs `consumer` on `topic` from the start and collects what it gets. */
async function collect(consumer: Consumer, topic: string, seen: Seen[], fromBeginning = true): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning })
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      seen.push({
        partition,
        offset: message.offset,
        key: message.key?.toString(),
        value: message.value?.toString(),
        header: message.headers?.source?.toString(),
      })
    },
  })
}

describeEngines('kafkajs', ['bundled'], (engine) => {
  let kafka: Kafka
  beforeAll(() => {
    kafka = kafkaJs(engine().bootstrap)
  })

  // short waits: kafkajs notices a rebalance or a disconnect only between two fetches
  const consumerOf = (groupId: string): Consumer =>
    kafka.consumer({ groupId, maxWaitTimeInMs: 200, heartbeatInterval: 200, rebalanceTimeout: 5_000 })

  const send = async (topic: string, count: number, options: { idempotent?: boolean; partition?: number } = {}) => {
    const producer = kafka.producer({ idempotent: options.idempotent ?? false })
    await producer.connect()
    const batches = []
    for (let i = 0; i < count; i++) {
      batches.push(
        producer.send({
          topic,
          acks: -1,
          compression: i % 2 === 0 ? CompressionTypes.None : CompressionTypes.GZIP,
          messages: [
            {
              key: `k${i}`,
              value: `v${i}`,
              headers: { source: 'kafkajs' },
              ...(options.partition === undefined ? {} : { partition: options.partition }),
            },
          ],
        }),
      )
      if (options.idempotent) await batches.at(-1)
    }
    const results = await Promise.all(batches)
    await producer.disconnect()
    return results
  }

  it('produces idempotently and consumes in order', async () => {
    const topic = 'js-idempotent'
    await createTopic(engine().bootstrap, topic)
    const results = await send(topic, 20, { idempotent: true })
    expect(results.map((result) => result[0]?.baseOffset)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
    const seen: Seen[] = []
    const consumer = consumerOf('js-order')
    await collect(consumer, topic, seen)
    await eventually('20 records', async () => seen.length >= 20)
    await consumer.disconnect()
    expect(seen).toEqual(
      Array.from({ length: 20 }, (_, i) => ({
        partition: 0,
        offset: String(i),
        key: `k${i}`,
        value: `v${i}`,
        header: 'kafkajs',
      })),
    )
  })

  it('resumes a group where it stopped', async () => {
    const topic = 'js-resume'
    await createTopic(engine().bootstrap, topic)
    await send(topic, 5)
    const first: Seen[] = []
    const before = consumerOf('js-resume')
    await collect(before, topic, first)
    await eventually('5 records', async () => first.length === 5)
    await before.disconnect()
    await send(topic, 3)
    const second: Seen[] = []
    const after = consumerOf('js-resume')
    await collect(after, topic, second)
    await eventually('3 more records', async () => second.length >= 3)
    await after.disconnect()
    expect(second.map((record) => record.offset)).toEqual(['5', '6', '7'])
  })

  it('shares partitions between two members', async () => {
    const topic = 'js-shared'
    await createTopic(engine().bootstrap, topic, 4)
    const shares = new Map<string, number>()
    const join = async (name: string, seen: Seen[]): Promise<Consumer> => {
      const consumer = consumerOf('js-shared')
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        shares.set(name, payload.memberAssignment[topic]?.length ?? 0)
      })
      await collect(consumer, topic, seen)
      return consumer
    }
    const seenByA: Seen[] = []
    const seenByB: Seen[] = []
    const a = await join('a', seenByA)
    await eventually('a has all', async () => shares.get('a') === 4)
    const b = await join('b', seenByB)
    await eventually('both have two', async () => shares.get('a') === 2 && shares.get('b') === 2)
    for (const partition of [0, 1, 2, 3]) await send(topic, 5, { partition })
    await eventually('all records', async () => seenByA.length + seenByB.length >= 20)
    expect(seenByA).toHaveLength(10)
    expect(seenByB).toHaveLength(10)
    await b.disconnect()
    await eventually('a has all again', async () => shares.get('a') === 4)
    await a.disconnect()
  })

  it('seeks', async () => {
    const topic = 'js-seek'
    await createTopic(engine().bootstrap, topic)
    await send(topic, 10)
    const seen: Seen[] = []
    const consumer = consumerOf('js-seek')
    await collect(consumer, topic, seen)
    consumer.seek({ topic, partition: 0, offset: '7' })
    await eventually('the last record', async () => seen.at(-1)?.offset === '9')
    await consumer.disconnect()
    expect(seen.slice(-3).map((record) => record.offset)).toEqual(['7', '8', '9'])
  })

  describe('admin', () => {
    it('describes the cluster', async () => {
      const admin = kafka.admin()
      await admin.connect()
      const cluster = await admin.describeCluster()
      await admin.disconnect()
      expect(cluster.brokers).toEqual([{ nodeId: 1, host: '127.0.0.1', port: engine().port }])
      expect(cluster.controller).toBe(1)
      expect(cluster.clusterId).toBe(engine().clusterId)
    })

    it('creates, grows, lists, empties and deletes topics', async () => {
      const admin = kafka.admin()
      await admin.connect()
      const topic = 'js-admin'
      expect(
        await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], validateOnly: true, waitForLeaders: false }),
      ).toBe(true)
      expect(await admin.listTopics()).not.toContain(topic)
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: false })).toBe(true)
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })).toBe(false)
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      await eventually('three partitions', async () => {
        const metadata = await admin.fetchTopicMetadata({ topics: [topic] })
        return metadata.topics[0]?.partitions.length === 3
      })
      await send(topic, 6, { partition: 1 })
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '4' }] })
      const offsets = await admin.fetchTopicOffsets(topic)
      expect(offsets.find(({ partition }) => partition === 1)).toMatchObject({ low: '4', high: '6', offset: '6' })
      const later = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() + 60_000)
      expect(later.find(({ partition }) => partition === 1)?.offset).toBe('6')
      await admin.deleteTopics({ topics: [topic] })
      await eventually('gone', async () => !(await admin.listTopics()).includes(topic))
      await admin.disconnect()
    })

    it('reads and writes configs', async () => {
      const admin = kafka.admin()
      await admin.connect()
      const topic = 'js-config'
      await createTopic(engine().bootstrap, topic, 1, { 'retention.ms': '60000' })
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
      const read = async (name: string) => {
        const answer = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
        return answer.resources[0]?.configEntries.find((entry) => entry.configName === name)
      }
      expect(await read('retention.ms')).toMatchObject({ configValue: '60000', isDefault: false })
      expect(await read('cleanup.policy')).toMatchObject({ configValue: 'delete' })
      const configEntries = [{ name: 'max.message.bytes', value: '2000000' }]
      await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
      await eventually('the new value', async () => (await read('max.message.bytes'))?.configValue === '2000000')
      // AlterConfigs replaces everything: what it does not name goes back to its default
      expect(await read('retention.ms')).toMatchObject({ configValue: '604800000' })
      const bad = [{ name: 'retention.ms', value: 'soon' }]
      await expect(
        admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries: bad }] }),
      ).rejects.toMatchObject({ type: 'INVALID_CONFIG' })
      await admin.disconnect()
    })

    it('lists, describes, moves and deletes groups', async () => {
      const admin = kafka.admin()
      await admin.connect()
      const topic = 'js-groups'
      const groupId = 'js-groups'
      await createTopic(engine().bootstrap, topic)
      await send(topic, 10)
      const seen: Seen[] = []
      const consumer = consumerOf(groupId)
      await collect(consumer, topic, seen)
      await eventually('10 records', async () => seen.length === 10)
      const listed = await admin.listGroups()
      expect(listed.groups).toContainEqual({ groupId, protocolType: 'consumer' })
      const described = await admin.describeGroups([groupId])
      expect(described.groups[0]).toMatchObject({ groupId, state: 'Stable', protocol: 'RoundRobinAssigner' })
      expect(described.groups[0]?.members).toHaveLength(1)
      expect(described.groups[0]?.members[0]).toMatchObject({ clientId: 'compat', clientHost: '/127.0.0.1' })
      const impatient = kafka.admin({ retry: { retries: 0 } })
      await impatient.connect()
      await expect(impatient.deleteGroups([groupId])).rejects.toMatchObject({
        groups: [{ groupId, error: { type: 'NON_EMPTY_GROUP' } }],
      })
      await impatient.disconnect()
      await consumer.disconnect()
      const committed = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions[0]?.offset
      expect(await committed()).toBe('10')
      await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '4' }] })
      expect(await committed()).toBe('4')
      await admin.resetOffsets({ groupId, topic, earliest: true })
      expect(await committed()).toBe('-2')
      await admin.deleteGroups([groupId])
      expect((await admin.listGroups()).groups.map((group) => group.groupId)).not.toContain(groupId)
      expect((await admin.describeGroups([groupId])).groups[0]?.state).toBe('Dead')
      await admin.disconnect()
    })
  })
})
