/**
 * The metrics of a bundled node beside those of Apache Kafka with the JMX exporter, under both dialects of its rules: whatever
 * mq shows under a name of Kafka's, a live Kafka shows under it too, with the same type and labels.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBroker } from '../../src/broker/index.ts'
import { documentedMetrics } from '../support/documented-metrics.ts'
import { type Exposed, readMetrics } from '../support/metrics-text.ts'
import { startApacheKafka } from './support/apache-kafka.ts'
import { type JmxDialect, jmxRules } from './support/jmx-rules.ts'
import { freePorts } from './support/node.ts'
import { apacheKafkaPeer, describeWith, jmxExporterPeer } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { RawClient } from './support/raw-client.ts'
import { kafkaJs } from './support/topics.ts'

/** Produces, consumes in a group, lists: so that what exists from its first use on exists. */
async function use(bootstrap: string): Promise<void> {
  const kafka = kafkaJs(bootstrap)
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'measured', numPartitions: 1, replicationFactor: 1 }] })
  await admin.listTopics()
  await admin.fetchTopicOffsets('measured')
  await admin.listGroups()
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'measured', messages: [{ value: 'one' }, { value: 'two' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'measuring' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'measured', fromBeginning: true })
  let seen = 0
  await consumer.run({
    eachMessage: async () => {
      seen++
    },
  })
  await eventually('both records', async () => seen === 2)
  await consumer.disconnect()
  await fetchInVain(bootstrap)
}

/** A fetch that waits until its time is over: from the first of them on they are counted. */
async function fetchInVain(bootstrap: string): Promise<void> {
  const client = await RawClient.open(bootstrap)
  const partition = { partition: 0, fetchOffset: 2, partitionMaxBytes: 1_000_000, logStartOffset: -1 }
  await client.request('Fetch', 12, {
    maxWaitMs: 20,
    minBytes: 1_000_000,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'measured', partitions: [partition] }],
  })
  client.close()
}

async function scrape(port: number): Promise<Map<string, Exposed>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  return readMetrics(await answer.text())
}

async function apacheMetrics(agent: string, dialect: JmxDialect): Promise<Map<string, Exposed>> {
  const folder = mkdtempSync(join(tmpdir(), 'compat-jmx-'))
  const [port] = (await freePorts(1)) as [number]
  const rules = join(folder, 'rules.yml')
  writeFileSync(rules, jmxRules(dialect))
  const engine = await startApacheKafka({ jvmOptions: `-javaagent:${agent}=127.0.0.1:${port}:${rules}` })
  try {
    await use(engine.bootstrap)
    return await scrape(port)
  } finally {
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

describeWith('metrics beside Apache Kafka', apacheKafkaPeer(), () => {
  describeWith('with the JMX exporter', jmxExporterPeer(), (agent) => {
    const apache: Map<string, Exposed>[] = []
    let mq: Map<string, Exposed>
    beforeAll(async () => {
      for (const dialect of ['suffixed', 'whole'] as const) apache.push(await apacheMetrics(agent, dialect))
      const broker = await startBroker({ metricsPort: 0 })
      await use(broker.bootstrapServers)
      mq = await scrape(broker.metricsPort!)
      await broker.stop()
    })
    afterAll(() => apache.splice(0))

    it('has the names that operators alert on, on both', () => {
      for (const name of documentedMetrics()) {
        expect(mq.has(name), `${name} on mq`).toBe(true)
        expect(
          apache.some((metrics) => metrics.has(name)),
          `${name} on Apache Kafka`,
        ).toBe(true)
      }
    })

    it('uses no name of Kafka for something of another type or with other labels', () => {
      const wrong: string[] = []
      for (const [name, { type, labels }] of mq) {
        if (!name.startsWith('kafka_') && !name.startsWith('process_')) continue
        const there = apache.flatMap((metrics) => metrics.get(name) ?? [])
        if (there.length === 0) wrong.push(`${name} is not there`)
        else if (!there.some((one) => one.type === type)) wrong.push(`${name} is a ${type}, there a ${there[0]!.type}`)
        for (const set of labels) {
          if (there.length > 0 && !there.some((one) => one.labels.has(set))) wrong.push(`${name} has the labels ${set}`)
        }
      }
      expect(wrong).toEqual([])
    })
  })
})
