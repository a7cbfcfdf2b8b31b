/** `mq groups peek`: the records around the place where a group stands. */
import * as Flags from '@oclif/core/flags'
import { type PeekedPartition, peekGroup } from '../../admin/group-peek.ts'
import type { ItemError } from '../../admin/items.ts'
import { parseScope } from '../../admin/partitions.ts'
import { AdminCommand } from '../../cli/admin-command.ts'
import { integerFlag, requiredArg } from '../../cli/flags.ts'
import { isolationLevelFlag, recordFilterFlags } from '../../cli/record-flags.ts'
import { ByteSink } from '../../client/byte-sink.ts'
import { parseFilter } from '../../client/record-filter.ts'
import { FORMAT_HELP, parseFormat, type PrintedRecord, recordToJson } from '../../client/record-format.ts'
import { colours } from '../../output/colours.ts'
import { writeOut } from '../../output/stdout.ts'
import { renderTable } from '../../output/table.ts'
import { formatTime } from '../../output/units.ts'

export interface GroupsPeekResult {
  group: string
  partitions: {
    topic: string
    partition: number
    committed: number
    logStart: number | null
    logEnd: number | null
    lag: number | null
    note: string | null
    /** As `mq consume --json` prints them, by offset; `read`: whether they lie before the commit. */
    records: object[]
    error?: ItemError
  }[]
}

/** Longer texts are cut in the table. */
const SHOWN_MAX = 100

export default class GroupsPeek extends AdminCommand<GroupsPeekResult> {
  static override summary = 'Show the records around the place where a group stands.'
  static override description =
    'Of each partition the last records that the group has committed as read, and the first ones that it has not: what it choked ' +
    'on is the first unread one. Nothing is committed and no group is joined. Filters choose among these records: a glob over the ' +
    'whole text, or /a regular expression/. Long keys and values are cut in the table; --format and --json have them whole.\n\n' +
    `--format: ${FORMAT_HELP}.`
  static override examples = [
    '<%= config.bin %> groups peek example-group',
    '<%= config.bin %> groups peek example-group --topic example-topic:3 --before 0 --after 1',
    "<%= config.bin %> groups peek example-group --after 20 --value '*error*' --format '%t-%p@%o %k %v\\n'",
    '<%= config.bin %> groups peek example-group --json',
  ]
  static override args = { group: requiredArg('Name of the group.') }
  static override flags = {
    topic: Flags.string({
      char: 't',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'TOPIC[:0,3-5]',
      summary: 'A topic, or partitions of one; repeatable. Default: all in which the group has an offset.',
    }),
    before: integerFlag({ char: 'B', default: 3, max: 10_000, summary: 'Records that were read.' }),
    after: integerFlag({ char: 'A', default: 3, max: 10_000, summary: 'Records that were not.' }),
    ...recordFilterFlags,
    format: Flags.string({ char: 'f', summary: 'How a record is printed.', exclusive: ['json'] }),
    'isolation-level': isolationLevelFlag,
  }

  override async run(): Promise<GroupsPeekResult> {
    const { args, flags } = await this.parse(GroupsPeek)
    const passes = parseFilter({ key: flags.key, value: flags.value, headers: flags.header ?? [] }) ?? (() => true)
    const print = flags.format === undefined ? undefined : parseFormat(flags.format)
    const found = await peekGroup(await this.connect(), {
      group: args.group,
      scopes: flags.topic?.map(parseScope),
      before: flags.before,
      after: flags.after,
      isolation: flags['isolation-level'],
    })
    const partitions = found.map((one) => ({
      ...one,
      before: one.before.filter(passes),
      after: one.after.filter(passes),
    }))
    if (partitions.length === 0) this.note(`group ${args.group} has no offsets there`)
    const readable = partitions.filter(({ error }) => error === undefined)
    if (print !== undefined) {
      const out = new ByteSink()
      for (const one of readable) for (const record of [...one.before, ...one.after]) print(record, one, out)
      await writeOut(out.take())
    } else if (readable.length > 0) this.say(readable.map(block).join('\n\n'))
    this.reportItems(partitions.map(({ topic, partition, error }) => ({ name: `${topic}-${partition}`, error })))
    return { group: args.group, partitions: partitions.map(toJson) }
  }
}

function toJson({ before, after, ...rest }: PeekedPartition): GroupsPeekResult['partitions'][number] {
  const records = (list: readonly PrintedRecord[], read: boolean) =>
    list.map((record) => {
      const place = { topic: rest.topic, partition: rest.partition }
      return { read, ...JSON.parse(recordToJson({ ...record, ...place })) }
    })
  return { ...rest, records: [...records(before, true), ...records(after, false)] }
}

function block(one: PeekedPartition): string {
  const heading = `${colours.heading(`${one.topic}-${one.partition}`)}  committed: ${one.committed}  lag: ${one.lag ?? '-'}`
  const note = one.note === null ? [] : [one.note]
  const rows = [
    ...one.before.map((record) => ({ record, state: 'read' })),
    ...one.after.map((record) => ({ record, state: 'unread' })),
  ]
  if (rows.length === 0) return [heading, ...note, 'no records'].join('\n')
  const table = renderTable(
    [
      { header: 'STATE', value: (row) => row.state },
      { header: 'OFFSET', value: (row) => row.record.offset, align: 'right' },
      { header: 'TIME', value: (row) => formatTime(row.record.timestamp) },
      { header: 'KEY', value: (row) => shown(row.record.key) },
      { header: 'VALUE', value: (row) => shown(row.record.value) },
    ],
    rows,
  )
  return [heading, ...note, table].join('\n')
}

/** In one line that a terminal takes as text. */
function shown(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  const text = bytes.toString('utf8', 0, SHOWN_MAX * 4)
  const safe = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')
  const clean = safe.replaceAll(/[\u007f-\u009f]/g, '\ufffd')
  return clean.length > SHOWN_MAX ? `${clean.slice(0, SHOWN_MAX)}…` : clean
}
