/**
 * kafka-producer-perf-test: sends records as fast as it goes or at a rate, and prints rates and latencies as the original does. The
 * engine is that of `mq perf produce`. With a transactional id records go in transactions, each committed when it is old enough.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { chosen, letters, type PayloadSource, runningNumber } from '../../perf/payload.ts'
import { runProduce } from '../../perf/produce.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { TransactionalProducer } from '../../client/transaction.ts'
import type { LatencyLoadFigures } from '../../perf/figures.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { Compression } from '../../protocol/records/batch.ts'
import { argparseFailure } from '../argparse.ts'
import { clientOptions, fileProperties } from '../cluster.ts'
import { awaitTopic, connectData } from '../data-client.ts'
import { JavaError, javaText } from '../failures.ts'
import { kafkaMessage } from '../kafka-messages.ts'
import type { Options } from '../options.ts'
import type { ArgparseGrammar, Flag, ShimIo, Tool } from '../tool.ts'
import { checkProperties, keyValues } from '../tool-properties.ts'

const value = (name: string, help: string, more: Partial<Flag> = {}): Flag => ({ name, arg: 'required', help, ...more })

const grammar: ArgparseGrammar = {
  kind: 'argparse',
  program: 'kafka-producer-perf-test',
  purpose: 'Measures how fast records can be sent, and how long they take.',
  flags: [
    value('bootstrap-server', 'Brokers to ask first, as host:port,....'),
    value('topic', 'Topic to send to.', { required: true }),
    value('num-records', 'How many records.', { type: 'Long', required: true }),
    value('payload-delimiter', 'What stands between the values of --payload-file; default: a newline.'),
    value('throughput', 'Records a second; -1: as fast as it goes.', { type: 'Double', required: true }),
    value('producer-props', '(DEPRECATED) Use --command-property.', { multi: true }),
    value('command-property', 'Properties of the producer, as key=value.', { multi: true }),
    value('producer.config', '(DEPRECATED) Use --command-config.'),
    value('command-config', 'Properties of the producer.'),
    { name: 'print-metrics', help: 'Taken for compatibility: there are no metrics of a JVM client.' },
    value(
      'transactional-id',
      'Sends in transactions of this id; default with --transaction-duration-ms: a random one.',
    ),
    value('transaction-duration-ms', 'A transaction is committed when it is so old; default with an id: 3000.', {
      type: 'Long',
    }),
    value('warmup-records', 'The first records are left out of a second summary.', { type: 'Long', default: '0' }),
    value('reporting-interval', 'ms between two lines of progress.', { type: 'Long', default: '5000' }),
    value('record-size', 'Bytes of each value.', { type: 'Integer' }),
    value('payload-file', 'A file whose lines are the values, picked by chance.'),
    { name: 'payload-monotonic', help: 'Values are numbers that count up.' },
  ],
  oneOf: [{ flags: ['record-size', 'payload-file', 'payload-monotonic'], required: true }],
  helpExit: 1,
  emptyHelps: true,
}

export const kafkaProducerPerfTest: Tool = {
  name: 'kafka-producer-perf-test',
  grammar,
  run,
  failed(error, io) {
    io.stderr(`Exception in thread "main" ${javaText(error)}\n`)
    return 1
  },
}

/** How old a transaction gets where an id but no duration is given. */
const TRANSACTION_MS = 3000

const wrong = (message: string) => argparseFailure(grammar, message)

function check(options: Options, io: ShimIo): void {
  if (options.number('num-records')! <= 0) throw wrong('--num-records should be greater than zero.')
  if (options.number('warmup-records')! >= options.number('num-records')!)
    throw wrong(
      'The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.',
    )
  if ((options.number('record-size') ?? 1) <= 0) throw wrong('--record-size should be greater than zero.')
  const sources = ['bootstrap-server', 'command-property', 'producer-props', 'producer.config', 'command-config']
  if (!sources.some((name) => options.has(name)))
    throw wrong(
      'At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.',
    )
  const renamed = [
    ['command-property', 'producer-props'],
    ['command-config', 'producer.config'],
  ] as const
  for (const [name, old] of renamed)
    if (options.has(name) && options.has(old)) throw wrong(`--${name} and --${old} cannot be specified together.`)
  if ((options.number('transaction-duration-ms') ?? 1) <= 0)
    throw wrong('--transaction-duration-ms should be greater than zero.')
  if (options.number('reporting-interval')! <= 0) throw wrong('--reporting-interval should be greater than zero.')
  for (const [name, old] of renamed) {
    if (options.has(old))
      io.stdout(`Option --${old} has been deprecated and will be removed in a future version. Use --${name} instead.\n`)
  }
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options, io)
  const properties: Record<string, string> = {
    'client.id': 'perf-producer-client',
    ...fileProperties(options.one('command-config') ?? options.one('producer.config')),
    ...keyValues([...options.all('producer-props'), ...options.all('command-property')]),
  }
  const bootstrap = options.one('bootstrap-server')
  if (bootstrap !== undefined) properties['bootstrap.servers'] = bootstrap
  const transactionalId = transactionalIdOf(options, properties)
  if (transactionalId !== undefined) properties['transactional.id'] = transactionalId
  checkProperties(properties)
  const payload = payloadOf(options, io)
  const warmUp = options.number('warmup-records')!
  if (warmUp > 0)
    io.stdout(`Warmup first ${warmUp} records. Steady state results will print after the complete test summary.\n`)
  const deadlineMs = io.nowMs() + Number(properties['max.block.ms'] ?? 60_000)
  const label = `Producer clientId=${properties['client.id']}`
  const client = await connectData(
    clientOptions({ properties, call: 'metadata' }),
    { kind: 'producer', label, deadlineMs },
    io,
  )
  const topic = options.one('topic')!
  if (client === undefined)
    throw new JavaError('org.apache.kafka.common.errors.TimeoutException', `Topic ${topic} not present in metadata.`)
  try {
    await awaitTopic(client, topic, { label, deadlineMs }, io)
    const acks = properties.acks ?? 'all'
    const throughput = options.number('throughput')!
    const transactions =
      transactionalId === undefined
        ? undefined
        : {
            producer: await openTransactions(client, transactionalId, properties),
            durationMs: options.number('transaction-duration-ms') ?? TRANSACTION_MS,
          }
    const report = await runProduce(
      client,
      {
        topic,
        records: options.number('num-records')!,
        durationMs: undefined,
        payload,
        keys: 0,
        seed: io.nowMs() % 2 ** 31,
        acks: acks === '0' ? 0 : acks === '1' ? 1 : -1,
        compression: (properties['compression.type'] ?? 'none') as Compression,
        recordsPerSecond: throughput > 0 ? throughput : undefined,
        batchBytes: Math.max(1, Number(properties['batch.size'] ?? 16_384)),
        lingerMs: Number(properties['linger.ms'] ?? 5),
        bufferBytes: Number(properties['buffer.memory'] ?? 33_554_432),
        warmUpRecords: warmUp,
        windowMs: options.number('reporting-interval')!,
        transactions,
      },
      {
        signal: io.signal,
        // What is left at the end has its line in the summary.
        onWindow: (window) => {
          if (window.durationMs >= options.number('reporting-interval')!) io.stdout(windowLine(window))
        },
      },
    )
    io.stdout(totalLine(report.total, 'records'))
    if (report.steady !== null) io.stdout(totalLine(report.steady, 'steady state records'))
    return 0
  } finally {
    client.close()
  }
}

/** The id of the flag, the property, or a random one; undefined where no transactions are asked for. */
function transactionalIdOf(options: Options, properties: Readonly<Record<string, string>>): string | undefined {
  const given = options.one('transactional-id') ?? properties['transactional.id']
  if (given !== undefined) return given
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
  return options.has('transaction-duration-ms') ? `performance-producer-${random}` : undefined
}

/** As TransactionalProducer.open; what stops Kafka's producer for good is told in its words. */
async function openTransactions(
  client: ClusterClient,
  id: string,
  properties: Readonly<Record<string, string>>,
): Promise<TransactionalProducer> {
  try {
    return await TransactionalProducer.open(client, id, Number(properties['transaction.timeout.ms'] ?? 60_000))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const javaClass = 'org.apache.kafka.common.KafkaException'
    if (error.error === 'UNSUPPORTED_VERSION') {
      const what = `Could not find a coordinator with type TRANSACTION with key ${id} due to unexpected error`
      throw new JavaError(javaClass, `${what}: ${error.message}`)
    }
    if (error.error !== 'INVALID_TRANSACTION_TIMEOUT') throw error
    const message = kafkaMessage(error.error, '')
    throw new JavaError(javaClass, `Unexpected error in InitProducerIdResponse; ${message}`)
  }
}

function payloadOf(options: Options, io: ShimIo): PayloadSource {
  const size = options.number('record-size')
  const seed = io.nowMs() % 2 ** 31
  if (size !== undefined) return letters(size, seed)
  const file = options.one('payload-file')
  if (file === undefined) return runningNumber()
  io.stdout(`Reading payloads from: ${resolve(file)}\n`)
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (text === '')
    throw new JavaError('java.lang.IllegalArgumentException', 'File does not exist or empty file provided.')
  const delimiter = options.one('payload-delimiter')?.replaceAll('\\n', '\n').replaceAll('\\t', '\t') ?? '\n'
  const values = text.split(delimiter)
  if (values.at(-1) === '') values.pop()
  io.stdout(`Number of records read: ${values.length}\n`)
  return chosen(
    values.map((line) => Buffer.from(line)),
    seed,
  )
}

function windowLine({ records, recordsPerSecond, mibPerSecond, latencyMs }: LatencyLoadFigures): string {
  return `${records} records sent, ${recordsPerSecond.toFixed(1)} records/sec (${mibPerSecond.toFixed(2)} MB/sec), ${latencyMs.avg.toFixed(1)} ms avg latency, ${latencyMs.max.toFixed(1)} ms max latency.\n`
}

function totalLine({ records, recordsPerSecond, mibPerSecond, latencyMs }: LatencyLoadFigures, what: string): string {
  const { avg, max, p50, p95, p99, p999 } = latencyMs
  const ranks = [p50, p95, p99, p999].map((ms, index) => `${Math.round(ms)} ms ${['50', '95', '99', '99.9'][index]}th`)
  return `${records} ${what} sent, ${recordsPerSecond.toFixed(6)} records/sec (${mibPerSecond.toFixed(2)} MB/sec), ${avg.toFixed(2)} ms avg latency, ${max.toFixed(2)} ms max latency, ${ranks.join(', ')}.\n`
}
