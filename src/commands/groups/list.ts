/** `mq groups list`: the groups of the cluster. */
import { type GroupList, type GroupRow, listErrorName, listGroups } from '../../admin/group-list.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { groupFilter, groupRegexFlag, groupStateFlag, groupTypeFlag } from '../../cli/group-flags.ts'
import { renderTable } from '../../output/table.ts'

export interface GroupsListResult {
  groups: GroupRow[]
  /** Why groups are missing. */
  errors?: GroupList['errors']
}

export default class GroupsList extends AdminCommand<GroupsListResult> {
  static override summary = 'List the groups of consumers and others.'
  static override description =
    'Sorted by name, of every kind: classic and consumer groups, share and streams groups. A broker that cannot be asked is reported, and the groups of the others are listed all the same.'
  static override examples = [
    '<%= config.bin %> groups list',
    "<%= config.bin %> groups list --regex 'billing-.*'",
    '<%= config.bin %> groups list --state Empty --type classic --json',
  ]
  static override flags = {
    state: groupStateFlag,
    type: groupTypeFlag,
    regex: groupRegexFlag,
  }

  override async run(): Promise<GroupsListResult> {
    const { flags } = await this.parse(GroupsList)
    const filter = groupFilter(flags)
    const { groups, errors } = await listGroups(await this.connect(), filter)
    const isFiltered = Object.values(filter).some((value) => value !== undefined)
    if (groups.length === 0) this.note(isFiltered ? 'no group matches' : 'no groups')
    else if (!this.jsonEnabled()) {
      this.say(
        renderTable(
          [
            { header: 'GROUP', value: (row) => row.group },
            { header: 'TYPE', value: (row) => row.type },
            { header: 'STATE', value: (row) => row.state },
            { header: 'PROTOCOL', value: (row) => row.protocol },
            { header: 'COORDINATOR', value: (row) => row.coordinator, align: 'right' },
          ],
          groups,
        ),
      )
    }
    this.reportItems(errors.map(({ broker, error }) => ({ name: listErrorName(broker), error })))
    return errors.length === 0 ? { groups } : { groups, errors }
  }
}
