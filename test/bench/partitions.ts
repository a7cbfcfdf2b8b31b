/**
 * A node with very many partitions: how long until a new topic of 9,999 of them can be used, how long until all of them
 * can be used again after a clean restart, and what they cost while nothing happens. A partition can be used when its
 * leader answers ListOffsets for it; all are asked in one request, by a plain connection.
 */
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import type { BenchNode } from './engines.ts'

const TOPIC = 'many'
const POLL_MS = 100
const GIVE_UP_MS = 400_000
const LATEST = -1

export interface PartitionFigures {
  /** From the request for the topic until every partition of it answers. */
  readonly createMs: number
  readonly createCpuSeconds: number
  /** From the signal to stop until the process is gone. */
  readonly stopMs: number
  /** From the start of the process until every partition answers. */
  readonly restartMs: number
  readonly restartCpuSeconds: number
  /** Resident memory after the restart, and processor time taken while nothing happens. */
  readonly residentMb: number
  readonly idleCpuPercent: number
}

/** The node must run; it is left running. */
export async function manyPartitions(node: BenchNode, count: number, idleMs: number): Promise<PartitionFigures> {
  const cpuBefore = node.cpuSeconds()
  const startedAt = performance.now()
  await createMany(node, count)
  await allAnswer(node, count)
  const createMs = performance.now() - startedAt
  const createCpuSeconds = node.cpuSeconds() - cpuBefore
  const stopAt = performance.now()
  await node.stop(GIVE_UP_MS)
  const stopMs = performance.now() - stopAt
  const restartAt = performance.now()
  node.launch()
  await allAnswer(node, count)
  const restartMs = performance.now() - restartAt
  const restartCpuSeconds = node.cpuSeconds()
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const idleBefore = node.cpuSeconds()
  await new Promise((resolve) => setTimeout(resolve, idleMs))
  const idleCpuPercent = ((node.cpuSeconds() - idleBefore) / (idleMs / 1000)) * 100
  const residentMb = node.residentMb().now
  return { createMs, createCpuSeconds, stopMs, restartMs, restartCpuSeconds, residentMb, idleCpuPercent }
}

async function connect(node: BenchNode): Promise<ClusterClient> {
  const options = resolveClientOptions({ bootstrapServer: node.bootstrap })
  return await ClusterClient.connect({ ...options, apiTimeoutMs: GIVE_UP_MS, requestTimeoutMs: GIVE_UP_MS })
}

async function createMany(node: BenchNode, count: number): Promise<void> {
  const client = await connect(node)
  try {
    const topics = [{ name: TOPIC, numPartitions: count, replicationFactor: 1 }]
    const answer = await client.request('CreateTopics', { topics, timeoutMs: GIVE_UP_MS }, 'controller')
    const [topic] = answer.topics
    if (topic?.errorCode !== 0) throw new Error(`cannot create ${TOPIC}: error ${topic?.errorCode}`)
  } finally {
    client.close()
  }
}

/** Asks until every partition gives its end offset. */
async function allAnswer(node: BenchNode, count: number): Promise<void> {
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: LATEST }))
  const giveUpAt = performance.now() + GIVE_UP_MS
  let last: unknown
  for (;;) {
    try {
      const client = await connect(node)
      try {
        const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: TOPIC, partitions }], timeoutMs: 30_000 }
        const answer = await client.request('ListOffsets', body, 'any', { repeat: false })
        const answered = answer.topics[0]?.partitions.filter(({ errorCode }) => errorCode === 0).length ?? 0
        if (answered === count) return
        last = `${answered} of ${count} partitions answer`
      } finally {
        client.close()
      }
    } catch (error) {
      last = error
    }
    if (performance.now() > giveUpAt) throw new Error(`${node.name}: not all partitions came up`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
