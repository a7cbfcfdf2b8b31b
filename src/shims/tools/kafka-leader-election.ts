/** Stands in for kafka-leader-election: preferred and unclean elections of some or all partitions. */
import { readFileSync } from 'node:fs'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { JavaError, javaText } from '../failures.ts'
import { hashOrder, listText, partitionHash } from '../java.ts'
import type { Options } from '../options.ts'
import { type Flag, ParseError, type ShimIo, type Tool } from '../tool.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text('bootstrap-server', 'host:port,…', 'The brokers to connect to first. Required.'),
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  text('admin.config', 'file', 'The same; deprecated.'),
  text('path-to-json-file', 'file', 'The partitions, as {"partitions":[{"topic":"t","partition":0}]}.'),
  text('topic', 'topic', 'The topic of the partition of --partition.'),
  { ...text('partition', 'number', 'The partition of --topic.'), type: 'Integer' },
  { name: 'all-topic-partitions', help: 'All partitions that would change.' },
  text('election-type', 'preferred|unclean', 'Elect the preferred replica, or any if none in sync is left. Required.'),
]

const TYPES = ['PREFERRED', 'UNCLEAN']
const SCOPES = ['topic', 'all-topic-partitions', 'path-to-json-file']
const TIMEOUT_MS = 30_000

interface Place {
  readonly topic: string
  readonly partition: number
}

const failed = (message: string) => new JavaError('org.apache.kafka.server.common.AdminCommandFailedException', message)

function check(options: Options): number {
  const missing = ['bootstrap-server', 'election-type'].filter((name) => !options.has(name))
  if (missing.length > 0) throw failed(`Missing required option(s): ${missing.join(', ')}`)
  if (SCOPES.filter((name) => options.has(name)).length !== 1)
    throw failed(`One and only one of the following options is required: ${SCOPES.join(', ')}`)
  if (options.has('topic') && !options.has('partition')) throw failed('Missing required option(s): partition')
  if (options.has('partition') && !options.has('topic'))
    throw failed('Option partition is only allowed if topic is used')
  options.forbid('admin.config', 'command-config')
  const type = TYPES.indexOf((options.one('election-type') ?? '').toUpperCase())
  if (type < 0)
    throw new ParseError(
      'joptsimple.OptionArgumentConversionException',
      `Cannot parse argument '${options.one('election-type')}' of option election-type`,
    )
  return type
}

function placesOf(options: Options): Place[] | null {
  const path = options.one('path-to-json-file')
  if (path !== undefined) return readPlaces(path)
  const topic = options.one('topic')
  return topic === undefined ? null : [{ topic, partition: options.number('partition') ?? 0 }]
}

function readPlaces(path: string): Place[] {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch {
    throw new JavaError('java.lang.RuntimeException', `java.io.IOException: Unable to read file ${path}`)
  }
  let document: { partitions?: Place[] }
  try {
    document = JSON.parse(content) as typeof document
  } catch {
    throw new JavaError('org.apache.kafka.server.common.AdminOperationException', 'Replica election data is empty')
  }
  if (!Array.isArray(document.partitions))
    throw new JavaError(
      'org.apache.kafka.server.common.AdminOperationException',
      'Replica election data is missing "partitions" field',
    )
  const places = document.partitions.map(({ topic, partition }) => ({ topic, partition }))
  const seen = places.map(({ topic, partition }) => `${topic}-${partition}`)
  const twice = [...new Set(seen.filter((at, index) => seen.indexOf(at) !== index))]
  if (twice.length > 0)
    throw new JavaError(
      'org.apache.kafka.server.common.AdminOperationException',
      `Replica election data contains duplicate partitions: ${listText(twice)}`,
    )
  return places
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const electionType = check(options)
  if (options.has('admin.config'))
    io.stdout(
      'Option --admin.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  const places = placesOf(options)
  const config = options.one('command-config') ?? options.one('admin.config')
  const file = fileProperties(config)
  const properties = {
    'default.api.timeout.ms': file['default.api.timeout.ms'] ?? String(TIMEOUT_MS),
    'request.timeout.ms': file['request.timeout.ms'] ?? String(TIMEOUT_MS / 2),
  }
  const topicPartitions =
    places === null
      ? null
      : [...new Set(places.map(({ topic }) => topic))].map((topic) => ({
          topic,
          partitions: places.filter((place) => place.topic === topic).map(({ partition }) => partition),
        }))
  const bootstrapServer = options.one('bootstrap-server')
  const answer = await withCluster(
    { bootstrapServer, commandConfig: config, properties, call: 'electLeaders' },
    io,
    (client) =>
      client.retry(async () => {
        const body = { electionType, topicPartitions, timeoutMs: client.options.requestTimeoutMs }
        const result = await client.request('ElectLeaders', body, 'controller', { repeat: false })
        if (result.errorCode !== 0) throw new ApiError(errorName(result.errorCode))
        return result
      }),
  ).catch((error: unknown) => {
    if (error instanceof ApiError && error.error === 'CLUSTER_AUTHORIZATION_FAILED') {
      io.stdout('Not authorized to perform leader election\n')
      throw failed('Not authorized to perform leader election')
    }
    throw error
  })
  return tell(answer.replicaElectionResults, TYPES[electionType]!, io)
}

interface Elected {
  readonly topic: string
  readonly partitionResult: readonly { partitionId: number; errorCode: number; errorMessage: string | null }[]
}

function tell(results: readonly Elected[], type: string, io: ShimIo): number {
  const all = results.flatMap(({ topic, partitionResult }) =>
    partitionResult.map(({ partitionId, errorCode, errorMessage }) => ({
      topic,
      partition: partitionId,
      error: errorCode === 0 ? undefined : new ApiError(errorName(errorCode), errorMessage ?? undefined),
    })),
  )
  const ordered = hashOrder(all, partitionHash)
  const names = (rows: typeof all) => rows.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
  const elected = ordered.filter(({ error }) => error === undefined)
  const idle = ordered.filter(({ error }) => error?.error === 'ELECTION_NOT_NEEDED')
  const wrong = ordered.filter((row) => row.error !== undefined && !idle.includes(row))
  if (elected.length > 0)
    io.stdout(`Successfully completed leader election (${type}) for partitions ${names(elected)}\n`)
  if (idle.length > 0) io.stdout(`Valid replica already elected for partitions ${names(idle)}\n`)
  if (wrong.length === 0) return 0
  for (const row of wrong)
    io.stdout(`Error completing leader election (${type}) for partition: ${names([row])}: ${javaText(row.error)}\n`)
  throw failed(`${wrong.length} replica(s) could not be elected`)
}

export const kafkaLeaderElection: Tool = {
  name: 'kafka-leader-election',
  grammar: {
    kind: 'jopt',
    purpose:
      'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas and unclean replicas.',
    flags,
  },
  run,
}
