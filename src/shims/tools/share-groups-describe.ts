/** kafka-share-groups --describe: the tables of offsets, members and states; and what brokers say of share groups. */
import { askCoordinators, groupError } from '../../admin/coordinators.ts'
import { type GroupRow, listGroups } from '../../admin/group-list.ts'
import { shareOffsets } from '../../admin/group-offsets.ts'
import type { ItemError } from '../../admin/items.ts'
import type { BrokerNode, ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import type { Place } from '../describe-groups.ts'
import { itemFailure } from '../failures.ts'
import { hashOrder, hashOrdered, stringHash } from '../java.ts'
import type { Options } from '../options.ts'
import type { ShimIo } from '../tool.ts'

export interface ShareGroup {
  readonly group: string
  readonly state: string
  readonly epoch: number
  readonly assignmentEpoch: number
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    readonly epoch: number
    readonly assignment: readonly Place[]
  }[]
  readonly coordinator: BrokerNode
}

/** All share groups, in the order of the map that the original keeps them in. */
export async function shareGroups(client: ClusterClient): Promise<GroupRow[]> {
  const { groups } = await listGroups(client)
  return hashOrder(
    groups.filter((row) => row.type === 'share'),
    (row) => stringHash(row.group),
  )
}

/** Every group of `groups`, or its error. */
export async function describeShareGroups(
  client: ClusterClient,
  groups: readonly string[],
): Promise<Map<string, ShareGroup | { readonly error: ItemError }>> {
  const found = await askCoordinators(client, groups, async (connection, names) => {
    if (connection.version('ShareGroupDescribe') === undefined)
      throw new ApiError('UNSUPPORTED_VERSION', 'The node does not support SHARE_GROUP_DESCRIBE')
    const answer = await connection.call('ShareGroupDescribe', { groupIds: names })
    const rows = answer.groups.map((group): [string, Omit<ShareGroup, 'coordinator'> | ApiError] => {
      const message = group.errorMessage ?? ''
      const error = message === '' ? groupError(group.errorCode) : new ApiError(errorName(group.errorCode), message)
      if (group.errorCode !== 0) return [group.groupId, error]
      const members = group.members.map((member) => ({
        memberId: member.memberId,
        clientId: member.clientId,
        host: member.clientHost,
        epoch: member.memberEpoch,
        assignment: member.assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
          partitions.map((partition) => ({ topic: topicName, partition })),
        ),
      }))
      const { groupId, groupState: state, groupEpoch: epoch, assignmentEpoch } = group
      return [groupId, { group: groupId, state, epoch, assignmentEpoch, members }]
    })
    return new Map(rows)
  })
  const { brokers } = await client.metadata([])
  const described = new Map<string, ShareGroup | { readonly error: ItemError }>()
  for (const [group, outcome] of found) {
    if ('error' in outcome) {
      described.set(group, { error: outcome.error })
      continue
    }
    const known = brokers.find((broker) => broker.id === outcome.broker)
    described.set(group, {
      ...outcome.answer,
      coordinator: known ?? { id: outcome.broker, host: '', port: -1, rack: null },
    })
  }
  return described
}

/** Prints what `--describe` asks for; a group that cannot be read fails all. */
export async function describe(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const names = options.has('all-groups')
    ? (await shareGroups(client)).map((row) => row.group)
    : hashOrdered([...options.all('group')])
  const found = await describeShareGroups(client, names)
  const groups: ShareGroup[] = []
  for (const name of [...names].sort()) {
    const group = found.get(name)
    if (group === undefined) continue
    if ('error' in group) throw itemFailure(group.error)
    groups.push(group)
  }
  const verbose = options.has('verbose')
  if (options.has('members')) {
    for (const group of groups) if (isShown(group, group.members.length, io)) printMembers(group, verbose, io)
  } else if (options.has('state')) {
    for (const group of groups) if (isShown(group, 1, io)) printState(group, verbose, io)
  } else await printOffsets(client, groups, verbose, io)
}

function isShown(group: ShareGroup, rows: number, io: ShimIo): boolean {
  if (group.state === 'Dead') io.stdout(`\nError: Share group '${group.group}' does not exist.\n`)
  if (group.state === 'Empty') io.stderr(`\nShare group '${group.group}' has no active members.\n`)
  return group.state !== 'Dead' && rows > 0
}

const widest = (least: number, texts: readonly string[]) => Math.max(least, ...texts.map((text) => text.length))

function table(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  return `${rows.map((row) => `\n${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' ')}`).join('')}\n`
}

async function printOffsets(
  client: ClusterClient,
  groups: readonly ShareGroup[],
  verbose: boolean,
  io: ShimIo,
): Promise<void> {
  const found = await shareOffsets(
    client,
    groups.map((group) => group.group),
  )
  for (const { group } of groups) {
    const offsets = found.get(group) ?? []
    if ('error' in offsets) throw itemFailure(offsets.error)
    if (offsets.length === 0) {
      io.stdout(`\nShare group '${group}' has no offset information.\n`)
      continue
    }
    const sorted = [...offsets].sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    )
    const rows = sorted.map(({ topic, partition, committed, leaderEpoch, lag }) => [
      group,
      topic,
      String(partition),
      ...(verbose ? [committed === null ? '-' : String(leaderEpoch)] : []),
      committed === null ? '-' : String(committed),
      lag === undefined ? '-' : String(lag),
    ])
    const head = ['GROUP', 'TOPIC', 'PARTITION', ...(verbose ? ['LEADER-EPOCH'] : []), 'START-OFFSET', 'LAG']
    const topicWidth = widest(
      15,
      sorted.map((row) => row.topic),
    )
    io.stdout(table([head, ...rows], [widest(15, [group]), topicWidth, 10, ...(verbose ? [13, 13] : [13]), 0]))
  }
}

/** `a:0,1;b:2` */
function assignmentText(places: readonly Place[]): string {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of places) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  return [...byTopic]
    .map(([topic, partitions]) => `${topic}:${partitions.sort((a, b) => a - b).join(',')}`)
    .sort()
    .join(';')
}

function printMembers({ group, members }: ShareGroup, verbose: boolean, io: ShimIo): void {
  const head = [
    'GROUP',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
    '#PARTITIONS',
    ...(verbose ? ['MEMBER-EPOCH'] : []),
    'ASSIGNMENT',
  ]
  const rows = members.map((member) => [
    group,
    member.memberId,
    member.host,
    member.clientId,
    String(member.assignment.length),
    ...(verbose ? [String(member.epoch)] : []),
    assignmentText(member.assignment),
  ])
  const column = (of: (member: (typeof members)[number]) => string) => widest(15, members.map(of))
  const widths = [
    widest(15, [group]),
    column((one) => one.memberId),
    column((one) => one.host),
    column((one) => one.clientId),
  ]
  io.stdout(table([head, ...rows], [...widths, 12, ...(verbose ? [13] : []), 0]))
}

function printState(one: ShareGroup, verbose: boolean, io: ShimIo): void {
  const coordinator = `${one.coordinator.host}:${one.coordinator.port}  (${one.coordinator.id})`
  const head = [
    'GROUP',
    'COORDINATOR (ID)',
    'STATE',
    ...(verbose ? ['GROUP-EPOCH', 'ASSIGNMENT-EPOCH'] : []),
    '#MEMBERS',
  ]
  const epochs = verbose ? [String(one.epoch), String(one.assignmentEpoch)] : []
  const row = [one.group, coordinator, one.state, ...epochs, String(one.members.length)]
  const widths = [widest(15, [one.group]), widest(25, [coordinator]), 15, ...(verbose ? [12, 17] : []), 0]
  io.stdout(table([head, row], widths))
}
