/** `mq topics describe`: replicas, offsets and settings of topics. */
import * as Flags from '@oclif/core/flags'
import { settledReplicas } from '../../admin/reassigning.ts'
import { describeTopics, type PartitionDetails, type TopicDetails } from '../../admin/topic-details.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { optionalArgs } from '../../cli/flags.ts'
import { colours } from '../../output/colours.ts'
import { type Column, renderTable } from '../../output/table.ts'
import { formatSize } from '../../output/units.ts'

export interface TopicsDescribeResult {
  topics: TopicDetails[]
}

const filter = (summary: string) => Flags.boolean({ helpGroup: 'FILTER', summary })

export default class TopicsDescribe extends AdminCommand<TopicsDescribeResult> {
  static override summary = 'Show partitions, replicas, offsets and settings of topics.'
  static override description =
    'Without a name: all topics that are not internal; filters for health look at internal topics too. Several filters ' +
    'show what any of them finds, in the words of kafka-topics: a partition without a leader is under its minimum as ' +
    'well, and replicas that a reassignment is adding neither count as missing nor for the replication factor. ELR: ' +
    'eligible leader replicas.'
  static override examples = [
    '<%= config.bin %> topics describe example-topic',
    '<%= config.bin %> topics describe --under-replicated --unavailable',
    '<%= config.bin %> topics describe example-topic --sizes --json',
  ]
  static override args = { topic: optionalArgs('Names of the topics; none: all.') }
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Topics whose whole name matches, besides those named.' }),
    internal: Flags.boolean({ summary: 'Internal topics too.' }),
    sizes: Flags.boolean({ summary: "Bytes of each partition's log at its leader." }),
    overrides: filter('Topics with settings of their own.'),
    'under-replicated': filter('Partitions with fewer in-sync replicas than replicas.'),
    unavailable: filter('Partitions without a leader.'),
    'under-min-isr': filter('Partitions below min.insync.replicas, or without a leader.'),
    'at-min-isr': filter('Partitions exactly at min.insync.replicas.'),
  }

  override async run(): Promise<TopicsDescribeResult> {
    const { args, flags } = await this.parse(TopicsDescribe)
    const result = await describeTopics(await this.connect(), {
      names: args.topic,
      regex: flags.regex,
      internal: flags.internal,
      sizes: flags.sizes,
      overrides: flags.overrides,
      underReplicated: flags['under-replicated'],
      unavailable: flags.unavailable,
      underMinIsr: flags['under-min-isr'],
      atMinIsr: flags['at-min-isr'],
    })
    const shown = result.topics.filter((topic) => topic.error === undefined)
    if (result.topics.length === 0) this.note('no topic to show')
    if (shown.length > 0) this.say(shown.map((topic) => render(topic, flags.sizes)).join('\n\n'))
    const unread = shown.flatMap(({ name, partitions }) =>
      partitions.map(({ partition, error }) => ({ name: `${name}-${partition}`, error })),
    )
    this.reportItems([...result.topics, ...unread])
    return result
  }
}

const ids = (values: readonly number[] | null) => (values === null ? null : values.join(','))

/** Bytes of all leaders' logs; null when one is not known. */
function totalOf(topic: TopicDetails): number | null {
  return topic.partitions.reduce<number | null>(
    (sum, { size }) => (sum === null || size === null ? null : sum + size),
    0,
  )
}

function render(topic: TopicDetails, sizes: boolean): string {
  const [first] = topic.partitions
  const settings = Object.entries(topic.configs).map(([key, value]) => `${key}=${value}`)
  const head = [
    colours.heading(topic.name),
    `partitions: ${topic.partitions.length}`,
    `replication factor: ${settledReplicas(first?.replicas ?? [], first).length}`,
    ...(topic.topicId === null ? [] : [`id: ${topic.topicId}`]),
    ...(topic.internal ? ['internal'] : []),
    ...(sizes ? [`size: ${formatSize(totalOf(topic))}`] : []),
  ].join('  ')
  const columns: Column<PartitionDetails>[] = [
    { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
    { header: 'LEADER', value: (row) => row.leader ?? 'none', align: 'right' },
    { header: 'REPLICAS', value: (row) => ids(row.replicas) },
    { header: 'ISR', value: (row) => ids(row.isr) },
    ...(topic.partitions.some((row) => row.elr !== null && row.elr.length > 0)
      ? [{ header: 'ELR', value: (row: PartitionDetails) => ids(row.elr) }]
      : []),
    ...(topic.partitions.some((row) => row.offline.length > 0)
      ? [{ header: 'OFFLINE', value: (row: PartitionDetails) => ids(row.offline) }]
      : []),
    ...(topic.partitions.some((row) => row.adding.length > 0 || row.removing.length > 0)
      ? [
          { header: 'ADDING', value: (row: PartitionDetails) => ids(row.adding) },
          { header: 'REMOVING', value: (row: PartitionDetails) => ids(row.removing) },
        ]
      : []),
    { header: 'LOG-START', value: (row) => row.logStart, align: 'right' },
    { header: 'LOG-END', value: (row) => row.logEnd, align: 'right' },
    ...(sizes
      ? [{ header: 'SIZE', value: (row: PartitionDetails) => formatSize(row.size), align: 'right' as const }]
      : []),
  ]
  const lines = [head, ...(settings.length === 0 ? [] : [`settings: ${settings.join('  ')}`])]
  return [...lines, renderTable(columns, topic.partitions)].join('\n')
}
