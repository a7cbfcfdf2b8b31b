/** Stands in for kafka-groups: the groups of every type. */
import { listGroups } from '../../admin/group-list.ts'
import { fileProperties, withCluster } from '../cluster.ts'
import { JavaError } from '../failures.ts'
import { hashOrder, stringHash } from '../java.ts'
import { joptHelp } from '../jopt.ts'
import type { Options } from '../options.ts'
import { type Flag, type JoptGrammar, type ShimIo, type Tool, UsageFailure } from '../tool.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  { ...text('bootstrap-server', 'host:port,…', 'The brokers to connect to first.'), required: true },
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'list', help: 'List the groups.' },
  text('group-type', 'type', 'Only groups of this type: classic, consumer, share or streams.'),
  text('protocol', 'protocol', 'Only groups of this protocol.'),
  {
    name: 'consumer',
    help: 'Only groups of consumers: of type consumer, and classic ones of that protocol or of none.',
  },
  { name: 'share', help: 'Only share groups.' },
  { name: 'streams', help: 'Only groups of Kafka Streams.' },
]

const TYPES = ['classic', 'consumer', 'share', 'streams']
const FILTERS = ['consumer', 'share', 'streams']

async function run(options: Options, io: ShimIo): Promise<number> {
  if (!options.has('list')) throw new UsageFailure('Command must include exactly one action: --list.')
  for (const filter of FILTERS)
    options.forbid(filter, ...FILTERS.filter((other) => other !== filter), 'group-type', 'protocol')
  const type = options.one('group-type')?.toLowerCase()
  if (type !== undefined && !TYPES.includes(type))
    throw new JavaError('java.lang.IllegalArgumentException', '--group-type must be a valid group type.')
  const protocol = options.one('protocol')
  fileProperties(options.one('command-config'))
  const place = { bootstrapServer: options.one('bootstrap-server'), commandConfig: options.one('command-config') }
  const { groups } = await withCluster({ ...place, call: 'findAllBrokers' }, io, listGroups)
  const isConsumer = (row: (typeof groups)[number]) =>
    row.type === 'consumer' || (row.type === 'classic' && (row.protocol === null || row.protocol === 'consumer'))
  const shown = hashOrder(groups, (row) => stringHash(row.group))
    .filter((row) => type === undefined || row.type === type)
    .filter((row) => protocol === undefined || (row.protocol ?? '') === protocol)
    .filter((row) => !options.has('consumer') || isConsumer(row))
    .filter((row) => !options.has('share') || row.type === 'share')
    .filter((row) => !options.has('streams') || row.type === 'streams')
  const width = Math.max(20, ...shown.map((row) => row.group.length))
  const line = (group: string, kind: string, of: string) => `${group.padEnd(width)} ${kind.padEnd(20)} ${of.padEnd(20)}`
  io.stdout(`${line('GROUP', 'TYPE', 'PROTOCOL')}\n`)
  for (const row of shown) {
    const kind = row.type ?? ''
    io.stdout(`${line(row.group, kind.slice(0, 1).toUpperCase() + kind.slice(1), row.protocol ?? '')} \n`)
  }
  return 0
}

const grammar: JoptGrammar = { kind: 'jopt', purpose: 'This tool helps to list groups of all types.', flags }

export const kafkaGroups: Tool = {
  name: 'kafka-groups',
  grammar,
  run,
  parseFailed: (error, io) => {
    io.stderr(`${error.message}\n${joptHelp(grammar)}`)
    return 1
  },
}
