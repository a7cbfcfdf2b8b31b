/** `mq lag show`: how far groups are behind, in records and in time. */
import * as Flags from '@oclif/core/flags'
import { type GroupList, listErrorName } from '../../admin/group-list.ts'
import { type GroupLag, groupLag, type LagRow } from '../../admin/lag.ts'
import { parseScope } from '../../admin/partitions.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { groupFilter, groupRegexFlag, groupStateFlag, groupTypeFlag } from '../../cli/group-flags.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration } from '../../output/units.ts'

export interface LagShowResult {
  groups: GroupLag[]
  /** Why groups are missing. */
  errors?: GroupList['errors']
}

export default class LagShow extends AdminCommand<LagShowResult> {
  static override summary = 'Show the lag of groups, in records and in time.'
  static override description =
    'Without a name: all groups. LAG counts offsets up to the log end, as kafka-consumer-groups does. TIME-LAG is the age ' +
    'of the first record that the group has not read, by the timestamp in the record (of the producer, or of the broker ' +
    'where the topic says LogAppendTime): 0 when caught up or when nothing but transaction markers is left, - with a reason ' +
    'when it cannot be known. Records that were deleted before the group read them are counted in the reason, and as ' +
    '"lost" in --json.'
  static override examples = [
    '<%= config.bin %> lag show',
    '<%= config.bin %> lag show example-group --topic example-topic --json',
    "<%= config.bin %> lag show --regex 'billing-.*' --only-lagging",
    "<%= config.bin %> lag show --json | jq '.groups[] | select(.maxTimeLagMs > 60000) | .group'",
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    regex: groupRegexFlag,
    state: groupStateFlag,
    type: groupTypeFlag,
    topic: Flags.string({
      char: 't',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'Only this topic, or partitions of it; repeatable.',
    }),
    'only-lagging': Flags.boolean({
      summary: 'Only partitions that lag or cannot be read, and groups that have such.',
    }),
  }

  override async run(): Promise<LagShowResult> {
    const { args, flags } = await this.parse(LagShow)
    const filter = groupFilter(flags, args.group)
    const found = await groupLag(await this.connect(), {
      names: args.group,
      ...filter,
      scopes: flags.topic?.map(parseScope),
      nowMs: Date.now(),
    })
    const groups = flags['only-lagging'] ? onlyLagging(found.groups) : found.groups
    if (!this.jsonEnabled())
      this.show(
        groups,
        Object.values(filter).some((value) => value !== undefined),
      )
    this.reportItems([
      ...found.errors.map(({ broker, error }) => ({ name: listErrorName(broker), error })),
      ...groups.map(({ group, error }) => ({ name: group, error })),
      ...groups.flatMap((group) =>
        group.partitions.map(({ topic, partition, error }) => ({
          name: `${group.group}: ${topic}-${partition}`,
          error,
        })),
      ),
    ])
    return found.errors.length === 0 ? { groups } : { groups, errors: found.errors }
  }

  private show(groups: readonly GroupLag[], isFiltered: boolean): void {
    const rows = groups.flatMap((group) => group.partitions.map((partition) => ({ group: group.group, ...partition })))
    if (rows.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'GROUP', value: (row) => row.group },
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'COMMITTED', value: (row) => row.committed, align: 'right' },
            { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
            { header: 'LAG', value: (row) => row.lag, align: 'right' },
            { header: 'TIME-LAG', value: (row) => formatDuration(row.timeLagMs), align: 'right' },
            { header: 'REASON', value: (row) => row.reason },
          ],
          rows,
        ),
      )
    } else if (groups.every((group) => group.error === undefined)) {
      this.note(groups.length > 0 ? 'no committed offsets' : isFiltered ? 'no group matches' : 'no groups')
    }
  }
}

/** What cannot be read may lag. */
function lagsOrFails({ lag, error }: LagRow): boolean {
  return error !== undefined || (lag !== null && lag > 0)
}

function onlyLagging(groups: readonly GroupLag[]): GroupLag[] {
  return groups
    .map((group) => ({ ...group, partitions: group.partitions.filter(lagsOrFails) }))
    .filter((group) => group.partitions.length > 0 || group.error !== undefined)
}
