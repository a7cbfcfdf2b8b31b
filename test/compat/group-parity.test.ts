/** Group requests, good and bad, in several versions: the bundled broker must answer what Apache Kafka answers. */
import type { RequestInput, ResponseOf } from '../../src/protocol/apis.ts'
import { paritySuite, type Scenario, type Side } from './support/parity.ts'

const properties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '100',
  'group.max.size': '3',
  'offsets.topic.num.partitions': '5',
}

type Join = RequestInput<'JoinGroup'>

const join = (groupId: string, more: Join = {}): Join => ({
  groupId,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscription('news') }],
  ...more,
})

/** A version 0 consumer subscription to one topic. */
function subscription(topic: string): Buffer {
  const bytes = Buffer.alloc(2 + 4 + 2 + topic.length + 4)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(topic.length, 6)
  bytes.write(topic, 8)
  bytes.writeInt32BE(-1, 8 + topic.length)
  return bytes
}

function joined(side: Side, answer: ResponseOf<'JoinGroup'>) {
  return {
    error: answer.errorCode,
    generation: answer.generationId,
    protocol: answer.protocolName,
    type: answer.protocolType,
    leader: side.alias(answer.leader),
    member: side.alias(answer.memberId),
    skip: answer.skipAssignment,
    members: answer.members.map(({ memberId, groupInstanceId, metadata }) => [
      side.alias(memberId),
      groupInstanceId,
      metadata.toString('hex'),
    ]),
  }
}

/** Joins as a dynamic member, over MEMBER_ID_REQUIRED. */
async function member(side: Side, groupId: string, more: Join = {}): Promise<ResponseOf<'JoinGroup'>> {
  const first = await side.askGroup('JoinGroup', 9, join(groupId, more))
  return side.askGroup('JoinGroup', 9, join(groupId, { ...more, memberId: first.memberId }))
}

async function synced(side: Side, groupId: string, answer: ResponseOf<'JoinGroup'>) {
  return side.askGroup('SyncGroup', 5, {
    groupId,
    generationId: answer.generationId,
    memberId: answer.memberId,
    protocolType: answer.protocolType ?? 'consumer',
    protocolName: answer.protocolName,
    assignments: answer.members.map(({ memberId }) => ({ memberId, assignment: Buffer.from('work') })),
  })
}

/** A stable group of one. */
async function stable(side: Side, groupId: string, more: Join = {}): Promise<ResponseOf<'JoinGroup'>> {
  const answer = await member(side, groupId, more)
  await synced(side, groupId, answer)
  return answer
}

const commitOf = (groupId: string, more: RequestInput<'OffsetCommit'> = {}): RequestInput<'OffsetCommit'> => ({
  groupId,
  topics: [{ name: 'news', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' }] }],
  ...more,
})

async function committed(side: Side, version: number, request: RequestInput<'OffsetCommit'>) {
  const { topics } = await side.askGroup('OffsetCommit', version, request)
  return topics.map(({ name, partitions }) => [name, partitions.map((each) => [each.partitionIndex, each.errorCode])])
}

async function described(side: Side, groupId: string, version = 6) {
  const { groups } = await side.askGroup('DescribeGroups', version, {
    groups: [groupId],
    includeAuthorizedOperations: version >= 3,
  })
  const group = groups[0]!
  return {
    ...group,
    errorMessage: undefined,
    members: group.members.map((each) => ({
      ...each,
      memberId: side.alias(each.memberId),
      memberMetadata: each.memberMetadata.toString('hex'),
      memberAssignment: each.memberAssignment.toString('hex'),
    })),
  }
}

const joins: Record<string, Scenario> = {
  'a first join in every version': async (side) => {
    const seen = []
    for (let version = 0; version <= 9; version++) {
      seen.push(joined(side, await side.askGroup('JoinGroup', version, join(`first-${version}`))))
    }
    return seen
  },
  'joins that are refused': async (side) => {
    const seen = []
    await stable(side, 'refused')
    const requests: Join[] = [
      join(''),
      join('refused', { sessionTimeoutMs: 99 }),
      join('refused', { sessionTimeoutMs: 1_800_001 }),
      join('refused', { memberId: 'nobody' }),
      join('refused', { memberId: 'nobody', groupInstanceId: 'i' }),
      join('refused', { protocolType: 'connect' }),
      join('refused', { protocolType: '' }),
      join('refused', { protocols: [] }),
      join('refused', { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] }),
      join('refused-new', { memberId: 'nobody' }),
      join('refused-empty', { protocols: [] }),
      join('refused-empty', { protocolType: '' }),
    ]
    for (const version of [4, 6, 9]) {
      for (const request of requests) {
        const usable = version < 5 && request.groupInstanceId ? { ...request, groupInstanceId: null } : request
        seen.push(joined(side, await side.askGroup('JoinGroup', version, usable)))
      }
    }
    return seen
  },
  'a join of a full group': async (side) => {
    const seen = []
    for (let i = 0; i < 4; i++) {
      const request = join('full', { groupInstanceId: `i${i}`, rebalanceTimeoutMs: 300 })
      seen.push((await side.askGroup('JoinGroup', 9, request)).errorCode)
    }
    return [seen, (await side.askGroup('JoinGroup', 3, join('full'))).errorCode]
  },
  'rejoining in each state': async (side) => {
    const a = await member(side, 'rejoin')
    const seen = [joined(side, a)]
    const again = { memberId: a.memberId }
    seen.push(joined(side, await side.askGroup('JoinGroup', 9, join('rejoin', again))))
    await synced(side, 'rejoin', a)
    seen.push(joined(side, await side.askGroup('JoinGroup', 9, join('rejoin', again))))
    return seen
  },
  'a second member makes the first rejoin': async (side) => {
    const a = await stable(side, 'second')
    const first = await side.askGroup('JoinGroup', 9, join('second'))
    side.call(a.memberId, 'a')
    side.call(first.memberId, 'b')
    const joining = side.askGroup('JoinGroup', 9, join('second', { memberId: first.memberId }))
    const beats: number[] = []
    for (let i = 0; i < 50 && !beats.includes(27); i++) {
      const beat = { groupId: 'second', generationId: 1, memberId: a.memberId }
      beats.push((await side.askGroup('Heartbeat', 4, beat)).errorCode)
    }
    const sync = await side.askGroup('SyncGroup', 4, { groupId: 'second', generationId: 1, memberId: a.memberId })
    const commit = await committed(side, 9, commitOf('second', { generationIdOrMemberEpoch: 1, memberId: a.memberId }))
    const preparing = await described(side, 'second')
    const back = await side.askGroup('JoinGroup', 9, join('second', { memberId: a.memberId }))
    const b = await joining
    const early = await committed(side, 9, commitOf('second', { generationIdOrMemberEpoch: 2, memberId: a.memberId }))
    return {
      beats: beats.at(-1),
      sync: sync.errorCode,
      commit,
      preparing: { ...preparing, members: preparing.members.length },
      back: { ...joined(side, back), members: back.members.length },
      b: { ...joined(side, b), members: b.members.length },
      early,
      leave: (
        await side.askGroup('LeaveGroup', 5, { groupId: 'second', members: [{ memberId: b.memberId }] })
      ).members.map(({ errorCode }) => errorCode),
      beat: (await side.askGroup('Heartbeat', 4, { groupId: 'second', generationId: 2, memberId: a.memberId }))
        .errorCode,
    }
  },
}

const members: Record<string, Scenario> = {
  'static members': async (side) => {
    const seen: unknown[] = []
    const a = await side.askGroup('JoinGroup', 9, join('static', { groupInstanceId: 'i' }))
    seen.push(joined(side, a))
    const sync = await synced(side, 'static', a)
    seen.push([sync.errorCode, String(sync.assignment), sync.protocolName, sync.protocolType])
    for (const version of [9, 8, 5]) {
      const again = await side.askGroup('JoinGroup', version, join('static', { groupInstanceId: 'i' }))
      seen.push(joined(side, again))
      const answer = await side.askGroup('SyncGroup', 3, {
        groupId: 'static',
        generationId: again.generationId,
        memberId: again.memberId,
        groupInstanceId: 'i',
      })
      seen.push([answer.errorCode, String(answer.assignment)])
    }
    const old = { groupId: 'static', generationId: 1, memberId: a.memberId, groupInstanceId: 'i' }
    seen.push((await side.askGroup('Heartbeat', 4, old)).errorCode)
    seen.push((await side.askGroup('SyncGroup', 5, old)).errorCode)
    seen.push(
      joined(side, await side.askGroup('JoinGroup', 9, join('static', { memberId: a.memberId, groupInstanceId: 'i' }))),
    )
    seen.push(
      await committed(
        side,
        9,
        commitOf('static', { generationIdOrMemberEpoch: 1, memberId: a.memberId, groupInstanceId: 'i' }),
      ),
    )
    seen.push((await side.askGroup('Heartbeat', 4, { ...old, groupInstanceId: 'other' })).errorCode)
    const leaving = [
      { memberId: a.memberId, groupInstanceId: 'i' },
      { memberId: '', groupInstanceId: 'none' },
      { memberId: '', groupInstanceId: 'i' },
      { memberId: '' },
    ]
    const { members: left, errorCode } = await side.askGroup('LeaveGroup', 5, { groupId: 'static', members: leaving })
    seen.push(
      errorCode,
      left.map((each) => [side.alias(each.memberId), each.groupInstanceId, each.errorCode]),
    )
    seen.push(await described(side, 'static'))
    return seen
  },
  'sync and heartbeat that are refused': async (side) => {
    const a = await stable(side, 'beats')
    const seen = []
    const right = { groupId: 'beats', generationId: 1, memberId: a.memberId }
    const named = { protocolType: 'consumer', protocolName: 'range' }
    for (const wrong of [
      {},
      { generationId: 0 },
      { generationId: 2 },
      { generationId: -1 },
      { memberId: 'nobody' },
      { memberId: '' },
      { groupInstanceId: 'i' },
      { groupId: 'no-such-group' },
      { groupId: '' },
    ]) {
      seen.push((await side.askGroup('Heartbeat', 4, { ...right, ...wrong })).errorCode)
      seen.push((await side.askGroup('SyncGroup', 4, { ...right, ...wrong })).errorCode)
      seen.push((await side.askGroup('SyncGroup', 5, { ...right, ...named, ...wrong })).errorCode)
    }
    for (const wrong of [
      { protocolType: 'connect' },
      { protocolName: 'other' },
      { protocolType: null },
      { protocolName: null },
      { protocolName: null, groupId: '' },
    ]) {
      seen.push((await side.askGroup('SyncGroup', 5, { ...right, ...named, ...wrong })).errorCode)
    }
    return seen
  },
  'leaving in every version': async (side) => {
    const seen: unknown[] = []
    for (let version = 0; version <= 5; version++) {
      const groupId = `leave-${version}`
      const a = await stable(side, groupId)
      const ask = async (memberId: string, group = groupId) => {
        const body = version < 3 ? { groupId: group, memberId } : { groupId: group, members: [{ memberId }] }
        const answer = await side.askGroup('LeaveGroup', version, body)
        return [answer.errorCode, answer.members.map(({ errorCode }) => errorCode)]
      }
      seen.push(await ask('nobody'), await ask('nobody', 'no-such-group'), await ask('', ''), await ask(a.memberId))
      seen.push(await ask(a.memberId), (await described(side, groupId)).groupState)
    }
    return seen
  },
}

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

async function fetched(side: Side, groupId: string) {
  const { groups } = await side.askGroup('OffsetFetch', 9, { groups: [{ groupId, topics: null }] })
  return sortTopics(groups[0]!.topics.map(({ name, partitions }) => [name, sortTopics(partitions)]))
}

/** Order of topics and partitions in answers is Kafka's hash order: compared as sets. */
function sortTopics(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((each) => sortTopics(each)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
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

paritySuite('group requests', properties, { ...joins, ...members, ...offsets, ...admin }, async (side) => {
  await side.ask('CreateTopics', 7, {
    topics: ['news', 'other'].map((name) => ({ name, numPartitions: 3, replicationFactor: 1 })),
    timeoutMs: 10_000,
  })
  await side.askGroup('FindCoordinator', 4, { coordinatorKeys: ['g'] })
})
