/** Clusters of several nodes: elections, forwarded requests, a leader that goes, separate roles. Time is virtual. */
import { afterEach, describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../src/base/uuid.ts'
import { errorName } from '../../src/protocol/errors.ts'
import type { RequestContext } from '../../src/broker/handlers/context.ts'
import { describeQuorumHandler } from '../../src/broker/handlers/describe-quorum.ts'
import type { Broker } from '../../src/broker/broker.ts'
import { parseInitialVoters } from '../../src/broker/initial-voters.ts'
import { VirtualCluster } from './virtual-cluster.ts'

const STATIC = { 'controller.quorum.voters': [1, 2, 3].map((id) => `${id}@127.0.0.1:${9100 + id}`).join(',') }

let cluster: VirtualCluster
const quorumState = () => cluster.leader()!.services.quorum.describe().topics![0]!.partitions![0]!
const voterIds = () => quorumState().currentVoters!.map(({ replicaId }) => replicaId)
const observerDirectory = (id: number) =>
  quorumState().observers!.find(({ replicaId }) => replicaId === id)!.replicaDirectoryId!
afterEach(async () => {
  await cluster.stopAll()
  expect(cluster.fatal).toEqual([])
})

async function startThree(): Promise<void> {
  await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id))))
}

const leaderIds = () => [...cluster.nodes.values()].map((node) => node.services.quorum.leaderId)

describe('three nodes with static voters', () => {
  it('elect a leader that all know, and every broker is registered', async () => {
    cluster = new VirtualCluster(STATIC)
    await startThree()
    const leader = cluster.leader()!
    expect(leaderIds()).toEqual([1, 2, 3].map(() => leader.config.nodeId))
    const { brokers, controllers } = leader.services.image
    expect([...brokers.keys()].sort()).toEqual([1, 2, 3])
    expect([...controllers.keys()].sort()).toEqual([1, 2, 3])
    expect([...brokers.values()].map(({ fenced }) => fenced)).toEqual([false, false, false])
  })

  it('create a topic through any node, and go on when the leader stops', async () => {
    cluster = new VirtualCluster(STATIC)
    await startThree()
    const first = cluster.leader()!
    const other = [...cluster.nodes.values()].find((node) => node !== first)!
    const { topics } = await cluster.createTopic(other, 'before')
    expect(topics[0]).toMatchObject({ errorCode: 0, name: 'before' })
    const firstEpoch = first.services.quorum.leaderEpoch
    await cluster.stop(first.config.nodeId)
    expect((await cluster.createTopic(other, 'after')).topics[0]!.errorCode).toBe(0)
    const second = cluster.leader()!
    expect(second.services.quorum.leaderEpoch).toBeGreaterThan(firstEpoch)
    const names = (image = second.services.image) => ['before', 'after'].map((name) => image.topics.get(name)?.name)
    await cluster.while(() =>
      [...cluster.nodes.values()].some((node) => names(node.services.image).includes(undefined)),
    )
    await cluster.until(cluster.start(first.config.nodeId))
    const back = cluster.nodes.get(first.config.nodeId)!
    await cluster.while(() => names(back.services.image).includes(undefined))
  })
})

describe('a quorum of static voters that is raised to kraft.version 1', () => {
  it('has its voters in the log, directories and all, and goes on with them after a restart', async () => {
    cluster = new VirtualCluster(STATIC)
    await startThree()
    const sender = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
    const raise = () => {
      const update = { feature: 'kraft.version', maxVersionLevel: 1, upgradeType: 1 }
      const request = { featureUpdates: [update], validateOnly: false }
      return cluster.until(cluster.nodes.get(1)!.services.controller.send('UpdateFeatures', 1, request, sender))
    }
    await cluster.until(new Promise<void>((resolve) => cluster.clock.schedule(5_000, resolve)))
    expect(await raise()).toMatchObject({ errorCode: 0 })
    await cluster.while(() => [...cluster.nodes.values()].some((node) => node.services.quorum.kraftVersion !== 1))
    const voters = quorumState().currentVoters!
    expect(voters.map(({ replicaId }) => replicaId)).toEqual([1, 2, 3])
    expect(new Set(voters.map(({ replicaDirectoryId }) => replicaDirectoryId)).size).toBe(3)
    expect(voters.map(({ replicaDirectoryId }) => replicaDirectoryId)).not.toContain(ZERO_UUID)
    expect(await raise()).toMatchObject({ errorCode: 0 })

    await cluster.stopAll()
    await startThree()
    expect(quorumState().currentVoters!.map(({ replicaDirectoryId }) => replicaDirectoryId)).toEqual(
      voters.map(({ replicaDirectoryId }) => replicaDirectoryId),
    )
    expect((await cluster.createTopic(cluster.leader()!, 'after')).topics[0]!.errorCode).toBe(0)
  })
})

describe('a dynamic quorum', () => {
  const ids = { 1: 'AAAAAAAAAAAAAAAAAAAAeQ', 2: 'AAAAAAAAAAAAAAAAAAAAeg', 3: 'AAAAAAAAAAAAAAAAAAAAew' }
  const servers = { 'controller.quorum.bootstrap.servers': '127.0.0.1:9101,127.0.0.1:9102,127.0.0.1:9103' }
  const initialVoters = parseInitialVoters(
    Object.entries(ids)
      .map(([id, directory]) => `${id}@127.0.0.1:${9100 + Number(id)}:${directory}`)
      .join(','),
  )

  it('begins with the voters it is formatted with; others find it by its bootstrap servers', async () => {
    cluster = new VirtualCluster(servers)
    const setup = { options: { initialVoters } }
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    await cluster.until(cluster.start(4, { roles: 'broker' }))
    await cluster.until(cluster.start(5, { roles: 'controller', options: { initialVoters: [] } }))
    const leader = cluster.leader()!
    expect(leader.services.quorum.kraftVersion).toBe(1)
    await cluster.while(() => leader.services.image.controllers.size < 4)
    const [partition] = leader.services.quorum.describe().topics![0]!.partitions!
    const states = (replicas: NonNullable<typeof partition>['currentVoters']) =>
      replicas!.map(({ replicaId, replicaDirectoryId }) => [replicaId, replicaDirectoryId]).sort()
    expect(states(partition!.currentVoters)).toEqual(Object.entries(ids).map(([id, uuid]) => [Number(id), uuid]))
    expect(states(partition!.observers).map(([id]) => id)).toEqual([4, 5])
    expect((await cluster.createTopic(cluster.nodes.get(4)!, 'topic')).topics[0]!.errorCode).toBe(0)
  })

  it('takes a voter in, and lets its leader go', async () => {
    cluster = new VirtualCluster(servers)
    const setup = { options: { initialVoters } }
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    const joining = await cluster.until(cluster.start(5, { roles: 'controller', options: { initialVoters: [] } }))
    const broker = await cluster.until(cluster.start(4, { roles: 'broker' }))
    const from = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
    const send = broker.services.controller
    await cluster.while(() => cluster.leader()!.services.image.controllers.size < 4)
    const voterDirectoryId = observerDirectory(5)
    const listeners = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9105 }]
    const add = { clusterId: null, timeoutMs: 1000, voterId: 5, voterDirectoryId, listeners }
    expect(await cluster.until(send.send('AddRaftVoter', 1, add, from))).toMatchObject({ errorCode: 0 })
    expect(voterIds()).toEqual([1, 2, 3, 5])
    const duplicate = await cluster.until(send.send('AddRaftVoter', 1, add, from))
    expect(errorName(duplicate.errorCode)).toBe('DUPLICATE_VOTER')

    const former = cluster.leader()!.config.nodeId as 1 | 2 | 3
    const remove = { clusterId: null, voterId: former, voterDirectoryId: ids[former] }
    expect(await cluster.until(send.send('RemoveRaftVoter', 0, remove, from))).toMatchObject({ errorCode: 0 })
    await cluster.while(() => (cluster.leader()?.config.nodeId ?? former) === former)
    expect(voterIds()).toEqual([1, 2, 3, 5].filter((id) => id !== former))
    expect((await cluster.createTopic(broker, 'after')).topics[0]!.errorCode).toBe(0)
    await cluster.while(() => joining.services.image.topics.get('after') === undefined)
  })

  it('is joined by a controller that may, and learns where a voter has moved to', async () => {
    cluster = new VirtualCluster({ ...servers, 'controller.quorum.auto.join.enable': 'true' })
    const setup = { options: { initialVoters } }
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    await cluster.until(cluster.start(5, { roles: 'controller', options: { initialVoters: [] } }))
    await cluster.while(() => !voterIds().includes(5))

    // On a new disk it is another replica: the former one goes before it comes.
    await cluster.stop(5)
    cluster.disks.delete(5)
    await cluster.until(cluster.start(5, { roles: 'controller', options: { initialVoters: [] } }))
    const own = () => cluster.nodes.get(5)!.services.image.controllers.has(5)
    const directory = () => quorumState().currentVoters!.find(({ replicaId }) => replicaId === 5)?.replicaDirectoryId
    const former = directory()
    await cluster.while(() => [undefined, former].includes(directory()) || !own())

    const moved = [1, 2, 3].find((id) => id !== cluster.leader()!.config.nodeId)!
    await cluster.stop(moved)
    const listeners = `PLAINTEXT://127.0.0.1:${9000 + moved},CONTROLLER://127.0.0.1:9555`
    await cluster.until(cluster.start(moved, { overrides: { listeners } }))
    const port = () => {
      const nodes = cluster.leader()!.services.quorum.describe().nodes!
      return nodes.find(({ nodeId }) => nodeId === moved)!.listeners![0]!.port
    }
    await cluster.while(() => port() !== 9555)
  })

  it('can be given up while it waits for the others, and begins anew', async () => {
    cluster = new VirtualCluster(servers)
    const setup = { options: { initialVoters } }
    let node: Broker | undefined
    const onBuilt = (built: Broker) => {
      node = built
    }
    const alone = cluster.start(1, { options: { initialVoters, onBuilt } })
    const nowMs = cluster.clock.monotonicMs()
    await cluster.while(() => cluster.clock.monotonicMs() < nowMs + 3000)
    node!.starting.giveUp()
    await expect(cluster.until(alone, 50)).rejects.toThrow('the node was stopped while it started')
    // Its directory was left in order, and without a lock.
    expect(cluster.disks.get(1)!.stat('/data/.kafka_cleanshutdown')).toBeDefined()
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    cluster.nodes.get(1)!.starting.giveUp()
    expect(voterIds()).toEqual([1, 2, 3])
  })

  it('is described by whoever leads it by then, to whoever asks during the election', async () => {
    cluster = new VirtualCluster(servers)
    const setup = { options: { initialVoters } }
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    const former = cluster.leader()!.config.nodeId
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    const context = { version: 2, principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' } as RequestContext
    const others = [1, 2, 3].filter((id) => id !== former)
    const ask = async (id: number, waitMs: number) => {
      await new Promise<void>((resolve) => cluster.clock.schedule(waitMs, resolve))
      const answer = await describeQuorumHandler.handle({ topics }, context, cluster.nodes.get(id)!.services)
      return answer!.topics?.[0]?.partitions?.[0]
    }
    const times = Array.from({ length: 40 }, (_, index) => index * 20)
    const answers = Promise.all(times.flatMap((waitMs) => others.map((id) => ask(id, waitMs))))
    const stopped = cluster.stop(former)
    // Some wait for the election, none for the end of its patience.
    const last = (await cluster.until(answers, 10_000)).slice(-2)
    await stopped
    expect(last.map((partition) => partition?.leaderId)).toEqual(last.map(() => cluster.leader()!.config.nodeId))
  })

  it('is joined again by a controller whose vote was taken, once there was time to stop it', async () => {
    cluster = new VirtualCluster({ ...servers, 'controller.quorum.auto.join.enable': 'true' })
    const setup = { options: { initialVoters } }
    await cluster.until(Promise.all([1, 2, 3].map((id) => cluster.start(id, setup))))
    for (const isLeader of [false, true]) {
      // The voters have looked at who they are, and what they changed is committed.
      const startMs = cluster.clock.monotonicMs()
      await cluster.while(() => cluster.clock.monotonicMs() < startMs + 5000 || cluster.leader() === undefined)
      const leader = cluster.leader()!
      const id = isLeader ? leader.config.nodeId : [1, 2, 3].find((one) => one !== leader.config.nodeId)!
      const remove = { clusterId: null, voterId: id, voterDirectoryId: ids[id as 1 | 2 | 3] }
      const from = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
      const other = [1, 2, 3].find((one) => one !== id && one !== leader.config.nodeId)!
      const asked = cluster.nodes.get(other)!.services.controller.send('RemoveRaftVoter', 0, remove, from)
      expect(await cluster.until(asked)).toMatchObject({ errorCode: 0 })
      const removedMs = cluster.clock.monotonicMs()
      await cluster.while(() => cluster.leader() === undefined || voterIds().includes(id))
      await cluster.while(() => cluster.leader() === undefined || !voterIds().includes(id))
      expect(cluster.clock.monotonicMs() - removedMs).toBeGreaterThan(25_000)
    }
  })

  it('is not begun by guessing', async () => {
    cluster = new VirtualCluster(servers)
    await expect(cluster.until(cluster.start(1))).rejects.toThrow(/nothing says which of them begin the quorum/)
  })
})

describe('separate roles', () => {
  it('a controller starts alone; brokers elsewhere register, forward, and stop', async () => {
    cluster = new VirtualCluster({ 'controller.quorum.voters': '1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103' })
    for (const id of [1, 2, 3]) await cluster.until(cluster.start(id, { roles: 'controller' }))
    await cluster.while(() => cluster.leader() === undefined)
    await cluster.until(Promise.all([4, 5].map((id) => cluster.start(id, { roles: 'broker' }))))
    const broker = cluster.nodes.get(5)!
    expect((await cluster.createTopic(broker, 'topic')).topics[0]!.errorCode).toBe(0)
    await cluster.while(() => broker.services.image.topics.get('topic') === undefined)
    const { brokers, controllers } = broker.services.image
    expect([[...brokers.keys()].sort(), [...controllers.keys()].sort()]).toEqual([
      [4, 5],
      [1, 2, 3],
    ])
    const { topics, nodes } = await cluster.until(
      broker.services.controller.send(
        'DescribeQuorum',
        2,
        { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
        { principal: 'User:alice', clientHost: '10.1.2.3' },
      ),
    )
    expect(topics[0]!.partitions[0]!.observers.map(({ replicaId }) => replicaId).sort()).toEqual([4, 5])
    expect(nodes).toHaveLength(3)
    await cluster.stop(cluster.leader()!.config.nodeId)
    expect((await cluster.createTopic(broker, 'another')).topics[0]!.errorCode).toBe(0)
    await cluster.while(() => [4, 5].some((id) => !cluster.nodes.get(id)!.services.image.topics.get('another')))
    await cluster.stop(5)
    const leader = cluster.leader()!
    expect(leader.services.image.brokers.get(5)).toMatchObject({ fenced: true })
  })
})

describe('a node that was away', () => {
  it('loads the snapshot, in pieces, when the log no longer reaches back to where it was', async () => {
    cluster = new VirtualCluster({
      ...STATIC,
      'metadata.log.max.record.bytes.between.snapshots': '2000',
      'metadata.max.retention.bytes': '3000',
      'controller.quorum.fetch.snapshot.max.bytes': '700',
    })
    await startThree()
    const leader = cluster.leader()!
    const away = [1, 2, 3].find((id) => id !== leader.config.nodeId)!
    await cluster.createTopic(leader, 'deleted')
    await cluster.while(() => cluster.nodes.get(away)!.services.image.topics.get('deleted') === undefined)
    await cluster.stop(away)
    const deletion = { topics: [{ name: 'deleted' }], timeoutMs: 1000 }
    const from = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
    await cluster.until(leader.services.controller.send('DeleteTopics', 6, deletion, from))
    for (let index = 0; index < 40; index++) await cluster.createTopic(leader, `topic-${index}`)
    await cluster.until(cluster.start(away))
    const { image } = cluster.nodes.get(away)!.services
    await cluster.while(() => image.topics.get('topic-39') === undefined)
    expect(image.topics.get('deleted')).toBeUndefined()
    expect([...image.snapshot()]).toHaveLength([...leader.services.image.snapshot()].length)
    const log = '/data/__cluster_metadata-0'
    expect(
      cluster.disks
        .get(away)!
        .list(log)
        .filter((name) => name.endsWith('.checkpoint')),
    ).not.toEqual([])
    expect(cluster.disks.get(away)!.list(log)).not.toContain('00000000000000000000.log')
  })
})
