/** `mq topics list`: the topics of the cluster. */
import * as Flags from '@oclif/core/flags'
import { listTopics, type TopicList } from '../../admin/topics.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { renderTable } from '../../output/table.ts'

export default class TopicsList extends AdminCommand<TopicList> {
  static override summary = 'List the topics.'
  static override description =
    'Sorted by name. Internal topics (__consumer_offsets and the like) are left out unless asked for.'
  static override examples = ['<%= config.bin %> topics list', "<%= config.bin %> topics list --regex 'raw.*' --json"]
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Only topics whose whole name matches.' }),
    internal: Flags.boolean({ summary: 'Internal topics too.' }),
  }

  override async run(): Promise<TopicList> {
    const { flags } = await this.parse(TopicsList)
    const result = await listTopics(await this.connect(), { regex: flags.regex, internal: flags.internal })
    if (result.topics.length === 0)
      this.note(flags.regex === undefined ? 'no topics; mq topics create makes one' : 'no topic matches')
    else {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.name },
            { header: 'PARTITIONS', value: (row) => row.partitions, align: 'right' },
            { header: 'REPLICATION', value: (row) => row.replicationFactor, align: 'right' },
            { header: 'ID', value: (row) => row.topicId },
          ],
          result.topics,
        ),
      )
    }
    return result
  }
}
