/** What clients of a group say, as steps for parity scenarios: joining, syncing, committing, and what matters of the answers. */
import type { RequestInput, ResponseOf } from '../../../src/protocol/apis.ts'
import type { Side } from './parity.ts'

/** Short delays, small groups, few partitions: on both nodes. */
export const groupProperties = {
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '100',
  'group.max.size': '3',
  'offsets.topic.num.partitions': '5',
}

export type Join = RequestInput<'JoinGroup'>

export const join = (groupId: string, more: Join = {}): Join => ({
  groupId,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 30_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscription('news') }],
  ...more,
})

/** A version 0 consumer subscription to one topic. */
export function subscription(topic: string): Buffer {
  const bytes = Buffer.alloc(2 + 4 + 2 + topic.length + 4)
  bytes.writeInt32BE(1, 2)
  bytes.writeInt16BE(topic.length, 6)
  bytes.write(topic, 8)
  bytes.writeInt32BE(-1, 8 + topic.length)
  return bytes
}

export function joined(side: Side, answer: ResponseOf<'JoinGroup'>) {
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
export async function member(side: Side, groupId: string, more: Join = {}): Promise<ResponseOf<'JoinGroup'>> {
  const first = await side.askGroup('JoinGroup', 9, join(groupId, more))
  return side.askGroup('JoinGroup', 9, join(groupId, { ...more, memberId: first.memberId }))
}

export async function synced(side: Side, groupId: string, answer: ResponseOf<'JoinGroup'>) {
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
export async function stable(side: Side, groupId: string, more: Join = {}): Promise<ResponseOf<'JoinGroup'>> {
  const answer = await member(side, groupId, more)
  await synced(side, groupId, answer)
  return answer
}

export const commitOf = (groupId: string, more: RequestInput<'OffsetCommit'> = {}): RequestInput<'OffsetCommit'> => ({
  groupId,
  topics: [{ name: 'news', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'note' }] }],
  ...more,
})

export async function committed(side: Side, version: number, request: RequestInput<'OffsetCommit'>) {
  const { topics } = await side.askGroup('OffsetCommit', version, request)
  return topics.map(({ name, partitions }) => [name, partitions.map((each) => [each.partitionIndex, each.errorCode])])
}

export async function described(side: Side, groupId: string, version = 6) {
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

export async function fetched(side: Side, groupId: string) {
  const { groups } = await side.askGroup('OffsetFetch', 9, { groups: [{ groupId, topics: null }] })
  return sortTopics(groups[0]!.topics.map(({ name, partitions }) => [name, sortTopics(partitions)]))
}

/** Order of topics and partitions in answers is Kafka's hash order: compared as sets. */
export function sortTopics(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((each) => sortTopics(each)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** Beats until the answer is no longer 0, for a few seconds at most. */
export async function beatsUntilOther(side: Side, groupId: string, a: ResponseOf<'JoinGroup'>): Promise<number> {
  for (let i = 0; i < 100; i++) {
    const beat = { groupId, generationId: a.generationId, memberId: a.memberId }
    const { errorCode } = await side.askGroup('Heartbeat', 4, beat)
    if (errorCode !== 0) return errorCode
    await pause(50)
  }
  return 0
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Two members of one generation, the first leads; both joined, none synced. */
export async function two(side: Side, groupId: string, more: Join = {}) {
  const a = await stable(side, groupId, more)
  const first = await side.askGroup('JoinGroup', 9, join(groupId, more))
  const joining = side.askGroup('JoinGroup', 9, join(groupId, { ...more, memberId: first.memberId }))
  await beatsUntilOther(side, groupId, a)
  const back = await side.askGroup('JoinGroup', 9, join(groupId, { ...more, memberId: a.memberId }))
  return [back, await joining] as const
}

/** The topics that the scenarios speak of, and a coordinator that is there. */
export async function prepareGroups(side: Side): Promise<void> {
  await side.ask('CreateTopics', 7, {
    topics: ['news', 'other'].map((name) => ({ name, numPartitions: 3, replicationFactor: 1 })),
    timeoutMs: 10_000,
  })
  await side.askGroup('FindCoordinator', 4, { coordinatorKeys: ['g'] })
}
