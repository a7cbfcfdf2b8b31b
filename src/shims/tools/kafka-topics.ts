/** Stands in for kafka-topics: list, create, alter, delete; describing is in topics-describe.ts. */
import { createTopics, deleteTopics, changeTopics } from '../../admin/topics.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { type ClusterPlace, fileProperties, NO_CLIENT, withCluster } from '../cluster.ts'
import { itemFailure, JavaError, javaText, messageOf } from '../failures.ts'
import { includeList, javaSplit, listText, parseInteger } from '../java.ts'
import type { Options } from '../options.ts'
import { type Flag, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { describe } from './topics-describe.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })
const number = (name: string, argName: string, help: string): Flag => ({
  ...text(name, argName, help),
  type: 'Integer',
})

const flags: readonly Flag[] = [
  { ...text('bootstrap-server', 'host:port,…', 'The brokers to connect to first.') },
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'list', help: 'List the names of all topics.' },
  { name: 'create', help: 'Create a topic.' },
  { name: 'delete', help: 'Delete topics.' },
  { name: 'alter', help: 'Raise the number of partitions. Settings are changed by kafka-configs.' },
  { name: 'describe', help: 'Show topics and their partitions.' },
  text('topic', 'topic', 'The topic; a regular expression for everything but --create.'),
  text('topic-id', 'id', 'The id of the topic to describe.'),
  text('config', 'name=value', 'A setting of the topic that is created; may be given several times.'),
  text('delete-config', 'name', 'Not supported since 4.0; kafka-configs --delete-config does this.'),
  number('partitions', 'number', 'How many partitions; without it the default of the cluster.'),
  number('replication-factor', 'number', 'Replicas of each partition; without it the default of the cluster.'),
  text('replica-assignment', 'id:id,…', 'The brokers of each partition: partitions by comma, replicas by colon.'),
  { name: 'under-replicated-partitions', help: 'Describe only partitions whose replicas are not all in sync.' },
  { name: 'unavailable-partitions', help: 'Describe only partitions without a leader that lives.' },
  { name: 'under-min-isr-partitions', help: 'Describe only partitions below min.insync.replicas.' },
  { name: 'at-min-isr-partitions', help: 'Describe only partitions right at min.insync.replicas.' },
  { name: 'topics-with-overrides', help: 'Describe only topics with settings of their own.' },
  { name: 'if-exists', help: 'A topic that is not there is fine, for --alter, --delete and --describe.' },
  { name: 'if-not-exists', help: 'A topic that is there is fine, for --create.' },
  { name: 'exclude-internal', help: "Leave Kafka's own topics out of --list and --describe." },
  number('partition-size-limit-per-response', 'number', 'Partitions in one answer to --describe.'),
]

const ACTIONS = ['alter', 'create', 'describe', 'list', 'delete'] as const
const REPORTS = [
  'under-replicated-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
  'unavailable-partitions',
] as const
const SEE_CONFIGS = ' (To alter topic configurations, the kafka-configs tool can be used.)'

function check(options: Options, io: ShimIo): void {
  if (ACTIONS.filter((action) => options.has(action)).length !== 1)
    throw new UsageFailure('Command must include exactly one action: --list, --describe, --create, --alter or --delete')
  if (options.has('delete-config'))
    io.stderr(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    )
  if (!options.has('bootstrap-server'))
    throw new JavaError('java.lang.IllegalArgumentException', '--bootstrap-server must be specified')
  if (options.has('describe') && options.has('if-exists')) {
    if (!options.has('topic') && !options.has('topic-id'))
      throw new UsageFailure('--topic or --topic-id is required to describe a topic')
    if (options.has('topic') && options.has('topic-id'))
      io.stdout(
        'Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID\n',
      )
  }
  if (!options.has('list') && !options.has('describe')) options.require('topic')
  if (options.has('alter')) {
    if (options.has('config'))
      throw new UsageFailure(
        `Option combination "[[bootstrap-server], [config]]" can't be used with option "[alter]"${SEE_CONFIGS}`,
      )
    options.require('partitions')
  }
  const others = (...allowed: readonly string[]) => ACTIONS.filter((action) => !allowed.includes(action))
  options.forbid('config', ...others('alter', 'create'))
  options.forbid('partitions', ...others('alter', 'create'))
  options.forbid('replication-factor', ...others('create'))
  options.forbid('replica-assignment', ...others('alter', 'create'))
  if (options.has('create')) options.forbid('replica-assignment', 'partitions', 'replication-factor')
  for (const report of REPORTS) options.forbid(report, ...others('describe'), 'topics-with-overrides')
  options.forbid('topics-with-overrides', ...others('describe'), ...REPORTS)
  options.forbid('if-exists', ...others('alter', 'delete', 'describe'))
  options.forbid('if-not-exists', ...others('create'))
  options.forbid('exclude-internal', ...others('list', 'describe'))
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options, io)
  // The original reads the file before it does anything, and tells that failure in another way.
  fileProperties(options.one('command-config'))
  try {
    if (options.has('create')) await create(options, io)
    else if (options.has('alter')) await alter(options, io)
    else if (options.has('list')) await list(options, io)
    else if (options.has('describe')) await describe(options, io)
    else await remove(options, io)
    return 0
  } catch (error) {
    if (error instanceof ToolExit || messageOf(error) === NO_CLIENT) throw error
    io.stdout(`Error while executing topic command : ${messageOf(error)}\n`)
    io.stderr(`ERROR ${javaText(error)}\n`)
    return 1
  }
}

export function placeOf(options: Options, call: string): ClusterPlace {
  return {
    bootstrapServer: options.one('bootstrap-server'),
    commandConfig: options.one('command-config'),
    call,
  }
}

/** The names that `--topic` matches, sorted; all without it. */
export async function topicNames(client: ClusterClient, options: Options): Promise<string[]> {
  const pattern = options.one('topic')
  const wanted = pattern === undefined ? undefined : includeList(pattern)
  const { topics } = await client.metadata(null)
  return topics
    .filter((topic) => !(topic.isInternal && options.has('exclude-internal')))
    .map((topic) => topic.name ?? '')
    .filter((name) => wanted === undefined || wanted.test(name))
    .sort()
}

/** Throws unless a name was found, or none was asked for. */
export function ensureExists(names: readonly string[], options: Options): void {
  const wanted = options.one('topic')
  if (wanted !== undefined && wanted !== '' && !options.has('if-exists') && names.length === 0)
    throw new JavaError('java.lang.IllegalArgumentException', `Topic '${wanted}' does not exist as expected`)
}

async function list(options: Options, io: ShimIo): Promise<void> {
  const names = await withCluster(placeOf(options, 'listTopics'), io, (client) => topicNames(client, options))
  io.stdout(`${names.join('\n')}\n`)
}

function assignmentOf(options: Options): number[][] | undefined {
  const given = options.one('replica-assignment')
  if (given === undefined || given === '') return undefined
  const partitions: number[][] = []
  for (const [index, part] of javaSplit(given, ',').entries()) {
    const brokers = javaSplit(part, ':').map((id) => parseInteger(id.trim()))
    const twice = [...new Set(brokers.filter((id, at) => brokers.indexOf(id) !== at))]
    if (twice.length > 0)
      throw new JavaError(
        'org.apache.kafka.server.common.AdminCommandFailedException',
        `Partition replica lists may not contain duplicate entries: ${twice.join(',')}`,
      )
    partitions.push(brokers)
    if (brokers.length !== partitions[0]!.length)
      throw new JavaError(
        'org.apache.kafka.server.common.AdminOperationException',
        `Partition ${index} has different replication factor: ${listText(brokers)}`,
      )
  }
  return partitions
}

function configsOf(options: Options): Record<string, string> {
  const pairs = options.all('config').map((entry) => javaSplit(entry, /\s*=\s*/))
  if (!pairs.every((pair) => pair.length === 2))
    throw new JavaError(
      'java.lang.IllegalArgumentException',
      'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
    )
  return Object.fromEntries(pairs.map(([key, value]) => [key!.trim(), value!.trim()]))
}

const SHORT_MAX = 32_767

async function create(options: Options, io: ShimIo): Promise<void> {
  const name = options.one('topic') ?? ''
  const partitions = options.number('partitions')
  const replicationFactor = options.number('replication-factor')
  const assignment = assignmentOf(options)
  const configs = configsOf(options)
  if (/[._]/.test(name))
    io.stdout(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    )
  const illegal = (message: string) => new JavaError('java.lang.IllegalArgumentException', message)
  if (replicationFactor !== undefined && (replicationFactor > SHORT_MAX || replicationFactor < 1))
    throw illegal(`The replication factor must be between 1 and ${SHORT_MAX} inclusive`)
  if (partitions !== undefined && partitions < 1) throw illegal('The partitions must be greater than 0')
  await withCluster(placeOf(options, 'createTopics'), io, async (client) => {
    const { topics } = await createTopics(client, [{ name, partitions, replicationFactor, assignment, configs }], {
      ifNotExists: options.has('if-not-exists'),
    })
    const [topic] = topics
    if (topic?.error !== undefined) throw itemFailure(topic.error)
    if (topic?.existed !== true) io.stdout(`Created topic ${name}.\n`)
  })
}

async function alter(options: Options, io: ShimIo): Promise<void> {
  const count = options.number('partitions') ?? 0
  const assignment = assignmentOf(options)
  configsOf(options)
  await withCluster(placeOf(options, 'listTopics'), io, async (client) => {
    const names = await topicNames(client, options)
    ensureExists(names, options)
    if (names.length === 0) return
    const { topics } = await client.metadata(names)
    const answer = await changeTopics(
      client,
      'CreatePartitions',
      {
        topics: topics.map((topic) => ({
          name: topic.name ?? '',
          count,
          assignments: assignment?.slice(topic.partitions.length).map((brokerIds) => ({ brokerIds })) ?? null,
        })),
        timeoutMs: client.options.requestTimeoutMs,
        validateOnly: false,
      },
      ({ results }) => results.map((result) => result.errorCode),
    )
    const failed = answer.results.find((result) => result.errorCode !== 0)
    if (failed !== undefined) throw new ApiError(errorName(failed.errorCode), failed.errorMessage ?? undefined)
  })
}

async function remove(options: Options, io: ShimIo): Promise<void> {
  await withCluster(placeOf(options, 'listTopics'), io, async (client) => {
    const names = await topicNames(client, options)
    ensureExists(names, options)
    if (names.length === 0) return
    const { topics } = await deleteTopics(client, names)
    const failed = topics.find((topic) => topic.error !== undefined)
    if (failed?.error !== undefined) throw itemFailure(failed.error)
  })
}

export const kafkaTopics: Tool = {
  name: 'kafka-topics',
  grammar: {
    kind: 'jopt',
    purpose: 'This tool helps to create, delete, describe, or change a topic.',
    emptyPurpose: 'Create, delete, describe, or change a topic.',
    flags,
  },
  run,
}
