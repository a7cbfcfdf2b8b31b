/** The cluster commands against a scripted cluster. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import ClusterInfo from '../../../src/commands/cluster/info.ts'
import ClusterQuorum from '../../../src/commands/cluster/quorum.ts'
import { errorCode } from '../../../src/protocol/errors.ts'
import { runCommand } from '../../support/run-command.ts'
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
afterEach(() => cluster.close())

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
  expect(ran.stdout).toContain(`1  ${cluster.address}  -     no`)
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
