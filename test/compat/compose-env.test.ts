/**
 * The environment of the user's docker-compose.yml starts a bundled node as it stands: three listeners, a static quorum of one,
 * only the data directory added. The host name `kafka` in it is that of a container network, which this machine does not know.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { lookup } from 'node:dns/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, describe, expect, it } from 'vitest'
import { servesMetadata } from './support/node.ts'
import { portsAreFree } from './support/ports.ts'
import { kcat, repositoryRoot, requirePeer } from './support/peers.ts'
import { eventually, Running, runOk } from './support/process.ts'

const environment = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093,PLAINTEXT_INTERNAL://:29092',
  KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://localhost:9092,PLAINTEXT_INTERNAL://kafka:29092',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAINTEXT_INTERNAL:PLAINTEXT',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT_INTERNAL',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@kafka:9093',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_NUM_PARTITIONS: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
}

const free = await portsAreFree([9092, 9093, 29092])
if (!free) {
  const message = 'ports 9092, 9093 and 29092 must be free for the environment of the compose file'
  if (process.env.CI) throw new Error(message)
  process.stderr.write(`skipped: ${message}\n`)
}
const kcatBin = requirePeer('kcat', kcat(), '--kcat')

describe.skipIf(!free)('the environment of the compose file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compat-compose-'))
  let node: Running | undefined
  const start = async (): Promise<void> => {
    node = new Running(process.execPath, [join(repositoryRoot, 'bin', 'broker.js')], {
      cwd: folder,
      env: { ...environment, KAFKA_LOG_DIRS: join(folder, 'data') },
    })
    await eventually('metadata on 9092', () => servesMetadata(9092))
  }
  afterAll(async () => {
    await node?.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves its clients, each listener under its own advertised name', async () => {
    await expect(lookup('kafka')).rejects.toThrow()
    await start()
    const kafka = new Kafka({ clientId: 'compose', brokers: ['localhost:9092'], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'rawarticle', messages: [{ key: 'CoinDesk', value: '{"id":"test-1"}' }] })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: 'spark-job-ingestion', maxWaitTimeInMs: 200 })
    const values: (string | undefined)[] = []
    await consumer.connect()
    await consumer.subscribe({ topic: 'rawarticle', fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void values.push(message.value?.toString()) })
    await eventually('the record', async () => values.length === 1)
    await consumer.disconnect()
    expect(values).toEqual(['{"id":"test-1"}'])
    if (kcatBin === undefined) return
    const names = async (bootstrap: string): Promise<unknown> =>
      JSON.parse((await runOk(kcatBin, ['-b', bootstrap, '-L', '-J'])).stdout).brokers
    expect(await names('localhost:9092')).toEqual([{ id: 1, name: 'localhost:9092' }])
    expect(await names('127.0.0.1:29092')).toEqual([{ id: 1, name: 'kafka:29092' }])
  })

  it('stops by SIGTERM and finds its records again', async () => {
    const done = await node?.stop()
    expect(done?.code).toBe(0)
    await start()
    const admin = new Kafka({ brokers: ['localhost:9092'], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    expect(await admin.fetchTopicOffsets('rawarticle')).toMatchObject([{ partition: 0, low: '0', high: '1' }])
    const committed = await eventually('the group is loaded', () =>
      admin.fetchOffsets({ groupId: 'spark-job-ingestion', topics: ['rawarticle'] }),
    )
    expect(committed[0]?.partitions).toMatchObject([{ partition: 0, offset: '1' }])
    await admin.disconnect()
  })
})
