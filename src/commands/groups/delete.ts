/** `mq groups delete`: deletes groups and their offsets. */
import * as Flags from '@oclif/core/flags'
import { listGroups } from '../../admin/group-list.ts'
import { groupStates } from '../../admin/group-states.ts'
import { type DeletedGroup, deleteGroups } from '../../admin/groups.ts'
import { unknownName } from '../../admin/items.ts'
import { RefusedError, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'

export interface GroupsDeleteResult {
  groups: DeletedGroup[]
  dryRun: boolean
}

export default class GroupsDelete extends AdminCommand<GroupsDeleteResult> {
  static override summary = 'Delete groups, with their committed offsets.'
  static override description =
    'Asks first; off a terminal it needs --yes. While one of the groups has members nothing is deleted: exit code 4.'
  static override examples = [
    '<%= config.bin %> groups delete example-group',
    "<%= config.bin %> groups delete --regex 'test-.*' --yes",
  ]
  static override args = { group: optionalArgs('Names of the groups.') }
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Groups whose whole name matches.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<GroupsDeleteResult> {
    const { args, flags } = await this.parse(GroupsDelete)
    const named = [...new Set(args.group ?? [])]
    if (named.length === 0 && flags.regex === undefined)
      throw new UsageError('which groups?', 'name them, or give --regex')
    const client = await this.connect()
    const known = (await listGroups(client)).groups.map((row) => row.group)
    const matched = flags.regex === undefined ? [] : (await listGroups(client, { regex: flags.regex })).groups
    const doomed = known.filter((name) => named.includes(name) || matched.some((row) => row.group === name))
    const rows: DeletedGroup[] = named
      .filter((name) => !known.includes(name))
      .map((group) => ({ group, deleted: false, error: unknownName('group', group, known) }))
    const active = (await groupStates(client, doomed)).filter((state) => state.members.length > 0)
    if (active.length > 0) {
      const names = active.map((state) => `${state.group} (${state.state})`).join(', ')
      throw new RefusedError(`groups with members: ${names}; nothing was deleted`, 'stop their consumers first')
    }
    for (const group of doomed) this.say(group)
    if (doomed.length === 0 && rows.length === 0) this.note('no group matches')
    if (flags['dry-run']) rows.push(...doomed.map((group) => ({ group, deleted: false })))
    else if (doomed.length > 0) {
      const what = doomed.length === 1 ? `group ${doomed[0]}` : `these ${doomed.length} groups`
      await this.confirm(`Delete ${what} with the committed offsets?`, { yes: flags.yes })
      rows.push(...(await deleteGroups(client, doomed)).groups)
    }
    for (const row of rows) if (row.deleted) this.note(`deleted group ${row.group}`)
    this.reportItems(rows.map(({ group, error }) => ({ name: group, error })))
    return { groups: rows, dryRun: flags['dry-run'] ?? false }
  }
}
