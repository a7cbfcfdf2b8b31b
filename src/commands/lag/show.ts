/** `mq lag show`: how far groups are behind, in records and in time. */
import * as Flags from '@oclif/core/flags'
import { type GroupLag, groupLag } from '../../admin/lag.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatDuration } from '../../output/units.ts'

export interface LagShowResult {
  groups: GroupLag[]
}

export default class LagShow extends AdminCommand<LagShowResult> {
  static override summary = 'Show the lag of groups, in records and in time.'
  static override description =
    'Without a name: all groups. TIME-LAG is the age of the first record that the group has not read, by the timestamp in ' +
    'the record: 0 when caught up, - with a reason when it cannot be known.'
  static override examples = [
    '<%= config.bin %> lag show',
    '<%= config.bin %> lag show example-group --topic example-topic --json',
  ]
  static override args = { group: optionalArgs('Names of the groups; none: all.') }
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Only groups whose whole name matches.' }),
    topic: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Only this topic; repeatable.' }),
  }

  override async run(): Promise<LagShowResult> {
    const { args, flags } = await this.parse(LagShow)
    const { groups, errors } = await groupLag(await this.connect(), {
      names: args.group,
      regex: flags.regex,
      topics: flags.topic,
      nowMs: Date.now(),
    })
    const rows = groups.flatMap((group) => group.partitions.map((partition) => ({ group: group.group, ...partition })))
    if (rows.length === 0) {
      const missing = flags.regex === undefined ? 'no groups' : 'no group matches'
      if (groups.every((group) => group.error === undefined)) {
        this.note(groups.length === 0 ? missing : 'no committed offsets')
      }
    } else {
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
    }
    this.reportItems([
      ...errors.map(({ broker, error }) => ({ name: `broker ${broker}`, error })),
      ...groups.map(({ group, error }) => ({ name: group, error })),
    ])
    return { groups }
  }
}
