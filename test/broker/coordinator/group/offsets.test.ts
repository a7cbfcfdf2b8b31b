/** Committed offsets: who may commit, what is kept, what is answered, when they go. */
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../../../src/base/uuid.ts'
import { decodeCoordinatorRecord } from '../../../../src/protocol/logs/coordinator-record.ts'
import { Harness, topicIds } from './harness.ts'

const DAY_MS = 86_400_000

describe('committing offsets', () => {
  it('keeps offset, leader epoch and metadata as given', async () => {
    const h = new Harness()
    expect(await h.commit({ news: { 0: 42, 3: 7 } }, { metadata: 'ünïcode' })).toEqual(['NONE', 'NONE'])
    const { topics } = await h.fetch()
    expect(topics).toEqual([
      {
        name: 'news',
        topicId: ZERO_UUID,
        partitions: [
          { partitionIndex: 0, committedOffset: 42, committedLeaderEpoch: 3, metadata: 'ünïcode', errorCode: 0 },
          { partitionIndex: 3, committedOffset: 7, committedLeaderEpoch: 3, metadata: 'ünïcode', errorCode: 0 },
        ],
      },
    ])
  })

  it('reads null metadata as empty and refuses more than offset.metadata.max.bytes', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 1 } }, { metadata: null })
    expect((await h.fetch()).topics[0]?.partitions[0]?.metadata).toBe('')
    expect(await h.commit({ news: { 0: 2 } }, { metadata: 'x'.repeat(4_097) })).toEqual(['OFFSET_METADATA_TOO_LARGE'])
    expect(await h.offsets()).toEqual({ 'news-0': 1 })
  })

  it('makes no group of a commit that is not written', async () => {
    const h = new Harness()
    const groups = async () => (await h.coordinator.listGroups({ statesFilter: [], typesFilter: [] })).groups
    h.log.failWith = 'NOT_ENOUGH_REPLICAS'
    expect(await h.commit({ news: { 0: 1 } })).toEqual(['COORDINATOR_NOT_AVAILABLE'])
    h.log.failWith = undefined
    expect(await h.commit({ news: { 0: 1 } }, { metadata: 'x'.repeat(4_097) })).toEqual(['OFFSET_METADATA_TOO_LARGE'])
    expect(await groups()).toEqual([])
    await h.commit({ news: { 0: 1 } })
    expect(await groups()).toMatchObject([{ groupState: 'Empty', protocolType: '' }])
  })

  it('writes version 4 with the topic id, 3 without, 1 with an own retention', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 1 } })
    await h.commit({ unlisted: { 0: 1 } })
    await h.commit({ news: { 1: 1 } }, { retentionMs: 1_000 })
    const records = h.log
      .records(0)
      .map((record) => decodeCoordinatorRecord('__consumer_offsets', record.key!, record.value))
    expect(records.map((record) => record?.version)).toEqual([4, 3, 1])
    expect(records[0]).toMatchObject({ name: 'OffsetCommit', value: { topicId: topicIds.get('news') } })
  })

  it('takes commits of members of the current generation only', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    const memberId = ids[0]!
    const commit = (options: Parameters<Harness['commit']>[1]) => h.commit({ news: { 0: 5 } }, options)
    expect(await commit({ generation: 1, memberId })).toEqual(['NONE'])
    expect(await commit({ generation: 0, memberId })).toEqual(['ILLEGAL_GENERATION'])
    expect(await commit({ generation: 1, memberId: 'who' })).toEqual(['UNKNOWN_MEMBER_ID'])
    expect(await commit({})).toEqual(['UNKNOWN_MEMBER_ID'])
    expect(await commit({ generation: 1, memberId, instanceId: 'i' })).toEqual(['UNKNOWN_MEMBER_ID'])
  })

  it('refuses commits while the generation has no assignment yet, takes them while members rejoin', async () => {
    const h = new Harness()
    const { id } = await h.joinDynamic()
    await h.advance(0)
    const commit = () => h.commit({ news: { 0: 5 } }, { generation: 1, memberId: id })
    expect(await commit()).toEqual(['REBALANCE_IN_PROGRESS'])
    await h.syncAll([id], id, 1)
    await h.joinDynamic()
    expect((await h.describe()).groupState).toBe('PreparingRebalance')
    expect(await commit()).toEqual(['NONE'])
  })

  it('tells an unknown group by the version of the request', async () => {
    const h = new Harness()
    const request = { groupId: 'none', generation: 3, memberId: 'm' }
    expect(await h.commit({ news: { 0: 1 } }, { ...request, version: 8 })).toEqual(['ILLEGAL_GENERATION'])
    expect(await h.commit({ news: { 0: 1 } }, { ...request, version: 9 })).toEqual(['GROUP_ID_NOT_FOUND'])
  })

  it('counts as a heartbeat', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    for (let i = 0; i < 4; i++) {
      await h.advance(6_000)
      expect(await h.commit({ news: { 0: i } }, { generation: 1, memberId: ids[0]! })).toEqual(['NONE'])
    }
  })
})

describe('fetching offsets', () => {
  it('answers -1 for what was never committed and for groups that do not exist', async () => {
    const h = new Harness()
    const topics = [{ name: 'news', topicId: ZERO_UUID, partitions: [0] }]
    const found = await h.coordinator.fetchOffsets({ groupId: 'none', topics, requireStable: true })
    expect(found).toMatchObject({
      errorCode: 0,
      topics: [{ partitions: [{ committedOffset: -1, metadata: '', errorCode: 0 }] }],
    })
    expect((await h.fetch('none')).topics).toEqual([])
  })

  it('does not take offsets of a deleted topic for those of its namesake', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 9 } })
    const ask = async (topicId: string) => {
      const topics = [{ name: 'news', topicId, partitions: [0] }]
      const found = await h.coordinator.fetchOffsets({ groupId: 'g', topics, requireStable: false })
      return found.topics[0]?.partitions[0]?.committedOffset
    }
    expect(await ask(topicIds.get('news')!)).toBe(9)
    expect(await ask(topicIds.get('trades')!)).toBe(-1)
  })
})

describe('removing offsets', () => {
  it('keeps those of subscribed topics', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    await h.commit({ news: { 0: 1 }, trades: { 0: 2 } }, { generation: 1, memberId: ids[0]! })
    const answer = await h.coordinator.deleteOffsets({
      groupId: 'g',
      topics: ['news', 'trades'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
    })
    expect(answer.topics?.map((topic) => topic.partitions?.[0]?.errorCode)).toEqual([86, 0])
    expect(await h.offsets()).toEqual({ 'news-0': 1 })
  })

  it('answers GROUP_ID_NOT_FOUND, and NON_EMPTY_GROUP for live groups of other kinds', async () => {
    const h = new Harness()
    const topics = [{ name: 'news', partitions: [{ partitionIndex: 0 }] }]
    expect((await h.coordinator.deleteOffsets({ groupId: 'none', topics })).errorCode).toBe(69)
    const { id } = await h.joinDynamic({ protocolType: 'connect' })
    await h.advance(0)
    await h.syncAll([id], id, 1)
    expect((await h.coordinator.deleteOffsets({ groupId: 'g', topics })).errorCode).toBe(68)
  })

  it('deletes empty groups with all they have, and no others', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    await h.commit({ news: { 0: 1 } }, { groupId: 'simple' })
    expect(await h.coordinator.deleteGroups(['g', 'simple', 'none', 'simple'])).toEqual([
      { groupId: 'g', errorCode: 68 },
      { groupId: 'simple', errorCode: 0 },
      { groupId: 'none', errorCode: 69 },
    ])
    expect((await h.fetch('simple')).topics).toEqual([])
    await h.leave({ memberId: ids[0]! })
    expect(await h.coordinator.deleteGroups(['g'])).toEqual([{ groupId: 'g', errorCode: 0 }])
    expect((await h.restarted().describe()).groupState).toBe('Dead')
  })

  it('go with their topic', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 1 }, trades: { 0: 2, 1: 3 } })
    h.coordinator.onTopicsDeleted(['trades'])
    await h.settle()
    expect(await h.offsets()).toEqual({ 'news-0': 1 })
    expect(await h.restarted().offsets()).toEqual({ 'news-0': 1 })
  })
})

describe('expiry', () => {
  it('removes offsets of consumers without membership some days after their commit, and then the group', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 1 } })
    await h.advance(6 * DAY_MS)
    await h.commit({ news: { 1: 1 } })
    await h.advance(1.5 * DAY_MS)
    expect(await h.offsets()).toEqual({ 'news-1': 1 })
    await h.advance(7 * DAY_MS)
    expect((await h.describe()).groupState).toBe('Dead')
    expect((await h.restarted().describe()).groupState).toBe('Dead')
  })

  it('counts from when the group became empty', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    await h.commit({ news: { 0: 1 } }, { generation: 1, memberId: ids[0]! })
    for (let i = 0; i < 10; i++) {
      for (let beat = 0; beat < 10; beat++) {
        await h.heartbeat(ids[0]!, 1)
        await h.advance(9_000)
      }
      h.clock.setWallMs(h.clock.nowMs() + DAY_MS)
    }
    await h.heartbeat(ids[0]!, 1)
    await h.leave({ memberId: ids[0]! })
    await h.advance(6.9 * DAY_MS)
    expect(await h.offsets()).toEqual({ 'news-0': 1 })
    await h.advance(0.2 * DAY_MS)
    expect(await h.offsets()).toEqual({})
  })

  it('lets a live consumer group lose offsets of topics it no longer subscribes to', async () => {
    const h = new Harness({ maxSessionTimeoutMs: 30 * DAY_MS })
    const { id } = await h.joinDynamic({ sessionTimeoutMs: 20 * DAY_MS })
    await h.advance(0)
    await h.syncAll([id], id, 1)
    await h.commit({ news: { 0: 1 }, trades: { 0: 2 } }, { generation: 1, memberId: id })
    await h.advance(8 * DAY_MS)
    expect(await h.offsets()).toEqual({ 'news-0': 1 })
  })

  it('follows the retention that a commit brought along', async () => {
    const h = new Harness()
    await h.commit({ news: { 0: 1 } }, { retentionMs: 1_000, version: 4 })
    await h.commit({ news: { 1: 1 } })
    await h.advance(600_001)
    expect(await h.offsets()).toEqual({ 'news-1': 1 })
  })
})

describe('listing', () => {
  it('filters by state and type, whatever the case', async () => {
    const h = new Harness()
    await h.stableGroup(1)
    await h.commit({ news: { 0: 1 } }, { groupId: 'simple' })
    const list = async (statesFilter: string[], typesFilter: string[]) =>
      ((await h.coordinator.listGroups({ statesFilter, typesFilter })).groups ?? []).map((group) => group.groupId)
    expect(await list([], [])).toEqual(['g', 'simple'])
    expect(await list(['STABLE'], [])).toEqual(['g'])
    expect(await list(['empty'], ['Classic'])).toEqual(['simple'])
    expect(await list([], ['consumer'])).toEqual([])
  })

  it('describes members with their subscription only while stable', async () => {
    const h = new Harness()
    const { ids } = await h.stableGroup(1)
    const stable = await h.describe()
    expect(stable).toMatchObject({ groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' })
    expect(stable.members?.[0]).toMatchObject({ memberId: ids[0], clientId: 'client', clientHost: '/127.0.0.1' })
    expect(stable.members?.[0]?.memberMetadata).not.toHaveLength(0)
    await h.joinDynamic()
    const preparing = await h.describe()
    expect(preparing.protocolData).toBe('')
    expect(preparing.members?.[0]?.memberMetadata).toHaveLength(0)
  })

  it('shows a missing group as Dead, as an error from version 6 on', async () => {
    const h = new Harness()
    expect(await h.describe('none', 5)).toEqual({ groupId: 'none', groupState: 'Dead' })
    expect(await h.describe('none', 6)).toMatchObject({ errorCode: 69, groupState: 'Dead' })
  })
})
