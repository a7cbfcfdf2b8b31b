/** The cluster commands against a scripted cluster. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import ClusterDiscover from '../../../src/commands/cluster/discover.ts'
import ClusterInfo from '../../../src/commands/cluster/info.ts'
import ClusterQuorum from '../../../src/commands/cluster/quorum/index.ts'
import TopicsCreate from '../../../src/commands/topics/create.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { runCommand } from '../../support/run-command.ts'
import { startScripted } from '../../support/scripted-broker.ts'
import { type FakeCluster, startCluster, topic } from '../../support/scripted-cluster.ts'

let cluster: FakeCluster
beforeEach(async () => {
  cluster = await startCluster({
    topics: {
      a: topic([
        { start: 0, end: 0 },
        { start: 0, end: 0, leader: -1, isr: [] },
      ]),
    },
  })
})
const after: (() => unknown)[] = []
afterEach(async () => {
  for (const close of after.splice(0)) await close()
  await cluster.close()
})

it('shows nodes and sizes', async () => {
  const ran = await runCommand(ClusterInfo, '-b', cluster.address)
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout.split('\n').slice(0, 7)).toEqual([
    'cluster:          test-cluster',
    'controller:       1',
    'topics:           1',
    'partitions:       2',
    'offline:          1',
    'under-replicated: 1',
    'features:         metadata.version=30',
  ])
  expect(ran.stdout).toContain(`1  ${cluster.address}  -     broker,controller  no`)
  const json = await runCommand(ClusterInfo, '-b', cluster.address, '--json')
  expect(json.json).toMatchObject({ clusterId: 'test-cluster', controller: 1, brokers: [{ id: 1, fenced: false }] })
})

it('shows the quorum with lag', async () => {
  const ran = await runCommand(ClusterQuorum, '-b', cluster.address, '--json')
  expect(ran.json).toMatchObject({
    clusterId: 'test-cluster',
    leader: 1,
    epoch: 4,
    highWatermark: 90,
    maxFollowerLag: 10,
    maxFollowerLagTimeMs: 1000,
    voters: [
      { id: 1, role: 'leader', logEnd: 100, lag: 0 },
      { id: 2, role: 'follower', logEnd: 90, lag: 10, lastCaughtUp: 4000 },
    ],
    observers: [{ id: 3, role: 'observer', lag: 20, lastFetch: null }],
  })
  expect((await runCommand(ClusterQuorum, '-b', cluster.address)).stdout).toContain('max follower lag:      10')
})

it('fails when the cluster has no quorum to show', async () => {
  cluster.broker.change({
    DescribeQuorum: () => ({ errorCode: errorCode('UNKNOWN_SERVER_ERROR'), errorMessage: 'no quorum here' }),
  })
  const ran = await runCommand(ClusterQuorum, '-b', cluster.address)
  expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
  expect(ran.stderr).toContain('no quorum here')
})

describe('through a controller', () => {
  /** A controller that follows, in front of the scripted cluster as the active one. */
  async function follower() {
    const answers = (port: number) => ({
      DescribeCluster: () => ({
        clusterId: 'test-cluster',
        controllerId: 1,
        endpointType: 2,
        brokers: [
          { brokerId: 1, host: '127.0.0.1', port: cluster.broker.port, rack: null },
          { brokerId: 2, host: '127.0.0.1', port, rack: null },
        ],
      }),
      DescribeQuorum: () => ({ errorCode: errorCode('NOT_LEADER_OR_FOLLOWER') }),
      CreateTopics: () => ({ topics: [{ name: 'x', errorCode: errorCode('NOT_CONTROLLER') }] }),
    })
    const broker = await startScripted(answers)
    after.push(() => broker.close())
    return broker.address
  }

  it('the question and the change go to the active one', async () => {
    const at = ['--bootstrap-controller', await follower(), '-X', 'default.api.timeout.ms=500']
    const quorum = await runCommand(ClusterQuorum, ...at, '--json')
    expect(quorum.json).toMatchObject({ clusterId: 'test-cluster', leader: 1 })
    expect(await runCommand(TopicsCreate, 'x', ...at)).toMatchObject({ exitCode: 0 })
    expect(cluster.topics.has('x')).toBe(true)
  })

  it('no inventory is made of nodes that are no brokers', async () => {
    const ran = await runCommand(ClusterDiscover, '--bootstrap-controller', await follower())
    expect(ran).toMatchObject({ exitCode: 1, stdout: '' })
    expect(ran.stderr).toContain('hint: give a broker with --bootstrap-server')
  })
})
