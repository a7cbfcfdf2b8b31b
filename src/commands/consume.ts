/** `mq consume`: records to stdout, bounded or until interrupted, with a group or without. */
import * as Flags from '@oclif/core/flags'
import { parseScope } from '../admin/partitions.ts'
import { wholeName } from '../admin/items.ts'
import { MqError, UsageError } from '../base/errors.ts'
import type { OffsetSpec } from '../base/offset-spec.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { integerFlag, offsetSpecFlag, optionalArgs } from '../cli/flags.ts'
import { isolationLevelFlag, recordFilterFlags } from '../cli/record-flags.ts'
import { ByteSink } from '../client/byte-sink.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { IsolationLevel, Place } from '../client/fetcher.ts'
import { type RecordGroup, readPartitions } from '../client/partition-reader.ts'
import { partitionsOf, resolveRanges } from '../client/read-ranges.ts'
import { parseFilter } from '../client/record-filter.ts'
import { FORMAT_HELP, parseFormat, type PrintedRecord, printJson, type RecordPrinter } from '../client/record-format.ts'
import { ClosedPipe, writeOut } from '../output/stdout.ts'
import { formatCount, formatDuration } from '../output/units.ts'
import { watchPipeReaders } from '../platform/pipe-readers.ts'

interface Plan {
  readonly scopes: readonly { readonly topic: string; readonly partitions: readonly number[] | undefined }[]
  readonly pattern: RegExp | undefined
  /** Of topics that the pattern finds. */
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
(before the latest), @2026-01-01T00:00:00Z and @-1h. Followed topics are followed with the partitions (and, with --regex,
the topics) that are added meanwhile. With --group it reads as a member of that group and commits what it has printed;
--from then says where a partition without a committed offset starts (earliest or latest).

Filters: a glob over the whole text, or /a regular expression/; a header filter is NAME or NAME=PATTERN.
--format: ${FORMAT_HELP}. Default: '%v\\n'.`
  static override examples = [
    '<%= config.bin %> consume rawtrade --from earliest --until latest',
    '<%= config.bin %> consume rawtrade --from -10 --until latest --json',
    "<%= config.bin %> consume rawtrade rawalert --from @-1h --format '%T %t/%p@%o %k=%v\\n'",
    '<%= config.bin %> consume rawtrade:0,3-5 --from earliest --max-messages 10',
    "<%= config.bin %> consume --regex 'raw.*' --format '%t %v\\n'",
    '<%= config.bin %> consume rawtrade --group spark-job-ingestion --from earliest --max-messages 100',
    "<%= config.bin %> consume rawticker --from earliest --until latest --key AAPL --value '/2000/'",
  ]
  static override args = { topics: optionalArgs('Topics to read, or partitions of topics: rawtrade:0,3-5.') }
  static override flags = {
    regex: Flags.string({ helpValue: 'PATTERN', summary: 'Topics whose whole name matches, besides those named.' }),
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
    ...recordFilterFlags,
    format: Flags.string({ char: 'f', summary: 'How a record is printed.', exclusive: ['json'] }),
    'isolation-level': isolationLevelFlag,
  }

  private shown = 0
  private maxMessages = Number.POSITIVE_INFINITY
  private print: RecordPrinter = printJson
  private passes: ((record: PrintedRecord) => boolean) | undefined
  private readonly out = new ByteSink()

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Consume)
    this.passes = parseFilter({ key: flags.key, value: flags.value, headers: flags.header ?? [] })
    const format = parseFormat(flags.format ?? '%v\\n')
    if (!this.jsonEnabled()) this.print = format
    this.maxMessages = flags['max-messages'] ?? Number.POSITIVE_INFINITY
    if (args.topics === undefined && flags.regex === undefined)
      throw new UsageError('which topics?', 'name them, or give --regex')
    const scopes = (args.topics ?? []).map((text) => {
      const { topic, partitions } = parseScope(text)
      return { topic, partitions: partitions ?? flags.partition }
    })
    const plan: Plan = {
      scopes,
      pattern: flags.regex === undefined ? undefined : wholeName(flags.regex),
      partitions: flags.partition,
      from: flags.from,
      until: flags.until,
      isolation: flags['isolation-level'],
    }
    // Nobody reads any more: that ends the command also while no record comes.
    this.defer(watchPipeReaders(1, () => this.stop(new ClosedPipe())))
    if (flags.group !== undefined) await this.readWithGroup(flags.group, plan)
    else await this.readPlain(await this.connect(), plan)
    this.note(`${formatCount(this.shown)} record${this.shown === 1 ? '' : 's'}`)
  }

  private async readPlain(client: ClusterClient, plan: Plan): Promise<void> {
    const places = await this.places(client, plan)
    const reader = readPartitions(client, await this.ranges(client, plan, places), {
      isolation: plan.isolation,
      signal: this.aborter.signal,
      onSkipped: (place, from, to) =>
        this.warning(`${place.topic}-${place.partition}: offset ${from} is gone, going on at ${to}`),
      onGone: (topic) => this.warning(`topic ${topic} was deleted`),
      onShort: (place, end, until) =>
        this.warning(`${place.topic}-${place.partition}: the log was cut back: it ends at ${end}, not at ${until}`),
      // What is added to followed topics is new from its first record.
      ...(plan.until === undefined ? { discover: () => this.added(client, plan, places) } : {}),
    })
    for await (const { topic, partition, records } of reader) {
      if (!(await this.show({ topic, partition }, records))) return
    }
  }

  /** The partitions to read now. */
  private async places(client: ClusterClient, plan: Plan): Promise<Place[]> {
    const scopes = new Map(plan.scopes.map((scope) => [scope.topic, scope.partitions]))
    if (plan.pattern !== undefined) {
      const { topics } = await client.metadata(null)
      const matching = topics.filter(({ name, isInternal }) => !isInternal && plan.pattern!.test(name ?? ''))
      for (const { name } of matching) if (!scopes.has(name ?? '')) scopes.set(name ?? '', plan.partitions)
      if (scopes.size === 0)
        throw new MqError('UNKNOWN_TOPIC_OR_PARTITION', 'no topic matches', { hint: 'mq topics list' })
    }
    const whole = [...scopes].filter(([, partitions]) => partitions === undefined).map(([topic]) => topic)
    const places = whole.length === 0 ? [] : await partitionsOf(client, whole)
    for (const [topic, partitions] of scopes) {
      if (partitions !== undefined) places.push(...(await partitionsOf(client, [topic], partitions)))
    }
    return places
  }

  private async added(client: ClusterClient, plan: Plan, known: Place[]) {
    const seen = new Set(known.map(({ topic, partition }) => `${topic}-${partition}`))
    // A topic that was deleted meanwhile is the reader's to report.
    const now = await this.places(client, plan).catch(() => [])
    const fresh = now.filter(({ topic, partition }) => !seen.has(`${topic}-${partition}`))
    if (fresh.length === 0) return []
    known.push(...fresh)
    return this.ranges(client, { ...plan, from: { kind: 'earliest' } }, fresh)
  }

  private ranges(client: ClusterClient, plan: Plan, places: readonly Place[]) {
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
    if ([plan, ...plan.scopes].some(({ partitions }) => partitions !== undefined))
      throw new UsageError('single partitions do not go with --group: the group assigns them')
    const client = await this.connect()
    const places = await this.places(client, plan)
    const ranges = await this.ranges(client, { ...plan, from: { kind: 'earliest' } }, places)
    // A cluster that makes its offsets topic, or a coordinator that loads it, is waited for here: kafkajs gives up early.
    const { groupOffset } = await import('../client/group-offset.ts')
    const [first] = places
    if (first !== undefined) await client.retry(() => groupOffset(client, group, first))
    const { createKafka } = await import('../client/kafkajs.ts')
    const { readAsGroup } = await import('../client/group-reader.ts')
    const reading = readAsGroup(await createKafka(client.options), client, {
      group,
      topics: [...new Set(places.map(({ topic }) => topic))],
      fromBeginning: start === 'earliest',
      until:
        plan.until === undefined
          ? undefined
          : new Map(ranges.map(({ topic, partition, until }) => [`${topic}-${partition}`, until ?? 0])),
      isolation: plan.isolation,
      signal: this.aborter.signal,
      onRecord: (record) => {
        const more = this.add(record, record)
        return this.out.length < WRITE_BYTES ? more : writeOut(this.out.take()).then(() => more)
      },
      flush: () => this.flush(),
    })
    // Interrupted or not, the member commits what was printed and leaves the group.
    this.defer(() => reading.catch(() => {}))
    await reading
  }

  /** Prints what passes the filters; false when enough was shown. */
  private async show(place: Place, records: RecordGroup['records'] | readonly PrintedRecord[]): Promise<boolean> {
    let more = true
    for (const record of records) {
      more = this.add(record, place)
      if (this.out.length >= WRITE_BYTES) await this.flush()
      if (!more) break
    }
    await this.flush()
    return more
  }

  /** Puts a record that passes the filters among what is to be written; false when that is enough. */
  private add(record: PrintedRecord, place: Place): boolean {
    if (this.passes?.(record) === false) return true
    this.print(record, place, this.out)
    this.shown++
    return this.shown < this.maxMessages
  }

  private async flush(): Promise<void> {
    if (this.out.length > 0) await writeOut(this.out.take())
  }

  protected override deadlineMessage(timeoutMs: number): string {
    const records = `${formatCount(this.shown)} record${this.shown === 1 ? ' was' : 's were'}`
    return `the deadline of ${formatDuration(timeoutMs)} passed; ${records} printed`
  }
}
