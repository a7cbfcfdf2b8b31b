/** `mq perf e2e`: how long a record takes from the producer to a consumer. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { durationFlag, integerFlag, requiredArg, sizeFlag } from '../../cli/flags.ts'
import { latencyText, seedFlag, warmUpFlag } from '../../cli/perf-flags.ts'
import { formatCount, formatDuration } from '../../output/units.ts'
import { type EndToEndReport, runEndToEnd } from '../../perf/end-to-end.ts'

export interface PerfE2eResult extends EndToEndReport {
  topic: string
  acks: string
  recordBytes: number
}

const ACKS = { all: -1, '-1': -1, '1': 1 } as const

export default class PerfE2e extends BaseCommand<PerfE2eResult> {
  protected static override changesCluster = true
  static override summary = 'Measure how long a record takes from a producer to a consumer.'
  static override description =
    'Sends one record at a time to a topic that a consumer is reading, and waits until it has it, as kafka-e2e-latency does. ' +
    'Also told is how long the acknowledgement took. The topic must exist, and keeps the records; what others send to it is ' +
    'passed over.'
  static override examples = [
    '<%= config.bin %> perf e2e load-test --records 10000 --size 1KiB',
    '<%= config.bin %> perf e2e load-test --records 1000 --acks 1 --warm-up 100 --json',
  ]
  static override args = { topic: requiredArg('Topic to write to and to read.') }
  static override flags = {
    records: integerFlag({ char: 'n', min: 1, default: 1000, summary: 'How many records.' }),
    size: sizeFlag({ default: 100, summary: 'Bytes of each value, at least 8.' }),
    'key-size': sizeFlag({ default: 0, summary: 'Bytes of each key; 0: none.' }),
    acks: Flags.option({ options: ['all', '-1', '1'] as const, default: 'all', summary: 'Who must have a record.' })(),
    'record-timeout': durationFlag({
      default: 60_000,
      defaultHelp: async () => '1m',
      summary: 'How long one record may take.',
    }),
    'warm-up': warmUpFlag,
    seed: seedFlag,
  }

  private received = 0

  override async run(): Promise<PerfE2eResult> {
    const { args, flags } = await this.parse(PerfE2e)
    if (flags.size < 8) throw new UsageError('--size needs 8 bytes or more: records must differ from one another')
    const client = await this.connect()
    const spinner = await this.progress('sending and receiving')
    const report = await runEndToEnd(
      client,
      {
        topic: args.topic,
        records: flags.records,
        valueBytes: flags.size,
        keyBytes: flags['key-size'],
        headers: { count: 0, keyBytes: 0, valueBytes: 0 },
        acks: ACKS[flags.acks],
        seed: flags.seed,
        recordTimeoutMs: flags['record-timeout'],
        warmUpRecords: flags['warm-up'],
      },
      {
        signal: this.aborter.signal,
        onRecord: (index) => {
          this.received = index + 1
          if (this.received % 100 === 0)
            spinner.update(`${formatCount(this.received)} of ${formatCount(flags.records)}`)
        },
      },
    )
    spinner.stop()
    this.say(
      `${formatCount(report.records)} record${report.records === 1 ? '' : 's'} in ${formatDuration(report.durationMs)}`,
    )
    this.say(`received: ${latencyText(report.latencyMs)}`)
    this.say(`acked:    ${latencyText(report.acknowledgedMs)}`)
    return { topic: args.topic, acks: flags.acks === '-1' ? 'all' : flags.acks, recordBytes: flags.size, ...report }
  }

  protected override interruptMessage(): string {
    return `interrupted after ${formatCount(this.received)} records`
  }
}
