/** `mq produce`: records from lines of stdin or a file to a topic. */
import { createReadStream, fstatSync } from 'node:fs'
import * as Flags from '@oclif/core/flags'
import { EXIT, type ExitCode, MqError, UsageError } from '../base/errors.ts'
import { parseTimeMs } from '../base/offset-spec.ts'
import { parseRateBytes } from '../base/units.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { toFailure } from '../cli/failure.ts'
import { integerFlag, pairFlag, requiredArg } from '../cli/flags.ts'
import { acksFlag, compressionFlag } from '../cli/record-flags.ts'
import { type ProducerOptions, RecordProducer } from '../client/producer.ts'
import { withProgress } from '../client/producer-failure.ts'
import { partitionsOf } from '../client/read-ranges.ts'
import { type LineFormat, LineSplitter, parseRecordLine } from '../client/record-lines.ts'
import { formatCount, formatDuration, formatSize } from '../output/units.ts'
import { cannotRead } from '../platform/input-file.ts'

const LINE_MAX_BYTES = 64 << 20

export interface ProduceResult {
  topic: string
  /** Records that the brokers acknowledged; with --acks 0: that were sent. */
  acknowledged: number
  bytes: number
  durationMs: number
}

const ACKS = { all: -1, '-1': -1, '0': 0, '1': 1 } as const

export default class Produce extends BaseCommand<ProduceResult> {
  protected static override changesCluster = true
  static override summary = 'Send records to a topic, one a line.'
  static override description =
    `Reads stdin, or --file. A raw line is the value, or key and value around the first --key-separator; with --headers it
begins with name:value,name:value and a tab. With --format json a line is an object with key, value (or keyBase64,
valueBase64), headers, partition and timestamp, the shape that mq consume --json prints, so that one can feed the other.
Bytes are sent as they are. Partitions are chosen as Java clients do. The topic must exist.

Exit code 0 means that every record was acknowledged; otherwise the message says how many were.`
  static override examples = [
    "echo 'AAPL:182.5' | <%= config.bin %> produce rawtrade --key-separator :",
    '<%= config.bin %> produce rawarticle --file articles.ndjson --format json --compression zstd',
    "printf 'AAPL,\\\\N\\n' | <%= config.bin %> produce prices --key-separator , --null-marker '\\N'",
    '<%= config.bin %> consume prices --from earliest --until latest --json | <%= config.bin %> produce prices-copy --format json',
  ]
  static override args = { topic: requiredArg('Topic to write to.') }
  static override flags = {
    file: Flags.string({ helpValue: 'FILE', summary: 'Read from this file instead of stdin.' }),
    'key-separator': Flags.string({ helpValue: 'S', summary: 'Text between key and value; \\t is a tab.' }),
    header: pairFlag({ char: 'H', summary: 'A header for every record; repeatable.' }),
    headers: Flags.boolean({ summary: 'Each line begins with headers and a tab.' }),
    partition: integerFlag({ char: 'p', summary: 'Partition for every record.' }),
    timestamp: Flags.string({ helpValue: 'TIME', summary: 'Time of every record: ms, ISO 8601, or @-1h.' }),
    'null-marker': Flags.string({ helpValue: 'S', summary: 'A key or value that is this text is null.' }),
    format: Flags.option({ options: ['raw', 'json'] as const, default: 'raw', summary: 'What a line is.' })(),
    acks: acksFlag,
    compression: compressionFlag,
    rate: Flags.string({ helpValue: 'RATE', summary: 'At most 500/s (records) or 10MB/s (bytes).' }),
  }

  private producer: RecordProducer | undefined

  override async run(): Promise<ProduceResult> {
    const { args, flags } = await this.parse(Produce)
    const format = lineFormat(flags)
    const options: ProducerOptions = {
      topic: args.topic,
      acks: ACKS[flags.acks],
      compression: flags.compression,
      rate: flags.rate === undefined ? undefined : parseRate(flags.rate),
    }
    const input = await openInput(flags.file)
    const client = await this.connect()
    await partitionsOf(client, [args.topic], flags.partition === undefined ? undefined : [flags.partition])
    const producer = await RecordProducer.open(client, options)
    this.producer = producer
    this.defer(() => void input.destroy())
    if (flags.file === undefined && process.stdin.isTTY) this.note('one record a line; Ctrl-D ends')
    const startedMs = performance.now()
    await this.send(input, producer, format)
    const durationMs = Math.round(performance.now() - startedMs)
    const { acknowledged, bytes } = producer.progress
    this.note(
      `${formatCount(acknowledged)} record${acknowledged === 1 ? '' : 's'} (${formatSize(bytes)}) to ${args.topic} in ${formatDuration(durationMs)}`,
    )
    return { topic: args.topic, acknowledged, bytes, durationMs }
  }

  /** Sends line by line. Whatever fails, the message says how many records are safe. */
  private async send(input: NodeJS.ReadableStream, producer: RecordProducer, format: LineFormat): Promise<void> {
    const lines = new LineSplitter(LINE_MAX_BYTES)
    // While somebody types there is nothing to wait for, and a spinner would run through the words.
    const spinner = input === process.stdin && process.stdin.isTTY ? undefined : await this.progress('sending')
    let read = 0
    const add = (line: Buffer) => {
      const record = parseRecordLine(line, ++read, format)
      return record === undefined ? undefined : producer.add(record, read)
    }
    try {
      for await (const chunk of input) {
        for (const line of lines.push(chunk as Buffer)) {
          const wait = add(line)
          if (wait !== undefined) await wait
        }
        producer.nudge()
        spinner?.update(`${formatCount(producer.progress.acknowledged)} records`)
      }
      for (const line of lines.finish()) await add(line)
      await producer.flush()
    } catch (error) {
      // What was read before a bad line is sent; after a refused batch nothing more is.
      await producer.flush().catch(() => {})
      const failure = toFailure(error, this.typedId)
      if (failure.exitCode === EXIT.bug) throw error
      throw withProgress(asMqError(failure, error), producer.progress.acknowledged, producer.firstOpenLine)
    } finally {
      spinner?.stop()
    }
  }

  protected override interruptMessage(): string {
    return `interrupted; ${this.sentSoFar()}`
  }

  protected override deadlineMessage(timeoutMs: number): string {
    return `not finished after ${formatDuration(timeoutMs)}; ${this.sentSoFar()}`
  }

  private sentSoFar(): string {
    const count = this.producer?.progress.acknowledged ?? 0
    return `${formatCount(count)} record${count === 1 ? '' : 's'} acknowledged, more may have been sent`
  }
}

function asMqError(
  failure: { code: string; message: string; hint: string | undefined; exitCode: ExitCode },
  cause: unknown,
) {
  return new MqError(failure.code, failure.message, {
    exitCode: failure.exitCode,
    cause,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  })
}

function lineFormat(flags: {
  format: 'raw' | 'json'
  'key-separator': string | undefined
  headers: boolean
  header: { key: string; value: string }[] | undefined
  partition: number | undefined
  timestamp: string | undefined
  'null-marker': string | undefined
}): LineFormat {
  if (
    flags.format === 'json' &&
    (flags['key-separator'] !== undefined || flags.headers || flags['null-marker'] !== undefined)
  ) {
    throw new UsageError('--key-separator, --headers and --null-marker are for --format raw; JSON says it itself')
  }
  const timestamp =
    flags.timestamp === undefined ? undefined : parseTimeMs(flags.timestamp.replace(/^@/, ''), Date.now())
  if (flags.timestamp !== undefined && timestamp === undefined) {
    throw new UsageError(
      `--timestamp needs ms since 1970, a time such as 2026-01-01T00:00:00Z, or @-1h, not "${flags.timestamp}"`,
    )
  }
  if (flags['key-separator'] === '') throw new UsageError('--key-separator is empty')
  return {
    format: flags.format,
    keySeparator: flags['key-separator']?.replaceAll('\\t', '\t'),
    withHeaders: flags.headers,
    nullMarker: flags['null-marker'],
    headers: (flags.header ?? []).map(({ key, value }) => ({ key, value: Buffer.from(value) })),
    partition: flags.partition,
    timestamp,
  }
}

function parseRate(text: string): NonNullable<ProducerOptions['rate']> {
  const records = /^(\d+)\/s$/.exec(text)
  if (records !== null && Number(records[1]) > 0) return { recordsPerSecond: Number(records[1]) }
  const bytes = parseRateBytes(text)
  if (bytes !== undefined && bytes > 0) return { bytesPerSecond: bytes }
  throw new UsageError(`--rate needs records or bytes a second, such as 500/s or 10MB/s, not "${text}"`)
}

/** The input as a stream of bytes; a file is opened before anything is sent. */
async function openInput(file: string | undefined): Promise<NodeJS.ReadableStream & { destroy(): unknown }> {
  if (file === undefined || file === '-') return process.stdin
  const stream = createReadStream(file)
  await new Promise<void>((resolve, reject) => {
    // A directory can be opened; only the first read says what it is.
    stream.once('open', (fd) => {
      if (fstatSync(fd).isDirectory()) stream.destroy(Object.assign(new Error('EISDIR'), { code: 'EISDIR' }))
      else resolve()
    })
    stream.once('error', (error) => reject(cannotRead(file, error)))
  })
  return stream
}
