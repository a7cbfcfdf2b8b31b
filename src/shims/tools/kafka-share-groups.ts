/**
 * Stands in for kafka-share-groups: list, describe, delete, reset and delete offsets. Its exit code is 0 for everything but wrong
 * usage and groups in use, as the original's is. Tables are in share-groups-describe.ts.
 */
import { MqError } from '../../base/errors.ts'
import { deleteGroups } from '../../admin/groups.ts'
import { shareOffsets } from '../../admin/group-offsets.ts'
import { alterShareOffsets } from '../../admin/group-share-offsets.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { withCluster } from '../cluster.ts'
import type { Place } from '../describe-groups.ts'
import { executionError, itemFailure, JavaError, javaText, messageOf, tellUncaught } from '../failures.ts'
import { hashOrdered, listText } from '../java.ts'
import type { Options } from '../options.ts'
import * as offsets from '../reset-offsets.ts'
import { type Flag, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { describe, describeShareGroups, shareGroups } from './share-groups-describe.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })

const flags: readonly Flag[] = [
  text('bootstrap-server', 'host:port,…', 'The brokers to connect to first. Required.'),
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  text('group', 'group', 'The group.'),
  text('topic', 'topic[:partition,…]', 'A topic of --reset-offsets or --delete-offsets; may be given several times.'),
  { name: 'all-topics', help: 'Reset all topics that the group has offsets of.' },
  { name: 'all-groups', help: 'All groups instead of named ones.' },
  { name: 'list', help: 'List the groups.' },
  { name: 'describe', help: 'Show offsets, members or state of groups.' },
  { name: 'delete', help: 'Delete groups without members.' },
  { name: 'delete-offsets', help: 'Forget the offsets of a group for topics.' },
  { name: 'reset-offsets', help: 'Set where a group without members goes on.' },
  { name: 'dry-run', help: 'Only show what --reset-offsets would do.' },
  { name: 'execute', help: 'Do what --reset-offsets shows.' },
  { name: 'to-earliest', help: 'Reset to the beginning.' },
  { name: 'to-latest', help: 'Reset to the end.' },
  text('to-datetime', 'YYYY-MM-DDThh:mm:ss.sss', 'Reset to the first record at or after a time.'),
  { ...text('timeout', 'ms', 'How long one question may take.'), type: 'Long', default: '30000' },
  {
    name: 'state',
    arg: 'optional',
    argName: 'states',
    help: 'Describe the state; list groups with their states, or only those in these.',
    onlyWith: ['describe', 'list'],
  },
  { name: 'members', help: 'Describe the members.', onlyWith: ['describe'] },
  { name: 'offsets', help: 'Describe the offsets; this is the default.', onlyWith: ['describe'] },
  { name: 'verbose', help: 'Describe more: epochs.', onlyWith: ['describe'] },
]

const ACTIONS = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets']
const SCENARIOS = ['to-datetime', 'to-earliest', 'to-latest']

function check(options: Options): void {
  const fail = (message: string): never => {
    throw new UsageFailure(message)
  }
  options.require('bootstrap-server')
  const hasGroups = options.has('group') || options.has('all-groups')
  if (options.has('describe')) {
    if (!hasGroups) fail('Option [describe] takes one of these options: [all-groups], [group]')
    if (['members', 'offsets', 'state'].filter((name) => options.has(name)).length > 1)
      fail('Option [describe] takes at most one of these options: [members], [offsets], [state]')
    if (options.has('state') && options.one('state') !== undefined)
      fail('Option [describe] does not take a value for [state]')
  }
  if (options.has('delete')) {
    if (!hasGroups) fail('Option [delete] takes the options [group] or [all-groups]')
    if (options.has('group') && options.has('all-groups'))
      fail('Option [delete] takes either [group] or [all-groups], not both.')
    if (options.has('topic')) fail('Option [delete] does not take the option: [topic]')
  }
  if (options.has('delete-offsets') && (!options.has('group') || !options.has('topic')))
    fail('Option [delete-offsets] takes the following options: [group], [topic]')
  if (options.has('reset-offsets')) {
    if (options.has('dry-run') && options.has('execute'))
      fail('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
    if (!options.has('dry-run') && !options.has('execute'))
      fail('Option [reset-offsets] takes the option: [execute] or [dry-run]')
    if (!options.has('group')) fail('Option [reset-offsets] takes the option: [group]')
    if (!options.has('topic') && !options.has('all-topics'))
      fail('Option [reset-offsets] takes one of these options: [all-topics], [topic]')
    if (!SCENARIOS.some((name) => options.has(name)))
      fail('Option [reset-offsets] takes one of these options: [to-datetime], [to-earliest], [to-latest]')
    for (const name of SCENARIOS) options.forbid(name, ...SCENARIOS.filter((other) => other !== name))
  }
  options.forbid('group', 'all-groups')
  options.forbid('group', 'list')
  options.forbid('topic', 'list', 'describe')
}

async function run(options: Options, io: ShimIo): Promise<number> {
  check(options)
  if (ACTIONS.filter((action) => options.has(action)).length !== 1)
    throw new UsageFailure(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets.',
    )
  const act = options.has('list')
    ? list
    : options.has('describe')
      ? describe
      : options.has('delete')
        ? remove
        : options.has('reset-offsets')
          ? reset
          : removeOffsets
  try {
    await withCluster(
      {
        bootstrapServer: options.one('bootstrap-server'),
        commandConfig: options.one('command-config'),
        properties: { 'default.api.timeout.ms': String(options.number('timeout')) },
        call: 'findAllBrokers',
      },
      io,
      (client) => act(client, options, io),
    )
  } catch (error) {
    if (error instanceof UsageFailure || error instanceof ToolExit) throw error
    const isOfFuture = options.has('describe') && error instanceof MqError
    printError(io, `Executing share group command failed due to ${isOfFuture ? javaText(error) : messageOf(error)}`)
    io.stderr(`${javaText(isOfFuture ? executionError(error) : error)}\n`)
  }
  return 0
}

function printError(io: ShimIo, message: string): void {
  io.stdout(`\nError: ${message}\n`)
}

const STATES = ['Dead', 'Empty', 'Stable']

async function list(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const rows = await shareGroups(client)
  if (!options.has('state')) {
    io.stdout(rows.map((row) => `${row.group}\n`).join(''))
    return
  }
  const given = options.one('state') ?? ''
  const states = given === '' ? STATES : given.split(',').map((state) => stateOf(state, given))
  const shown = rows.filter((row) => states.includes(row.state ?? ''))
  const width = Math.max(15, ...shown.map((row) => row.group.length))
  io.stdout(`${'GROUP'.padEnd(width)} STATE\n`)
  for (const row of shown) io.stdout(`${row.group.padEnd(width)} ${row.state}\n`)
}

function stateOf(text: string, list: string): string {
  const state = STATES.find((one) => one.toLowerCase() === text.trim().toLowerCase())
  if (state === undefined)
    throw new UsageFailure(`Invalid state list '${list}'. Valid states are: ${STATES.join(', ')}`)
  return state
}

async function remove(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const known = new Map((await shareGroups(client)).map((row) => [row.group, row]))
  const named = options.has('all-groups') ? [...known.keys()] : [...options.all('group')]
  const errors = new Map<string, unknown>()
  for (const group of named) {
    const row = known.get(group)
    if (row === undefined)
      errors.set(group, new JavaError('java.lang.IllegalArgumentException', `Group '${group}' is not a share group.`))
    else if (row.state !== 'Empty')
      errors.set(group, new ApiError('NON_EMPTY_GROUP', `Share group '${group}' is not EMPTY.`))
  }
  const { groups } = await deleteGroups(
    client,
    named.filter((group) => !errors.has(group)),
  )
  for (const { group, error } of groups) if (error !== undefined) errors.set(group, itemFailure(error))
  const done = hashOrdered(named.filter((group) => !errors.has(group))).map((group) => `'${group}'`)
  if (errors.size === 0) {
    io.stdout(`Deletion of requested share groups (${done.join(', ')}) was successful.\n`)
    return
  }
  printError(io, 'Deletion of some share groups failed:')
  for (const group of hashOrdered([...errors.keys()]))
    io.stdout(`* Group '${group}' could not be deleted due to: ${javaText(errors.get(group))}\n`)
  if (done.length > 0) io.stdout(`\nThese share groups were deleted successfully: ${done.join(', ')}\n`)
}

async function reset(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const group = options.one('group') ?? ''
  const found = (await describeShareGroups(client, [group])).get(group)
  if (found !== undefined && 'error' in found && found.error.code !== 'GROUP_ID_NOT_FOUND')
    throw new ToolExit(1, { stderr: `${messageOf(itemFailure(found.error))}\n` })
  const state = found === undefined || 'error' in found ? 'Dead' : found.state
  if (state !== 'Empty' && state !== 'Dead') throw new ToolExit(1, { stderr: `Share group '${group}' is not empty.\n` })
  const places = options.has('all-topics')
    ? await partitionsWithOffsets(client, group)
    : await offsets.partitionsOf(client, options.all('topic'))
  await offsets.checkPartitions(client, places)
  const targets = offsets.inMapOrder(await targetsOf(client, places, options, io))
  if (options.has('execute')) {
    const outcomes = await alterShareOffsets(client, group, targets).catch((error: unknown) => {
      if (error instanceof MqError && error.code === 'GROUP_ID_NOT_FOUND') return undefined
      throw error
    })
    // A group that is none of these fails as a whole, and is told by its partitions all the same.
    const failed = outcomes === undefined ? targets : outcomes.filter((one) => one.error !== undefined)
    if (failed.length > 0) {
      const names = offsets.inMapOrder<Place>(failed).map(offsets.placeText)
      throw new JavaError(
        'java.lang.RuntimeException',
        `Failed altering group offsets for the following partitions: ${listText(names)}`,
      )
    }
  }
  io.stdout(offsets.resetText(new Map([[group, targets]])))
}

function targetsOf(
  client: ClusterClient,
  places: readonly Place[],
  options: Options,
  io: ShimIo,
): Promise<offsets.Target[]> {
  if (options.has('to-earliest')) return offsets.toEnd(client, places, 'earliest')
  if (options.has('to-latest')) return offsets.toEnd(client, places, 'latest')
  return offsets.toTime(client, places, offsets.parseDateTime(options.one('to-datetime') ?? ''), io)
}

async function partitionsWithOffsets(client: ClusterClient, group: string): Promise<Place[]> {
  const rows = (await shareOffsets(client, [group])).get(group) ?? []
  if ('error' in rows) throw itemFailure(rows.error)
  return rows.map(({ topic, partition }) => ({ topic, partition }))
}

async function removeOffsets(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const group = options.one('group') ?? ''
  const topics = [...new Set(options.all('topic'))]
  const body = { groupId: group, topics: topics.map((topicName) => ({ topicName })) }
  const answer = await client.request('DeleteShareGroupOffsets', body, { group }).catch((error: unknown) => {
    if (!(error instanceof MqError)) throw error
    const unsupported = new ApiError('UNSUPPORTED_VERSION', messageOf(error))
    printError(io, `Encounter some unknown error: ${javaText(unsupported)}`)
    return { refused: messageOf(error) }
  })
  const failure = (code: number, message: string | null) =>
    code === 0 ? undefined : messageOf(new ApiError(errorName(code), message ?? undefined))
  const all = 'refused' in answer ? answer.refused : failure(answer.errorCode, answer.errorMessage)
  if (all !== undefined && !('refused' in answer)) printError(io, all)
  const responses = 'refused' in answer ? [] : answer.responses
  const rows = topics.sort().map((topic) => {
    const one = responses.find((response) => response.topicName === topic)
    const error = all ?? (one === undefined ? undefined : failure(one.errorCode, one.errorMessage))
    return [topic, error === undefined ? 'Successful' : `Error: ${error}`] as const
  })
  const width = Math.max(15, ...topics.map((topic) => topic.length))
  const lines = [['TOPIC', 'STATUS'] as const, ...rows].map(([topic, status]) => `\n${topic.padEnd(width)} ${status}`)
  io.stdout(`${lines.join('')}\n`)
}

export const kafkaShareGroups: Tool = {
  name: 'kafka-share-groups',
  grammar: { kind: 'jopt', purpose: 'This tool helps to list, describe, reset and delete share groups.', flags },
  run,
  parseFailed: tellUncaught,
}
