/** An embedded broker in a test, as docs/embedding.md shows it: kafkajs creates a topic, produces and consumes. */
import { existsSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningBroker, startBroker } from '../src/broker/index.ts'

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
