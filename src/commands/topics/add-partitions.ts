/** `mq topics add-partitions`: raises the number of partitions. */
import * as Flags from '@oclif/core/flags'
import { movedKeyShare, type TopicReader, topicImpacts } from '../../admin/topic-impact.ts'
import { type AddedPartitions, addPartitions, parseAssignment, partitionCounts } from '../../admin/topic-partitions.ts'
import { RefusedError, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { dryRunFlag, integerFlag, requiredArgs, yesFlag } from '../../cli/flags.ts'
import { activeReaders, readersText } from '../../cli/topic-impacts.ts'
import { renderTable } from '../../output/table.ts'
import { formatCount } from '../../output/units.ts'

export interface TopicsAddPartitionsResult {
  topics: (AddedPartitions & {
    /** Share of keys that go to another partition from then on, 0 to 1; null when nothing grows. */
    movedKeys: number | null
    records: number | null
    groups: TopicReader[] | null
  })[]
  dryRun: boolean
}

export default class TopicsAddPartitions extends AdminCommand<TopicsAddPartitionsResult> {
  static override summary = 'Give topics more partitions.'
  static override description =
    '--partitions is the new total. Partitions cannot be taken away again, and keys go to other partitions from then on: ' +
    'records of one key may be read out of order, and a compacted topic keeps the old value in the old partition. MOVED ' +
    'is the share of keys that change their partition with the usual hash of the key. So it asks; off a terminal it needs ' +
    '--yes. A topic that has that many already is left as it is.\n\n' +
    'The partitions of an internal topic decide which broker looks after which group or transaction: with more of them ' +
    'the committed offsets are not found any more. So they are refused without --internal.'
  static override examples = [
    '<%= config.bin %> topics add-partitions example-topic --partitions 12',
    '<%= config.bin %> topics add-partitions example-topic --partitions 12 --dry-run',
    '<%= config.bin %> topics add-partitions example-topic --partitions 4 --replica-assignment 1:2 --yes',
  ]
  static override args = { topic: requiredArgs('Names of the topics.') }
  static override flags = {
    partitions: integerFlag({ char: 'p', min: 1, max: 1_000_000, required: true, summary: 'Partitions in total.' }),
    internal: Flags.boolean({ summary: 'Internal topics too, although it breaks groups or transactions.' }),
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
    const dryRun = flags['dry-run'] ?? false
    const names = [...new Set(args.topic)]
    const client = await this.connect()
    const counts = await partitionCounts(client, names)
    const growing = names.filter((name) => Number(counts.get(name)) < flags.partitions)
    const { topics: found } = await client.metadata(growing)
    const internal = found.filter((topic) => topic.isInternal).map((topic) => topic.name ?? '')
    if (internal.length > 0 && flags.internal !== true) {
      throw new RefusedError(
        `${internal.join(', ')} is internal: with more partitions the offsets or transactions in it are not found any more`,
        'nothing was changed; --internal does it all the same',
      )
    }
    const { impacts } = growing.length === 0 ? { impacts: [] } : await topicImpacts(client, found)
    const facts = new Map(impacts.map((impact) => [impact.name, impact]))
    const moved = (name: string) => movedKeyShare(Number(counts.get(name)), flags.partitions)
    if (growing.length > 0) {
      this.say(
        renderTable(
          [
            { header: 'TOPIC', value: (name) => name },
            { header: 'PARTITIONS', value: (name) => Number(counts.get(name)), align: 'right' },
            { header: 'AFTER', value: () => flags.partitions, align: 'right' },
            { header: 'MOVED', value: (name) => `${Math.round(moved(name) * 100)}%`, align: 'right' },
            { header: 'RECORDS', value: (name) => formatCount(facts.get(name)?.records ?? null), align: 'right' },
            { header: 'READ-BY', value: (name) => readersText(facts.get(name)?.groups ?? null) },
          ],
          growing,
        ),
      )
      const active = activeReaders(impacts)
      if (active.length > 0) this.note(`groups that will rebalance: ${active.join(', ')}`)
    }
    if (!dryRun && growing.length > 0) {
      const what = growing.map((name) => `${name} from ${counts.get(name)} to ${flags.partitions}`).join(', ')
      await this.confirm(`Raise the partitions of ${what}? Keys will go to other partitions; this cannot be undone.`, {
        yes: flags.yes,
      })
    }
    const progress = await this.progress(`adding partitions to ${names.length} topics`)
    const { topics } = await addPartitions(client, names, flags.partitions, {
      assignment,
      dryRun,
      onProgress: (done, total) => progress.update(`added partitions to ${done} of ${total} topics`),
    }).finally(() => progress.stop())
    for (const topic of topics) {
      if (topic.error !== undefined) continue
      if (topic.before === topic.after) {
        this.note(`topic ${topic.name} has ${topic.after} partitions already`)
        continue
      }
      this.note(`topic ${topic.name} ${dryRun ? 'would go' : 'went'} from ${topic.before} to ${topic.after} partitions`)
    }
    this.reportItems(topics)
    return {
      topics: topics.map((topic) => ({
        ...topic,
        movedKeys: growing.includes(topic.name) ? moved(topic.name) : null,
        records: facts.get(topic.name)?.records ?? null,
        groups: facts.get(topic.name)?.groups ?? null,
      })),
      dryRun,
    }
  }
}
