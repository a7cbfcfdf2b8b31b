/** `mq groups list`: the groups of the cluster. */
import * as Flags from '@oclif/core/flags'
import { type GroupRow, listGroups } from '../../admin/group-list.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderTable } from '../../output/table.ts'

const isFilter = (flag: string) => ['regex', 'state', 'type'].includes(flag)

/** What every kind of group can be in, as Kafka prints it. */
const STATES = [
  'Empty',
  'Stable',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
  'Dead',
]
const TYPES = ['classic', 'consumer', 'share', 'streams']

export interface GroupsListResult {
  groups: GroupRow[]
}

export default class GroupsList extends AdminCommand<GroupsListResult> {
  static override summary = 'List the groups of consumers and others.'
  static override description =
    'Sorted by name. A broker that cannot be asked is reported, and the groups of the others are listed all the same.'
  static override examples = [
    '<%= config.bin %> groups list',
    '<%= config.bin %> groups list --state Empty --type classic --json',
  ]
  static override flags = {
    state: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      summary: `Only groups in this state: ${STATES.join(', ')}.`,
    }),
    type: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      summary: `Only groups of this type: ${TYPES.join(', ')}.`,
    }),
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Only groups whose whole name matches.' }),
  }

  override async run(): Promise<GroupsListResult> {
    const { flags } = await this.parse(GroupsList)
    checkNames('--state', flags.state, STATES)
    checkNames('--type', flags.type, TYPES)
    const { groups, errors } = await listGroups(await this.connect(), {
      regex: flags.regex,
      states: flags.state,
      types: flags.type,
    })
    if (groups.length === 0) this.note(Object.keys(flags).some(isFilter) ? 'no group matches' : 'no groups')
    else {
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
    this.reportItems(errors.map(({ broker, error }) => ({ name: `broker ${broker}`, error })))
    return errors.length === 0 ? { groups } : Object.assign({ groups }, { errors })
  }
}

/** A name that no group can have would find nothing, whatever there is. Case does not count. */
function checkNames(flag: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const wrong = given?.find((name) => !known.some((one) => one.toLowerCase() === name.toLowerCase()))
  if (wrong === undefined) return
  throw new UsageError(`${flag} cannot be "${wrong}"`, `one of ${known.join(', ')}`)
}
