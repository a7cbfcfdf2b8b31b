/** `mq groups delete`: deletes groups and their offsets. */
import { listErrorName, listGroups } from '../../admin/group-list.ts'
import { groupStates } from '../../admin/group-states.ts'
import { type DeletedGroup, deleteGroups } from '../../admin/groups.ts'
import { unknownName } from '../../admin/items.ts'
import { isActive } from '../../admin/reset.ts'
import { RefusedError, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'
import { groupRegexFlag } from '../../cli/group-flags.ts'

export interface GroupsDeleteResult {
  groups: DeletedGroup[]
  dryRun: boolean
}

export default class GroupsDelete extends AdminCommand<GroupsDeleteResult> {
  static override summary = 'Delete groups, with their committed offsets.'
  static override description =
    'Shows the groups and asks; off a terminal it needs --yes. While one of them has members nothing is deleted: exit ' +
    'code 4. A group that does not exist, or whose coordinator does not answer, fails as a line of its own.'
  static override examples = [
    '<%= config.bin %> groups delete example-group',
    "<%= config.bin %> groups delete --regex 'test-.*' --dry-run",
    "<%= config.bin %> groups delete --regex 'test-.*' --yes",
  ]
  static override args = { group: optionalArgs('Names of the groups.') }
  static override flags = { regex: groupRegexFlag, 'dry-run': dryRunFlag, yes: yesFlag }

  override async run(): Promise<GroupsDeleteResult> {
    const { args, flags } = await this.parse(GroupsDelete)
    const named = [...new Set(args.group)]
    if (named.length === 0 && flags.regex === undefined)
      throw new UsageError('which groups?', 'name them, or give --regex')
    const client = await this.connect()
    const listed = flags.regex === undefined ? undefined : await listGroups(client, { regex: flags.regex })
    const wanted = [...new Set([...named, ...(listed?.groups.map((row) => row.group) ?? [])])].sort()
    const states = await groupStates(client, wanted, { listed: listed?.groups })
    const active = states.filter((state) => state.error === undefined && isActive(state))
    if (active.length > 0) {
      const names = active.map((state) => `${state.group} (${state.state})`).join(', ')
      throw new RefusedError(`groups with members: ${names}; nothing was deleted`, 'stop their consumers first')
    }
    const rows: DeletedGroup[] = states.flatMap(({ group, error }) =>
      error === undefined ? [] : [{ group, deleted: false, error }],
    )
    if (rows.some((row) => row.error?.code === 'GROUP_ID_NOT_FOUND')) {
      const known = (await listGroups(client)).groups.map((row) => row.group)
      for (const row of rows) {
        if (row.error?.code === 'GROUP_ID_NOT_FOUND') row.error = unknownName('group', row.group, known)
      }
    }
    const doomed = states.filter((state) => state.error === undefined).map((state) => state.group)
    for (const group of doomed) this.say(group)
    if (wanted.length === 0) this.note('no group matches')
    if (flags['dry-run']) rows.push(...doomed.map((group) => ({ group, deleted: false })))
    else if (doomed.length > 0) {
      const what = doomed.length === 1 ? `group ${doomed[0]}` : `these ${doomed.length} groups`
      await this.confirm(`Delete ${what} with the committed offsets?`, { yes: flags.yes })
      const { groups } = await deleteGroups(client, doomed)
      if (groups.every((row) => row.error?.code === 'NON_EMPTY_GROUP')) {
        const who = doomed.length === 1 ? `group ${doomed[0]}` : `these ${doomed.length} groups`
        throw new RefusedError(`${who} became active; nothing was deleted`, 'stop the consumers first')
      }
      rows.push(...groups)
    }
    for (const row of rows) if (row.deleted) this.note(`deleted group ${row.group}`)
    this.reportItems([
      ...(listed?.errors ?? []).map(({ broker, error }) => ({ name: listErrorName(broker), error })),
      ...rows.map(({ group, error }) => ({ name: group, error })),
    ])
    return { groups: rows, dryRun: flags['dry-run'] ?? false }
  }
}
