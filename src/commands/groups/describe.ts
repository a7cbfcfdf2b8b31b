/** `mq groups describe`: offsets, lag and members of groups. */
import * as Flags from '@oclif/core/flags'
import { type GroupList, listErrorName } from '../../admin/group-list.ts'
import { describeGroups, type GroupDetails, type GroupOffset } from '../../admin/groups.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { groupFilter, groupFilterFlags } from '../../cli/group-flags.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { colours } from '../../output/colours.ts'
import { renderTable } from '../../output/table.ts'

export interface GroupsDescribeResult {
  groups: GroupDetails[]
  /** Why groups are missing. */
  errors?: GroupList['errors']
}

const section = (summary: string) => Flags.boolean({ helpGroup: 'WHAT TO SHOW', summary })

export default class GroupsDescribe extends AdminCommand<GroupsDescribeResult> {
  static override summary = 'Show offsets, lag and members of groups.'
  static override description =
    'Without a name: all groups. LAG is what the log holds beyond the committed offset, as kafka-consumer-groups counts ' +
    'it; - where nothing is committed. Classic, consumer and share groups are described alike; of a share group COMMITTED is ' +
    'where its unread records begin. A group whose coordinator does not answer, or a topic that is gone, fails as a line of ' +
    'its own, and the command with exit code 1 at its end. --json has everything, whatever is asked for here.'
  static override examples = [
    '<%= config.bin %> groups describe example-group',
    '<%= config.bin %> groups describe --only-lagging',
    "<%= config.bin %> groups describe --regex 'billing-.*' --state",
    '<%= config.bin %> groups describe --in-state Stable --type consumer --members',
    '<%= config.bin %> groups describe example-group --members --json',
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    lag: section('Offsets and lag (this is what is shown with none of these).'),
    members: section('Members and what they are assigned.'),
    state: section('One line a group.'),
    'only-lagging': Flags.boolean({
      summary: 'Only partitions that lag or cannot be read, and groups that have such.',
    }),
    ...groupFilterFlags,
  }

  override async run(): Promise<GroupsDescribeResult> {
    const { args, flags } = await this.parse(GroupsDescribe)
    const filter = groupFilter(flags, args.group)
    const found = await describeGroups(await this.connect(), { names: args.group, ...filter })
    const groups = flags['only-lagging'] ? onlyLagging(found.groups) : found.groups
    if (!this.jsonEnabled()) this.show(groups, flags)
    if (groups.length === 0) {
      const isFiltered = Object.values(filter).some((value) => value !== undefined)
      this.note(flags['only-lagging'] ? 'no group lags' : isFiltered ? 'no group matches' : 'no groups')
    }
    this.reportItems([
      ...found.errors.map(({ broker, error }) => ({ name: listErrorName(broker), error })),
      ...groups.map(({ group, error }) => ({ name: group, error })),
      ...groups.flatMap((group) =>
        group.offsets.map(({ topic, partition, error }) => ({ name: `${group.group}: ${topic}-${partition}`, error })),
      ),
    ])
    return found.errors.length === 0 ? { groups } : { groups, errors: found.errors }
  }

  private show(groups: readonly GroupDetails[], flags: { state: boolean; members: boolean; lag: boolean }): void {
    const shown = groups.filter((group) => group.error === undefined)
    const rows = shown.reduce((sum, group) => sum + group.offsets.length + group.members.length, 0)
    const blocks: string[] = []
    if (flags.state && shown.length > 0) blocks.push(stateTable(shown))
    if (flags.members) blocks.push(...shown.map((group) => membersBlock(group, rows)))
    if (flags.lag || (!flags.state && !flags.members)) blocks.push(...shown.map((group) => lagBlock(group, rows)))
    if (blocks.length > 0) this.say(blocks.join('\n\n'))
  }
}

/** What cannot be read may lag. */
function lagsOrFails({ lag, error }: GroupOffset): boolean {
  return error !== undefined || (lag !== null && lag > 0)
}

function onlyLagging(groups: readonly GroupDetails[]): GroupDetails[] {
  return groups
    .map((group) => ({ ...group, offsets: group.offsets.filter(lagsOrFails) }))
    .filter((group) => group.offsets.length > 0 || group.error !== undefined)
}

function heading(group: GroupDetails): string {
  const facts = [
    `state: ${group.state ?? '-'}`,
    `type: ${group.type ?? '-'}`,
    `coordinator: ${group.coordinator ?? '-'}`,
    `members: ${group.members.length}`,
    `total lag: ${group.totalLag ?? '-'}`,
  ]
  return `${colours.heading(group.group)}  ${facts.join('  ')}`
}

function lagBlock(group: GroupDetails, rowsInAll: number): string {
  if (group.offsets.length === 0) return `${heading(group)}\nno committed offsets`
  const members = new Map(group.members.map((member) => [member.memberId, member]))
  const table = renderTable(
    [
      { header: 'TOPIC', value: (row) => row.topic },
      { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
      { header: 'COMMITTED', value: (row) => row.committed, align: 'right' },
      { header: 'LOG-START', value: (row) => row.logStart, align: 'right' },
      { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
      { header: 'LAG', value: (row) => row.lag, align: 'right' },
      { header: 'MEMBER', value: (row) => row.memberId },
      { header: 'HOST', value: (row) => (row.memberId === null ? null : members.get(row.memberId)?.host) },
      { header: 'CLIENT', value: (row) => (row.memberId === null ? null : members.get(row.memberId)?.clientId) },
    ],
    group.offsets,
    rowsInAll,
  )
  return `${heading(group)}\n${table}`
}

function membersBlock(group: GroupDetails, rowsInAll: number): string {
  if (group.members.length === 0) return `${heading(group)}\nno members`
  const table = renderTable(
    [
      { header: 'MEMBER', value: (row) => row.memberId },
      { header: 'INSTANCE', value: (row) => row.instanceId },
      { header: 'HOST', value: (row) => row.host },
      { header: 'CLIENT', value: (row) => row.clientId },
      {
        header: 'ASSIGNED',
        value: (row) => row.assignment.map((a) => `${a.topic}:${a.partitions.join(',')}`).join(' '),
      },
    ],
    group.members,
    rowsInAll,
  )
  return `${heading(group)}\n${table}`
}

function stateTable(groups: readonly GroupDetails[]): string {
  return renderTable(
    [
      { header: 'GROUP', value: (row) => row.group },
      { header: 'STATE', value: (row) => row.state },
      { header: 'TYPE', value: (row) => row.type },
      { header: 'ASSIGNOR', value: (row) => row.assignor },
      { header: 'COORDINATOR', value: (row) => row.coordinator, align: 'right' },
      { header: 'MEMBERS', value: (row) => row.members.length, align: 'right' },
      { header: 'TOTAL-LAG', value: (row) => row.totalLag, align: 'right' },
    ],
    groups,
  )
}
