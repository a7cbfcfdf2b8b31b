/** kafka-verifiable-producer: sends numbers that count up and prints a line of JSON for each record that was written, or not. */
import type { AcknowledgedPlace } from '../../client/producer.ts'
import { RecordProducer } from '../../client/producer.ts'
import type { Batch } from '../../client/producer-queue.ts'
import { clientOptions, fileProperties } from '../cluster.ts'
import { argparseFailure } from '../argparse.ts'
import { awaitTopic, connectData, pause } from '../data-client.ts'
import { javaClassOf, javaText, messageOf } from '../failures.ts'
import type { Options } from '../options.ts'
import type { ArgparseGrammar, ShimIo, Tool } from '../tool.ts'

const grammar: ArgparseGrammar = {
  kind: 'argparse',
  program: 'verifiable-producer',
  purpose: 'Sends increasing numbers to a topic and tells as JSON which were written.',
  flags: [
    { name: 'topic', arg: 'required', required: true, help: 'Topic to send to.' },
    {
      name: 'max-messages',
      arg: 'required',
      type: 'Integer',
      default: '-1',
      help: 'How many; -1: until it is stopped.',
    },
    { name: 'throughput', arg: 'required', type: 'Integer', default: '-1', help: 'Records a second; -1: no limit.' },
    {
      name: 'acks',
      arg: 'required',
      type: 'Integer',
      choices: ['0', '1', '-1'],
      default: '-1',
      help: 'Who must have a record.',
    },
    { name: 'producer.config', arg: 'required', argName: 'CONFIG-FILE', help: '(DEPRECATED) Use --command-config.' },
    {
      name: 'message-create-time',
      arg: 'required',
      type: 'Long',
      default: '-1',
      help: 'Time of the first record, in ms since the epoch.',
    },
    { name: 'value-prefix', arg: 'required', help: 'Stands before each value, with a dot.' },
    {
      name: 'repeating-keys',
      arg: 'required',
      type: 'Integer',
      help: 'Keys count from 0 to this, exclusive, again and again.',
    },
    { name: 'command-config', arg: 'required', argName: 'CONFIG-FILE', help: 'Properties of the producer.' },
    { name: 'bootstrap-server', arg: 'required', help: 'Brokers to ask first, as host:port,....' },
  ],
  oneOf: [{ flags: ['bootstrap-server'], required: true }],
  helpExit: 1,
  emptyHelps: true,
}

export const kafkaVerifiableProducer: Tool = {
  name: 'kafka-verifiable-producer',
  grammar,
  run,
  failed(error, io) {
    io.stderr(`${javaText(error)}\n`)
    return 1
  },
}

/** The properties of the file; one that cannot be read is a matter of the arguments. */
export function configFile(options: Options, old: string, toolGrammar: ArgparseGrammar): Record<string, string> {
  if (options.has(old) && options.has('command-config'))
    throw argparseFailure(toolGrammar, `Options --command-config and --${old} are mutually exclusive.`)
  try {
    return fileProperties(options.one('command-config') ?? options.one(old))
  } catch (error) {
    throw argparseFailure(toolGrammar, (error as Error).message)
  }
}

/** A line of JSON with the time and the name of what happened. */
export function tellEvent(io: ShimIo, name: string, fields: Readonly<Record<string, unknown>> = {}): void {
  io.stdout(`${JSON.stringify({ timestamp: io.nowMs(), name, ...fields })}\n`)
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const topic = options.one('topic')!
  const properties = {
    'client.id': 'producer-1',
    ...configFile(options, 'producer.config', grammar),
    'bootstrap.servers': options.one('bootstrap-server')!,
  }
  const label = 'Producer clientId=producer-1'
  const deadlineMs = io.nowMs() + Number((properties as Record<string, string>)['max.block.ms'] ?? 60_000)
  const client = await connectData(
    clientOptions({ properties, call: 'metadata' }),
    { kind: 'producer', label, deadlineMs },
    io,
  )
  tellEvent(io, 'startup_complete')
  const startMs = io.nowMs()
  const sending = new Sending(options, io)
  try {
    if (client !== undefined && (await awaitTopic(client, topic, { label, deadlineMs }, io))) {
      const acks = Number(options.one('acks')) as -1 | 0 | 1
      const producer = await RecordProducer.open(client, {
        topic,
        acks,
        compression: 'none',
        rate: undefined,
        onAcknowledged: (batch, place) => sending.acknowledged(topic, batch, place),
      })
      await sending.run(producer, topic)
    }
  } finally {
    client?.close()
  }
  const seconds = Math.max(1, io.nowMs() - startMs) / 1000
  tellEvent(io, 'shutdown_complete')
  tellEvent(io, 'tool_data', {
    sent: sending.sent,
    acked: sending.acked,
    target_throughput: options.number('throughput'),
    avg_throughput: sending.acked / seconds,
  })
  return 0
}

class Sending {
  sent = 0
  acked = 0
  readonly #io: ShimIo
  readonly #max: number
  readonly #perSecond: number
  readonly #prefix: string
  readonly #keys: number | undefined
  readonly #createTime: number
  readonly #open = new Map<number, { key: string | null; value: string }>()

  constructor(options: Options, io: ShimIo) {
    this.#io = io
    this.#max = options.number('max-messages')!
    this.#perSecond = options.number('throughput')!
    const prefix = options.one('value-prefix')
    this.#prefix = prefix === undefined ? '' : `${prefix}.`
    this.#keys = options.number('repeating-keys')
    this.#createTime = options.number('message-create-time')!
  }

  async run(producer: RecordProducer, topic: string): Promise<void> {
    const startMs = this.#io.nowMs()
    try {
      while (!this.#io.signal.aborted && (this.#max < 0 || this.sent < this.#max)) {
        const passedMs = this.#io.nowMs() - startMs
        if (this.#perSecond >= 0 && this.sent > (passedMs / 1000) * this.#perSecond) {
          producer.nudge()
          await pause(Math.max(1, (this.sent * 1000) / Math.max(1, this.#perSecond) - passedMs), this.#io.signal)
          continue
        }
        const number = this.sent++
        const key = this.#keys === undefined ? null : String(number % this.#keys)
        const value = `${this.#prefix}${number}`
        this.#open.set(number, { key, value })
        const wait = producer.add(
          {
            key: key === null ? null : Buffer.from(key),
            value: Buffer.from(value),
            headers: [],
            partition: undefined,
            timestamp: this.#createTime < 0 ? undefined : this.#createTime + passedMs,
          },
          number,
        )
        if (wait !== undefined) await wait
        // Answers and signals get their turn.
        else if (number % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
      }
      await producer.flush()
    } catch (error) {
      for (const { key, value } of this.#open.values()) {
        tellEvent(this.#io, 'producer_send_error', {
          exception: `class ${javaClassOf(error)}`,
          message: messageOf(error),
          topic,
          key,
          value,
        })
      }
    }
  }

  acknowledged(topic: string, batch: Batch, { partition, baseOffset }: AcknowledgedPlace): void {
    batch.records.forEach(({ line }, index) => {
      const record = this.#open.get(line)
      this.#open.delete(line)
      this.acked += 1
      const offset = baseOffset < 0 ? -1 : baseOffset + index
      tellEvent(this.#io, 'producer_send_success', { ...record, offset, topic, partition })
    })
  }
}
