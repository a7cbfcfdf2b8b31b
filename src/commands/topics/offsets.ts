/** `mq topics offsets`: offsets of a place or time in topics. */
import { parseScope } from '../../admin/partitions.ts'
import { type PartitionOffset, topicOffsets } from '../../admin/topic-offsets.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { offsetSpecFlag, requiredArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'
import { formatTime } from '../../output/units.ts'

export interface TopicsOffsetsResult {
  offsets: PartitionOffset[]
}

export default class TopicsOffsets extends AdminCommand<TopicsOffsetsResult> {
  static override summary = 'Show the offsets of a place or a time in topics.'
  static override description =
    'Without --at: the ends. A time gives the first record at or after it, the log end where there is none.'
  static override examples = [
    '<%= config.bin %> topics offsets example-topic',
    '<%= config.bin %> topics offsets example-topic:0,3-5 --at @-1h',
    '<%= config.bin %> topics offsets example-topic --at earliest --json',
  ]
  static override args = { topic: requiredArgs('Topics, or partitions of topics: example-topic:0,3-5.') }
  static override flags = { at: offsetSpecFlag({ summary: 'earliest, latest, N, +N, -N, @TIME, @-1h.' }) }

  override async run(): Promise<TopicsOffsetsResult> {
    const { args, flags } = await this.parse(TopicsOffsets)
    const scopes = args.topic.map(parseScope)
    const result = await topicOffsets(await this.connect(), scopes, flags.at ?? { kind: 'latest' })
    const shown = result.offsets.filter((row) => row.error === undefined)
    if (shown.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.topic },
            { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
            { header: 'OFFSET', value: (row) => row.offset, align: 'right' },
            { header: 'LOG-START', value: (row) => row.logStart, align: 'right' },
            { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
            { header: 'TIME', value: (row) => formatTime(row.timestamp) },
            { header: 'NOTE', value: (row) => row.note },
          ],
          shown,
        ),
      )
    }
    this.reportItems(
      result.offsets.map((row) => ({
        name: row.partition < 0 ? row.topic : `${row.topic}-${row.partition}`,
        error: row.error,
      })),
    )
    return result
  }
}
