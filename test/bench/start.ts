/**
 * From the start of the process to the first acknowledged produce: a plain socket tries until the broker takes a record
 * for a topic that exists. A client library would add its own back-off to it.
 */
import { connect, type Socket } from 'node:net'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import type { BenchNode } from './engines.ts'

const PRODUCE_VERSION = 9
const RETRY_MS = 2
const GIVE_UP_MS = 120_000

export async function createTopic(node: BenchNode, name: string): Promise<void> {
  const client = await ClusterClient.connect(resolveClientOptions({ bootstrapServer: node.bootstrap }))
  try {
    const topics = [{ name, numPartitions: 1, replicationFactor: 1 }]
    const answer = await client.request('CreateTopics', { topics, timeoutMs: 30_000 }, 'controller')
    const [topic] = answer.topics
    if (topic?.errorCode !== 0) throw new Error(`cannot create ${name}: error ${topic?.errorCode}`)
  } finally {
    client.close()
  }
  await firstAcknowledged(node.port, name)
}

/** Starts the node; milliseconds until a record for `topic` was acknowledged. */
export async function startToFirstAck(node: BenchNode, topic: string): Promise<number> {
  const startedAt = performance.now()
  node.launch()
  await firstAcknowledged(node.port, topic)
  return performance.now() - startedAt
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

function tryProduce(port: number, topic: string): Promise<boolean> {
  const records = encodeBatch({}, [{ timestamp: Date.now(), key: null, value: Buffer.from('first') }])
  const header = { correlationId: 1, clientId: 'bench' }
  const frame = encodeRequestFrame('Produce', PRODUCE_VERSION, header, {
    acks: 1,
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
