/** `mq topics delete`: deletes topics and their records. */
import * as Flags from '@oclif/core/flags'
import { wholeName } from '../../admin/items.ts'
import { topicImpacts, type TopicReader } from '../../admin/topic-impact.ts'
import { type DeletedTopic, deleteTopics, topicIdOf, unknownTopics } from '../../admin/topics.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'
import { activeReaders, renderImpacts } from '../../cli/topic-impacts.ts'
import { formatCount } from '../../output/units.ts'

export interface TopicsDeleteResult {
  topics: (DeletedTopic & {
    partitions: number | null
    records: number | null
    bytes: number | null
    groups: TopicReader[] | null
  })[]
  dryRun: boolean
}

const UNKNOWN = { partitions: null, records: null, bytes: null, groups: null }

export default class TopicsDelete extends AdminCommand<TopicsDeleteResult> {
  static override summary = 'Delete topics, with all their records.'
  static override description =
    'Shows what would go (records, bytes on disk of all replicas, groups that read the topic and their state) and asks; ' +
    'off a terminal it needs --yes. --regex never matches internal topics: name them.'
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
    const named = new Set(args.topic ?? [])
    if (named.size === 0 && flags.regex === undefined)
      throw new UsageError('which topics?', 'name them, or give --regex')
    const pattern = flags.regex === undefined ? undefined : wholeName(flags.regex)
    const dryRun = flags['dry-run'] ?? false
    const client = await this.connect()
    const { topics: known } = await client.metadata(null)
    const doomed = known
      .filter(({ name, isInternal }) => named.has(name ?? '') || (!isInternal && pattern?.test(name ?? '') === true))
      .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
    const rows: TopicsDeleteResult['topics'] = []
    const present = new Set(known.map((topic) => topic.name))
    const explain = unknownTopics(client)
    for (const name of [...named].filter((candidate) => !present.has(candidate))) {
      const error = flags['if-exists'] ? {} : { error: await explain(name) }
      rows.push({ name, topicId: null, deleted: false, ...UNKNOWN, ...error })
      if (flags['if-exists']) this.note(`there is no topic ${name}`)
    }
    if (doomed.length === 0 && rows.length === 0) this.note('no topic matches')
    if (doomed.length > 0) {
      const progress = await this.progress('looking at what the topics hold')
      const { impacts, error } = await topicImpacts(client, doomed, (done, total) =>
        progress.update(`looking who reads them: ${done} of ${total} groups`),
      ).finally(() => progress.stop())
      this.say(renderImpacts(impacts))
      if (error !== undefined) this.warning(`not every group could be asked whether it reads them: ${error.message}`)
      const active = activeReaders(impacts)
      if (active.length > 0) this.note(`at work on them now: ${active.join(', ')}`)
      const facts = new Map(impacts.map(({ name, ...facts }) => [name, facts]))
      const add = (topic: DeletedTopic) => rows.push({ ...topic, ...(facts.get(topic.name) ?? UNKNOWN) })
      if (dryRun) {
        for (const topic of doomed) add({ name: topic.name ?? '', topicId: topicIdOf(topic), deleted: false })
      } else {
        const names = doomed.map((topic) => topic.name ?? '')
        const what = names.length === 1 ? `Delete topic ${names[0]}` : `Delete these ${names.length} topics`
        await this.confirm(`${what} with all records? This cannot be undone.`, {
          danger: names.length === 1 ? names[0]! : 'delete',
          yes: flags.yes,
        })
        const working = await this.progress(`deleting ${names.length} topics`)
        const { topics } = await deleteTopics(client, names, {
          ifExists: flags['if-exists'],
          onProgress: (done, total) => working.update(`deleted ${formatCount(done)} of ${formatCount(total)} topics`),
        }).finally(() => working.stop())
        topics.forEach(add)
      }
    }
    for (const row of rows) {
      if (row.deleted) this.note(`deleted topic ${row.name}`)
    }
    this.reportItems(rows)
    return { topics: rows.sort((a, b) => (a.name < b.name ? -1 : 1)), dryRun }
  }
}
