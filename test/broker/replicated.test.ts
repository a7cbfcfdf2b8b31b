/** Partitions with three replicas on three nodes: nothing acknowledged is lost, replicas end up the same. Time is virtual. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import type { Partition } from '../../src/broker/replication/partition.ts'
import { MortalCluster } from './mortal-nodes.ts'
import { batchOf } from './storage/support.ts'

const STATIC = { 'controller.quorum.voters': [1, 2, 3].map((id) => `${id}@127.0.0.1:${9100 + id}`).join(',') }
const FROM = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
const TOPIC = 'replicated'

let cluster: MortalCluster
afterEach(async () => {
  await cluster.stopAll()
  expect(cluster.fatal).toEqual([])
})

async function startThree(overrides: Record<string, string> = {}): Promise<void> {
  cluster = new MortalCluster({ ...STATIC, ...overrides })
  await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
}

const anyNode = (): Broker => [...cluster.nodes.values()][0]!
const partitionOn = (id: number, index = 0): Partition | undefined =>
  cluster.nodes.get(id)?.services.replicas.hosted(TOPIC, index)
const logOn = (id: number) => partitionOn(id)!.log()

async function createTopic(configs: Record<string, string> = {}, replicas = [1, 2, 3]): Promise<void> {
  const topic = {
    name: TOPIC,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: replicas }],
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }
  const request = { topics: [topic], timeoutMs: 1000 }
  const answer = await cluster.until(anyNode().services.controller.send('CreateTopics', 7, request, FROM))
  expect(answer.topics[0]).toMatchObject({ errorCode: 0 })
  await cluster.while(() => [...cluster.nodes.keys()].some((id) => partitionOn(id) === undefined))
}

function append(id: number, value: string, acks: -1 | 0 | 1 = -1) {
  const records = batchOf({ values: [value] })
  return cluster.nodes
    .get(id)!
    .services.replicas.append({ topic: TOPIC, partition: 0, records, acks, origin: 'client' })
}

/** Appends and waits until it is acknowledged. */
async function produce(id: number, ...values: string[]): Promise<void> {
  const { replicas } = cluster.nodes.get(id)!.services
  for (const value of values) {
    const { lastOffset } = append(id, value)
    await cluster.until(replicas.awaitCommitted(partitionOn(id)!, lastOffset + 1, 30_000))
  }
}

/** Every byte of the log as a reader of its leader would see it. */
function bytesOn(id: number): string {
  const log = logOn(id)
  const pieces: Buffer[] = []
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const { records, nextOffset } = log.read(offset, { maxBytes: 1 << 20, minOneBatch: true, upTo: log.logEndOffset })
    pieces.push(...records)
    offset = nextOffset
  }
  return Buffer.concat(pieces).toString('hex')
}

const isrOn = (id: number) => [...partitionOn(id)!.isr].sort()

async function untilSame(...ids: number[]): Promise<void> {
  const ends = () => new Set(ids.map((id) => logOn(id).logEndOffset)).size
  const marks = () => new Set(ids.map((id) => logOn(id).highWatermark)).size
  await cluster.while(() => ends() > 1 || marks() > 1)
  expect(new Set(ids.map(bytesOn)).size).toBe(1)
}

describe('three replicas', () => {
  it('all have what is acknowledged with acks=-1', async () => {
    await startThree()
    await createTopic()
    await produce(1, 'a', 'b', 'c')
    for (const id of [1, 2, 3]) expect(logOn(id).logEndOffset).toBe(3)
    await untilSame(1, 2, 3)
  })

  it('lose nothing when the leader dies: another leads, the old one follows and is cut back to it', async () => {
    await startThree()
    await createTopic({ 'min.insync.replicas': '2' })
    await produce(1, 'a', 'b')
    await untilSame(1, 2, 3)
    cluster.kill(1)
    await cluster.while(() => partitionOn(2)?.isLeader !== true && partitionOn(3)?.isLeader !== true)
    const leader = partitionOn(2)!.isLeader ? 2 : 3
    const other = leader === 2 ? 3 : 2
    expect(isrOn(leader)).toEqual([2, 3])
    await produce(leader, 'c', 'd')
    await untilSame(leader, other)
    await cluster.until(cluster.start(1))
    await cluster.while(() => isrOn(leader).length < 3)
    await untilSame(1, 2, 3)
    expect(logOn(1).logEndOffset).toBe(4)
  })
})
