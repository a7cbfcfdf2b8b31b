/**
 * kafka-verifiable-consumer: reads as a member of a group, classic or of KIP-848, static or not, and prints a line of JSON for what
 * happens: partitions that come and go, records, commits.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { TakenRecord, TakenRecords } from '../../client/cursor-reader.ts'
import { GroupConsumer, type PlacedOffset } from '../../client/group-consumer.ts'
import { ApiError } from '../../protocol/errors.ts'
import { clientOptions } from '../cluster.ts'
import { connectData } from '../data-client.ts'
import { JavaError, javaText, messageOf } from '../failures.ts'
import { consumerFailure, groupSettings } from '../group-settings.ts'
import { logLine } from '../java-log.ts'
import type { Options } from '../options.ts'
import type { ArgparseGrammar, ShimIo, Tool } from '../tool.ts'
import { checkProperties } from '../tool-properties.ts'
import { configFile, tellEvent } from './kafka-verifiable-producer.ts'

const LOGGER = 'org.apache.kafka.tools.VerifiableConsumer'
const AUTO_COMMIT_MS = 5000

const grammar: ArgparseGrammar = {
  kind: 'argparse',
  program: 'verifiable-consumer',
  purpose: 'Reads a topic as a member of a group and tells as JSON what happens.',
  flags: [
    { name: 'topic', arg: 'required', required: true, help: 'Topic to read.' },
    { name: 'group-protocol', arg: 'required', default: 'classic', help: 'classic, or consumer (KIP-848).' },
    {
      name: 'group-remote-assignor',
      arg: 'required',
      help: 'Of the protocol consumer: uniform or range, as the coordinator has it.',
    },
    { name: 'group-id', arg: 'required', required: true, help: 'The group.' },
    {
      name: 'group-instance-id',
      arg: 'required',
      help: 'Makes it a static member: its partitions wait for it while it restarts.',
    },
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
      help: 'How partitions are shared out in a classic group: the class of an assignor.',
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

async function run(options: Options, io: ShimIo): Promise<number> {
  const properties = propertiesOf(options)
  checkProperties(properties)
  const group = options.one('group-id')!
  const settings = groupSettings(properties, group)
  tellEvent(io, 'startup_complete')
  const clientSettings = clientOptions({ properties, call: 'metadata' })
  const label = `Consumer clientId=${clientSettings.clientId}, groupId=${group}`
  const patient = { kind: 'consumer', label, deadlineMs: Number.POSITIVE_INFINITY } as const
  const client = await connectData(clientSettings, patient, io)
  try {
    if (client !== undefined) await new Reading(options, io).run(client, settings)
  } finally {
    client?.close()
    tellEvent(io, 'shutdown_complete')
  }
  if (!io.signal.aborted) tellEvent(io, 'shutdown_requested')
  return 0
}

/** What the flags and the file say together. */
function propertiesOf(options: Options): Record<string, string> {
  const protocol = options.one('group-protocol')!
  if (!/^(classic|consumer)$/i.test(protocol)) {
    throw new JavaError(
      'java.lang.IllegalArgumentException',
      `No enum constant org.apache.kafka.clients.consumer.GroupProtocol.${protocol.toUpperCase()}`,
    )
  }
  const [instance, assignor] = [options.one('group-instance-id'), options.one('group-remote-assignor')]
  const ofProtocol: Record<string, string> =
    protocol.toLowerCase() === 'consumer'
      ? { 'group.protocol': protocol, ...(assignor === undefined ? {} : { 'group.remote.assignor': assignor }) }
      : {
          'partition.assignment.strategy': options.one('assignment-strategy')!,
          'session.timeout.ms': String(options.number('session-timeout')),
        }
  return {
    'client.id': `consumer-${options.one('group-id')}-1`,
    ...configFile(options, 'consumer.config', grammar),
    ...ofProtocol,
    ...(instance === undefined ? {} : { 'group.instance.id': instance }),
    'auto.offset.reset': options.one('reset-policy')!,
    'bootstrap.servers': options.one('bootstrap-server')!,
  }
}

class Reading {
  readonly #options: Options
  readonly #io: ShimIo
  readonly #max: number
  #count = 0

  constructor(options: Options, io: ShimIo) {
    this.#options = options
    this.#io = io
    this.#max = options.number('max-messages')!
  }

  async run(client: ClusterClient, settings: ReturnType<typeof groupSettings>): Promise<void> {
    const { signal } = this.#io
    const commitsItself = this.#options.has('enable-autocommit')
    const consumer = new GroupConsumer(client, {
      ...settings,
      topics: { names: [this.#options.one('topic')!] },
      autoCommitMs: commitsItself ? AUTO_COMMIT_MS : undefined,
      signal,
      onAssigned: (partitions) => tellEvent(this.#io, 'partitions_assigned', { partitions }),
      onRevoked: (partitions) => tellEvent(this.#io, 'partitions_revoked', { partitions }),
    })
    const stop = () => tellEvent(this.#io, 'shutdown_requested')
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted && (this.#max < 0 || this.#count < this.#max)) {
        const parts = await consumer.poll()
        if (parts.length === 0) continue
        const offsets = this.#received(parts)
        if (!commitsItself) await this.#commit(consumer, offsets)
      }
    } catch (error) {
      logLine(
        this.#io,
        'ERROR',
        'Error during processing, terminating consumer process: ',
        LOGGER,
        javaText(consumerFailure(error)),
      )
    } finally {
      await consumer.close()
      signal.removeEventListener('abort', stop)
    }
  }

  /** Tells what came; returns what is to be committed. */
  #received(parts: readonly TakenRecords[]): PlacedOffset[] {
    const offsets: PlacedOffset[] = []
    const partitions: object[] = []
    for (const { topic, partition, records } of parts) {
      const taken = this.#max < 0 ? records : records.slice(0, this.#max - this.#count)
      const [first, last] = [taken[0], taken.at(-1)]
      if (first === undefined || last === undefined) break
      if (this.#options.has('verbose')) for (const record of taken) this.#tellRecord(topic, partition, record)
      this.#count += taken.length
      const { length: count } = taken
      partitions.push({ topic, partition, count, minOffset: first.offset, maxOffset: last.offset })
      offsets.push({ topic, partition, offset: last.offset + 1 })
    }
    // All that came, as in the original, also where the limit leaves some out.
    const count = parts.reduce((sum, { records }) => sum + records.length, 0)
    tellEvent(this.#io, 'records_consumed', { count, partitions })
    return offsets
  }

  #tellRecord(topic: string, partition: number, { key, value, offset }: TakenRecord): void {
    const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? null
    tellEvent(this.#io, 'record_data', { key: text(key), value: text(value), topic, partition, offset })
  }

  async #commit(consumer: GroupConsumer, offsets: readonly PlacedOffset[]): Promise<void> {
    try {
      await consumer.commit(offsets)
      tellEvent(this.#io, 'offsets_committed', { offsets, success: true })
    } catch (error) {
      if (error instanceof ApiError && error.error === 'FENCED_INSTANCE_ID') throw error
      tellEvent(this.#io, 'offsets_committed', { offsets, success: false, error: messageOf(error) })
    }
  }
}
