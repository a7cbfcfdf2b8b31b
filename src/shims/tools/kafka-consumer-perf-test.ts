/**
 * kafka-consumer-perf-test: reads topics as fast as they come and prints the original's lines of figures. The engine is that of
 * `mq perf consume`: no group is joined, so the time of rebalances is that of connecting.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { EARLIEST, LATEST, listOffsets } from '../../client/offsets.ts'
import type { ReadRange } from '../../client/partition-reader.ts'
import { runConsume } from '../../perf/consume.ts'
import type { LoadFigures } from '../../perf/figures.ts'
import { clientOptions, fileProperties } from '../cluster.ts'
import { connectData } from '../data-client.ts'
import { tellFailure } from '../failures.ts'
import { javaDate } from '../java-date.ts'
import type { Options } from '../options.ts'
import { type Flag, type JoptGrammar, type ShimIo, type Tool, UsageFailure } from '../tool.ts'
import { checkProperties, keyValues } from '../tool-properties.ts'
import { flagsUnreadable, validateBootstrap } from './console-flags.ts'

const value = (name: string, help: string, more: Partial<Flag> = {}): Flag => ({ name, arg: 'required', help, ...more })

const grammar: JoptGrammar = {
  kind: 'jopt',
  purpose: 'Measures how fast records can be read.',
  flags: [
    value('bootstrap-server', 'Brokers to ask first.', { argName: 'host:port,...' }),
    value('topic', 'Topic to read.', { argName: 'topic' }),
    value('include', 'Read the topics whose whole name matches.', { argName: 'regex' }),
    value('group', 'Taken for compatibility: no group is joined.', { argName: 'group' }),
    value('num-records', 'How many records.', { type: 'Long', argName: 'count' }),
    value('messages', '(DEPRECATED) Use --num-records.', { type: 'Long', argName: 'count' }),
    value('fetch-size', 'Taken for compatibility.', { type: 'Integer', default: '1048576' }),
    value('socket-buffer-size', 'Taken for compatibility.', { type: 'Integer', default: '2097152' }),
    { name: 'from-latest', help: 'Start with what comes, rather than with the first record.' },
    {
      name: 'timeout',
      arg: 'optional',
      type: 'Long',
      default: '10000',
      help: 'End when nothing has come for so many ms.',
    },
    value('reporting-interval', 'ms between two lines of progress.', { type: 'Long', default: '5000' }),
    { name: 'show-detailed-stats', help: 'A line for each interval, instead of one at the end.' },
    { name: 'hide-header', help: 'Leave out the line of names.' },
    value('date-format', 'How times are printed.', { default: 'yyyy-MM-dd HH:mm:ss:SSS', argName: 'format' }),
    { name: 'print-metrics', help: 'Taken for compatibility: there are no metrics of a JVM client.' },
    value('command-config', 'Properties of the consumer.', { argName: 'file' }),
    value('command-property', 'One property of the consumer; repeatable.', { argName: 'key=value' }),
    value('consumer.config', '(DEPRECATED) Use --command-config.', { argName: 'file' }),
  ],
}

export const kafkaConsumerPerfTest: Tool = {
  name: 'kafka-consumer-perf-test',
  grammar,
  run,
  parseFailed(error, io) {
    return /Conversion|Multiple/.test(error.javaClass) ? tellFailure(error, io) : flagsUnreadable(error, grammar, io)
  },
}

const FIGURES =
  'data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n'

function check(options: Options, io: ShimIo): string {
  options.require('bootstrap-server')
  for (const [name, other] of [
    ['topic', 'include'],
    ['messages', 'num-records'],
  ] as const) {
    if (options.has(name) === options.has(other))
      throw new UsageFailure(`Exactly one of the following arguments is required: [${name}], [${other}]`)
  }
  if (options.has('messages')) io.stdout('Warning: --messages is deprecated. Use --num-records instead.\n')
  if (options.has('consumer.config') && options.has('command-config'))
    throw new UsageFailure('Options --command-config and --consumer.config cannot be specified together.')
  if (options.has('consumer.config'))
    io.stdout(
      'Option --consumer.config is deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  return validateBootstrap(options)
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const bootstrap = check(options, io)
  const isDetailed = options.has('show-detailed-stats')
  if (!options.has('hide-header')) io.stdout(`${isDetailed ? 'time, threadId, ' : 'start.time, end.time, '}${FIGURES}`)
  const records = options.number('num-records') ?? options.number('messages')!
  const format = options.one('date-format')!
  javaDate(io.nowMs(), format)
  const properties: Record<string, string> = {
    'client.id': 'perf-consumer-client',
    ...fileProperties(options.one('command-config') ?? options.one('consumer.config')),
    ...keyValues(options.all('command-property')),
    'bootstrap.servers': bootstrap,
  }
  checkProperties(properties)
  const startMs = io.nowMs()
  const label = 'Consumer clientId=perf-consumer-client'
  const place = { kind: 'consumer', label, deadlineMs: Number.POSITIVE_INFINITY } as const
  const client = await connectData(clientOptions({ properties, call: 'metadata' }), place, io)
  if (client === undefined) return 1
  try {
    const ranges = await rangesOf(client, options)
    const joinedMs = io.nowMs() - startMs
    const timeoutMs = options.number('timeout') ?? 10_000
    const total = { records: 0, bytes: 0 }
    const report = await runConsume(
      client,
      {
        ranges,
        records,
        isolation: properties['isolation.level'] === 'read_committed' ? 'read_committed' : 'read_uncommitted',
        idleMs: timeoutMs,
        windowMs: options.number('reporting-interval')!,
      },
      {
        signal: io.signal,
        onSkipped: () => {},
        onWindow: (window) => {
          total.records += window.records
          total.bytes += window.bytes
          if (isDetailed)
            io.stdout(`${javaDate(io.nowMs(), format)}, 0, ${figures(window, total, 0, window.durationMs)}\n`)
        },
      },
    )
    if (report.timedOut && report.records < records)
      io.stdout(
        `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.\n`,
      )
    if (!isDetailed) {
      const endMs = io.nowMs()
      const whole = { ...report, durationMs: endMs - startMs }
      const times = `${javaDate(startMs, format)}, ${javaDate(endMs, format)}`
      io.stdout(`${times}, ${figures(whole, report, joinedMs, Math.max(1, endMs - startMs - joinedMs))}\n`)
    }
    return 0
  } finally {
    client.close()
  }
}

const MIB = 1 << 20

/** MB and records so far, their rates, and the same for the time that was spent with fetching. */
function figures(
  part: LoadFigures,
  total: { readonly records: number; readonly bytes: number },
  rebalanceMs: number,
  fetchMs: number,
): string {
  const rate = (amount: number, ms: number) => (ms > 0 ? (amount * 1000) / ms : 0).toFixed(4)
  return [
    (total.bytes / MIB).toFixed(4),
    rate(part.bytes / MIB, part.durationMs),
    String(total.records),
    rate(part.records, part.durationMs),
    String(Math.round(rebalanceMs)),
    String(Math.round(fetchMs)),
    rate(part.bytes / MIB, fetchMs),
    rate(part.records, fetchMs),
  ].join(', ')
}

async function rangesOf(client: ClusterClient, options: Options): Promise<ReadRange[]> {
  const [topic, include] = [options.one('topic'), options.one('include')]
  const { topics } = await client.metadata(topic === undefined ? null : [topic])
  const pattern = include === undefined ? undefined : new RegExp(`^(?:${include})$`)
  const places = topics
    .filter(({ name, isInternal }) => pattern === undefined || (!isInternal && pattern.test(name ?? '')))
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex })),
    )
  const timestamp = options.has('from-latest') ? LATEST : EARLIEST
  const starts = await listOffsets(
    client,
    places.map((place) => ({ ...place, timestamp })),
  )
  return places.map((place) => ({
    ...place,
    from: Math.max(0, starts.get(`${place.topic}-${place.partition}`)?.offset ?? 0),
    until: null,
  }))
}
