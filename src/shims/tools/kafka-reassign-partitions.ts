/**
 * Stands in for kafka-reassign-partitions: generate, execute, verify, cancel, list. Files are in reassign-files.ts, throttles in
 * reassign-throttles.ts, directories in reassign-dirs.ts.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'
import { withCluster } from '../cluster.ts'
import { executionError, javaText, messageOf, tellUncaught } from '../failures.ts'
import type { Options } from '../options.ts'
import { type Flag, type ShimIo, type Tool, ToolExit, UsageFailure } from '../tool.ts'
import { currentDirs, moveDirs, moveStates } from './reassign-dirs.ts'
import * as files from './reassign-files.ts'
import { clearThrottles, type Move, throttleLogDirs, throttleMoves } from './reassign-throttles.ts'

const text = (name: string, argName: string, help: string): Flag => ({ name, arg: 'required', argName, help })
const long = (name: string, argName: string, standard: string, help: string): Flag => ({
  ...text(name, argName, help),
  type: 'Long',
  default: standard,
})

const flags: readonly Flag[] = [
  { ...text('bootstrap-server', 'host:port,…', 'The brokers to connect to first.'), arg: 'optional' },
  {
    ...text('bootstrap-controller', 'host:port,…', 'The controllers to connect to instead, for --list and --cancel.'),
    arg: 'optional',
  },
  text('command-config', 'file', 'Properties of the client: security, timeouts.'),
  { name: 'verify', help: 'Say how far the reassignments of a file are; clear throttles when all is done.' },
  { name: 'generate', help: 'Propose an assignment of topics to brokers; nothing is changed.' },
  { name: 'execute', help: 'Start the reassignments of a file.' },
  { name: 'cancel', help: 'Give up the reassignments of a file.' },
  { name: 'list', help: 'List the reassignments that are under way.' },
  text('reassignment-json-file', 'file', 'The partitions with their replicas, and log directories if need be.'),
  text('topics-to-move-json-file', 'file', 'The topics for --generate.'),
  text('broker-list', 'id,…', 'The brokers for --generate.'),
  { name: 'disable-rack-aware', help: 'Leave racks out of account.' },
  long('throttle', 'bytes/s', '-1', 'Limit of what moves between brokers.'),
  long('replica-alter-log-dirs-throttle', 'bytes/s', '-1', 'Limit of what moves between directories of a broker.'),
  long('timeout', 'ms', '10000', 'How long to wait until moves between directories can begin.'),
  { name: 'additional', help: 'Start these besides others that are under way; also changes their throttle.' },
  { name: 'preserve-throttles', help: 'Leave throttles as they are.' },
]

const ACTIONS = ['generate', 'execute', 'verify', 'cancel', 'list'] as const
type Action = (typeof ACTIONS)[number]
const REQUIRED: Readonly<Record<Action, readonly string[]>> = {
  verify: ['reassignment-json-file'],
  generate: ['topics-to-move-json-file', 'broker-list'],
  execute: ['reassignment-json-file'],
  cancel: ['reassignment-json-file'],
  list: [],
}
const PERMITTED: Readonly<Record<Action, readonly string[]>> = {
  verify: ['bootstrap-server', 'preserve-throttles'],
  generate: ['bootstrap-server', 'disable-rack-aware'],
  execute: ['bootstrap-server', 'additional', 'throttle', 'replica-alter-log-dirs-throttle', 'timeout'],
  cancel: ['bootstrap-server', 'bootstrap-controller', 'preserve-throttles', 'timeout'],
  list: ['bootstrap-server', 'bootstrap-controller'],
}

function check(options: Options): Action {
  const given = ACTIONS.filter((action) => options.has(action))
  const [action] = given
  if (action === undefined || given.length > 1)
    throw new UsageFailure(`Command must include exactly one action: ${ACTIONS.map((name) => `--${name}`).join(', ')}`)
  const [servers, controllers] = [options.has('bootstrap-server'), options.has('bootstrap-controller')]
  if (servers && controllers)
    throw new UsageFailure("Please don't specify both --bootstrap-server and --bootstrap-controller")
  if (!servers && !controllers)
    throw new UsageFailure('Please specify either --bootstrap-server or --bootstrap-controller')
  options.require(...REQUIRED[action])
  const allowed = [action, 'command-config', ...REQUIRED[action], ...PERMITTED[action]]
  const inOrder = options.argv.flatMap((word) =>
    flags.filter((flag) => word.replace(/^--?/, '').split('=')[0] === flag.name),
  )
  const stray = inOrder.find((flag) => options.has(flag.name) && !allowed.includes(flag.name))
  if (stray !== undefined) throw new UsageFailure(`Option "[${stray.name}]" can't be used with action "[${action}]"`)
  return action
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const action = check(options)
  try {
    const place = {
      bootstrapServer: options.one('bootstrap-server'),
      bootstrapController: options.one('bootstrap-controller'),
      properties: { 'client.id': 'reassign-partitions-tool' },
      call: action === 'generate' ? 'listNodes' : 'listPartitionReassignments',
    }
    if (place.bootstrapServer === undefined && place.bootstrapController === undefined) {
      io.stdout('Error: null\njava.lang.NullPointerException\n\n')
      return 1
    }
    const act = { generate, execute, verify, cancel, list }[action]
    await withCluster({ ...place, commandConfig: options.one('command-config') }, io, (client) =>
      act(client, options, io),
    )
    return 0
  } catch (error) {
    if (error instanceof ToolExit || error instanceof UsageFailure) throw error
    const shown = error instanceof ApiError ? executionError(error) : error
    // The trace of the original ends with a line of its own.
    io.stdout(`Error: ${messageOf(shown)}\n${javaText(shown)}\n\n`)
    return 1
  }
}

/** An error that is told by its text alone. */
const terse = (message: string) => new ToolExit(1, { stdout: `${message}\n` })

interface Ongoing {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

async function ongoing(client: ClusterClient): Promise<Map<string, Ongoing>> {
  const answer = await client.request('ListPartitionReassignments', { topics: null }, 'controller')
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  const rows = answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  )
  return new Map(rows.map((row) => [files.nameOf(row), row]))
}

async function list(client: ClusterClient, _options: Options, io: ShimIo): Promise<void> {
  const rows = [...(await ongoing(client)).values()].sort(files.byPlace)
  if (rows.length === 0) {
    io.stdout('No partition reassignments found.\n')
    return
  }
  const lines = rows.map((row) => {
    const adding = row.adding.length === 0 ? '' : ` adding: ${row.adding.join(',')}.`
    const removing = row.removing.length === 0 ? '' : ` removing: ${row.removing.join(',')}.`
    return `${files.nameOf(row)}: replicas: ${row.replicas.join(',')}.${adding}${removing}`
  })
  io.stdout(`Current partition reassignments:\n${lines.join('\n')}\n`)
}

/** Replicas of every partition of these topics. Throws for a topic that is not there. */
async function assignments(client: ClusterClient, topics: readonly string[]): Promise<files.Target[]> {
  if (topics.length === 0) return []
  const found = await client.metadata([...new Set(topics)])
  return found.topics.flatMap((topic) => {
    if (errorName(topic.errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION')
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Topic ${topic.name} not found.`)
    if (topic.errorCode !== 0) throw new ApiError(errorName(topic.errorCode))
    return topic.partitions.map(({ partitionIndex, replicaNodes }) => ({
      topic: topic.name ?? '',
      partition: partitionIndex,
      replicas: replicaNodes,
      logDirs: replicaNodes.map(() => files.ANY),
    }))
  })
}

async function generate(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const content = files.readText(options.one('topics-to-move-json-file') ?? '')
  const { brokers, topics } = files.parseForPlan(options.one('broker-list') ?? '', content)
  const current = await assignments(client, topics)
  const nodes = (await client.metadata([])).brokers.filter((broker) => brokers.includes(broker.id))
  const rackAware = !options.has('disable-rack-aware')
  const rackless = nodes.filter((node) => node.rack === null).length
  if (rackAware && rackless > 0 && rackless < nodes.length)
    throw files.failed(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make replica assignment without rack information.',
    )
  const order = interleaved(nodes.map((node) => ({ id: node.id, rack: rackAware ? (node.rack ?? '') : '' })))
  const proposed = topics.flatMap((topic) => {
    const partitions = current.filter((one) => one.topic === topic).sort(files.byPlace)
    const factor = partitions[0]?.replicas.length ?? 0
    if (order.length === 0 && partitions.length > 0)
      throw files.failed('All brokers are currently fenced, or have all their log directories cordoned.')
    if (factor > order.length)
      throw files.failed(
        `The target replication factor of ${factor} cannot be reached because only ${order.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
      )
    return placed(partitions, order, factor)
  })
  io.stdout(`Current partition replica assignment\n${files.reassignmentJson(await currentDirs(client, current))}\n\n`)
  io.stdout(`Proposed partition reassignment configuration\n${files.reassignmentJson(proposed)}\n`)
}

/** Brokers one rack after the other, so that neighbours are of different racks. */
function interleaved(nodes: readonly { id: number; rack: string }[]): number[] {
  const racks = new Map<string, number[]>()
  for (const { id, rack } of [...nodes].sort((a, b) => a.id - b.id)) racks.set(rack, [...(racks.get(rack) ?? []), id])
  const order: number[] = []
  for (let row = 0; order.length < nodes.length; row++) {
    for (const [, ids] of [...racks].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      const id = ids[row]
      if (id !== undefined) order.push(id)
    }
  }
  return order
}

/** Leaders go round from a random start; followers are the neighbours. */
function placed(partitions: readonly files.Target[], order: readonly number[], factor: number): files.Target[] {
  const start = Math.floor(Math.random() * order.length)
  return partitions.map((target, index) => {
    const replicas = Array.from({ length: factor }, (_, at) => order[(start + index + at) % order.length]!)
    return { ...target, replicas, logDirs: replicas.map(() => files.ANY) }
  })
}

const EXISTING =
  'Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.'
const WARNING =
  'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.\n'

async function execute(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const targets = files.parseForExecution(files.readText(options.one('reassignment-json-file') ?? ''))
  const [rate, dirRate] = [options.number('throttle') ?? -1, options.number('replica-alter-log-dirs-throttle') ?? -1]
  const timeoutMs = options.number('timeout') ?? 0
  const running = await ongoing(client)
  if (running.size > 0 && !options.has('additional')) throw terse(EXISTING)
  const { brokers } = await client.metadata([])
  const wanted = [...new Set(targets.flatMap((target) => target.replicas))].sort((a, b) => a - b)
  const unknown = wanted.find((id) => !brokers.some((broker) => broker.id === id))
  if (unknown !== undefined) throw files.failed(`Unknown broker id ${unknown}`)
  const current = await currentOf(client, targets)
  const now = files.reassignmentJson(await currentDirs(client, [...current.values()]))
  io.stdout(
    `Current partition replica assignment\n\n${now}\n\nSave this to use as the --reassignment-json-file option during rollback\n`,
  )
  if (rate >= 0 || dirRate >= 0) io.stdout(WARNING)
  if (rate >= 0) await throttleMoves(client, movesOf(running, targets, current), rate, io)
  const moving = targets.flatMap((target) => target.replicas.filter((_, at) => target.logDirs[at] !== files.ANY))
  if (dirRate >= 0) await throttleLogDirs(client, [...new Set(moving)], dirRate, io)
  const errors = await alter(
    client,
    targets.map((target) => ({ ...target, replicas: target.replicas as number[] | null })),
  )
  if (errors.length > 0) throw terse(`Error reassigning partition(s):\n${errors.join('\n')}`)
  const names = [...targets].sort(files.byPlace).map(files.nameOf)
  io.stdout(`Successfully started partition reassignment${names.length === 1 ? '' : 's'} for ${names.join(',')}\n`)
  if (moving.length > 0) await moveDirs(client, targets, timeoutMs, io)
}

async function currentOf(client: ClusterClient, targets: readonly files.Target[]): Promise<Map<string, files.Target>> {
  const all = await assignments(
    client,
    targets.map((target) => target.topic),
  )
  const names = new Set(targets.map(files.nameOf))
  const current = new Map(all.filter((one) => names.has(files.nameOf(one))).map((one) => [files.nameOf(one), one]))
  const missing = [...names].filter((name) => !current.has(name))
  if (missing.length > 0)
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition: ${missing.join(', ')}`)
  return current
}

/** What moves: what is under way, and what is wanted now. */
function movesOf(
  running: ReadonlyMap<string, Ongoing>,
  targets: readonly files.Target[],
  current: ReadonlyMap<string, files.Target>,
): Move[] {
  const moves = new Map<string, Move>()
  for (const [name, { topic, partition, replicas, adding }] of running) {
    const sources = replicas.filter((id) => !adding.includes(id))
    moves.set(name, { topic, partition, sources, destinations: adding })
  }
  for (const { topic, partition, replicas } of targets) {
    const name = files.nameOf({ topic, partition })
    const sources = moves.get(name)?.sources ?? current.get(name)?.replicas ?? []
    const destinations = replicas.filter((id) => !sources.includes(id))
    moves.set(name, { topic, partition, sources, destinations })
  }
  return [...moves.values()]
}

/** Starts, or with null cancels, reassignments; the errors, as `partition: message`. */
async function alter(
  client: ClusterClient,
  targets: readonly { topic: string; partition: number; replicas: number[] | null }[],
): Promise<string[]> {
  const topics = [...new Set(targets.map((target) => target.topic))].map((name) => ({
    name,
    partitions: targets
      .filter((target) => target.topic === name)
      .map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
  }))
  const body = { topics, timeoutMs: client.options.requestTimeoutMs }
  const answer = await client.request('AlterPartitionReassignments', body, 'controller', { repeat: false })
  if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
  return answer.responses
    .flatMap(({ name, partitions }) =>
      partitions.map((one) => ({ topic: name, partition: one.partitionIndex, ...one })),
    )
    .filter(({ errorCode }) => errorCode !== 0)
    .sort(files.byPlace)
    .map((one) => {
      const error = new ApiError(errorName(one.errorCode), one.errorMessage ?? undefined)
      return `${files.nameOf(one)}: ${messageOf(error)}`
    })
}

async function verify(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const targets = files.parseTargets(files.readText(options.one('reassignment-json-file') ?? ''))
  const running = await ongoing(client)
  const { topics } = await client.metadata([...new Set(targets.map((target) => target.topic))])
  const lines = ['Status of partition reassignment:']
  for (const target of [...targets].sort(files.byPlace)) {
    const name = files.nameOf(target)
    if (running.has(name)) {
      lines.push(`Reassignment of partition ${name} is still in progress.`)
      continue
    }
    const topic = topics.find((one) => one.name === target.topic)
    const now = topic?.partitions.find((one) => one.partitionIndex === target.partition)?.replicaNodes ?? []
    lines.push(
      now.join(',') === target.replicas.join(',')
        ? `Reassignment of partition ${name} is completed.`
        : `There is no active reassignment of partition ${name}, but replica set is ${now.join(',')} rather than ${target.replicas.join(',')}.`,
    )
  }
  io.stdout(`${lines.join('\n')}\n`)
  const moves = await moveStates(client, targets)
  io.stdout(`${moves.lines.join('\n')}\n`)
  if (running.size === 0 && moves.active.length === 0 && !options.has('preserve-throttles'))
    await clearThrottles(client, targets, io)
}

async function cancel(client: ClusterClient, options: Options, io: ShimIo): Promise<void> {
  const targets = files.parseTargets(files.readText(options.one('reassignment-json-file') ?? ''))
  const running = await ongoing(client)
  const active = targets.filter((target) => running.has(files.nameOf(target))).sort(files.byPlace)
  if (active.length > 0) {
    const errors = await alter(
      client,
      active.map(({ topic, partition }) => ({ topic, partition, replicas: null })),
    )
    if (errors.length > 0)
      throw terse(`Error cancelling partition reassignment${errors.length === 1 ? '' : 's'} for:\n${errors.join('\n')}`)
    const names = active.map(files.nameOf)
    io.stdout(`Successfully cancelled partition reassignment${names.length === 1 ? '' : 's'} for: ${names.join(',')}\n`)
  } else io.stdout('None of the specified partition reassignments are active.\n')
  const moves = await moveStates(client, targets)
  if (moves.active.length === 0) io.stdout('None of the specified partition moves are active.')
  else await moveDirs(client, moves.active, options.number('timeout') ?? 0, io)
  if (!options.has('preserve-throttles')) await clearThrottles(client, targets, io)
}

export const kafkaReassignPartitions: Tool = {
  name: 'kafka-reassign-partitions',
  grammar: { kind: 'jopt', purpose: 'This tool helps to move topic partitions between replicas.', flags },
  run,
  parseFailed: tellUncaught,
}
