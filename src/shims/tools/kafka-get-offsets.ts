/** kafka-get-offsets: a line `topic:partition:offset` for each partition that its filters leave, sorted by topic and partition. */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type OffsetAnswer, listOffsets } from '../../client/offsets.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { JavaError, javaText, messageOf } from '../failures.ts'
import { includeList } from '../java.ts'
import type { Options } from '../options.ts'
import { ParseError, type ShimIo, type Tool } from '../tool.ts'
import { validateBootstrap } from './console-flags.ts'

interface Place {
  readonly topic: string
  readonly partition: number
}

type Filter = (topic: string, partition: number) => boolean

const TIMES: Readonly<Record<string, number>> = {
  latest: -1,
  earliest: -2,
  'max-timestamp': -3,
  'earliest-local': -4,
  'latest-tiered': -5,
  'earliest-pending-upload': -6,
}

export const kafkaGetOffsets: Tool = {
  name: 'kafka-get-offsets',
  grammar: {
    kind: 'jopt',
    purpose: 'Prints the offsets of partitions at a time.',
    flags: [
      { name: 'bootstrap-server', arg: 'required', argName: 'host:port,...', help: 'Brokers to ask first.' },
      { name: 'topic', arg: 'required', argName: 'regex', help: 'Topics whose whole name matches; default: all.' },
      { name: 'partitions', arg: 'required', argName: 'ids', help: 'Partitions, by commas; default: all.' },
      {
        name: 'topic-partitions',
        arg: 'required',
        argName: 'patterns',
        help: 'Patterns by commas, TOPIC or TOPIC:N, TOPIC:N-M, TOPIC:N-, TOPIC:-M, M not included; without TOPIC every topic.',
      },
      {
        name: 'time',
        arg: 'required',
        argName: 'time',
        default: 'latest',
        help: 'ms since the epoch, or -1 or latest, -2 or earliest, -3 or max-timestamp, -4 or earliest-local, -5 or latest-tiered, -6 or earliest-pending-upload.',
      },
      { name: 'command-config', arg: 'required', argName: 'file', help: 'Properties of the client.' },
      { name: 'exclude-internal-topics', help: "Leave Kafka's own topics out." },
    ],
  },
  run,
  parseFailed: (error, io) => tell(error, io),
  failed: (error, io) => tell(error, io),
}

/** What the user got wrong, in one line; anything else with its exception. */
class Terse extends Error {}

function tell(error: unknown, io: ShimIo): number {
  const isTerse = error instanceof Terse || (error instanceof ParseError && !/Multiple/.test(error.javaClass))
  io.stderr(`Error occurred: ${messageOf(error)}\n${isTerse ? '' : `${javaText(error)}\n`}`)
  return 1
}

async function run(options: Options, io: ShimIo): Promise<number> {
  options.require('bootstrap-server')
  const bootstrapServer = validateBootstrap(options)
  if (options.has('topic-partitions') && (options.has('topic') || options.has('partitions')))
    throw new Terse('--topic-partitions cannot be used with --topic or --partitions')
  const timestamp = timeOf(options.one('time') ?? 'latest')
  const filter = filterOf(options)
  const commandConfig = options.one('command-config')
  fileProperties(commandConfig)
  return withCluster({ bootstrapServer, commandConfig, call: 'listTopics' }, io, async (client) => {
    const places = await placesOf(client, filter, options.has('exclude-internal-topics'))
    if (places.length === 0) throw new Terse('Could not match any topic-partitions with the specified filters')
    const found = await listOffsets(
      client,
      places.map((place) => ({ ...place, timestamp })),
    )
    for (const place of places) tellOffset(place, found.get(`${place.topic}-${place.partition}`), io)
    return 0
  })
}

function tellOffset({ topic, partition }: Place, answer: OffsetAnswer | undefined, io: ShimIo): void {
  if (answer?.error !== undefined) {
    io.stderr(
      `Skip getting offsets for topic-partition ${topic}-${partition} due to error: ${javaText(answer.error)}\n`,
    )
  } else if (answer !== undefined && answer.offset >= 0) io.stdout(`${topic}:${partition}:${answer.offset}\n`)
}

function timeOf(text: string): number {
  const named = TIMES[text.toLowerCase()]
  if (named !== undefined) return named
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  const words = Object.entries(TIMES).map(([word, time]) => `${time} or ${word}`)
  throw new Terse(
    `Malformed time argument ${text}. Please use ${words.join(' / ')}, or a specified long format timestamp`,
  )
}

function filterOf(options: Options): Filter {
  const patterns = options.one('topic-partitions')
  if (patterns !== undefined) {
    const rules = patterns.split(',').map(ruleOf)
    return (topic, partition) => rules.some((rule) => rule(topic, partition))
  }
  const wanted = options.one('topic')
  const pattern = wanted === undefined ? undefined : includeList(wanted)
  const only = options.one('partitions')
  const ids = only === undefined || only === '' ? undefined : new Set(only.split(',').map((id) => idOf(id, only)))
  return (topic, partition) => (pattern?.test(topic) ?? true) && (ids?.has(partition) ?? true)
}

function idOf(id: string, all: string): number {
  if (/^\d+$/.test(id)) return Number(id)
  throw new Terse(`--partitions expects a comma separated list of numeric partition ids, but received: ${all}`)
}

function ruleOf(rule: string): Filter {
  const parts = /^([^:,]*)(?::(?:([0-9]*)|(?:([0-9]*)-([0-9]*))))?$/.exec(rule)
  if (parts === null) {
    const cause = `org.apache.kafka.tools.TerseException: Invalid rule specification: ${rule}`
    throw new JavaError('java.lang.RuntimeException', cause, cause)
  }
  const [, name = '', one, from, until] = parts
  const pattern = name === '' ? undefined : includeList(name)
  return (topic, partition) => {
    if (pattern !== undefined && !pattern.test(topic)) return false
    if (one !== undefined && one !== '') return partition === Number(one)
    if (from !== undefined && from !== '' && partition < Number(from)) return false
    return until === undefined || until === '' || partition < Number(until)
  }
}

async function placesOf(client: ClusterClient, filter: Filter, withoutInternal: boolean): Promise<Place[]> {
  const { topics } = await client.metadata(null)
  return topics
    .filter(({ isInternal }) => !(withoutInternal && isInternal))
    .sort((one, other) => ((one.name ?? '') < (other.name ?? '') ? -1 : 1))
    .flatMap(({ name, partitions }) =>
      partitions
        .map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex }))
        .filter(({ topic, partition }) => filter(topic, partition))
        .sort((one, other) => one.partition - other.partition),
    )
}
