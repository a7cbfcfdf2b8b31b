/** `mq perf produce`: how fast records go to a topic. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../../base/errors.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { durationFlag, integerFlag, requiredArg, sizeFlag } from '../../cli/flags.ts'
import { acksFlag, compressionFlag } from '../../cli/record-flags.ts'
import {
  latencyText,
  loadText,
  perfIntervalFlag,
  perfRateFlag,
  recordsPerSecond,
  seedFlag,
  warmUpFlag,
  windowText,
} from '../../cli/perf-flags.ts'
import { partitionsOf } from '../../client/read-ranges.ts'
import { formatCount } from '../../output/units.ts'
import { chosen, letters, type PayloadSource } from '../../perf/payload.ts'
import { type ProducePlan, type ProduceReport, runProduce } from '../../perf/produce.ts'
import { readInput } from '../../platform/input-file.ts'

export interface PerfProduceResult extends ProduceReport {
  topic: string
  partitions: number
  acks: string
  compression: string
  /** Bytes of each value; null where they come from a file. */
  recordBytes: number | null
}

const ACKS = { all: -1, '-1': -1, '0': 0, '1': 1 } as const

export default class PerfProduce extends BaseCommand<PerfProduceResult> {
  protected static override changesCluster = true
  static override summary = 'Measure how fast records go to a topic.'
  static override description =
    'Sends records of random letters, or lines of a file, and tells records and MiB (2^20 bytes of keys and values) a ' +
    'second, and how long records took from when they were handed over until they were acknowledged, counted as ' +
    'kafka-producer-perf-test counts it: at full speed that is mostly the time spent in the buffer, so measure latency ' +
    'with --rate. A line of figures each --interval goes to stderr. The topic must exist, and keeps the records.'
  static override examples = [
    '<%= config.bin %> perf produce load-test --records 1000000 --size 1KiB',
    '<%= config.bin %> perf produce load-test --duration 30s --size 100 --rate 50000/s --warm-up 10000',
    '<%= config.bin %> perf produce load-test --records 500000 --compression zstd --keys 1000 --json',
    '<%= config.bin %> perf produce load-test --records 500000 --payload-file events.ndjson --acks 1',
  ]
  static override args = { topic: requiredArg('Topic to write to.') }
  static override flags = {
    records: integerFlag({ char: 'n', min: 1, summary: 'How many records.' }),
    duration: durationFlag({ exclusive: ['records'], summary: 'Send for so long instead.' }),
    size: sizeFlag({ default: 1024, defaultHelp: async () => '1KiB', summary: 'Bytes of each value.' }),
    'payload-file': Flags.string({
      exclusive: ['size'],
      helpValue: 'FILE',
      summary: 'Values are lines of this file, by chance.',
    }),
    keys: integerFlag({ default: 0, max: 1_000_000, summary: 'So many different keys; 0: no record has one.' }),
    rate: perfRateFlag,
    acks: acksFlag,
    compression: compressionFlag,
    'batch-size': sizeFlag({
      default: 256 << 10,
      defaultHelp: async () => '256KiB',
      summary: 'A batch goes when it has so many bytes.',
    }),
    linger: durationFlag({ default: 5, defaultHelp: async () => '5ms', summary: 'A batch goes when it is so old.' }),
    'buffer-memory': sizeFlag({
      default: 32 << 20,
      defaultHelp: async () => '32MiB',
      summary: 'Bytes under way at most.',
    }),
    'warm-up': warmUpFlag,
    interval: perfIntervalFlag,
    seed: seedFlag,
  }

  private acknowledged = 0

  override async run(): Promise<PerfProduceResult> {
    const { args, flags } = await this.parse(PerfProduce)
    const { records, duration } = flags
    if (records === undefined && duration === undefined)
      throw new UsageError('how much?', 'give --records N, or --duration 30s')
    if (flags.size < 1) throw new UsageError('--size needs at least one byte')
    const file = flags['payload-file']
    const payload = file === undefined ? letters(flags.size, flags.seed) : await linesOf(file, flags.seed)
    const plan: ProducePlan = {
      topic: args.topic,
      records,
      durationMs: duration,
      payload,
      keys: flags.keys,
      seed: flags.seed,
      acks: ACKS[flags.acks],
      compression: flags.compression,
      recordsPerSecond: recordsPerSecond(flags.rate, payload.maxBytes),
      batchBytes: flags['batch-size'],
      lingerMs: flags.linger,
      bufferBytes: flags['buffer-memory'],
      warmUpRecords: flags['warm-up'],
      windowMs: flags.interval,
    }
    const client = await this.connect()
    const partitions = (await partitionsOf(client, [args.topic])).length
    const spinner = await this.progress(`sending to ${args.topic}`)
    const report = await runProduce(client, plan, {
      signal: this.aborter.signal,
      onWindow: (window, acknowledged) => {
        this.acknowledged = acknowledged
        spinner.clear()
        this.note(windowText(window))
        const of = records === undefined ? '' : ` of ${formatCount(records)}`
        spinner.update(`${formatCount(acknowledged)}${of} records acknowledged`)
      },
    })
    spinner.stop()
    for (const [name, figures] of [['total', report.total] as const, ['steady', report.steady] as const]) {
      if (figures !== null)
        this.say(`${report.steady === null ? '' : `${name}: `}${loadText(figures)}\n${latencyText(figures.latencyMs)}`)
    }
    return {
      topic: args.topic,
      partitions,
      acks: flags.acks === '-1' ? 'all' : flags.acks,
      compression: flags.compression,
      recordBytes: file === undefined ? flags.size : null,
      ...report,
    }
  }

  protected override interruptMessage(): string {
    return `interrupted; at least ${formatCount(this.acknowledged)} records were acknowledged`
  }
}

async function linesOf(file: string, seed: number): Promise<PayloadSource> {
  const lines = (await readInput(file)).split('\n').filter((line) => line !== '')
  if (lines.length === 0) throw new UsageError(`${file} has no lines to send`)
  return chosen(
    lines.map((line) => Buffer.from(line)),
    seed,
  )
}
