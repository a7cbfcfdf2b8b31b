/** `mq topics add-partitions`: raises the number of partitions. */
import * as Flags from '@oclif/core/flags'
import { type AddedPartitions, addPartitions, parseAssignment, partitionCounts } from '../../admin/topics.ts'
import { UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, integerFlag, requiredArgs, yesFlag } from '../../cli/flags.ts'

export interface TopicsAddPartitionsResult {
  topics: AddedPartitions[]
  dryRun: boolean
}

export default class TopicsAddPartitions extends AdminCommand<TopicsAddPartitionsResult> {
  static override summary = 'Give topics more partitions.'
  static override description =
    '--partitions is the new total. Partitions cannot be taken away again, and keys go to other partitions from then on: ' +
    'records of one key may be read out of order. So it asks; off a terminal it needs --yes.'
  static override examples = [
    '<%= config.bin %> topics add-partitions example-topic --partitions 12',
    '<%= config.bin %> topics add-partitions example-topic --partitions 4 --replica-assignment 1:2 --yes',
  ]
  static override args = { topic: requiredArgs('Names of the topics.') }
  static override flags = {
    partitions: integerFlag({ char: 'p', min: 1, max: 1_000_000, required: true, summary: 'Partitions in total.' }),
    'replica-assignment': Flags.string({ helpValue: '1:2,2:3', summary: 'Brokers of each added partition.' }),
    'dry-run': dryRunFlag,
    yes: yesFlag,
  }

  override async run(): Promise<TopicsAddPartitionsResult> {
    const { args, flags } = await this.parse(TopicsAddPartitions)
    const text = flags['replica-assignment']
    const assignment = text === undefined ? undefined : parseAssignment(text)
    if (text !== undefined && assignment === undefined) {
      throw new UsageError('--replica-assignment needs brokers such as 1:2,2:3')
    }
    const names = [...new Set(args.topic)]
    const client = await this.connect()
    const counts = await partitionCounts(client, names)
    const growing = names.filter((name) => Number(counts.get(name)) < flags.partitions)
    if (!flags['dry-run'] && growing.length > 0) {
      const what = growing.map((name) => `${name} from ${counts.get(name)} to ${flags.partitions}`).join(', ')
      await this.confirm(`Raise the partitions of ${what}? Keys will go to other partitions; this cannot be undone.`, {
        yes: flags.yes,
      })
    }
    const { topics } = await addPartitions(client, names, flags.partitions, {
      assignment,
      dryRun: flags['dry-run'] ?? false,
    })
    for (const topic of topics) {
      if (topic.error !== undefined) continue
      const verb = flags['dry-run'] ? 'would go' : 'went'
      this.note(`topic ${topic.name} ${verb} from ${topic.before} to ${topic.after} partitions`)
    }
    this.reportItems(topics)
    return { topics, dryRun: flags['dry-run'] ?? false }
  }
}
