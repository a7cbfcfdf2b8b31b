/** An embedded broker in a test, as docs/embedding.md shows it: kafkajs creates a topic, produces and consumes. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker, startCluster } from '../src/broker/index.ts'

describe('an embedded broker', () => {
  let broker: RunningBroker
  let kafka: Kafka

  beforeAll(async () => {
    broker = await startBroker({ memory: true })
    kafka = new Kafka({ clientId: 'test', brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })
  })
  afterAll(() => broker.stop())

  it('takes what a producer sends and gives it to a consumer', async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'greetings', numPartitions: 1 }] })
    await admin.disconnect()

    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'greetings', messages: [{ key: 'en', value: 'hello' }] })
    await producer.disconnect()

    const consumer = kafka.consumer({ groupId: 'readers' })
    await consumer.connect()
    await consumer.subscribe({ topic: 'greetings', fromBeginning: true })
    const received = await new Promise<string>((resolve) => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
    })
    await consumer.disconnect()
    expect(received).toBe('hello')
  })
})

describe('what an embedded broker leaves behind', () => {
  it('nothing of a temporary directory', async () => {
    const broker = await startBroker()
    expect(existsSync(join(broker.dataDir!, 'meta.properties'))).toBe(true)
    await broker.stop()
    await broker.stop()
    expect(existsSync(broker.dataDir!)).toBe(false)
  })

  it('everything in a directory that was given, for the next start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mq-embedding-'))
    try {
      const first = await startBroker({ dataDir })
      const admin = new Kafka({ brokers: [first.bootstrapServers], logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: 'kept' }] })
      await admin.disconnect()
      await first.stop()
      expect(readdirSync(dataDir)).toContain('.kafka_cleanshutdown')

      const second = await startBroker({ dataDir })
      expect(second.clusterId).toBe(first.clusterId)
      const again = new Kafka({ brokers: [second.bootstrapServers], logLevel: logLevel.NOTHING }).admin()
      await again.connect()
      expect(await again.listTopics()).toContain('kept')
      await again.disconnect()
      await second.stop()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })

  it('no temporary directory of a start that failed', async () => {
    const before = temporaryDirectories()
    await expect(startBroker({ config: { 'num.partitions': 'many' } })).rejects.toThrow(/num.partitions/)
    expect(temporaryDirectories()).toEqual(before)
  })

  it('several at once do not meet', async () => {
    const brokers = await Promise.all([startBroker({ memory: true }), startBroker({ memory: true })])
    expect(new Set(brokers.map(({ clusterId }) => clusterId)).size).toBe(2)
    expect(new Set(brokers.map(({ port }) => port)).size).toBe(2)
    await Promise.all(brokers.map((broker) => broker.stop()))
  })
})

function temporaryDirectories(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('mq-broker-'))
}

describe('an embedded cluster', () => {
  it('goes on when one of its nodes stops, and leaves nothing behind', async () => {
    const cluster = await startCluster({ nodes: 3, config: { 'min.insync.replicas': '2' } })
    const kafka = new Kafka({ brokers: cluster.bootstrapServers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const { brokers, clusterId } = await admin.describeCluster()
    expect([brokers.length, clusterId]).toEqual([3, cluster.clusterId])
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic: 'three', numPartitions: 3, replicationFactor: 3 }],
    })
    await admin.disconnect()
    const producer = kafka.producer()
    await producer.connect()
    const send = (partition: number) =>
      producer.send({ topic: 'three', acks: -1, messages: [{ value: 'x', partition }] })
    for (const partition of [0, 1, 2]) expect((await send(partition))[0]?.errorCode).toBe(0)
    await cluster.brokers[0]!.stop()
    for (const partition of [0, 1, 2]) expect((await send(partition))[0]?.errorCode).toBe(0)
    await producer.disconnect()
    await cluster.stop()
    await cluster.stop()
    expect(cluster.brokers.filter(({ dataDir }) => existsSync(dataDir!))).toEqual([])
  }, 60_000)

  it('can be kept in memory', async () => {
    const cluster = await startCluster({ memory: true, nodes: 2 })
    expect(cluster.brokers.map(({ nodeId, dataDir }) => [nodeId, dataDir])).toEqual([
      [1, undefined],
      [2, undefined],
    ])
    await cluster.stop()
  }, 60_000)
})
