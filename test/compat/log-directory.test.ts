/**
 * The log directory is Kafka's: Kafka's own DumpLogSegments accepts every file that a node under load leaves behind and knows
 * the records of the metadata log and of the offsets topic. (`log-directory-content` has Apache Kafka serve such a directory.)
 * One that uses more than the bundled broker has is refused, with a way out.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CompressionTypes } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaToolOk } from './support/apache-kafka.ts'
import { startEngine } from './support/engine.ts'
import type { Engine } from './support/node.ts'
import { apacheKafkaPeer, describeWith } from './support/peers.ts'
import { eventually } from './support/process.ts'
import { createTopic, kafkaJs } from './support/topics.ts'

const RECORDS = 600

/** Some of everything: several segments, an idempotent producer, two codecs, deleted records, a group with offsets. */
async function load(bootstrap: string): Promise<void> {
  const kafka = kafkaJs(bootstrap)
  await createTopic(bootstrap, 'segments', 1, { 'segment.bytes': '1048576', 'index.interval.bytes': '512' })
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let i = 0; i < RECORDS; i += 10) {
    const value = 'x'.repeat(6_000)
    await producer.send({
      topic: 'segments',
      compression: i % 20 === 0 ? CompressionTypes.None : CompressionTypes.GZIP,
      messages: Array.from({ length: 10 }, (_, j) => ({
        key: `k${i + j}`,
        value: `${i + j} ${value}`,
        headers: { h: '1' },
      })),
    })
  }
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 200 })
  let seen = 0
  await consumer.connect()
  await consumer.subscribe({ topic: 'segments', fromBeginning: true })
  await consumer.run({
    eachMessage: async () => {
      seen++
    },
  })
  await eventually('all records', async () => seen === RECORDS)
  await consumer.disconnect()
  const admin = kafka.admin()
  await admin.connect()
  await admin.fetchTopicOffsets('segments') // kafkajs deletes only in topics that it has met
  await admin.deleteTopicRecords({ topic: 'segments', partitions: [{ partition: 0, offset: '25' }] })
  await admin.disconnect()
}

/** What a client sees of the loaded topic and group, once the coordinator has loaded it. */
const look = (bootstrap: string): Promise<object> => eventually('an answer', () => lookOnce(bootstrap))

async function lookOnce(bootstrap: string): Promise<object> {
  const kafka = kafkaJs(bootstrap)
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets('segments')
  const committed = await admin.fetchOffsets({ groupId: 'reader', topics: ['segments'] })
  const topics = (await admin.listTopics()).sort()
  await admin.disconnect()
  return {
    topics,
    offsets: offsets.map(({ partition, low, high }) => [partition, low, high]),
    committed: committed[0]?.partitions.map(({ partition, offset }) => [partition, offset]),
  }
}

const expected = {
  topics: ['__consumer_offsets', 'segments'],
  offsets: [[0, '25', String(RECORDS)]],
  committed: [[0, String(RECORDS)]],
}

for (const kind of ['bundled', 'apache'] as const) {
  if (kind === 'apache' && !process.env.MQ_COMPAT_ENGINES?.includes('apache')) continue
  describeWith(`the log directory of a ${kind} node`, apacheKafkaPeer(), () => {
    let engine: Engine
    const files = (folder: string, suffix: string): string[] =>
      readdirSync(join(engine.dataDir, folder))
        .filter((name) => name.endsWith(suffix))
        .map((name) => join(engine.dataDir, folder, name))
    const dump = async (named: string[], ...args: string[]): Promise<string> =>
      (await kafkaToolOk('kafka-dump-log', ['--files', named.join(','), ...args], { timeoutMs: 120_000 })).stdout

    beforeAll(async () => {
      engine = await startEngine(kind)
      await load(engine.bootstrap)
      expect(await look(engine.bootstrap)).toEqual(expected)
      await engine.stop({ keep: true })
    })
    afterAll(() => engine.stop())

    it('has logs and indexes that Kafka accepts', async () => {
      const logs = files('segments-0', '.log')
      expect(logs.length).toBeGreaterThan(1)
      const said = await dump(logs, '--deep-iteration', '--print-data-log')
      expect(said.match(/isvalid: true/g)?.length).toBe(RECORDS / 10)
      expect(said.match(/payload: /g)?.length).toBe(RECORDS)
      expect(said).not.toContain('isvalid: false')
      const indexes = [...files('segments-0', '.index'), ...files('segments-0', '.timeindex')]
      const sane = await dump(indexes, '--index-sanity-check')
      expect(sane.match(/passed sanity check/g)?.length).toBe(indexes.length)
      const verified = await dump([...indexes, ...files('segments-0', '.snapshot')], '--verify-index-only')
      expect(verified).not.toMatch(/Found|Index offset|mismatch/)
      expect(verified).toContain('producerId: ')
    })

    it('has an offsets topic and a metadata log that Kafka decodes', async () => {
      const folders = readdirSync(engine.dataDir).filter((name) => name.startsWith('__consumer_offsets-'))
      const offsets = await dump(
        folders.flatMap((folder) => files(folder, '.log')),
        '--offsets-decoder',
      )
      expect(offsets).toContain('"topic":"segments","partition":0')
      expect(offsets).toContain('"protocolType":"consumer"')
      const metadata = await dump(files('__cluster_metadata-0', '.log'), '--cluster-metadata-decoder')
      for (const type of ['REGISTER_BROKER_RECORD', 'TOPIC_RECORD', 'PARTITION_RECORD', 'CONFIG_RECORD']) {
        expect(metadata).toContain(`"type":"${type}"`)
      }
      const bootstrap = await dump([join(engine.dataDir, 'bootstrap.checkpoint')], '--cluster-metadata-decoder')
      expect(bootstrap).toContain('"name":"metadata.version"')
    })
  })
}

describeWith('the log directory of Apache Kafka', apacheKafkaPeer(), () => {
  it('is refused with a way out where it uses more', async () => {
    const apache = await startEngine('apache')
    // Killed, as a lone node may take a minute to stop.
    await apache.kill9()
    await expect(startEngine('bundled', { takeOver: apache })).rejects.toThrow(
      /is finalised at level .*\nhint: downgrade/s,
    )
    await apache.restart()
    await apache.kill9()
    await apache.stop()
  })
})
