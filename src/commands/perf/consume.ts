/** `mq perf consume`: how fast records come from topics. */
import { parseScope } from '../../admin/partitions.ts'
import { EXIT } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { durationFlag, integerFlag, offsetSpecFlag, requiredArgs } from '../../cli/flags.ts'
import { loadText, perfIntervalFlag, windowText } from '../../cli/perf-flags.ts'
import { isolationLevelFlag } from '../../cli/record-flags.ts'
import { partitionsOf, resolveRanges } from '../../client/read-ranges.ts'
import { formatCount, formatDuration } from '../../output/units.ts'
import { type ConsumeReport, runConsume } from '../../perf/consume.ts'

export interface PerfConsumeResult extends ConsumeReport {
  topics: string[]
  partitions: number
}

export default class PerfConsume extends BaseCommand<PerfConsumeResult> {
  static override summary = 'Measure how fast records come from topics.'
  static override description =
    'Reads what the topics hold when it begins, or --records of it and of what comes, and tells records and MiB (2^20 bytes ' +
    'of keys and values) a second. Every batch is checked, decompressed and walked through; no group is joined and nothing is ' +
    'committed. When fewer records come than --records, and none for the time of --idle, it ends with exit code 1.'
  static override examples = [
    '<%= config.bin %> perf consume load-test',
    '<%= config.bin %> perf consume load-test --records 1000000 --from -1000000',
    '<%= config.bin %> perf consume load-test:0,1 --interval 1s --json',
  ]
  static override args = { topic: requiredArgs('Topics to read, or partitions of topics: load-test:0,3-5.') }
  static override flags = {
    records: integerFlag({
      char: 'n',
      min: 1,
      summary: 'Stop after so many, and wait for them; default: what is there.',
    }),
    from: offsetSpecFlag({ summary: 'Where to start in each partition; default: earliest.' }),
    idle: durationFlag({
      default: 10_000,
      defaultHelp: async () => '10s',
      summary: 'Give up when nothing came for so long.',
    }),
    interval: perfIntervalFlag,
    'isolation-level': isolationLevelFlag,
  }

  private read = 0

  override async run(): Promise<PerfConsumeResult> {
    const { args, flags } = await this.parse(PerfConsume)
    const client = await this.connect()
    const scopes = args.topic.map(parseScope)
    const places = []
    for (const { topic, partitions } of scopes) places.push(...(await partitionsOf(client, [topic], partitions)))
    const isolation = flags['isolation-level']
    const ranges = await resolveRanges(client, places, {
      from: flags.from ?? { kind: 'earliest' },
      until: flags.records === undefined ? { kind: 'latest' } : undefined,
      isolation,
      onMoved: (place, asked, used) =>
        this.warning(`${place.topic}-${place.partition}: there is no offset ${asked}, starting at ${used}`),
    })
    const spinner = await this.progress('reading')
    const report = await runConsume(
      client,
      { ranges, records: flags.records, isolation, idleMs: flags.idle, windowMs: flags.interval },
      {
        signal: this.aborter.signal,
        onWindow: (window, records) => {
          this.read = records
          spinner.clear()
          this.note(windowText(window))
          spinner.update(`${formatCount(records)} records read`)
        },
        onSkipped: (place, from, to) => this.warning(`${place}: offset ${from} is gone, going on at ${to}`),
      },
    )
    spinner.stop()
    this.say(loadText(report))
    if (report.timedOut) {
      this.warning(
        `nothing came for ${formatDuration(flags.idle)}: gave up after ${formatCount(report.records)} records`,
      )
      this.finishWith(EXIT.failed)
    }
    return { topics: [...new Set(scopes.map(({ topic }) => topic))], partitions: places.length, ...report }
  }

  protected override interruptMessage(): string {
    return `interrupted; at least ${formatCount(this.read)} records were read`
  }
}
