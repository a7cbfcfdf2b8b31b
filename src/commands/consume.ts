/** `mq consume`: records to stdout, bounded or until interrupted, with a group or without. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { integerFlag, offsetSpecFlag, requiredArgs } from '../cli/flags.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { IsolationLevel } from '../client/fetcher.ts'
import { readPartitions } from '../client/partition-reader.ts'
import { partitionsOf, resolveRanges } from '../client/read-ranges.ts'
import { parseFilter } from '../client/record-filter.ts'
import { FORMAT_HELP, parseFormat, type PlacedRecord, recordToJson } from '../client/record-format.ts'
import { formatCount, formatDuration } from '../output/units.ts'
import { writeOut } from '../output/stdout.ts'

interface Plan {
  readonly topics: readonly string[]
  readonly partitions: readonly number[] | undefined
  readonly from: OffsetSpec | undefined
  readonly until: OffsetSpec | undefined
  readonly isolation: IsolationLevel
}

/** Records are printed in pieces of about this many bytes. */
const WRITE_BYTES = 64 << 10

export default class Consume extends BaseCommand<void> {
  static override summary = 'Print records of topics, from any place up to any place.'
  static override description =
    `Without --until it goes on with what comes until Ctrl-C (exit code 130); with it, it ends by itself: the end offsets
are pinned before the first record is read. --from and --until take earliest, latest, N, +N (after the earliest), -N
(before the latest), @2026-01-01T00:00:00Z and @-1h. With --group it reads as a member of that group and commits what
it has printed; --from then says where a partition without a committed offset starts (earliest or latest).

Filters: a glob over the whole text, or /a regular expression/; a header filter is NAME or NAME=PATTERN.
--format: ${FORMAT_HELP.replaceAll('%%', '%%')}. Default: '%v\\n'.`
  static override examples = [
    '<%= config.bin %> consume rawtrade --from earliest --until latest',
    '<%= config.bin %> consume rawtrade --from -10 --until latest --json',
    "<%= config.bin %> consume rawtrade rawalert --from @-1h --format '%T %t/%p@%o %k=%v\\n'",
    '<%= config.bin %> consume rawtrade --group spark-job-ingestion --from earliest --max-messages 100',
    "<%= config.bin %> consume rawticker --from earliest --until latest --key AAPL --value '/2000/'",
  ]
  static override args = { topics: requiredArgs('Topics to read.') }
  static override flags = {
    from: offsetSpecFlag({ summary: 'Where to start; default: latest.' }),
    until: offsetSpecFlag({ summary: 'Where to end, exclusive; default: never.' }),
    'max-messages': integerFlag({ char: 'n', min: 1, summary: 'Stop after so many records that pass the filters.' }),
    partition: integerFlag({
      char: 'p',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only this partition; repeatable.',
    }),
    group: Flags.string({ char: 'g', env: 'MQ_GROUP', summary: 'Read as a member of this consumer group.' }),
    key: Flags.string({ helpValue: 'PATTERN', summary: 'Only records with such a key.' }),
    value: Flags.string({ helpValue: 'PATTERN', summary: 'Only records with such a value.' }),
    header: Flags.string({
      helpValue: 'NAME[=PATTERN]',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only records with such a header; repeatable.',
    }),
    format: Flags.string({ char: 'f', summary: 'How a record is printed.', exclusive: ['json'] }),
    'isolation-level': Flags.option({
      options: ['read_uncommitted', 'read_committed'] as const,
      default: 'read_uncommitted',
      summary: 'Whether records of open and aborted transactions are read.',
    })(),
  }

  private shown = 0
  private maxMessages = Number.POSITIVE_INFINITY
  private print: (record: PlacedRecord) => Uint8Array = () => new Uint8Array()
  private passes: ((record: PlacedRecord) => boolean) | undefined

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Consume)
    this.passes = parseFilter({ key: flags.key, value: flags.value, headers: flags.header ?? [] })
    const json = this.jsonEnabled()
    this.print = json ? (record) => Buffer.from(recordToJson(record)) : parseFormat(flags.format ?? '%v\\n')
    this.maxMessages = flags['max-messages'] ?? Number.POSITIVE_INFINITY
    const plan: Plan = {
      topics: args.topics,
      partitions: flags.partition,
      from: flags.from,
      until: flags.until,
      isolation: flags['isolation-level'],
    }
    if (flags.group === undefined) await this.readPlain(await this.connect(), plan)
    else await this.readWithGroup(flags.group, plan)
    this.note(`${formatCount(this.shown)} record${this.shown === 1 ? '' : 's'}`)
  }

  private async readPlain(client: ClusterClient, plan: Plan): Promise<void> {
    const ranges = await this.ranges(client, plan)
    const reader = readPartitions(client, ranges, {
      isolation: plan.isolation,
      signal: this.aborter.signal,
      onSkipped: (place, from, to) =>
        this.warning(`${place.topic}-${place.partition}: offset ${from} is gone, going on at ${to}`),
    })
    for await (const records of reader) {
      if (!(await this.show(records))) return
    }
  }

  private async ranges(client: ClusterClient, plan: Plan) {
    const places = await partitionsOf(client, plan.topics, plan.partitions)
    return resolveRanges(client, places, {
      from: plan.from ?? { kind: 'latest' },
      until: plan.until,
      isolation: plan.isolation,
      onMoved: (place, asked, used) =>
        this.warning(`${place.topic}-${place.partition}: there is no offset ${asked}, starting at ${used}`),
    })
  }

  private async readWithGroup(group: string, plan: Plan): Promise<void> {
    const start = plan.from?.kind ?? 'latest'
    if (start !== 'earliest' && start !== 'latest') {
      throw new UsageError(
        'with --group, --from is earliest or latest: where a partition without a committed offset starts',
        `mq groups reset ${group} moves committed offsets`,
      )
    }
    if (plan.partitions !== undefined)
      throw new UsageError('--partition does not go with --group: the group assigns them')
    const client = await this.connect()
    const ranges = await this.ranges(client, { ...plan, from: { kind: 'earliest' } })
    const { createKafka } = await import('../client/kafkajs.ts')
    const { readAsGroup } = await import('../client/group-reader.ts')
    const reading = readAsGroup(await createKafka(client.options), client, {
      group,
      topics: plan.topics,
      fromBeginning: start === 'earliest',
      until:
        plan.until === undefined
          ? undefined
          : new Map(ranges.map(({ topic, partition, until }) => [`${topic}-${partition}`, until ?? 0])),
      isolation: plan.isolation,
      signal: this.aborter.signal,
      onRecord: (record) => this.show([record]),
    })
    // Interrupted or not, the member commits what was printed and leaves the group.
    this.defer(() => reading.catch(() => {}))
    await reading
  }

  /** Prints what passes the filters; false when enough was shown. */
  private async show(records: readonly PlacedRecord[]): Promise<boolean> {
    let pieces: Uint8Array[] = []
    let bytes = 0
    for (const record of records) {
      if (this.passes?.(record) === false) continue
      const piece = this.print(record)
      pieces.push(piece)
      bytes += piece.length
      this.shown++
      if (bytes >= WRITE_BYTES) {
        await writeOut(Buffer.concat(pieces))
        pieces = []
        bytes = 0
      }
      if (this.shown >= this.maxMessages) break
    }
    if (pieces.length > 0) await writeOut(Buffer.concat(pieces))
    return this.shown < this.maxMessages
  }

  protected override deadlineMessage(timeoutMs: number): string {
    return `the deadline of ${formatDuration(timeoutMs)} passed; ${formatCount(this.shown)} records were printed`
  }
}
