/** Committed offsets and the administration of groups: the bundled broker must answer what Apache Kafka answers. */
import type { RequestInput } from '../../src/protocol/apis.ts'
import {
  commitOf,
  committed,
  described,
  fetched,
  groupProperties,
  prepareGroups,
  sortTopics,
  stable,
} from './support/group-steps.ts'
import { paritySuite, type Scenario } from './support/parity.ts'

const offsets: Record<string, Scenario> = {
  'commits in every version': async (side) => {
    const seen: unknown[] = []
    for (let version = 2; version <= 9; version++) {
      seen.push(
        await committed(side, version, {
          groupId: `commit-${version}`,
          topics: [
            {
              name: 'news',
              partitions: [
                { partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' },
                { partitionIndex: 1, committedOffset: -1, committedMetadata: null },
                { partitionIndex: 99, committedOffset: 5, committedMetadata: '' },
              ],
            },
            { name: 'no-such-topic', partitions: [{ partitionIndex: 0, committedOffset: 5 }] },
          ],
        }),
      )
      seen.push(await fetched(side, `commit-${version}`))
    }
    return seen.map((each) => sortTopics(each))
  },
  'commits that are refused': async (side) => {
    const a = await stable(side, 'commits')
    const seen: unknown[] = []
    const identities: RequestInput<'OffsetCommit'>[] = [
      {},
      { generationIdOrMemberEpoch: 1 },
      { generationIdOrMemberEpoch: 1, memberId: a.memberId },
      { generationIdOrMemberEpoch: 0, memberId: a.memberId },
      { generationIdOrMemberEpoch: -1, memberId: a.memberId },
      { generationIdOrMemberEpoch: 1, memberId: 'nobody' },
      { generationIdOrMemberEpoch: 1, memberId: a.memberId, groupInstanceId: 'i' },
      { groupId: '' },
      { groupId: 'no-such-group', generationIdOrMemberEpoch: 3, memberId: 'm' },
    ]
    for (const version of [7, 8, 9]) {
      for (const identity of identities) seen.push(await committed(side, version, commitOf('commits', identity)))
    }
    const long = [
      { name: 'news', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4_097) }] },
    ]
    seen.push(await committed(side, 9, { groupId: 'long', topics: long }))
    return seen
  },
  'fetches in every version': async (side) => {
    await committed(side, 9, commitOf('fetches'))
    const topics = [
      { name: 'news', partitionIndexes: [0, 1, 77] },
      { name: 'no-such-topic', partitionIndexes: [0] },
    ]
    const seen: unknown[] = []
    for (let version = 1; version <= 9; version++) {
      for (const groupId of ['fetches', 'no-such-group', '']) {
        for (const wanted of version >= 2 ? [topics, null, []] : [topics]) {
          const body = version >= 8 ? { groups: [{ groupId, topics: wanted }] } : { groupId, topics: wanted }
          const answer = await side.askGroup('OffsetFetch', version, body)
          seen.push({ ...answer, throttleTimeMs: 0 })
        }
      }
    }
    return seen
  },
  'offsets by topic id': async (side) => {
    const { topics } = await side.ask('Metadata', 12, { topics: [{ name: 'news' }] })
    const topicId = topics[0]!.topicId
    const unknown = 'AAAAAAAAAAAAAAAAAAABtQ'
    const answer = await side.askGroup('OffsetCommit', 10, {
      groupId: 'by-id',
      topics: [topicId, unknown].map((id) => ({
        topicId: id,
        partitions: [0, 9].map((partitionIndex) => ({ partitionIndex, committedOffset: 3 })),
      })),
    })
    const fetch = await side.askGroup('OffsetFetch', 10, {
      groups: [
        { groupId: 'by-id', topics: null },
        { groupId: 'by-id', topics: [topicId, unknown].map((id) => ({ topicId: id, partitionIndexes: [0, 9] })) },
      ],
    })
    const known = (id: string) => (id === topicId ? 'known' : id === unknown ? 'unknown' : id)
    const plain = (
      list: readonly { topicId: string; partitions: readonly { partitionIndex: number; errorCode: number }[] }[],
    ) =>
      list
        .map((topic) => ({
          topic: known(topic.topicId),
          partitions: [...topic.partitions].sort((x, y) => x.partitionIndex - y.partitionIndex),
        }))
        .sort((x, y) => (x.topic < y.topic ? -1 : 1))
    return [plain(answer.topics), fetch.groups.map((group) => [group.errorCode, plain(group.topics)])]
  },
  'deleting offsets': async (side) => {
    await stable(side, 'deletes')
    await stable(side, 'deletes-connect', { protocolType: 'connect' })
    await committed(side, 9, commitOf('deletes-simple'))
    const seen: unknown[] = []
    const topics = ['news', 'other', 'no-such-topic'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0 }, { partitionIndex: 50 }],
    }))
    for (const groupId of ['deletes', 'deletes-connect', 'deletes-simple', 'no-such-group', '']) {
      const answer = await side.askGroup('OffsetDelete', 0, { groupId, topics })
      seen.push([
        answer.errorCode,
        sortTopics(answer.topics.map(({ name, partitions }) => [name, sortTopics(partitions)])),
      ])
    }
    seen.push(await fetched(side, 'deletes-simple'))
    return seen
  },
}

const admin: Record<string, Scenario> = {
  'describing groups in every version': async (side) => {
    await stable(side, 'described')
    await committed(side, 9, commitOf('described-simple'))
    const seen: unknown[] = []
    for (let version = 0; version <= 6; version++) {
      for (const groupId of ['described', 'described-simple', 'no-such-group', '']) {
        const group = await described(side, groupId, version)
        seen.push({ ...group, members: group.members.map((each) => ({ ...each, memberId: 'm' })) })
      }
    }
    return seen
  },
  'listing groups with filters': async (side) => {
    await stable(side, 'listed')
    await committed(side, 9, commitOf('listed-simple'))
    const seen: unknown[] = []
    for (let version = 0; version <= 5; version++) {
      const filters = version >= 4 ? [[], ['Stable'], ['eMPty'], ['Bogus'], ['Dead']] : [[]]
      for (const statesFilter of filters) {
        const types = version >= 5 ? [[], ['classic'], ['Consumer'], ['share'], ['bogus']] : [[]]
        for (const typesFilter of types) {
          const answer = await side.ask('ListGroups', version, { statesFilter, typesFilter })
          seen.push([answer.errorCode, sortTopics(answer.groups.filter(({ groupId }) => groupId.startsWith('listed')))])
        }
      }
    }
    return seen
  },
  'deleting groups': async (side) => {
    const a = await stable(side, 'gone')
    await committed(side, 9, commitOf('gone-simple'))
    const ask = async (...groupsNames: string[]) =>
      sortTopics((await side.askGroup('DeleteGroups', 2, { groupsNames })).results)
    return [
      await ask('gone', 'gone-simple', 'no-such-group', 'no-such-group', ''),
      await side
        .askGroup('LeaveGroup', 5, { groupId: 'gone', members: [{ memberId: a.memberId }] })
        .then(() => ask('gone')),
      await described(side, 'gone'),
      await fetched(side, 'gone-simple'),
    ]
  },
  'finding coordinators': async (side) => {
    const seen: unknown[] = []
    for (let version = 0; version <= 6; version++) {
      for (const keyType of version >= 1 ? [0, 3, -1] : [0]) {
        const body = version >= 4 ? { keyType, coordinatorKeys: ['a', 'b', ''] } : { keyType, key: 'a' }
        const answer = await side.askGroup('FindCoordinator', version, body)
        seen.push([
          version,
          keyType,
          answer.errorCode,
          answer.nodeId,
          answer.coordinators.map((each) => [each.key, each.errorCode, each.nodeId]),
        ])
      }
    }
    return seen
  },
}

paritySuite('offsets and administration of groups', groupProperties, { ...offsets, ...admin }, prepareGroups)
