/** `mq topics delete`: deletes topics and their records. */
import * as Flags from '@oclif/core/flags'
import { type DeletedTopic, deleteTopics, listTopics, unknownTopic } from '../../admin/topics.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

export interface TopicsDeleteResult {
  topics: DeletedTopic[]
  dryRun: boolean
}

export default class TopicsDelete extends AdminCommand<TopicsDeleteResult> {
  static override summary = 'Delete topics, with all their records.'
  static override description =
    'Shows what it would delete and asks; off a terminal it needs --yes. --regex never matches internal topics: name them.'
  static override examples = [
    '<%= config.bin %> topics delete example-topic',
    "<%= config.bin %> topics delete --regex 'test-.*' --dry-run",
    '<%= config.bin %> topics delete example-topic --if-exists --yes',
  ]
  static override args = { topic: optionalArgs('Names of the topics.') }
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Topics whose whole name matches.' }),
    'if-exists': Flags.boolean({ summary: 'A topic that does not exist is fine.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<TopicsDeleteResult> {
    const { args, flags } = await this.parse(TopicsDelete)
    const named = [...new Set(args.topic ?? [])]
    if (named.length === 0 && flags.regex === undefined)
      throw new UsageError('which topics?', 'name them, or give --regex')
    const client = await this.connect()
    const known = (await listTopics(client, { internal: true })).topics
    const matched = flags.regex === undefined ? [] : (await listTopics(client, { regex: flags.regex })).topics
    const doomed = known.filter((topic) => named.includes(topic.name) || matched.some((row) => row.name === topic.name))
    const missing = named.filter((name) => !known.some((topic) => topic.name === name))
    const rows: DeletedTopic[] = []
    for (const name of missing) {
      const error = flags['if-exists'] ? {} : { error: await unknownTopic(client, name) }
      rows.push({ name, topicId: null, deleted: false, ...error })
      if (flags['if-exists']) this.note(`there is no topic ${name}`)
    }
    if (doomed.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (row) => row.name },
            { header: 'PARTITIONS', value: (row) => row.partitions, align: 'right' },
          ],
          doomed,
        ),
      )
    } else if (missing.length === 0) this.note('no topic matches')
    if (flags['dry-run']) rows.push(...doomed.map(({ name, topicId }) => ({ name, topicId, deleted: false })))
    else if (doomed.length > 0) {
      const what = doomed.length === 1 ? `Delete topic ${doomed[0]!.name}` : `Delete these ${doomed.length} topics`
      const danger = doomed.length === 1 ? doomed[0]!.name : 'delete'
      await this.confirm(`${what} with all records?`, { danger, yes: flags.yes })
      rows.push(
        ...(
          await deleteTopics(
            client,
            doomed.map((topic) => topic.name),
            { ifExists: flags['if-exists'] },
          )
        ).topics,
      )
    }
    for (const row of rows) if (row.deleted) this.note(`deleted topic ${row.name}`)
    this.reportItems(rows)
    return { topics: rows.sort((a, b) => (a.name < b.name ? -1 : 1)), dryRun: flags['dry-run'] ?? false }
  }
}
