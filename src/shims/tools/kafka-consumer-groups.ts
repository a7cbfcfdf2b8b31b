/**
 * Stands in for kafka-consumer-groups. Its exit code is 0 for everything but wrong usage, as the original's is. Describing is in
 * consumer-groups-describe.ts, resets in consumer-groups-reset.ts.
 */
import { listGroups } from '../../admin/group-list.ts'
import { deleteOffsets } from '../../admin/group-offsets.ts'
import { deleteGroups } from '../../admin/groups.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { MqError } from '../../base/errors.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { withCluster } from '../cluster.ts'
import type { Place } from '../describe-groups.ts'
import { executionError, itemFailure, JavaError, javaText, messageOf, tellUncaught } from '../failures.ts'
import { hashOrdered } from '../java.ts'
import type { Options } from '../options.ts'
import { parseTopicArgument } from '../reset-offsets.ts'
import { type Flag, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { describe } from './consumer-groups-describe.ts'
import { reset, SCENARIOS } from './consumer-groups-reset.ts'
import { validateRegex } from './regex.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text(
    'bootstrap-server',
    'host:port,…',
    'The brokers to connect to first. Needed for everything but --validate-regex.',
  ),
  text('group', 'group', 'The group; may be given several times.'),
  text('topic', 'topic[:partition,…]', 'A topic of --reset-offsets or --delete-offsets; may be given several times.'),
  { name: 'all-topics', help: 'Reset all topics that the group has offsets of.' },
  { name: 'list', help: 'List the groups.' },
  { name: 'describe', help: 'Show offsets, members or state of groups.' },
  { name: 'all-groups', help: 'All groups instead of named ones.' },
  { name: 'delete', help: 'Delete groups with their offsets.' },
  { ...text('timeout', 'ms', 'How long one question may take.'), type: 'Long', default: '30000' },
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'reset-offsets', help: 'Set the offsets of groups that have no members.' },
  { name: 'delete-offsets', help: 'Forget the offsets of a group for topics.' },
  text('validate-regex', 'pattern', 'Say whether a pattern of topics is valid.'),
  { name: 'dry-run', help: 'Only show what --reset-offsets would do; this is the default.' },
  { name: 'execute', help: 'Do what --reset-offsets shows.' },
  { name: 'export', help: 'Show the offsets of --reset-offsets as CSV.' },
  { ...text('to-offset', 'offset', 'Reset to this offset.'), type: 'Long' },
  text('from-file', 'file', 'Reset to the offsets of a CSV file.'),
  text('to-datetime', 'YYYY-MM-DDThh:mm:ss.sss', 'Reset to the first record at or after a time.'),
  text('by-duration', 'PnDTnHnMnS', 'Reset to the first record since this long ago.'),
  { name: 'to-earliest', help: 'Reset to the beginning.' },
  { name: 'to-latest', help: 'Reset to the end.' },
  { name: 'to-current', help: 'Reset to where the group stands; the end where it has no offset.' },
  { ...text('shift-by', 'records', 'Reset forward, or back with a negative number.'), type: 'Long' },
  { name: 'members', help: 'Describe the members.', onlyWith: ['describe'] },
  { name: 'verbose', help: 'Describe more: assignments, epochs.', onlyWith: ['describe'] },
  { name: 'offsets', help: 'Describe the offsets; this is the default.', onlyWith: ['describe'] },
  {
    name: 'state',
    arg: 'optional',
    argName: 'states',
    help: 'Describe the state; list groups with their states, or only those in these.',
    onlyWith: ['describe', 'list'],
  },
  {
    name: 'type',
    arg: 'optional',
    argName: 'types',
    help: 'List groups with their types, or only those of these.',
    onlyWith: ['list'],
  },
]

const ACTIONS = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets', 'validate-regex']
const NO_ACTION =
  'WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n'

function check(options: Options, io: ShimIo): void {
  if (options.has('validate-regex')) return
  options.require('bootstrap-server')
  const needsGroups = (action: string) => {
    if (options.has(action) && !options.has('group') && !options.has('all-groups'))
      throw new UsageFailure(`Option [${action}] takes one of these options: [group], [all-groups]`)
  }
  needsGroups('describe')
  if (options.has('describe')) {
    if (['members', 'offsets', 'state'].filter((name) => options.has(name)).length > 1)
      throw new UsageFailure('Option [describe] takes at most one of these options: [members], [offsets], [state]')
    if (options.has('state') && options.one('state') !== undefined)
      throw new UsageFailure('Option [describe] does not take a value for [state]')
  }
  needsGroups('delete')
  if (options.has('delete') && options.has('topic'))
    throw new UsageFailure('The consumer does not support topic-specific offset deletion from a consumer group.')
  if (options.has('delete-offsets') && (!options.has('group') || !options.has('topic')))
    throw new UsageFailure('Option [delete-offsets] takes the following options: [group], [topic]')
  if (options.has('reset-offsets')) {
    if (options.has('dry-run') && options.has('execute'))
      throw new UsageFailure('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
    if (!options.has('dry-run') && !options.has('execute')) io.stderr(NO_ACTION)
    needsGroups('reset-offsets')
    const checked = [
      'to-offset',
      'to-datetime',
      'by-duration',
      'to-earliest',
      'to-latest',
      'to-current',
      'shift-by',
      'from-file',
    ]
    for (const scenario of checked) options.forbid(scenario, ...SCENARIOS.filter((other) => other !== scenario))
  }
  options.forbid('group', 'all-groups')
  options.forbid('group', 'list')
  options.forbid('topic', 'list', 'describe')
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options, io)
  if (ACTIONS.filter((action) => options.has(action)).length !== 1)
    throw new UsageFailure(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets, --validate-regex',
    )
  if (options.has('validate-regex')) {
    const pattern = options.one('validate-regex') ?? ''
    const wrong = validateRegex(pattern)
    io.stdout(`The regular expression \`${pattern}\` is ${wrong === undefined ? 'valid' : `invalid: ${wrong}`}.\n`)
    return 0
  }
  const action = options.has('list')
    ? list
    : options.has('describe')
      ? describe
      : options.has('delete')
        ? remove
        : options.has('reset-offsets')
          ? reset
          : removeOffsets
  try {
    const call = options.has('describe') ? 'describeConsumerGroups(api=FIND_COORDINATOR)' : 'findAllBrokers'
    await withCluster(
      {
        bootstrapServer: options.one('bootstrap-server'),
        commandConfig: options.one('command-config'),
        properties: { 'default.api.timeout.ms': String(options.number('timeout')) },
        call,
      },
      io,
      (client) => action(client, options, io),
    )
  } catch (error) {
    if (error instanceof UsageFailure || error instanceof ToolExit) throw error
    const isOfFile = error instanceof JavaError && error.javaClass.startsWith('java.nio.file.')
    const isOfFuture = options.has('describe') && error instanceof MqError
    printError(
      io,
      `Executing consumer group command failed due to ${isOfFuture || isOfFile ? javaText(error) : messageOf(error)}`,
    )
    io.stderr(`${javaText(isOfFuture ? executionError(error) : error)}\n`)
  }
  return 0
}

/** An error of the tool: on stdout, after an empty line. */
export function printError(io: ShimIo, message: string): void {
  io.stdout(`\nError: ${message}\n`)
}

/** The groups that `--group` names, or all. */
export async function groupsOf(client: ClusterClient, options: Options): Promise<string[]> {
  if (!options.has('all-groups')) return [...new Set(options.all('group'))]
  return hashOrdered((await consumerGroups(client)).map((row) => row.group))
}

/** The groups of consumers, those without a protocol too: they have only offsets. */
async function consumerGroups(client: ClusterClient) {
  const { groups } = await listGroups(client)
  return groups.filter(({ type, protocol }) =>
    type === null || type === 'classic' ? protocol === null || protocol === 'consumer' : type === 'consumer',
  )
}

const STATES = ['Assigning', 'Stable', 'CompletingRebalance', 'PreparingRebalance', 'Reconciling', 'Empty', 'Dead']
const TYPES = ['Consumer', 'Classic']

/** The known names among what a list gives, in any case. Throws UsageFailure. */
export function known(list: string | undefined, all: readonly string[], what: string): string[] {
  if (list === undefined || list === '') return []
  return list.split(',').map((entry) => {
    const name = all.find((one) => one.toLowerCase() === entry.trim().toLowerCase())
    if (name === undefined)
      throw new UsageFailure(`Invalid ${what} list '${list}'. Valid ${what.replace(/s?$/, 's')} are: ${all.join(', ')}`)
    return name
  })
}

async function list(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const rows = new Map((await consumerGroups(client)).map((row) => [row.group, row]))
  const ordered = hashOrdered([...rows.keys()]).map((group) => rows.get(group)!)
  if (!options.has('type') && !options.has('state')) {
    io.stdout(ordered.map((row) => `${row.group}\n`).join(''))
    return
  }
  const types = known(options.one('type'), TYPES, 'types')
  const states = known(options.one('state'), STATES, 'state')
  const shown = ordered
    .map((row) => ({ group: row.group, type: title(row.type), state: row.state ?? 'Unknown' }))
    .filter((row) => types.length === 0 || types.includes(row.type))
    .filter((row) => states.length === 0 || states.includes(row.state))
  const width = Math.max(15, ...shown.map((row) => row.group.length)) + 10
  const line = (group: string, type: string, state: string) =>
    `${[group.padEnd(width), ...(options.has('type') ? [type.padEnd(20)] : []), ...(options.has('state') ? [state.padEnd(20)] : [])].join(' ')}\n`
  io.stdout(line('GROUP', 'TYPE', 'STATE'))
  for (const { group, type, state } of shown) io.stdout(line(group, type, state))
}

/** `classic` as Kafka prints it. */
export function title(type: string | null): string {
  return type === null ? 'Unknown' : type.slice(0, 1).toUpperCase() + type.slice(1)
}

async function remove(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const { groups } = await deleteGroups(client, await groupsOf(client, options))
  const rows = new Map(groups.map((row) => [row.group, row]))
  const ordered = hashOrdered([...rows.keys()]).map((group) => rows.get(group)!)
  const done = ordered.filter((row) => row.error === undefined).map((row) => `'${row.group}'`)
  if (done.length === ordered.length) {
    io.stdout(`Deletion of requested consumer groups (${done.join(', ')}) was successful.\n`)
    return
  }
  printError(io, 'Deletion of some consumer groups failed:')
  for (const { group, error } of ordered) {
    if (error !== undefined) io.stdout(`* Group '${group}' could not be deleted due to: ${javaText(silent(error))}\n`)
  }
  if (done.length > 0) io.stdout(`\nThese consumer groups were deleted successfully: ${done.join(', ')}\n`)
}

/** The words for an unknown group are for people who use mq; here they are Kafka's. */
const silent = (error: { readonly code: string; readonly message: string }) =>
  error.code === 'GROUP_ID_NOT_FOUND' ? new ApiError('GROUP_ID_NOT_FOUND') : itemFailure(error)

const GROUP_ERRORS = ['INVALID_GROUP_ID', 'GROUP_ID_NOT_FOUND', 'GROUP_AUTHORIZATION_FAILED', 'NON_EMPTY_GROUP']
const PARTITION_ERRORS = ['GROUP_SUBSCRIBED_TO_TOPIC', 'TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION']

async function removeOffsets(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const group = options.one('group') ?? ''
  const given = [...new Set(options.all('topic'))]
  const places = given.filter((topic) => topic.includes(':')).flatMap(parseTopicArgument)
  const results: { place: Place; error: unknown }[] = []
  const whole = given.filter((topic) => !topic.includes(':'))
  if (whole.length > 0) {
    for (const topic of (await client.metadata(whole)).topics) {
      const name = topic.name ?? ''
      if (topic.errorCode !== 0)
        results.push({ place: { topic: name, partition: -1 }, error: new ApiError(errorName(topic.errorCode)) })
      for (const { partitionIndex } of topic.partitions) places.push({ topic: name, partition: partitionIndex })
    }
  }
  let failure: unknown
  try {
    // Asked even without a partition: the coordinator says whether there is such a group.
    const rows = await deleteOffsets(client, group, places)
    for (const { topic, partition, error } of rows) {
      const failed = error === undefined ? undefined : itemFailure(error)
      failure ??= failed
      results.push({ place: { topic, partition }, error: failed })
    }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    failure = error
    results.push(...places.map((place) => ({ place, error })))
  }
  const code = failure instanceof MqError ? failure.code : undefined
  if (code === undefined) io.stdout(`Request succeeded for deleting offsets from group ${group}.\n`)
  else if (GROUP_ERRORS.includes(code)) printError(io, messageOf(failure))
  else if (PARTITION_ERRORS.includes(code))
    printError(io, 'Encountered some partition-level error, see the follow-up details.')
  else printError(io, `Encountered some unknown error: ${code}`)
  const width = Math.max(15, ...results.map(({ place }) => place.topic.length))
  const line = (topic: string, partition: string, status: string) =>
    `\n${topic.padEnd(width)} ${partition.padEnd(10)} ${status.padEnd(15)}`
  const at = ({ place }: { place: Place }) => `${place.topic}${place.partition}`
  const lines = [...results]
    .sort((a, b) => (at(a) < at(b) ? -1 : 1))
    .map(({ place, error }) =>
      line(
        place.topic,
        place.partition < 0 ? '-' : String(place.partition),
        error === undefined ? 'Successful' : `Error: ${javaText(error)}`,
      ),
    )
  io.stdout(`${line('TOPIC', 'PARTITION', 'STATUS')}${lines.join('')}\n`)
}

export const kafkaConsumerGroups: Tool = {
  name: 'kafka-consumer-groups',
  grammar: {
    kind: 'jopt',
    purpose:
      'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.',
    flags,
  },
  run,
  failed: tellUncaught,
  parseFailed: tellUncaught,
}
