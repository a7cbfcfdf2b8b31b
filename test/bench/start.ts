/**
 * From the start of the process to the first acknowledged produce: a plain socket tries until the broker takes a record
 * for a topic that exists. A client library would add its own back-off to it.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { ZERO_UUID } from '../../src/base/uuid.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { eventually } from '../compat/support/process.ts'
import type { BenchNode } from './engines.ts'

const PRODUCE_VERSION = 9
const RETRY_MS = 2
const GIVE_UP_MS = 120_000

/** A topic that takes records when this resolves. */
export async function createTopic(node: BenchNode, name: string, numPartitions = 1): Promise<void> {
  await withClient(node, async (client) => {
    const topics = [{ name, numPartitions, replicationFactor: 1 }]
    const answer = await client.request('CreateTopics', { topics, timeoutMs: 30_000 }, 'controller')
    const [topic] = answer.topics
    if (topic?.errorCode !== 0) throw new Error(`cannot create ${name}: error ${topic?.errorCode}`)
  })
  await firstAcknowledged(node.port, name)
}

/** Deletes topics, waits until their files are gone, and has the system write out what it still holds for the disk. */
export async function deleteTopics(node: BenchNode, names: readonly string[]): Promise<void> {
  await withClient(node, async (client) => {
    const topics = names.map((name) => ({ name, topicId: ZERO_UUID }))
    await client.request('DeleteTopics', { topics, topicNames: [...names], timeoutMs: 30_000 }, 'controller')
  })
  await eventually(
    `the files of ${names.join(', ')} are gone`,
    async () => {
      const left = readdirSync(node.dataFolder)
      return !left.some((entry) => names.some((name) => entry.startsWith(`${name}-`) || entry.startsWith(`${name}.`)))
    },
    120_000,
  )
  flushDisk()
}

/** Dirty pages of one measurement must not be written during the next. */
export function flushDisk(): void {
  spawnSync('sync')
}

export async function withClient<T>(
  node: Pick<BenchNode, 'bootstrap'>,
  work: (client: ClusterClient) => Promise<T>,
): Promise<T> {
  const client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: node.bootstrap }))
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

/** Starts the node; milliseconds until a record for `topic` was acknowledged, and processor seconds until then. */
export async function startToFirstAck(node: BenchNode, topic: string): Promise<{ ms: number; cpuSeconds: number }> {
  const startedAt = performance.now()
  node.launch()
  await firstAcknowledged(node.port, topic)
  return { ms: performance.now() - startedAt, cpuSeconds: node.cpuSeconds() }
}

/** Tries to produce until it succeeds. */
async function firstAcknowledged(port: number, topic: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS
  for (;;) {
    if (await tryProduce(port, topic)) return
    if (performance.now() > giveUpAt) throw new Error(`nothing was acknowledged in ${GIVE_UP_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** One record to partition 0; whether it was acknowledged with these `acks`. */
export function tryProduce(port: number, topic: string, acks = 1): Promise<boolean> {
  const records = encodeBatch({}, [{ timestamp: Date.now(), key: null, value: Buffer.from('first') }])
  const header = { correlationId: 1, clientId: 'bench' }
  const frame = encodeRequestFrame('Produce', PRODUCE_VERSION, header, {
    acks,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
  })
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = (acknowledged: boolean) => {
      socket.destroy()
      resolve(acknowledged)
    }
    socket.setTimeout(2000, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('connect', () => socket.write(Buffer.concat(frame)))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      const { body } = decodeResponseFrame('Produce', PRODUCE_VERSION, received.subarray(4))
      finish(body.responses[0]?.partitionResponses[0]?.errorCode === 0)
    })
  })
}
