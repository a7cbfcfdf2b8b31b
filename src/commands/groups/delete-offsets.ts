/** `mq groups delete-offsets`: forgets committed offsets of a group. */
import * as Flags from '@oclif/core/flags'
import { committedOffsets, deleteOffsets, type OffsetOutcome } from '../../admin/group-offsets.ts'
import { throwItem, unknownName } from '../../admin/items.ts'
import { listGroups } from '../../admin/group-list.ts'
import { parseScope } from '../../admin/partitions.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, requiredArg, yesFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

export interface GroupsDeleteOffsetsResult {
  group: string
  offsets: (OffsetOutcome & { committed: number | null; deleted: boolean })[]
  dryRun: boolean
}

export default class GroupsDeleteOffsets extends AdminCommand<GroupsDeleteOffsetsResult> {
  static override summary = 'Forget committed offsets of a group.'
  static override description =
    'The group then starts there as if it had never read the partition. Asks first; off a terminal it needs --yes. ' +
    'Topics that the running group is subscribed to are refused by the broker.'
  static override examples = ['<%= config.bin %> groups delete-offsets example-group --topic example-topic:0,3-5']
  static override args = { group: requiredArg('Name of the group.') }
  static override flags = {
    topic: Flags.string({
      char: 't',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'A topic, or partitions of one; repeatable.',
    }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<GroupsDeleteOffsetsResult> {
    const { args, flags } = await this.parse(GroupsDeleteOffsets)
    const scopes = flags.topic.map(parseScope)
    const client = await this.connect()
    const committed = (await committedOffsets(client, [args.group])).get(args.group) ?? []
    if ('error' in committed) throwItem(committed.error)
    const known = (await listGroups(client)).groups.map((row) => row.group)
    if (!known.includes(args.group)) throwItem(unknownName('group', args.group, known))
    const rows = committed.filter((row) =>
      scopes.some((scope) => scope.topic === row.topic && (scope.partitions?.includes(row.partition) ?? true)),
    )
    const dryRun = flags['dry-run'] ?? false
    if (rows.length === 0) {
      this.note(`group ${args.group} has no offsets there`)
      return { group: args.group, offsets: [], dryRun }
    }
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'COMMITTED', value: (row) => row.committed, align: 'right' },
        ],
        rows,
      ),
    )
    if (!dryRun) await this.confirm(`Forget these offsets of group ${args.group}?`, { yes: flags.yes })
    const outcomes = dryRun ? [] : await deleteOffsets(client, args.group, rows)
    const offsets = rows.map(({ topic, partition, committed: offset }) => {
      const outcome = outcomes.find((row) => row.topic === topic && row.partition === partition)
      const error = outcome?.error === undefined ? {} : { error: outcome.error }
      return {
        topic,
        partition,
        committed: offset,
        deleted: outcome !== undefined && outcome.error === undefined,
        ...error,
      }
    })
    if (!dryRun) this.note(`forgot ${offsets.filter((row) => row.deleted).length} of ${rows.length} offsets`)
    this.reportItems(offsets.map((row) => ({ name: `${row.topic}-${row.partition}`, error: row.error })))
    return { group: args.group, offsets, dryRun }
  }
}
