/**
 * kafka-console-consumer: records of a topic to stdout until a number of them, a time without any, or a signal ends it. Ends with
 * `Processed a total of N messages` on stderr. With a group what was printed is committed; without one nothing is.
 */
import { MqError } from '../../base/errors.ts'
import { ByteSink } from '../../client/byte-sink.ts'
import type { IsolationLevel } from '../../client/fetcher.ts'
import { clientOptions, fileProperties } from '../cluster.ts'
import { checkAddresses, ClientError, connectData } from '../data-client.ts'
import { JavaError, javaText } from '../failures.ts'
import { logLine } from '../java-log.ts'
import { consumerFailure, groupSettings } from '../group-settings.ts'
import { isOfType, type Options } from '../options.ts'
import { ParseError, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { checkProperties, keyValues } from '../tool-properties.ts'
import { consoleConsumerGrammar } from './console-consumer-flags.ts'
import { flagsUnreadable } from './console-flags.ts'
import { type ConsoleFormatter, type ConsoleRecord, formatterOf } from './console-formatter.ts'
import { type Reading, readWithGroup, readWithoutGroup } from './console-reading.ts'

const LOGGER = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
/** Records are written in pieces of about this many bytes. */
const WRITE_BYTES = 64 << 10
const PROTOCOL_NOTE =
  'The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n'

export const kafkaConsoleConsumer: Tool = {
  name: 'kafka-console-consumer',
  grammar: consoleConsumerGrammar,
  run: consume,
  parseFailed: (error, io) => flagsUnreadable(error, consoleConsumerGrammar, io),
  failed(error, io) {
    logLine(io, 'ERROR', 'Unknown error when running consumer: ', LOGGER, javaText(error))
    return 1
  },
}

interface Settings {
  readonly topic: string | undefined
  readonly pattern: string | undefined
  readonly only: Reading['only']
  readonly group: string | undefined
  readonly properties: Readonly<Record<string, string>>
  readonly format: ConsoleFormatter
  readonly timeoutMs: number
  readonly skipsErrors: boolean
}

async function consume(options: Options, io: ShimIo): Promise<number> {
  const settings = settingsOf(options, io)
  checkAddresses(settings.properties['bootstrap.servers'] ?? '', 'consumer')
  const client = clientOptions({ properties: settings.properties, call: 'metadata' })
  if (settings.only === undefined && settings.properties['group.protocol']?.toLowerCase() !== 'consumer') {
    io.stderr(PROTOCOL_NOTE)
  }
  const topics = topicsOf(settings)
  const printing = new Printing(settings, io)
  try {
    printing.maxMessages = maxMessages(options)
    if (printing.maxMessages === 0) return 0
    const label = `Consumer clientId=${client.clientId}, groupId=${settings.group ?? 'null'}`
    const patient = { kind: 'consumer', label, deadlineMs: Number.POSITIVE_INFINITY } as const
    const cluster = await connectData(client, patient, { ...io, signal: printing.signal })
    if (cluster === undefined) return printing.end()
    const reading: Reading = {
      client: cluster,
      topics,
      only: settings.only,
      isolation: (settings.properties['isolation.level'] ?? 'read_uncommitted') as IsolationLevel,
      signal: printing.signal,
      onRecord: (record) => printing.add(record),
      flush: () => printing.flush(),
    }
    try {
      if (settings.group === undefined) await readWithoutGroup(reading)
      else await readWithGroup(reading, settings.group)
    } catch (error) {
      const failure = consumerFailure(error)
      if (!(failure instanceof MqError || failure instanceof JavaError)) throw error
      tellTermination(io, javaText(failure))
    } finally {
      cluster.close()
    }
    return await printing.end()
  } finally {
    printing.close()
    if (options.has('enable-systest-events')) io.stdout('shutdown_complete\n')
    io.stderr(`Processed a total of ${printing.count} messages\n`)
  }
}

/** What ends the reading is no failure of the tool. */
function tellTermination(io: ShimIo, exception: string): void {
  logLine(io, 'ERROR', 'Error processing message, terminating consumer process: ', LOGGER, exception)
}

/** What is printed, how much of it, and when that is over. */
class Printing {
  count = 0
  maxMessages = -1
  readonly #settings: Settings
  readonly #io: ShimIo
  readonly #out = new ByteSink()
  readonly #over = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #stop = () => this.#over.abort()
  #isLate = false
  #failure: unknown

  constructor(settings: Settings, io: ShimIo) {
    this.#settings = settings
    this.#io = io
    io.signal.addEventListener('abort', this.#stop)
    if (io.signal.aborted) this.#stop()
    if (settings.timeoutMs < 0) return
    const late = () => {
      this.#isLate = true
      this.#stop()
    }
    this.#timer = setTimeout(late, Math.min(settings.timeoutMs, 2 ** 31 - 1))
  }

  /** Aborted when reading is to end, for whatever reason. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Prints a record; false when that was the last one. */
  add(record: ConsoleRecord): boolean | Promise<boolean> {
    if (this.#isLate || this.#failure !== undefined) return false
    this.#timer?.refresh()
    this.count += 1
    const start = this.#out.length
    try {
      this.#settings.format(record, this.#out)
    } catch (error) {
      this.#out.cut(start)
      if (!this.#settings.skipsErrors) {
        this.#failure = error
        return false
      }
      logLine(this.#io, 'ERROR', 'Error processing message, skipping this message: ', LOGGER, javaText(error))
    }
    const more = this.maxMessages < 0 || this.count < this.maxMessages
    return this.#out.length < WRITE_BYTES ? more : this.flush().then(() => more)
  }

  async flush(): Promise<void> {
    if (this.#out.length > 0) await this.#io.bytesOut(this.#out.take())
  }

  /** Writes the rest and tells why it ended; returns the exit code. */
  async end(): Promise<number> {
    await this.flush()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isLate) {
      tellTermination(this.#io, 'org.apache.kafka.common.errors.TimeoutException')
    }
    return 0
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#io.signal.removeEventListener('abort', this.#stop)
  }
}

function topicsOf({ topic, pattern }: Settings): Reading['topics'] {
  if (pattern === undefined && topic?.trim() === '') {
    throw new JavaError(
      'java.lang.IllegalArgumentException',
      'Topic collection to subscribe to cannot contain null or empty topic',
    )
  }
  if (pattern === undefined) return { name: topic! }
  try {
    return { pattern: new RegExp(`^(?:${pattern})$`) }
  } catch (error) {
    throw new JavaError('java.util.regex.PatternSyntaxException', `${(error as Error).message}\n${pattern}`)
  }
}

/** Read last, as in the original: what is wrong with it is told after everything else. */
function maxMessages(options: Options): number {
  try {
    return options.number('max-messages') ?? -1
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw new JavaError(error.javaClass, error.message)
  }
}

const EXCLUSIVE = [
  ['property', 'formatter-property', 'formatter-property'],
  ['consumer-property', 'command-property', 'command-property'],
  ['consumer.config', 'command-config', 'command-config'],
] as const

function settingsOf(options: Options, io: ShimIo): Settings {
  checkTopics(options)
  options.require('bootstrap-server')
  for (const [old, name] of EXCLUSIVE) {
    if (options.has(old) && options.has(name))
      throw new UsageFailure(`Options --${old} and --${name} cannot be specified together.`)
  }
  for (const [old, name] of EXCLUSIVE) {
    if (options.has(old))
      io.stdout(`Option --${old} is deprecated and will be removed in a future version. Use --${name} instead.\n`)
  }
  const fromBeginning = options.has('from-beginning')
  const only = partitionOf(options)
  const given = {
    ...fileProperties(options.one('command-config') ?? options.one('consumer.config')),
    ...keyValues([...options.all('consumer-property'), ...options.all('command-property')]),
  }
  const group = groupOf(options, given)
  const properties = withReset(given, options, fromBeginning)
  checkProperties(properties)
  groupSettings(properties, group ?? '')
  if (group !== undefined && group.trim() === '') {
    throw new ClientError(
      'consumer',
      'org.apache.kafka.common.errors.InvalidGroupIdException: The configured group.id should not be an empty string or whitespace.',
    )
  }
  return {
    topic: options.one('topic'),
    pattern: options.one('include'),
    only,
    group,
    properties,
    format: formatOf(options),
    timeoutMs: numberNow(options, 'timeout-ms') ?? -1,
    skipsErrors: options.has('skip-message-on-error'),
  }
}

function checkTopics(options: Options): void {
  if (options.has('topic') && options.has('include'))
    throw new UsageFailure('Exactly one of the following arguments is required: [topic], [include]')
  if (options.has('partition')) {
    if (!options.has('topic')) throw new UsageFailure('The topic is required when partition is specified.')
    if (options.has('from-beginning') && options.has('offset'))
      throw new UsageFailure('Options from-beginning and offset cannot be specified together.')
  } else if (options.has('offset')) throw new UsageFailure('The partition is required when offset is specified.')
  if (!options.has('topic') && !options.has('include'))
    throw new UsageFailure('Exactly one of the following arguments is required: [topic], [include]')
}

/** A number whose text is told as joptsimple's exception where it is none. */
function numberNow(options: Options, name: string): number | undefined {
  const [value] = options.all(name)
  const type = name === 'partition' ? 'Integer' : 'Long'
  if (value !== undefined && !isOfType(value, type)) {
    const exception = 'joptsimple.OptionArgumentConversionException'
    throw new ToolExit(1, {
      stderr: `Exception in thread "main" ${exception}: Cannot parse argument '${value}' of option ${name}\n`,
    })
  }
  return options.number(name)
}

function partitionOf(options: Options): Reading['only'] {
  const partition = numberNow(options, 'partition')
  if (partition === undefined) return undefined
  const text = options.one('offset') ?? 'latest'
  if (!options.has('offset') && options.has('from-beginning')) return { partition, from: 'earliest' }
  const word = text.toLowerCase()
  if (word === 'earliest' || word === 'latest') return { partition, from: word }
  if (/^\d+$/.test(text)) return { partition, from: Number(text) }
  throw new UsageFailure(
    `The provided offset value '${text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
  )
}

function groupOf(options: Options, properties: Readonly<Record<string, string>>): string | undefined {
  const named = [options.one('group'), properties['group.id']].filter((group) => group !== undefined)
  const groups = [...new Set(named)]
  if (groups.length > 1) {
    throw new UsageFailure(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: ${groups.map((group) => `'${group}'`).join(', ')}`,
    )
  }
  if (groups.length > 0 && options.has('partition'))
    throw new UsageFailure('Options group and partition cannot be specified together.')
  return groups[0]
}

function withReset(
  given: Readonly<Record<string, string>>,
  options: Options,
  fromBeginning: boolean,
): Record<string, string> {
  const reset = given['auto.offset.reset']
  if (fromBeginning && reset !== undefined && reset !== 'earliest') {
    throw new ToolExit(1, {
      stderr: `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${reset}', please remove one option
`,
    })
  }
  return {
    'client.id': 'console-consumer',
    'isolation.level': options.one('isolation-level')!,
    ...given,
    'auto.offset.reset': reset ?? (fromBeginning ? 'earliest' : 'latest'),
    'bootstrap.servers': options.one('bootstrap-server')!,
  }
}

function formatOf(options: Options): ConsoleFormatter {
  const file = options.one('formatter-config')
  const className = options.one('formatter')!
  const properties: Record<string, string> = {}
  try {
    Object.assign(properties, fileProperties(file))
  } catch (error) {
    // The original shows the help, too.
    throw new UsageFailure((error as Error).message)
  }
  Object.assign(properties, keyValues([...options.all('property'), ...options.all('formatter-property')]))
  for (const kind of ['key', 'value']) {
    const deserialiser = options.one(`${kind}-deserializer`)
    if (deserialiser !== undefined && deserialiser !== '') properties[`${kind}.deserializer`] = deserialiser
  }
  const format = formatterOf(className, properties)
  if (format === undefined) throw new UsageFailure(className)
  return format
}
