/** kafka-consumer-groups --describe: the tables of offsets, members and states. */
import { committedOffsets } from '../../admin/group-offsets.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { LATEST, listOffsets } from '../../client/offsets.ts'
import { type DescribedGroup, describeConsumerGroups, type Member, type Place } from '../describe-groups.ts'
import { itemFailure, JavaError } from '../failures.ts'
import { hashOrder, partitionHash } from '../java.ts'
import type { Options } from '../options.ts'
import type { ShimIo } from '../tool.ts'
import { groupsOf, printError } from './kafka-consumer-groups.ts'

const NONE = '-'

/** Prints what `--describe` asks for; a group that cannot be read fails all. */
export async function describe(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const names = await groupsOf(client, options)
  const found = await describeConsumerGroups(client, names)
  const groups: DescribedGroup[] = []
  for (const name of [...names].sort()) {
    const group = found.get(name)
    if (group === undefined) continue
    if ('error' in group) throw itemFailure(group.error)
    groups.push(group)
  }
  const verbose = options.has('verbose')
  if (options.has('members')) {
    for (const group of groups) printMembers(group, verbose, io)
  } else if (options.has('state')) {
    for (const group of groups) printState(group, verbose, io)
  } else {
    await printOffsets(client, groups, verbose, io)
  }
}

/** Says what there is to say of the state; whether there is something to print beside that. */
function isShown(group: DescribedGroup, rows: number, io: ShimIo): boolean {
  const { state } = group
  if (state === 'Dead') printError(io, `Consumer group '${group.group}' does not exist.`)
  else if (state === 'Empty') io.stderr(`\nConsumer group '${group.group}' has no active members.\n`)
  else if (['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling'].includes(state))
    io.stderr(`\nWarning: Consumer group '${group.group}' is rebalancing.\n`)
  else if (state !== 'Stable')
    throw new JavaError(
      'org.apache.kafka.common.KafkaException',
      `Expected a valid consumer group state, but found '${state}'.`,
    )
  return state !== 'Dead' && rows > 0
}

const widest = (least: number, texts: readonly string[]) => Math.max(least, ...texts.map((text) => text.length))

function table(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  return rows
    .map((row) => `\n${row.map((cell, column) => (widths[column] ? cell.padEnd(widths[column]) : cell)).join(' ')}`)
    .join('')
}

interface OffsetRow {
  readonly place: Place | undefined
  readonly member: Member | undefined
}

async function printOffsets(
  client: ClusterClient,
  groups: readonly DescribedGroup[],
  verbose: boolean,
  io: ShimIo,
): Promise<void> {
  const names = groups.map((group) => group.group)
  const committed = await committedOffsets(client, names)
  const rowsOf = new Map<DescribedGroup, OffsetRow[]>()
  const stands = new Map<DescribedGroup, Map<string, { offset: number; epoch: number }>>()
  for (const group of groups) {
    const offsets = committed.get(group.group) ?? []
    if ('error' in offsets) throw itemFailure(offsets.error)
    const held = offsets.filter((row) => row.committed !== null)
    stands.set(group, new Map(held.map((row) => [at(row), { offset: row.committed!, epoch: row.leaderEpoch }])))
    rowsOf.set(group, offsetRows(group, held))
  }
  const all = [...rowsOf.values()].flat().flatMap(({ place }) => (place === undefined ? [] : [place]))
  const unique = [...new Map(all.map((place) => [at(place), place])).values()]
  const ends = await listOffsets(
    client,
    unique.map((place) => ({ ...place, timestamp: LATEST })),
  )
  for (const group of groups) {
    const rows = rowsOf.get(group)!
    if (!isShown(group, rows.length, io)) continue
    const head = ['GROUP', 'TOPIC', 'PARTITION', ...(verbose ? ['LEADER-EPOCH'] : []), 'CURRENT-OFFSET']
    const lines = [[...head, 'LOG-END-OFFSET', 'LAG', 'CONSUMER-ID', 'HOST', 'CLIENT-ID']]
    for (const { place, member } of rows) {
      const key = place === undefined ? '' : at(place)
      const stand = stands.get(group)!.get(key)
      const answer = ends.get(key)
      const end = answer === undefined || answer.error !== undefined ? undefined : answer.offset
      const lag = stand === undefined || end === undefined ? NONE : String(end - stand.offset)
      const epoch = stand === undefined || stand.epoch < 0 ? NONE : String(stand.epoch)
      lines.push([
        group.group,
        place?.topic ?? NONE,
        place === undefined ? NONE : String(place.partition),
        ...(verbose ? [epoch] : []),
        String(stand?.offset ?? NONE),
        String(end ?? NONE),
        lag,
        member?.memberId ?? NONE,
        member?.host ?? NONE,
        member?.clientId ?? NONE,
      ])
    }
    const data = lines.slice(1)
    const column = (index: number) =>
      widest(
        15,
        data.map((line) => line.at(index)!),
      )
    const numbers = verbose ? [15, 15, 15, 15] : [15, 15, 15]
    io.stdout(`${table(lines, [column(0), column(1), 10, ...numbers, column(-3), column(-2), 0])}\n`)
  }
}

const at = (place: Place) => `${place.topic}-${place.partition}`
const byPlace = (a: Place, b: Place) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)

/** Members with the most partitions first, then what nobody has. */
function offsetRows(group: DescribedGroup, committed: readonly Place[]): OffsetRow[] {
  const busy = group.members.filter((member) => member.assignment.length > 0)
  const ordered = [...busy].sort((a, b) => b.assignment.length - a.assignment.length)
  const rows = ordered.flatMap((member) => [...member.assignment].sort(byPlace).map((place) => ({ place, member })))
  const taken = new Set(rows.map(({ place }) => at(place)))
  const free = committed.filter((place) => !taken.has(at(place))).sort(byPlace)
  return [...rows, ...free.map(({ topic, partition }) => ({ place: { topic, partition }, member: undefined }))]
}

/** `a:0,1;b:2` */
function assignmentText(places: readonly Place[]): string {
  if (places.length === 0) return NONE
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of hashOrder(places, partitionHash))
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  return [...byTopic]
    .map(([topic, partitions]) => `${topic}:${partitions.sort((a, b) => a - b).join(',')}`)
    .sort()
    .join(';')
}

function printMembers(group: DescribedGroup, verbose: boolean, io: ShimIo): void {
  const shown = isShown(group, group.members.length, io)
  const measured = shown ? group.members : []
  const hasInstances = measured.some((member) => member.instanceId !== '')
  const isMixed =
    measured.some((member) => member.upgraded === true) && measured.some((member) => member.upgraded === false)
  const epoch = (value: number | undefined) => (value === undefined ? NONE : String(value))
  const cells = (member: Member) => [
    group.group,
    member.memberId,
    ...(hasInstances ? [member.instanceId] : []),
    member.host,
    member.clientId,
    String(member.assignment.length),
    ...(verbose
      ? [
          epoch(member.epoch),
          assignmentText(member.assignment),
          epoch(group.targetEpoch),
          assignmentText(member.target),
          ...(isMixed ? [String(member.upgraded ?? NONE)] : []),
        ]
      : []),
  ]
  const head = [
    'GROUP',
    'CONSUMER-ID',
    ...(hasInstances ? ['GROUP-INSTANCE-ID'] : []),
    'HOST',
    'CLIENT-ID',
    '#PARTITIONS',
  ]
  const more = [
    'CURRENT-EPOCH',
    'CURRENT-ASSIGNMENT',
    'TARGET-EPOCH',
    'TARGET-ASSIGNMENT',
    ...(isMixed ? ['UPGRADED'] : []),
  ]
  const rows = [[...head, ...(verbose ? more : [])], ...group.members.map(cells)]
  const column = (least: number, of: (member: Member) => string) => widest(least, measured.map(of))
  const widths = [
    column(15, () => group.group),
    column(15, (member) => member.memberId),
    ...(hasInstances ? [column(17, (member) => member.instanceId)] : []),
    column(15, (member) => member.host),
    column(15, (member) => member.clientId),
    15,
    ...(verbose
      ? [
          15,
          column(20, (member) => assignmentText(member.assignment)),
          15,
          column(20, (member) => assignmentText(member.target)),
          0,
        ]
      : []),
  ]
  const end = verbose ? '' : ' '
  const [first, ...others] = rows.map((row) => `${table([row], widths).slice(1)}${end}\n`)
  io.stdout(`\n${first}${others.join('')}`)
}

function printState(group: DescribedGroup, verbose: boolean, io: ShimIo): void {
  if (!isShown(group, 1, io)) return
  const { host, port, id } = group.coordinator
  const coordinator = `${host}:${port}  (${id})`
  const epochs = verbose ? [group.epoch, group.targetEpoch].map((value) => String(value ?? NONE)) : []
  const rows = [
    [
      'GROUP',
      'COORDINATOR (ID)',
      'ASSIGNMENT-STRATEGY',
      'STATE',
      ...(verbose ? ['GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'] : []),
      '#MEMBERS',
    ],
    [
      group.group,
      coordinator,
      group.assignor === '' ? NONE : group.assignor,
      group.state,
      ...epochs,
      String(group.members.length),
    ],
  ]
  const widths = [widest(15, [group.group]), widest(25, [coordinator]), 20, 20, ...(verbose ? [15, 25] : []), 0]
  io.stdout(`${table(rows, widths)}\n`)
}
