/**
 * kafka-verifiable-consumer: reads as a member of a group and prints a line of JSON for what happens: partitions that come and go,
 * records, commits. Joins as classic groups do; the newer protocol and static members are told as not served.
 */
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { clientOptions } from '../cluster.ts'
import { JavaError, javaText } from '../failures.ts'
import { connectData } from '../data-client.ts'
import type { Options } from '../options.ts'
import type { ArgparseGrammar, ShimIo, Tool } from '../tool.ts'
import { configError } from '../tool-properties.ts'
import { configFile, tellEvent } from './kafka-verifiable-producer.ts'

const grammar: ArgparseGrammar = {
  kind: 'argparse',
  program: 'verifiable-consumer',
  purpose: 'Reads a topic as a member of a group and tells as JSON what happens.',
  flags: [
    { name: 'topic', arg: 'required', required: true, help: 'Topic to read.' },
    { name: 'group-protocol', arg: 'required', default: 'classic', help: 'classic; consumer is not served here yet.' },
    { name: 'group-remote-assignor', arg: 'required', help: 'Only for the protocol consumer.' },
    { name: 'group-id', arg: 'required', required: true, help: 'The group.' },
    { name: 'group-instance-id', arg: 'required', help: 'Not served here yet.' },
    {
      name: 'max-messages',
      arg: 'required',
      type: 'Integer',
      default: '-1',
      help: 'How many; -1: until it is stopped.',
    },
    {
      name: 'session-timeout',
      arg: 'required',
      type: 'Integer',
      argName: 'TIMEOUT-MS',
      default: '30000',
      help: 'After how many ms without a sign of life the member is out.',
    },
    { name: 'verbose', help: 'A line for each record.' },
    { name: 'enable-autocommit', help: 'Commit now and then, without a word.' },
    {
      name: 'reset-policy',
      arg: 'required',
      default: 'earliest',
      help: 'Where to start without a commit: earliest or latest.',
    },
    {
      name: 'assignment-strategy',
      arg: 'required',
      default: 'org.apache.kafka.clients.consumer.RangeAssignor',
      help: 'Taken for compatibility: partitions go round robin.',
    },
    { name: 'consumer.config', arg: 'required', argName: 'CONFIG-FILE', help: '(DEPRECATED) Use --command-config.' },
    { name: 'command-config', arg: 'required', argName: 'CONFIG-FILE', help: 'Properties of the consumer.' },
    { name: 'bootstrap-server', arg: 'required', help: 'Brokers to ask first, as host:port,....' },
  ],
  oneOf: [{ flags: ['bootstrap-server'], required: true }],
  helpExit: 1,
  emptyHelps: true,
}

export const kafkaVerifiableConsumer: Tool = {
  name: 'kafka-verifiable-consumer',
  grammar,
  run,
  failed(error, io) {
    io.stderr(`${javaText(error)}\n`)
    return 1
  },
}

function check(options: Options): void {
  const protocol = options.one('group-protocol')!
  if (!/^(classic|consumer)$/i.test(protocol)) {
    throw new JavaError(
      'java.lang.IllegalArgumentException',
      `No enum constant org.apache.kafka.clients.consumer.GroupProtocol.${protocol.toUpperCase()}`,
    )
  }
  const unsupported = 'org.apache.kafka.common.errors.UnsupportedVersionException'
  if (protocol.toLowerCase() === 'consumer')
    throw new JavaError(unsupported, 'mq reads with the classic protocol; --group-protocol consumer is not served yet.')
  if (options.has('group-instance-id'))
    throw new JavaError(unsupported, 'mq reads without static membership; --group-instance-id is not served yet.')
  const reset = options.one('reset-policy')!
  if (!['earliest', 'latest', 'none'].includes(reset)) {
    throw configError(
      'auto.offset.reset',
      reset,
      `Invalid value \`${reset}\` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.`,
    )
  }
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options)
  const properties = {
    'client.id': `consumer-${options.one('group-id')}-1`,
    ...configFile(options, 'consumer.config', grammar),
    'bootstrap.servers': options.one('bootstrap-server')!,
  }
  tellEvent(io, 'startup_complete')
  const clientSettings = clientOptions({ properties, call: 'metadata' })
  const label = `Consumer clientId=${clientSettings.clientId}, groupId=${options.one('group-id')}`
  const patient = { kind: 'consumer', label, deadlineMs: Number.POSITIVE_INFINITY } as const
  // Kafka's consumer waits for a cluster that is not there yet; the library behind this one does not.
  const first = await connectData(clientSettings, patient, io)
  if (first === undefined) return 0
  const { awaitCoordinator } = await import('../../client/group-reader.ts')
  const { createKafka } = await import('../../client/kafkajs.ts')
  await awaitCoordinator(first, options.one('group-id')!)
  first.close()
  const kafka = await createKafka(clientSettings)
  const consumer = kafka.consumer({
    groupId: options.one('group-id')!,
    sessionTimeout: options.number('session-timeout')!,
    readUncommitted: (properties as Record<string, string>)['isolation.level'] !== 'read_committed',
    maxWaitTimeInMs: 500,
  })
  await new Reading(consumer, options, io).run()
  return 0
}

interface Place {
  readonly topic: string
  readonly partition: number
}

class Reading {
  readonly #consumer: Consumer
  readonly #options: Options
  readonly #io: ShimIo
  readonly #max: number
  #assigned: Place[] = []
  #count = 0
  #finish: (error?: unknown) => void = () => {}

  constructor(consumer: Consumer, options: Options, io: ShimIo) {
    this.#consumer = consumer
    this.#options = options
    this.#io = io
    this.#max = options.number('max-messages')!
  }

  async run(): Promise<void> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = (error) => (error === undefined ? resolve() : reject(error))
    })
    // Awaited below; a failure before that must not count as unhandled.
    finished.catch(() => {})
    const stop = () => {
      tellEvent(this.#io, 'shutdown_requested')
      this.#finish()
    }
    this.#io.signal.addEventListener('abort', stop, { once: true })
    this.#consumer.on('consumer.group_join', ({ payload }) => this.#joined(payload.memberAssignment))
    this.#consumer.on('consumer.crash', ({ payload }) => this.#finish(payload.error))
    try {
      await this.#consumer.connect()
      const fromBeginning = this.#options.one('reset-policy') === 'earliest'
      await this.#consumer.subscribe({ topics: [this.#options.one('topic')!], fromBeginning })
      const autoCommit = this.#options.has('enable-autocommit')
      await this.#consumer.run({
        autoCommit,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#batch(payload, autoCommit),
      })
      await finished
    } finally {
      this.#io.signal.removeEventListener('abort', stop)
      // What went wrong before says more than a failed goodbye.
      await this.#consumer.disconnect().catch(() => {})
      if (this.#assigned.length > 0) tellEvent(this.#io, 'partitions_revoked', { partitions: this.#assigned })
      tellEvent(this.#io, 'shutdown_complete')
    }
    if (!this.#io.signal.aborted) tellEvent(this.#io, 'shutdown_requested')
  }

  #joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    if (this.#assigned.length > 0) tellEvent(this.#io, 'partitions_revoked', { partitions: this.#assigned })
    this.#assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      [...partitions].sort((one, other) => one - other).map((partition) => ({ topic, partition })),
    )
    tellEvent(this.#io, 'partitions_assigned', { partitions: this.#assigned })
  }

  async #batch(
    { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
    auto: boolean,
  ): Promise<void> {
    const { topic, partition } = batch
    const room = this.#max < 0 ? batch.messages.length : Math.max(0, this.#max - this.#count)
    const messages = isRunning() && !isStale() ? batch.messages.slice(0, room) : []
    const [first, last] = [messages[0], messages.at(-1)]
    if (first === undefined || last === undefined) return
    if (this.#options.has('verbose')) {
      for (const { key, value, offset } of messages) {
        const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? null
        tellEvent(this.#io, 'record_data', {
          key: text(key),
          value: text(value),
          topic,
          partition,
          offset: Number(offset),
        })
      }
    }
    this.#count += messages.length
    const [minOffset, maxOffset] = [Number(first.offset), Number(last.offset)]
    tellEvent(this.#io, 'records_consumed', {
      count: messages.length,
      partitions: [{ topic, partition, count: messages.length, minOffset, maxOffset }],
    })
    resolveOffset(last.offset)
    if (!auto) await this.#commit({ topic, partition }, maxOffset + 1)
    await heartbeat()
    if (this.#max >= 0 && this.#count >= this.#max) this.#finish()
  }

  async #commit(place: Place, offset: number): Promise<void> {
    const offsets = [{ ...place, offset }]
    try {
      await this.#consumer.commitOffsets([{ ...place, offset: String(offset) }])
      tellEvent(this.#io, 'offsets_committed', { offsets, success: true })
    } catch (error) {
      tellEvent(this.#io, 'offsets_committed', { offsets, success: false, error: (error as Error).message })
    }
  }
}
