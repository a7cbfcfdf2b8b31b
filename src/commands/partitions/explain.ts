/** `mq partitions explain`: which partition a key goes to, what another number of partitions changes, whether topics are co-partitioned. */
import * as Flags from '@oclif/core/flags'
import {
  type CoPartitioning,
  coPartitioning,
  countedTopics,
  explainChange,
  type ExplainedTopic,
  KEY_TYPES,
  keyBytes,
  type PartitionChange,
  PARTITIONERS,
  partitionBy,
  type PartitionerName,
  samplePartitioner,
  USED_BY,
} from '../../admin/partition-explain.ts'
import { EXIT, UsageError } from '../../base/errors.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { integerFlag, optionalArgs } from '../../cli/flags.ts'
import { renderTable } from '../../output/table.ts'

interface KeyRow {
  key: string
  /** Null: of no topic, but of a number of partitions. */
  topic: string | null
  partition: number
  /** With the number of partitions of --to; null without it. */
  after: number | null
}

export interface PartitionsExplainResult {
  partitioner: PartitionerName
  topics: ExplainedTopic[]
  keys: KeyRow[]
  /** One for each number of partitions that the topics have; empty without --to. */
  changes: PartitionChange[]
  /** Null with fewer than two topics. */
  coPartitioned: CoPartitioning | null
}

/** Tables of more rows than this are told in one line instead. */
const MOVES_SHOWN = 64

export default class PartitionsExplain extends AdminCommand<PartitionsExplainResult> {
  static override summary = 'Show which partition keys go to, and what another number of partitions changes.'
  static override description =
    'By the hash of the key, as Java clients choose (murmur2), or as others do with --partitioner. With --to: where keys go when the ' +
    'topic gets so many partitions; records that are there already stay, so that the order of a key is broken where it moves. Of ' +
    'several topics it says whether they are co-partitioned, which joins need: exit code 3 when they are not. --sample looks at ' +
    'records of the topics, and finds out which partitioner wrote them.'
  static override examples = [
    '<%= config.bin %> partitions explain orders --key customer-17 --key customer-18',
    '<%= config.bin %> partitions explain orders --key 42 --key-type long --to 24',
    '<%= config.bin %> partitions explain --partitions 6 --to 12',
    '<%= config.bin %> partitions explain orders customers --sample 100',
  ]
  static override args = { topic: optionalArgs('Topics whose numbers of partitions count.') }
  static override flags = {
    key: Flags.string({ char: 'k', multiple: true, multipleNonGreedy: true, summary: 'A key; repeatable.' }),
    'key-type': Flags.option({
      options: KEY_TYPES,
      default: 'string',
      summary: 'What a key is: text, a number as Java writes it, or bytes.',
    })(),
    partitions: integerFlag({ min: 1, max: 200_000, summary: 'A number of partitions, instead of a topic.' }),
    to: integerFlag({ min: 1, max: 200_000, summary: 'What changes with so many partitions.' }),
    partitioner: Flags.option({
      options: PARTITIONERS,
      default: 'murmur2',
      summary: 'Hash function of the partitioner.',
    })(),
    sample: integerFlag({
      min: 1,
      max: 1_000_000,
      summary: 'Look at so many of the last offsets of each partition: who wrote them?',
    }),
  }

  override async run(): Promise<PartitionsExplainResult> {
    const { args, flags } = await this.parse(PartitionsExplain)
    const names = args.topic ?? []
    if ((names.length === 0) === (flags.partitions === undefined))
      throw new UsageError('how many partitions?', 'name topics, or give --partitions')
    if (names.length === 0 && flags.sample !== undefined) throw new UsageError('--sample needs a topic')
    const keys = (flags.key ?? []).map((text) => ({ text, bytes: keyBytes(text, flags['key-type']) }))
    if (keys.length + names.length < 2 && flags.to === undefined && flags.sample === undefined && keys.length === 0)
      throw new UsageError('what about it?', 'give --key, --to, --sample, or a second topic')
    const topics = names.length === 0 ? [] : await countedTopics(await this.connect(), names)
    if (flags.sample !== undefined) {
      for (const topic of topics)
        topic.sample = await samplePartitioner(await this.connect(), topic.topic, flags.sample)
    }
    const places =
      topics.length > 0
        ? topics.map(({ topic, partitions }) => ({ topic, count: partitions }))
        : [{ topic: null, count: flags.partitions! }]
    const rows = keys.flatMap(({ text, bytes }) =>
      places.map(({ topic, count }): KeyRow => {
        const of = (total: number) => partitionBy(flags.partitioner, bytes, total)
        return { key: text, topic, partition: of(count), after: flags.to === undefined ? null : of(flags.to) }
      }),
    )
    const to = flags.to
    const counts = [...new Set(places.map(({ count }) => count))]
    const changes = to === undefined ? [] : counts.map((count) => explainChange(count, to))
    const coPartitioned = topics.length < 2 ? null : coPartitioning(topics)
    const result = { partitioner: flags.partitioner, topics, keys: rows, changes, coPartitioned }
    if (!this.jsonEnabled()) this.show(result)
    if (coPartitioned?.holds === false) this.finishWith(EXIT.finding)
    return result
  }

  private show({ topics, keys, changes, coPartitioned }: PartitionsExplainResult): void {
    const blocks: string[] = []
    if (keys.length > 0) blocks.push(keyTable(keys))
    const sampled = topics.filter(({ sample }) => sample !== null)
    if (sampled.length > 0) blocks.push(...sampled.map(sampleText))
    for (const change of changes) blocks.push(changeText(change))
    if (coPartitioned !== null)
      blocks.push(`${coPartitioned.holds ? 'co-partitioned' : 'not co-partitioned'}: ${coPartitioned.reason}`)
    this.say(blocks.join('\n\n'))
  }
}

function keyTable(keys: readonly KeyRow[]): string {
  return renderTable(
    [
      ...(keys.some(({ topic }) => topic !== null) ? [{ header: 'TOPIC', value: (row: KeyRow) => row.topic }] : []),
      { header: 'KEY', value: (row) => row.key },
      { header: 'PARTITION', value: (row) => row.partition, align: 'right' as const },
      ...(keys.some(({ after }) => after !== null)
        ? [{ header: 'AFTER', value: (row: KeyRow) => row.after, align: 'right' as const }]
        : []),
    ],
    keys,
  )
}

function sampleText({ topic, sample }: ExplainedTopic): string {
  const { records, withKey, fits, partitioner } = sample!
  if (withKey === 0) return `${topic}: none of ${records} records has a key`
  const rows = PARTITIONERS.map((name) => ({ name, fits: fits[name], by: USED_BY[name] }))
  const verdict =
    partitioner === null
      ? 'no one partitioner fits them all: written by different clients, or the number of partitions has changed'
      : `written with ${partitioner}`
  const table = renderTable(
    [
      { header: 'PARTITIONER', value: (row) => row.name },
      { header: 'FITS', value: (row) => row.fits, align: 'right' },
      { header: 'USED-BY', value: (row) => row.by },
    ],
    rows,
  )
  return `${topic}: ${withKey} of ${records} records have a key; ${verdict}\n${table}`
}

function changeText({ from, to, stays, moves }: PartitionChange): string {
  const head = `from ${from} to ${to} partitions: ${Math.round(stays * 1000) / 10} % of all keys stay where they are`
  if (from === to || moves.length > MOVES_SHOWN) return head
  const table = renderTable(
    [
      { header: 'PARTITION', value: (row) => row.partition, align: 'right' },
      { header: 'AFTERWARDS', value: (row) => (row.to.length > 16 ? `any of ${row.to.length}` : row.to.join(',')) },
    ],
    moves,
  )
  return `${head}\n${table}`
}
