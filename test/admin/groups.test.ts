/** Groups of every kind, coordinators that fail, old clusters. */
import { afterEach, describe, expect, it } from 'vitest'
import { listGroups } from '../../src/admin/group-list.ts'
import { describeGroups } from '../../src/admin/groups.ts'
import { planResets } from '../../src/admin/reset.ts'
import { ClusterClient } from '../../src/client/cluster-client.ts'
import { resolveClientOptions } from '../../src/client/options.ts'
import { errorCode } from '../../src/protocol/errors.ts'
import { startScripted } from '../support/scripted-broker.ts'
import { startCluster, topic } from '../support/scripted-cluster.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})
const track = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing)
  return thing
}

async function connect(address: string): Promise<ClusterClient> {
  const properties = { 'retry.backoff.ms': '1', 'default.api.timeout.ms': '200' }
  return track(await ClusterClient.connect(resolveClientOptions({ bootstrapServer: address, properties })))
}

const topics = { a: topic([{ start: 0, end: 10 }]) }
const notFound = errorCode('GROUP_ID_NOT_FOUND')

describe('describeGroups', () => {
  it('knows consumer and share groups by who answers for them', async () => {
    const member = { clientId: 'c', clientHost: '/h' }
    const assigned = { topicPartitions: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAg', topicName: 'a', partitions: [0] }] }
    const cluster = track(
      await startCluster(
        { topics },
        {
          ConsumerGroupDescribe: ({ groupIds }) => ({
            groups: groupIds.map((groupId) =>
              groupId === 'new'
                ? {
                    groupId,
                    groupState: 'Stable',
                    assignorName: 'uniform',
                    members: [{ ...member, memberId: 'm', assignment: assigned }],
                  }
                : { groupId, errorCode: notFound },
            ),
          }),
          ShareGroupDescribe: ({ groupIds }) => ({
            groups: groupIds.map((groupId) =>
              groupId === 'shared'
                ? {
                    groupId,
                    groupState: 'Stable',
                    assignorName: 'simple',
                    members: [{ ...member, memberId: 's', assignment: assigned }],
                  }
                : { groupId, errorCode: notFound },
            ),
          }),
          DescribeShareGroupOffsets: () => ({
            groups: [
              { groupId: 'shared', topics: [{ topicName: 'a', partitions: [{ partitionIndex: 0, startOffset: 4 }] }] },
            ],
          }),
          ListGroups: () => ({ groups: [] }),
        },
      ),
    )
    const client = await connect(cluster.address)
    const { groups } = await describeGroups(client, { names: ['shared', 'new', 'gone'] })
    expect(groups).toMatchObject([
      { group: 'gone', error: { code: 'GROUP_ID_NOT_FOUND' } },
      { group: 'new', type: 'consumer', assignor: 'uniform', offsets: [{ memberId: 'm', committed: null, lag: null }] },
      { group: 'shared', type: 'share', totalLag: 6, offsets: [{ memberId: 's', committed: 4, lag: 6 }] },
    ])
    await expect(
      planResets(client, [{ group: 'shared', scope: undefined, target: { kind: 'current' } }]),
    ).rejects.toThrow('group shared is active')
  })

  it('keeps a group whose coordinator is gone as a row with the error', async () => {
    const cluster = track(
      await startCluster(
        { topics, groups: { good: { state: 'Empty', offsets: new Map([['a-0', 3]]) } } },
        {
          FindCoordinator: ({ coordinatorKeys }) => ({
            coordinators: coordinatorKeys.map((key) =>
              key === 'good'
                ? { key, nodeId: 1, host: '127.0.0.1', port: 1 }
                : { key, nodeId: -1, errorCode: errorCode('COORDINATOR_NOT_AVAILABLE') },
            ),
          }),
        },
      ),
    )
    const client = await connect(cluster.address)
    await client.metadata()
    const { groups } = await describeGroups(client, { names: ['bad', 'good'] })
    expect(groups).toMatchObject([
      { group: 'bad', state: null, error: { code: 'COORDINATOR_NOT_AVAILABLE' } },
      { group: 'good', totalLag: 7 },
    ])
  })

  it('works with clusters from before batched look-ups', async () => {
    const cluster = track(
      await startCluster(
        { topics },
        {
          FindCoordinator: (_request) => ({ nodeId: 1, host: '127.0.0.1', port: 1 }),
          DescribeGroups: ({ groups }) => ({
            groups: groups.map((groupId) => ({
              groupId,
              groupState: groupId === 'old' ? 'Empty' : 'Dead',
              protocolType: 'consumer',
            })),
          }),
          OffsetFetch: () => ({
            topics: [{ name: 'a', partitions: [{ partitionIndex: 0, committedOffset: 8, metadata: '' }] }],
          }),
        },
        { maxVersions: { FindCoordinator: 3, OffsetFetch: 7, DescribeGroups: 5 } },
      ),
    )
    const client = await connect(cluster.address)
    await client.metadata()
    const { groups } = await describeGroups(client, { names: ['old', 'none'] })
    expect(groups).toMatchObject([
      { group: 'none', error: { code: 'GROUP_ID_NOT_FOUND' } },
      { group: 'old', type: 'classic', totalLag: 2 },
    ])
  })
})

describe('listGroups', () => {
  it('lists what the brokers that answer know', async () => {
    const broker = track(
      await startScripted((port) => ({
        Metadata: () => ({
          brokers: [
            { nodeId: 1, host: '127.0.0.1', port },
            { nodeId: 2, host: '127.0.0.1', port: 1 },
          ],
        }),
        ListGroups: () => ({
          groups: [{ groupId: 'g', protocolType: 'consumer', groupState: 'Empty', groupType: 'Consumer' }],
        }),
      })),
    )
    const result = await listGroups(await connect(broker.address))
    expect(result.groups).toEqual([
      { group: 'g', type: 'consumer', state: 'Empty', protocol: 'consumer', coordinator: 1 },
    ])
    expect(result.errors).toMatchObject([{ broker: 2, error: { code: 'MQ_CONNECT_REFUSED' } }])
  })

  it('says that groups are missing when nobody leads the partitions that keep them', async () => {
    const partition = (partitionIndex: number, leaderId: number) => ({ partitionIndex, leaderId })
    const broker = track(
      await startScripted((port) => ({
        Metadata: ({ topics: asked }) => ({
          brokers: [{ nodeId: 1, host: '127.0.0.1', port }],
          topics: (asked ?? []).map(({ name }) => ({
            name,
            partitions: [partition(0, 1), partition(1, -1), partition(2, 1), partition(3, -1)],
          })),
        }),
        ListGroups: () => ({ groups: [{ groupId: 'g', protocolType: '', groupState: 'Empty', groupType: 'Classic' }] }),
      })),
    )
    const result = await listGroups(await connect(broker.address))
    expect(result.groups).toMatchObject([{ group: 'g' }])
    expect(result.errors).toEqual([
      {
        broker: null,
        error: {
          code: 'LEADER_NOT_AVAILABLE',
          message: '2 of 4 partitions of __consumer_offsets have no leader: the groups that they keep are not listed',
        },
      },
    ])
  })
})
