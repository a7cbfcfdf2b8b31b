/** `mq groups describe`: offsets, lag and members of groups. */
import * as Flags from '@oclif/core/flags'
import { describeGroups, type GroupDetails } from '../../admin/groups.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { colours } from '../../output/colours.ts'
import { renderTable } from '../../output/table.ts'

export interface GroupsDescribeResult {
  groups: GroupDetails[]
}

const section = (summary: string) => Flags.boolean({ helpGroup: 'WHAT TO SHOW', summary })

export default class GroupsDescribe extends AdminCommand<GroupsDescribeResult> {
  static override summary = 'Show offsets, lag and members of groups.'
  static override description =
    'Without a name: all groups. LAG is what the log holds beyond the committed offset; - where nothing is committed. ' +
    '--json has everything whatever is asked for here.'
  static override examples = [
    '<%= config.bin %> groups describe example-group',
    '<%= config.bin %> groups describe --only-lagging',
    '<%= config.bin %> groups describe example-group --members --json',
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    lag: section('Offsets and lag (this is what is shown with none of these).'),
    members: section('Members and what they are assigned.'),
    state: section('One line a group.'),
    'only-lagging': Flags.boolean({ summary: 'Only partitions with lag, and groups that have such.' }),
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Only groups whose whole name matches.' }),
  }

  override async run(): Promise<GroupsDescribeResult> {
    const { args, flags } = await this.parse(GroupsDescribe)
    const found = await describeGroups(await this.connect(), { names: args.group, regex: flags.regex })
    const groups = flags['only-lagging'] ? onlyLagging(found.groups) : found.groups
    const shown = groups.filter((group) => group.error === undefined)
    const blocks: string[] = []
    if (flags.state && shown.length > 0) blocks.push(stateTable(shown))
    if (flags.members) blocks.push(...shown.map(membersBlock))
    if (flags.lag || (!flags.state && !flags.members)) blocks.push(...shown.map(lagBlock))
    if (blocks.length > 0) this.say(blocks.join('\n\n'))
    if (groups.length === 0)
      this.note(flags['only-lagging'] ? 'no group lags' : flags.regex === undefined ? 'no groups' : 'no group matches')
    this.reportItems(groups.map(({ group, error }) => ({ name: group, error })))
    return { groups }
  }
}

function onlyLagging(groups: readonly GroupDetails[]): GroupDetails[] {
  return groups
    .map((group) => ({ ...group, offsets: group.offsets.filter((row) => row.lag !== null && row.lag > 0) }))
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

function lagBlock(group: GroupDetails): string {
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
  )
  return `${heading(group)}\n${table}`
}

function membersBlock(group: GroupDetails): string {
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
