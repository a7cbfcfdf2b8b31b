/** Nodes whose process dies, leaders of the quorum that go: how soon the next one serves. Time is virtual. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import { parseInitialVoters } from '../../src/broker/initial-voters.ts'
import { MortalCluster } from './mortal-nodes.ts'

let cluster: MortalCluster
afterEach(async () => {
  await cluster.stopAll()
  expect(cluster.fatal).toEqual([])
})

const voters = (...ids: number[]) => ({
  'controller.quorum.voters': ids.map((id) => `${id}@127.0.0.1:${9100 + id}`).join(','),
})

describe('a node that is all of its cluster', () => {
  it('serves again at once after its process was killed: nobody else can be meant by its registration', async () => {
    cluster = new MortalCluster(voters(1))
    const first = await cluster.until(cluster.start(1))
    await cluster.createTopic(first, 'kept')
    cluster.kill(1)
    const diedMs = cluster.clock.monotonicMs()
    const second = await cluster.until(cluster.start(1))
    expect(cluster.clock.monotonicMs() - diedMs).toBeLessThan(2000)
    await cluster.while(() => second.services.image.topics.get('kept')!.partitions[0]!.leader !== 1, 2000)
  })
})

describe('a broker whose process dies on the machine of the controller', () => {
  const isFenced = (at: Broker, id: number) => at.services.image.brokers.get(id)?.fenced === true

  async function three(): Promise<{ leader: Broker; others: Broker[] }> {
    cluster = new MortalCluster(voters(1, 2, 3))
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
    const leader = cluster.leader()!
    await cluster.while(() => [1, 2, 3].some((id) => isFenced(leader, id)))
    return { leader, others: [...cluster.nodes.values()].filter((node) => node !== leader) }
  }

  it('is fenced at once, not when its session ends, and its id is free', async () => {
    const { leader, others } = await three()
    const victim = others[0]!.config.nodeId
    const beganMs = cluster.clock.monotonicMs()
    cluster.kill(victim)
    await cluster.while(() => !isFenced(leader, victim))
    await cluster.until(cluster.start(victim))
    expect(cluster.clock.monotonicMs() - beganMs).toBeLessThan(1000)
  })

  it('is fenced by the next controller when it was the controller itself', async () => {
    const { leader, others } = await three()
    const victim = leader.config.nodeId
    const beganMs = cluster.clock.monotonicMs()
    cluster.kill(victim)
    await cluster.while(() => others.some((node) => !isFenced(node, victim)))
    expect(cluster.clock.monotonicMs() - beganMs).toBeLessThan(3000)
  })

  it('is the only one that is fenced', async () => {
    const { leader, others } = await three()
    const victim = others[0]!.config.nodeId
    cluster.kill(victim)
    await cluster.while(() => !isFenced(leader, victim))
    const endMs = cluster.clock.monotonicMs() + 20_000
    await cluster.while(() => cluster.clock.monotonicMs() < endMs)
    expect([1, 2, 3].filter((id) => isFenced(leader, id))).toEqual([victim])
  })
})

describe('a quorum whose leader is voted out', () => {
  const directories = new Map([1, 2, 3].map((id) => [id, `AAAAAAAAAAAAAAAAAAAA${['eQ', 'fQ', 'gQ'][id - 1]}`] as const))

  it('has the next one without waiting for a timeout', async () => {
    const initialVoters = parseInitialVoters(
      [...directories].map(([id, directory]) => `${id}@127.0.0.1:${9100 + id}:${directory}`).join(','),
    )
    const servers = [1, 2, 3].map((id) => `127.0.0.1:${9100 + id}`).join(',')
    cluster = new MortalCluster({ 'controller.quorum.bootstrap.servers': servers })
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, { options: { initialVoters } }))))
    const leader = cluster.leader()!
    const former = leader.config.nodeId
    const { controller } = [...cluster.nodes.values()].find((node) => node !== leader)!.services
    const beganMs = cluster.clock.monotonicMs()
    const request = { clusterId: null, voterId: former, voterDirectoryId: directories.get(former)! }
    const from = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
    expect(await cluster.until(controller.send('RemoveRaftVoter', 0, request, from))).toMatchObject({ errorCode: 0 })
    await cluster.while(() => (cluster.leader() ?? leader) === leader)
    expect(cluster.clock.monotonicMs() - beganMs).toBeLessThan(500)
    expect((await cluster.createTopic(leader, 'after')).topics[0]!.errorCode).toBe(0)
  })
})

describe('a node of a quorum whose disk is full', () => {
  it('goes on when there is room again; the others went on without it', async () => {
    cluster = new MortalCluster(voters(1, 2, 3))
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
    const leader = cluster.leader()!
    const id = [1, 2, 3].find((each) => each !== leader.config.nodeId)!
    const disk = cluster.diskOf(id)
    disk.capacityBytes = 0
    expect((await cluster.createTopic(leader, 'without')).topics[0]!.errorCode).toBe(0)
    const { image } = cluster.nodes.get(id)!.services
    const fullMs = cluster.clock.monotonicMs()
    await cluster.while(() => cluster.clock.monotonicMs() - fullMs < 5000)
    expect(cluster.fatal).toEqual([])
    expect(image.topics.get('without')).toBeUndefined()
    disk.capacityBytes = Number.MAX_SAFE_INTEGER
    await cluster.while(() => image.topics.get('without') === undefined, 3000)
    expect(cluster.leader()).toBe(leader)
  })

  it('leads no more when it cannot write, and another does', async () => {
    cluster = new MortalCluster(voters(1, 2, 3))
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
    const leader = cluster.leader()!
    const others = [...cluster.nodes.values()].filter((node) => node !== leader)
    const disks = others.map((node) => cluster.diskOf(node.config.nodeId))
    // Who is elected can write down its vote, and not the record that opens its epoch.
    for (const disk of disks) disk.fail({ operation: 'write', path: '.log', errno: 'ENOSPC' })
    const metadata = (leader as unknown as { metadata: { driver: { resign(): void } } }).metadata
    metadata.driver.resign()
    await cluster.while(() => cluster.leader() === undefined, 20_000)
    expect(cluster.fatal).toEqual([])
    expect((await cluster.createTopic(leader, 'later')).topics[0]!.errorCode).toBe(0)
  })
})
