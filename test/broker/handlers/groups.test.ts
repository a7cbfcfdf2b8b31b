/** The group requests at the edge: versions, unknown topics, ids, several groups, and the coordinator's whereabouts. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { deleteGroupsHandler } from '../../../src/broker/handlers/delete-groups.ts'
import { describeGroupsHandler } from '../../../src/broker/handlers/describe-groups.ts'
import { findCoordinatorHandler } from '../../../src/broker/handlers/find-coordinator.ts'
import { joinGroupHandler } from '../../../src/broker/handlers/join-group.ts'
import { leaveGroupHandler } from '../../../src/broker/handlers/leave-group.ts'
import { offsetCommitHandler } from '../../../src/broker/handlers/offset-commit.ts'
import { offsetDeleteHandler } from '../../../src/broker/handlers/offset-delete.ts'
import { offsetFetchHandler } from '../../../src/broker/handlers/offset-fetch.ts'
import { HandlerHarness, topicId } from './handler-services.ts'

function cluster(): HandlerHarness {
  const h = new HandlerHarness().broker(1).topic('__consumer_offsets', [{ replicas: [1] }])
  h.topic('news', [{ replicas: [1] }, { replicas: [1] }])
  h.services.groups.onElected(0, 5)
  return h
}

const NEWS = topicId(1)

function commit(
  h: HandlerHarness,
  version: number,
  topics: { name?: string; topicId?: string; partitions: number[] }[],
) {
  return h.ask('OffsetCommit', offsetCommitHandler, version, {
    groupId: 'g',
    topics: topics.map(({ partitions, ...topic }) => ({
      ...topic,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 10 + partitionIndex,
        committedMetadata: null,
      })),
    })),
  })
}

describe('FindCoordinator', () => {
  const ask = (h: HandlerHarness, version: number, keyType = 0) =>
    h.ask('FindCoordinator', findCoordinatorHandler, version, {
      keyType,
      ...(version < 4 ? { key: 'g' } : { coordinatorKeys: ['g', 'h'] }),
    })

  it('names the leader of the group partition', async () => {
    expect(await ask(cluster(), 2)).toMatchObject({ errorCode: 0, nodeId: 1, host: 'broker-1', port: 9001 })
    const { coordinators } = await ask(cluster(), 6)
    expect(coordinators.map(({ key, nodeId, errorCode }) => [key, nodeId, errorCode])).toEqual([
      ['g', 1, 0],
      ['h', 1, 0],
    ])
  })

  it('creates the topic when it is missing', async () => {
    const h = new HandlerHarness().broker(1)
    expect(await ask(h, 0)).toMatchObject({ errorCode: 15, nodeId: -1, port: -1 })
    expect(h.asked).toMatchObject([
      { api: 'CreateTopics', request: { topics: [{ name: '__consumer_offsets', numPartitions: 50 }] } },
    ])
    expect(JSON.stringify(h.asked)).toContain('"cleanup.policy","value":"compact"')
  })

  it('has no coordinators of other kinds', async () => {
    // not 15, which clients would repeat for a minute before they say that transactions do not work
    expect(await ask(cluster(), 3, 1)).toMatchObject({ errorCode: 35, errorMessage: expect.stringContaining('only') })
    expect((await ask(cluster(), 3, 2)).errorCode).toBe(42)
    expect((await ask(cluster(), 6, 2)).coordinators[0]?.errorCode).toBe(35)
    expect((await ask(cluster(), 6, 9)).coordinators[0]?.errorCode).toBe(42)
  })
})

describe('OffsetCommit and OffsetFetch', () => {
  it('refuse what does not exist and keep the rest', async () => {
    const h = cluster()
    const { topics } = await commit(h, 9, [
      { name: 'news', partitions: [0, 7] },
      { name: 'none', partitions: [0] },
    ])
    const codes = topics.map(({ name, partitions }) => [
      name,
      partitions.map((each) => [each.partitionIndex, each.errorCode]),
    ])
    expect(codes).toContainEqual(['none', [[0, 3]]])
    expect(codes).toContainEqual([
      'news',
      [
        [7, 3],
        [0, 0],
      ],
    ])
  })

  it('speak of topics by id in version 10', async () => {
    const h = cluster()
    const { topics } = await commit(h, 10, [
      { topicId: NEWS, partitions: [1] },
      { topicId: topicId(77), partitions: [0] },
    ])
    expect(topics.map((topic) => [topic.topicId, topic.partitions[0]?.errorCode])).toEqual([
      [topicId(77), 100],
      [NEWS, 0],
    ])
    const fetched = await h.ask('OffsetFetch', offsetFetchHandler, 10, {
      groups: [
        { groupId: 'g', topics: null },
        { groupId: 'g', topics: [NEWS, topicId(77)].map((id) => ({ topicId: id, partitionIndexes: [1] })) },
      ],
    })
    const offsets = fetched.groups.map((group) =>
      group.topics.map((topic) => [
        topic.topicId,
        topic.partitions[0]?.committedOffset,
        topic.partitions[0]?.errorCode,
      ]),
    )
    expect(offsets).toEqual([
      [[NEWS, 11, 0]],
      [
        [NEWS, 11, 0],
        [topicId(77), -1, 100],
      ],
    ])
  })

  it.each([1, 2, 5, 7, 8, 9])('agree in version %i of the fetch', async (version) => {
    const h = cluster()
    await commit(h, 2, [{ name: 'news', partitions: [0, 1] }])
    const topics = [{ name: 'news', partitionIndexes: [1, 0] }]
    const answer = await h.ask(
      'OffsetFetch',
      offsetFetchHandler,
      version,
      version >= 8
        ? { groups: [{ groupId: 'g', topics: topics.map((t) => ({ ...t, topicId: ZERO_UUID })) }] }
        : { groupId: 'g', topics },
    )
    const found = version >= 8 ? answer.groups[0]!.topics : answer.topics
    expect(found[0]?.partitions.map(({ committedOffset, metadata }) => [committedOffset, metadata])).toEqual([
      [11, ''],
      [10, ''],
    ])
  })

  it('put a coordinator error where the version has room for it', async () => {
    const h = cluster()
    h.services.groups.onResigned(0)
    const topics = [{ name: 'news', partitionIndexes: [0] }]
    const old = await h.ask('OffsetFetch', offsetFetchHandler, 1, { groupId: 'g', topics })
    expect(old.topics[0]?.partitions[0]?.errorCode).toBe(16)
    expect((await h.ask('OffsetFetch', offsetFetchHandler, 2, { groupId: 'g', topics })).errorCode).toBe(16)
    const many = await h.ask('OffsetFetch', offsetFetchHandler, 8, { groups: [{ groupId: 'g', topics: null }] })
    expect(many.groups[0]?.errorCode).toBe(16)
    expect((await commit(h, 2, [{ name: 'news', partitions: [0] }])).topics[0]?.partitions[0]?.errorCode).toBe(16)
  })
})

describe('the other group requests', () => {
  it('delete offsets of known partitions', async () => {
    const h = cluster()
    await commit(h, 9, [{ name: 'news', partitions: [0] }])
    const { topics } = await h.ask('OffsetDelete', offsetDeleteHandler, 0, {
      groupId: 'g',
      topics: [
        { name: 'news', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
        { name: 'none', partitions: [{ partitionIndex: 0 }] },
      ],
    })
    expect(topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([[0, 3], [3]])
  })

  it('join in every version', async () => {
    for (let version = 0; version <= 9; version++) {
      const h = cluster()
      const answer = h.ask('JoinGroup', joinGroupHandler, version, {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      })
      await Promise.resolve()
      h.clock.advance(10_000)
      expect((await answer).errorCode).toBe(version < 4 ? 0 : 79)
    }
  })

  it('leave in old and new form', async () => {
    const h = cluster()
    const old = await h.ask('LeaveGroup', leaveGroupHandler, 1, { groupId: 'g', memberId: 'm' })
    expect(old.errorCode).toBe(25)
    const batch = await h.ask('LeaveGroup', leaveGroupHandler, 5, { groupId: 'g', members: [{ memberId: 'm' }] })
    expect(batch).toMatchObject({ errorCode: 0, members: [{ errorCode: 25 }] })
  })

  it('describe with operations on request, and delete', async () => {
    const h = cluster()
    await commit(h, 9, [{ name: 'news', partitions: [0] }])
    const described = await h.ask('DescribeGroups', describeGroupsHandler, 3, {
      groups: ['g'],
      includeAuthorizedOperations: true,
    })
    expect(described.groups[0]).toMatchObject({ groupState: 'Empty', authorizedOperations: 3400 })
    const { results } = await h.ask('DeleteGroups', deleteGroupsHandler, 2, { groupsNames: ['g', 'none'] })
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 69])
  })
})
