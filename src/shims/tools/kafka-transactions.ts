/** Stands in for kafka-transactions: list, describe, describe-producers, abort, find-hanging, forceTerminateTransaction. */
import { MqError } from '../../base/errors.ts'
import { abortTransaction, fenceTransactionalId, openTransactionAt } from '../../admin/transactions-abort.ts'
import { findHanging } from '../../admin/transactions-hanging.ts'
import { describeProducers } from '../../admin/transactions-producers.ts'
import { describeTransactions, listTransactions } from '../../admin/transactions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { itemFailure, messageOf } from '../failures.ts'
import type { Options } from '../options.ts'
import { KAFKA_COMMIT, KAFKA_VERSION } from '../release.ts'
import { type Flag, type ShimIo, type Tool, ToolExit } from '../tool.ts'

const text = (name: string, help: string): Flag => ({ name, arg: 'required', help })
const integer = (name: string, help: string): Flag => ({ ...text(name, help), type: 'Integer' })
const long = (name: string, help: string): Flag => ({ ...text(name, help), type: 'Long' })
const needed = (flag: Flag): Flag => ({ ...flag, required: true })

const DETAIL = '. Enable debug logging for additional detail.'
const MINUTE_MS = 60_000

/** Ends the tool with a message, and what it was that failed. */
function fail(message: string, cause?: unknown): never {
  const text = cause === undefined ? message : `${message}: ${messageOf(cause)}${DETAIL}`
  throw new ToolExit(1, { stderr: `${text}\n` })
}

/** Rows below their headers, as wide as the widest of each column. */
function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, at) => Math.max(header.length, ...rows.map((row) => row[at]!.length)))
  return [headers, ...rows]
    .map((row) => `${row.map((cell, at) => `${cell.padEnd(widths[at]!)}\t`).join('')}\n`)
    .join('')
}

type Command = (client: ClusterClient, options: Options, io: ShimIo) => Promise<void>

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MqError) fail(what, error)
    throw error
  }
}

/** From these versions of ListTransactions on, brokers take the filters. */
const LIST_DURATION = 1
const LIST_PATTERN = 2
const tooOld = (filter: string, version: number, what: string) =>
  `Failed to list transactions: ${filter} filter can be set only when using API version ${version} or higher. If client is connected to an older broker, do not specify ${what}.${DETAIL}`

const list: Command = async (client, options, io) => {
  const durationMs = options.number('duration-filter')
  const regex = options.one('transactional-id-pattern') ?? ''
  const version = client.bootstrap.version('ListTransactions') ?? LIST_PATTERN
  if (regex !== '' && version < LIST_PATTERN)
    fail(tooOld('Transactional ID pattern', LIST_PATTERN, 'the pattern filter'))
  if (durationMs !== undefined && durationMs >= 0 && version < LIST_DURATION)
    fail(tooOld('Duration', LIST_DURATION, 'duration filter or set duration filter to -1'))
  const { transactions, errors } = await attempt('Failed to list transactions', () =>
    listTransactions(client, {
      ...(durationMs === undefined || durationMs < 0 ? {} : { runningMs: durationMs }),
      ...(regex === '' ? {} : { regex }),
    }),
  )
  const [failed] = errors
  if (failed !== undefined) fail('Failed to list transactions', itemFailure(failed.error))
  const rows = transactions.map((row) => [
    row.transactionalId,
    String(row.coordinator),
    String(row.producerId),
    row.state,
  ])
  io.stdout(table(['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'], rows))
}

const describe: Command = async (client, options, io) => {
  const id = options.one('transactional-id') ?? ''
  const what = `Failed to describe transaction state of transactional-id \`${id}\``
  const [row] = await attempt(what, () => describeTransactions(client, [id]))
  if (row === undefined) return
  if (row.error?.code === 'TRANSACTIONAL_ID_NOT_FOUND')
    fail(
      `${what}: DescribeTransactions request for transactionalId \`${id}\` failed because the ID could not be found${DETAIL}`,
    )
  if (row.error !== undefined) fail(what, itemFailure(row.error))
  const headers = [
    'CoordinatorId',
    'TransactionalId',
    'ProducerId',
    'ProducerEpoch',
    'TransactionState',
    'TransactionTimeoutMs',
    'CurrentTransactionStartTimeMs',
    'TransactionDurationMs',
    'TopicPartitions',
  ]
  const began = row.startedMs
  const cells = [
    String(row.coordinator),
    id,
    String(row.producerId),
    String(row.producerEpoch),
    row.state ?? '',
    String(row.timeoutMs),
    began === null ? 'None' : String(began),
    began === null ? 'None' : String(io.nowMs() - began),
    row.partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(','),
  ]
  io.stdout(table(headers, [cells]))
}

const producers: Command = async (client, options, io) => {
  const topic = options.one('topic') ?? ''
  const partition = options.number('partition') ?? 0
  const broker = options.number('broker-id')
  const at = `${topic}-${partition}`
  const what = `Failed to describe producers for partition ${at} on broker ${broker ?? 'leader'}`
  const scopes = [{ topic, partitions: [partition] }]
  const [row] = await attempt(what, () => describeProducers(client, { scopes, broker }))
  if (row?.error !== undefined) fail(what, itemFailure(row.error))
  const headers = [
    'ProducerId',
    'ProducerEpoch',
    'LatestCoordinatorEpoch',
    'LastSequence',
    'LastTimestamp',
    'CurrentTransactionStartOffset',
  ]
  const rows = (row?.producers ?? []).map((one) => [
    String(one.producerId),
    String(one.producerEpoch),
    String(one.coordinatorEpoch ?? -1),
    String(one.lastSequence),
    String(one.lastTimestamp),
    one.transactionStart === null ? 'None' : String(one.transactionStart),
  ])
  io.stdout(table(headers, rows))
}

const abort: Command = async (client, options) => {
  const topic = options.one('topic') ?? ''
  const partition = options.number('partition') ?? 0
  const startOffset = options.number('start-offset')
  const producerId = options.number('producer-id')
  if (startOffset === undefined && producerId === undefined)
    fail(
      'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
    )
  if (startOffset !== undefined) {
    const what = `Failed to validate producer state for partition ${topic}-${partition}`
    const open = await attempt(what, () =>
      openTransactionAt(client, { topic, partition }, startOffset).catch((error: unknown) => {
        if (!(error instanceof MqError) || error.code !== 'MQ_NO_TRANSACTION') throw error
        return fail(
          `Could not find any open transactions starting at offset ${startOffset} on partition ${topic}-${partition}`,
        )
      }),
    )
    await end(client, open)
    return
  }
  const producerEpoch = options.number('producer-epoch')
  if (producerEpoch === undefined) fail('Missing required argument --producer-epoch')
  const coordinatorEpoch = options.number('coordinator-epoch')
  if (coordinatorEpoch === undefined) fail('Missing required argument --coordinator-epoch')
  const spec = { topic, partition, producerId: producerId ?? -1, producerEpoch, transactionStart: null }
  // Where no marker was ever written the epoch shows as -1, and the leader takes 0.
  await end(client, { ...spec, coordinatorEpoch: Math.max(0, coordinatorEpoch) })
}

async function end(client: ClusterClient, open: Parameters<typeof abortTransaction>[1]): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = open
  const spec = `AbortTransactionSpec(topicPartition=${topic}-${partition}, producerId=${producerId}, producerEpoch=${producerEpoch}, coordinatorEpoch=${coordinatorEpoch})`
  await attempt(`Failed to abort transaction ${spec}`, () => abortTransaction(client, open))
}

const hanging: Command = async (client, options, io) => {
  const broker = options.number('broker-id')
  const topic = options.one('topic')
  const partition = options.number('partition')
  if (broker === undefined && topic === undefined)
    fail('The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search')
  if (partition !== undefined && topic === undefined) fail('The --partition argument requires --topic to be provided')
  if (topic !== undefined) {
    const { topics } = await client.metadata([topic])
    const code = topics[0]?.errorCode ?? 0
    if (code !== 0)
      fail('Failed to describe 1 topics', itemFailure({ code: 'UNKNOWN_TOPIC_OR_PARTITION', message: '' }))
  }
  const found = await attempt('Failed to describe producers', () =>
    findHanging(client, {
      scopes:
        topic === undefined ? undefined : [{ topic, partitions: partition === undefined ? undefined : [partition] }],
      broker,
      maxTimeoutMs: (options.number('max-transaction-timeout') ?? 0) * MINUTE_MS,
      nowMs: io.nowMs(),
    }),
  )
  const headers = [
    'Topic',
    'Partition',
    'ProducerId',
    'ProducerEpoch',
    'CoordinatorEpoch',
    'StartOffset',
    'LastTimestamp',
    'Duration(min)',
  ]
  const rows = found.hanging.map((one) => [
    one.topic,
    String(one.partition),
    String(one.producerId),
    String(one.producerEpoch),
    String(one.coordinatorEpoch ?? -1),
    String(one.transactionStart),
    String(one.lastTimestamp),
    String(Math.floor(one.idleMs / MINUTE_MS)),
  ])
  io.stdout(table(headers, rows))
}

const terminate: Command = async (client, options) => {
  const id = options.one('transactionalId') ?? ''
  await attempt(`Failed to force terminate transactionalId \`${id}\``, () => fenceTransactionalId(client, id))
}

const COMMANDS: Readonly<Record<string, Command>> = {
  list,
  describe,
  'describe-producers': producers,
  abort,
  'find-hanging': hanging,
  forceTerminateTransaction: terminate,
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const config = options.one('command-config')
  try {
    fileProperties(config)
  } catch (error) {
    fail('Failed to load admin client properties', error)
  }
  const command = COMMANDS[options.command ?? '']
  if (command === undefined) fail(`Unexpected command ${options.command}`)
  const place = { bootstrapServer: options.one('bootstrap-server'), commandConfig: config, call: 'listTransactions' }
  await withCluster(place, io, (client) => command(client, options, io))
  return 0
}

const place = [needed(text('topic', 'the topic')), needed(integer('partition', 'the partition'))]

export const kafkaTransactions: Tool = {
  name: 'kafka-transactions',
  grammar: {
    kind: 'argparse',
    program: 'kafka-transactions.sh',
    purpose: 'Shows the transactions of a cluster and the producers behind them, and ends transactions that hang.',
    commandName: 'COMMAND',
    version: `${KAFKA_VERSION} (Commit:${KAFKA_COMMIT})`,
    flags: [
      { name: 'version', aliases: ['v'], help: 'show the version of Kafka that this stands in for, and exit' },
      { ...text('command-config', 'properties of the client: security, timeouts'), argName: 'FILE' },
      { ...needed(text('bootstrap-server', 'the brokers to connect to first')), argName: 'host:port' },
    ],
    commands: [
      {
        name: 'list',
        help: 'list transactions',
        flags: [
          long('duration-filter', 'only those that have been going on for longer, in ms; below 0: all'),
          text('transactional-id-pattern', 'only ids that match this pattern'),
        ],
      },
      {
        name: 'describe',
        help: 'describe the transaction of an id',
        flags: [needed(text('transactional-id', 'the transactional id'))],
      },
      {
        name: 'describe-producers',
        help: 'describe the producers of a partition',
        flags: [integer('broker-id', 'ask this replica instead of the leader'), ...place],
      },
      {
        name: 'abort',
        help: 'end a transaction that hangs',
        flags: [
          ...place,
          long('start-offset', 'where it begins'),
          long('producer-id', 'its producer, for old brokers'),
          { ...text('producer-epoch', 'the epoch of the producer'), type: 'Short' },
          integer('coordinator-epoch', 'the epoch of the coordinator'),
        ],
      },
      {
        name: 'find-hanging',
        help: 'find transactions that hang',
        flags: [
          integer('broker-id', 'search this broker'),
          {
            ...integer('max-transaction-timeout', 'the longest that a transaction may take, in minutes'),
            default: '15',
          },
          text('topic', 'search this topic'),
          integer('partition', 'search this partition of the topic'),
        ],
      },
      {
        name: 'forceTerminateTransaction',
        help: 'abort the transaction that is going on under an id',
        flags: [needed(text('transactionalId', 'the transactional id'))],
      },
    ],
  },
  run,
}
