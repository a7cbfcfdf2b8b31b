/** `mq topics truncate`: removes the records before a place. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../../admin/partitions.ts'
import { executeTruncate, parseRecordsFile, planTruncate, type TruncatePlan } from '../../admin/truncate.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import type { OffsetSpec } from '../../base/offset-spec.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, offsetSpecFlag, optionalArgs, yesFlag } from '../../cli/flags.ts'
import { readersText } from '../../cli/topic-impacts.ts'
import { renderTable } from '../../output/table.ts'
import { formatCount, formatSize } from '../../output/units.ts'
import { readInput } from '../../platform/input-file.ts'

export interface TopicsTruncateResult extends TruncatePlan {
  dryRun: boolean
}

export default class TopicsTruncate extends AdminCommand<TopicsTruncateResult> {
  static override summary = 'Remove the records before an offset or a time.'
  static override description =
    'The new log start is --before, an offset, a time or a place, never beyond the high watermark; --before latest ' +
    "empties a topic. --file takes the JSON file of Kafka's kafka-delete-records, where offset -1 is the end. Shows what " +
    'goes and which groups have not read it, then asks; off a terminal it needs --yes. The log starts are read again ' +
    'afterwards: a partition that cannot be confirmed is an error. SIZE is an estimate, and files shrink only when a ' +
    'whole segment is before the new start.\n\n' +
    'Topics that are only compacted cannot be truncated.'
  static override examples = [
    {
      description: 'records older than a week',
      command: '<%= config.bin %> topics truncate example-topic --before @-7d',
    },
    '<%= config.bin %> topics truncate example-topic:0,2 --before 1500 --dry-run',
    { description: 'everything', command: '<%= config.bin %> topics truncate example-topic --before latest --yes' },
    '<%= config.bin %> topics truncate --file delete-records.json',
  ]
  static override args = { topic: optionalArgs('Topics, or partitions of topics: example-topic:0,3-5.') }
  static override flags = {
    before: offsetSpecFlag({ summary: 'The place up to which records go: N, +N, -N, @TIME, @-7d, latest.' }),
    file: Flags.string({
      helpValue: 'FILE',
      exclusive: ['before'],
      summary: "Kafka's delete-records JSON file; - is stdin.",
    }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<TopicsTruncateResult> {
    const { args, flags } = await this.parse(TopicsTruncate)
    const wanted = await whatToRemove(args.topic ?? [], flags)
    const client = await this.connect()
    const progress = await this.progress('looking at what would go')
    const plan = await planTruncate(client, wanted, (done, total) =>
      progress.update(`looking who reads them: ${done} of ${total} groups`),
    ).finally(() => progress.stop())
    const good = plan.partitions.filter((row) => row.error === undefined)
    const going = good.filter((row) => (row.records ?? 0) > 0)
    const dryRun = flags['dry-run'] ?? false
    if (good.length > 0) this.show(plan)
    if (good.length > 0 && going.length === 0) this.note('nothing to remove: the logs begin there or later already')
    if (going.length > 0 && !dryRun) {
      const topics = [...new Set(going.map((row) => row.topic))]
      const records = going.reduce((sum, row) => sum + (row.records ?? 0), 0)
      const what = topics.length === 1 ? topics[0]! : `${topics.length} topics`
      await this.confirm(`Remove ${formatCount(records)} records of ${what}? This cannot be undone.`, {
        danger: topics.length === 1 ? topics[0]! : 'truncate',
        yes: flags.yes,
      })
    }
    if (!dryRun) {
      await executeTruncate(client, plan.partitions)
      for (const { topic, partition, after, error } of going) {
        if (error === undefined) this.note(`${topic}-${partition} now begins at ${after}`)
      }
    }
    const unsure = plan.partitions.every(({ error }) => error === undefined || error.code === 'MQ_NOT_VERIFIED')
    if (unsure && plan.partitions.some((row) => row.error !== undefined)) this.finishWith(EXIT.finding)
    this.reportItems(
      plan.partitions.map(({ topic, partition, error }) => ({
        name: partition < 0 ? topic : `${topic}-${partition}`,
        error,
      })),
    )
    return { ...plan, dryRun }
  }

  private show({ partitions, groups, groupsError }: TruncatePlan): void {
    this.say(
      renderTable(
        [
          { header: 'TOPIC', value: (row) => row.topic },
          { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
          { header: 'LOG-START', value: (row) => row.before, align: 'right' },
          { header: 'NEW-START', value: (row) => row.target, align: 'right' },
          { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
          { header: 'RECORDS', value: (row) => formatCount(row.records), align: 'right' },
          { header: 'SIZE', value: (row) => formatSize(row.bytes), align: 'right' },
          { header: 'NOTE', value: (row) => row.note },
        ],
        partitions.filter((row) => row.error === undefined),
      ),
    )
    // Under --json the document has all of this.
    if (this.jsonEnabled()) return
    if (groupsError !== undefined) this.warning(`not every group could be asked what it reads: ${groupsError.message}`)
    if (groups !== null && groups.length > 0) this.note(`read by ${readersText(groups)}`)
    for (const { group, unread } of groups ?? []) {
      if (unread > 0) this.warning(`group ${group} has not read ${formatCount(unread)} of these records`)
    }
  }
}

/** The places that the arguments, or the file, name. Throws MqError. */
async function whatToRemove(
  topics: readonly string[],
  flags: { readonly before?: OffsetSpec | undefined; readonly file?: string | undefined },
): Promise<Parameters<typeof planTruncate>[1]> {
  if (flags.file !== undefined) {
    if (topics.length > 0) throw new UsageError('topics and --file at once', 'the file names its topics')
    return { file: parseRecordsFile(await readInput(flags.file)) }
  }
  if (topics.length === 0) throw new UsageError('which topics?', 'name them with --before, or give --file')
  if (flags.before === undefined) {
    throw new UsageError('up to where?', 'give --before with an offset, a time such as @-7d, or latest')
  }
  return { scopes: topics.map(parseScope), before: flags.before }
}
