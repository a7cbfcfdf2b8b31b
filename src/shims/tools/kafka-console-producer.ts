/**
 * kafka-console-producer: lines of stdin to a topic. What cannot be sent is told in the log and the rest goes on (exit code 0), as in
 * the original; with --sync the first failure ends it. A topic that is not there is made by the broker where it allows that.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { ClientOptions } from '../../client/options.ts'
import { RecordProducer } from '../../client/producer.ts'
import type { InputRecord } from '../../client/record-lines.ts'
import type { Compression } from '../../protocol/records/batch.ts'
import { clientOptions, fileProperties } from '../cluster.ts'
import { awaitTopic, ClientError, connectData } from '../data-client.ts'
import { JavaError, javaText } from '../failures.ts'
import { logLine } from '../java-log.ts'
import type { Options } from '../options.ts'
import { type ShimIo, type Tool, UsageFailure } from '../tool.ts'
import { checkProperties, keyValues } from '../tool-properties.ts'
import { ConsoleLines, lineReader, readLine } from './console-lines.ts'
import { consoleProducerGrammar } from './console-producer-flags.ts'
import { flagsUnreadable, validateBootstrap } from './console-flags.ts'

const LABEL = 'Producer clientId=console-producer'
const LOGGER = 'org.apache.kafka.clients.producer.internals.ErrorLoggingCallback'
const LINE_READER = 'org.apache.kafka.tools.LineMessageReader'
/** Records of which the outcome is not known, at most, before the input waits. */
const OPEN_MAX = 100_000

export const kafkaConsoleProducer: Tool = {
  name: 'kafka-console-producer',
  grammar: consoleProducerGrammar,
  run: produce,
  parseFailed(error, io) {
    return flagsUnreadable(error, consoleProducerGrammar, io)
  },
  failed(error, io) {
    io.stderr(`${javaText(error)}\n`)
    return 1
  },
}

async function produce(options: Options, io: ShimIo): Promise<number> {
  const { topic, properties, reader, sync } = settings(options, io)
  const client = new ConsoleSender(topic, clientOptions({ properties, call: 'metadata' }), properties, sync, io)
  const isTyped = (io.stdin as NodeJS.ReadStream).isTTY === true && process.stdout.isTTY === true
  const lines = new ConsoleLines()
  const prompt = () => {
    if (isTyped) io.stdout('>')
  }
  let number = 0
  try {
    prompt()
    for await (const chunk of io.stdin) {
      for (const line of lines.push(chunk as Buffer)) {
        await client.send(readLine(line, ++number, reader), number)
        prompt()
      }
      client.nudge()
      if (io.signal.aborted) break
    }
    for (const line of lines.finish()) await client.send(readLine(line, ++number, reader), number)
  } finally {
    await client.close()
  }
  return 0
}

interface Settings {
  readonly topic: string
  readonly properties: Record<string, string>
  readonly reader: ReturnType<typeof lineReader>
  readonly sync: boolean
}

const EXCLUSIVE = [
  ['command-config', 'producer.config'],
  ['command-property', 'producer-property'],
  ['reader-property', 'property'],
] as const

/** What the flags mean, older names and their warnings included. */
function settings(options: Options, io: ShimIo): Settings {
  options.require('topic')
  for (const [name, old] of EXCLUSIVE) {
    if (options.has(name) && options.has(old))
      throw new UsageFailure(`Options --${name} and --${old} cannot be specified together.`)
  }
  for (const [name, old] of [...EXCLUSIVE].reverse()) {
    if (options.has(old))
      io.stdout(`Warning: --${old} is deprecated and will be removed in a future version. Use --${name} instead.\n`)
  }
  if (options.has('max-partition-memory-bytes')) {
    io.stdout(
      'Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.\n',
    )
  }
  const topic = options.one('topic')!
  const bootstrap = validateBootstrap(options)
  const readerProperties = {
    ...fileProperties(options.one('reader-config')),
    ...keyValues([...options.all('property'), ...options.all('reader-property')]),
  }
  const lineReaderClass = options.one('line-reader') ?? LINE_READER
  if (lineReaderClass !== LINE_READER) throw new JavaError('java.lang.ClassNotFoundException', lineReaderClass)
  const reader = lineReader(readerProperties)
  const properties = producerProperties(options, bootstrap)
  checkProperties(properties)
  return { topic, properties, reader, sync: options.has('sync') }
}

/** Flags of their own for settings, used where neither the file nor a property says otherwise. */
const SETTING_FLAGS: readonly (readonly [flag: string, key: string])[] = [
  ['request-required-acks', 'acks'],
  ['request-timeout-ms', 'request.timeout.ms'],
  ['message-send-max-retries', 'retries'],
  ['retry-backoff-ms', 'retry.backoff.ms'],
  ['max-memory-bytes', 'buffer.memory'],
  ['batch-size', 'batch.size'],
  ['metadata-expiry-ms', 'metadata.max.age.ms'],
  ['max-block-ms', 'max.block.ms'],
  ['socket-buffer-size', 'send.buffer.bytes'],
  ['timeout', 'linger.ms'],
]

function producerProperties(options: Options, bootstrap: string): Record<string, string> {
  const properties: Record<string, string> = {
    'client.id': 'console-producer',
    ...fileProperties(options.one('command-config') ?? options.one('producer.config')),
    ...keyValues([...options.all('producer-property'), ...options.all('command-property')]),
    'bootstrap.servers': bootstrap,
  }
  for (const [flag, key] of SETTING_FLAGS) {
    const value = options.one(flag)
    if (value !== undefined && (options.has(flag) || properties[key] === undefined)) properties[key] = value
  }
  const codec = options.has('compression-codec') ? (options.one('compression-codec') ?? 'gzip') : undefined
  if (codec !== undefined) properties['compression.type'] = codec === '' ? 'gzip' : codec
  if (properties['compression.type'] === '') properties['compression.type'] = 'none'
  return properties
}

/** Sends records one by one; tells what could not be sent, and goes on with the next. */
class ConsoleSender {
  readonly #topic: string
  readonly #options: ClientOptions
  readonly #properties: Readonly<Record<string, string>>
  readonly #sync: boolean
  readonly #io: ShimIo
  #client: ClusterClient | undefined
  #producer: RecordProducer | undefined
  /** Records whose outcome is not known, by line. */
  readonly #open = new Map<number, InputRecord>()

  constructor(
    topic: string,
    options: ClientOptions,
    properties: Readonly<Record<string, string>>,
    sync: boolean,
    io: ShimIo,
  ) {
    this.#topic = topic
    this.#options = options
    this.#properties = properties
    this.#sync = sync
    this.#io = io
  }

  /** Takes a record. With --sync it throws what kept it from being written. */
  async send(record: InputRecord, line: number): Promise<void> {
    const tooLarge = this.#tooLarge(record)
    if (tooLarge !== undefined) {
      this.#failed([record], tooLarge)
      return
    }
    this.#open.set(line, record)
    try {
      this.#producer ??= await this.#start()
      const wait = this.#producer.add(record, line)
      if (wait !== undefined) await wait
      if (this.#sync || this.#open.size > OPEN_MAX) await this.#settle(this.#producer)
    } catch (error) {
      this.#giveUp(error)
    }
  }

  /** The input pauses: what is there goes now. */
  nudge(): void {
    this.#producer?.nudge()
  }

  /** Waits for the last answers. */
  async close(): Promise<void> {
    try {
      if (this.#producer !== undefined) await this.#settle(this.#producer)
    } catch (error) {
      this.#giveUp(error)
    } finally {
      this.#client?.close()
    }
  }

  async #settle(producer: RecordProducer): Promise<void> {
    await producer.flush()
    this.#open.clear()
  }

  /** The records that wait are lost with their producer; the next one gets a new one. */
  #giveUp(error: unknown): void {
    if (error instanceof ClientError) throw error
    const records = [...this.#open.values()]
    this.#open.clear()
    this.#producer = undefined
    this.#failed(records, error)
  }

  #failed(records: readonly InputRecord[], error: unknown): void {
    if (this.#sync) throw new JavaError('java.util.concurrent.ExecutionException', javaText(error), javaText(error))
    for (const { key, value } of records) {
      const size = (bytes: Buffer | null) => (bytes === null ? 'null' : `${bytes.length} bytes`)
      const what = `Error when sending message to topic ${this.#topic} with key: ${size(key)}, value: ${size(value)} with error:`
      logLine(this.#io, 'ERROR', what, LOGGER, javaText(error))
    }
  }

  #tooLarge({ key, value, headers }: InputRecord): JavaError | undefined {
    const maxBytes = Number(this.#properties['max.request.size'] ?? 1_048_576)
    const length = (bytes: Buffer | null) => bytes?.length ?? 0
    const own = headers.reduce((sum, header) => sum + Buffer.byteLength(header.key) + length(header.value) + 10, 0)
    // What a batch of one record takes at most, as Kafka's producer reckons it.
    const bytes = length(key) + length(value) + own + 88
    if (bytes <= maxBytes) return undefined
    return new JavaError(
      'org.apache.kafka.common.errors.RecordTooLargeException',
      `The message is ${bytes} bytes when serialized which is larger than ${maxBytes}, which is the value of the max.request.size configuration.`,
    )
  }

  /** Connects, waits for the topic, and opens a producer to it. */
  async #start(): Promise<RecordProducer> {
    const blockMs = Number(this.#properties['max.block.ms'] ?? 60_000)
    const deadlineMs = this.#io.nowMs() + blockMs
    this.#client ??= await connectData(this.#options, { kind: 'producer', label: LABEL, deadlineMs }, this.#io)
    if (this.#client === undefined) throw missing(this.#topic, blockMs)
    const isThere = await awaitTopic(this.#client, this.#topic, { label: LABEL, deadlineMs }, this.#io)
    if (!isThere) throw missing(this.#topic, blockMs)
    const acks = this.#properties.acks ?? 'all'
    const compression = (this.#properties['compression.type'] ?? 'none') as Compression
    const buffer = Number(this.#properties['buffer.memory'] ?? 33_554_432)
    return RecordProducer.open(this.#client, {
      topic: this.#topic,
      acks: acks === 'all' || acks === '-1' ? -1 : acks === '1' ? 1 : 0,
      compression,
      rate: undefined,
      bufferBytes: Math.max(buffer, 65_536),
      onAcknowledged: (batch) => {
        for (const record of batch.records) this.#open.delete(record.line)
      },
    })
  }
}

function missing(topic: string, blockMs: number): JavaError {
  return new JavaError(
    'org.apache.kafka.common.errors.TimeoutException',
    `Topic ${topic} not present in metadata after ${blockMs} ms.`,
  )
}
