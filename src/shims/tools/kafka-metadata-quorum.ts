/** kafka-metadata-quorum: the state of the metadata quorum and its voters, and changes of them (KIP-853). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeNodes } from '../../admin/cluster.ts'
import { isUuid } from '../../base/uuid.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { parseProperties } from '../../config/properties.ts'
import type { ResponseOf } from '../../protocol/apis.ts'
import { ApiError, errorMessage, errorName } from '../../protocol/errors.ts'
import { type ClusterPlace, fileProperties, withCluster } from '../cluster.ts'
import { JavaError, javaText, tellFailure } from '../failures.ts'
import type { Options } from '../options.ts'
import type { ShimIo, Tool } from '../tool.ts'

const dryRun = { name: 'dry-run', help: 'Say what would be done, and do nothing.' }

export const kafkaMetadataQuorum: Tool = {
  name: 'kafka-metadata-quorum',
  grammar: {
    kind: 'argparse',
    program: 'kafka-metadata-quorum',
    purpose: 'Shows and changes the quorum that keeps the metadata.',
    flags: [
      { name: 'bootstrap-server', arg: 'required', help: 'Brokers to ask first, as host:port,....' },
      { name: 'bootstrap-controller', arg: 'required', help: 'Controllers to ask first instead.' },
      {
        name: 'command-config',
        arg: 'required',
        help: "Properties of the client; for add-controller the new controller's server.properties.",
      },
    ],
    oneOf: [{ flags: ['bootstrap-server', 'bootstrap-controller'], required: true }],
    commands: [
      {
        name: 'describe',
        help: 'Show the state of the quorum.',
        flags: [
          { name: 'status', help: 'Leader, epoch, lag and voters at a glance.' },
          { name: 'replication', help: 'A line for each voter and observer.' },
          { name: 'human-readable', help: 'Times as how long ago, with --replication.' },
        ],
      },
      { name: 'add-controller', help: 'Make a controller a voter.', flags: [dryRun] },
      {
        name: 'remove-controller',
        help: 'Take the vote from a controller.',
        flags: [
          {
            name: 'controller-id',
            aliases: ['i'],
            arg: 'required',
            type: 'Integer',
            required: true,
            help: 'The id of the controller.',
          },
          {
            name: 'controller-directory-id',
            aliases: ['d'],
            arg: 'required',
            required: true,
            help: 'The id of its metadata directory.',
          },
          dryRun,
        ],
      },
    ],
    helpExit: 0,
  },
  run,
  failed(error, io) {
    if (!(error instanceof Terse)) return tellFailure(error, io)
    io.stderr(`${error.message}\n`)
    return 1
  },
}

class Terse extends Error {}

async function run(options: Options, io: ShimIo): Promise<number> {
  const commandConfig = options.one('command-config')
  try {
    fileProperties(commandConfig)
  } catch {
    throw new Terse(`Properties file ${commandConfig} does not exists!`)
  }
  const place: ClusterPlace = {
    bootstrapServer: options.one('bootstrap-server'),
    bootstrapController: options.one('bootstrap-controller'),
    commandConfig,
    call: 'describeMetadataQuorum',
  }
  // A file that describes a controller is no client's: only what a client knows is taken from it.
  const clientPlace: ClusterPlace =
    options.command === 'add-controller' ? { ...place, commandConfig: undefined, properties: {} } : place
  switch (options.command) {
    case 'describe':
      return describe(options, place, io)
    case 'add-controller':
      return addController(options, clientPlace, commandConfig, io)
    default:
      return removeController(options, place, io)
  }
}

type Quorum = ResponseOf<'DescribeQuorum'>

async function ask(
  client: ClusterClient,
): Promise<{ quorum: Quorum; partition: Quorum['topics'][0]['partitions'][0] }> {
  const viaController = client.options.bootstrapKind === 'controller'
  const quorum = await client.request(
    'DescribeQuorum',
    { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
    viaController ? 'controller' : 'any',
  )
  const partition = quorum.topics[0]?.partitions[0]
  const code = quorum.errorCode || (partition?.errorCode ?? -1)
  if (code !== 0 || partition === undefined) {
    throw new ApiError(errorName(code), quorum.errorMessage || errorMessage(errorName(code)))
  }
  return { quorum, partition }
}

async function describe(options: Options, place: ClusterPlace, io: ShimIo): Promise<number> {
  const [status, replication, human] = ['status', 'replication', 'human-readable'].map((name) => options.has(name))
  if (status && replication)
    throw new Terse('Only one of --status or --replication should be specified with describe sub-command')
  if (human && !replication) throw new Terse('The option --human-readable is only supported along with --replication')
  if (!status && !replication)
    throw new Terse('One of --status or --replication must be specified with describe sub-command')
  return withCluster(place, io, async (client) => {
    const { quorum, partition } = await ask(client)
    if (replication) io.stdout(replicationTable(partition, human === true ? io.nowMs() : undefined))
    else {
      const { clusterId } = await describeNodes(client, client.options.bootstrapKind === 'controller')
      io.stdout(statusText(clusterId ?? '', quorum, partition))
    }
    return 0
  })
}

type Partition = Quorum['topics'][0]['partitions'][0]

/** The lines of `--status`. */
export function statusText(clusterId: string, quorum: Quorum, partition: Partition): string {
  const leader = partition.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)
  const slowest = partition.currentVoters.reduce(
    (least, voter) => (voter.logEndOffset < least.logEndOffset ? voter : least),
    leader ?? partition.currentVoters[0]!,
  )
  const lag = (leader?.logEndOffset ?? 0) - slowest.logEndOffset
  const behind =
    leader === slowest
      ? 0
      : leader !== undefined && leader.lastCaughtUpTimestamp >= 0 && slowest.lastCaughtUpTimestamp >= 0
        ? leader.lastCaughtUpTimestamp - slowest.lastCaughtUpTimestamp
        : -1
  const rows: [string, string | number][] = [
    ['ClusterId:', clusterId],
    ['LeaderId:', partition.leaderId],
    ['LeaderEpoch:', partition.leaderEpoch],
    ['HighWatermark:', partition.highWatermark],
    ['MaxFollowerLag:', lag],
    ['MaxFollowerLagTimeMs:', behind],
    ['CurrentVoters:', membersText(partition.currentVoters, quorum)],
    ['CurrentObservers:', membersText(partition.observers, quorum)],
  ]
  return rows.map(([name, value]) => `${name.padEnd(23)} ${value}\n`).join('')
}

const NO_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA'

function membersText(members: Partition['currentVoters'], { nodes }: Quorum): string {
  const texts = members.map(({ replicaId, replicaDirectoryId }) => {
    const listeners = nodes.find(({ nodeId }) => nodeId === replicaId)?.listeners ?? []
    const endpoints = listeners.map(
      ({ name, host, port }) => `"${name}://${host.includes(':') ? `[${host}]` : host}:${port}"`,
    )
    const parts = [`"id": ${replicaId}`]
    if (replicaDirectoryId !== NO_DIRECTORY) parts.push(`"directoryId": "${replicaDirectoryId}"`)
    if (endpoints.length > 0) parts.push(`"endpoints": [${endpoints.join(', ')}]`)
    return `{${parts.join(', ')}}`
  })
  return `[${texts.join(', ')}]`
}

/** The table of `--replication`; with `nowMs` times as how long ago. */
export function replicationTable(partition: Partition, nowMs: number | undefined): string {
  const leader = partition.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)
  const time = (ms: number) => (nowMs === undefined || ms < 0 ? String(ms) : `${Math.max(0, nowMs - ms)} ms ago`)
  const row = (state: Partition['currentVoters'][0], status: string) => [
    String(state.replicaId),
    state.replicaDirectoryId,
    String(state.logEndOffset),
    String((leader?.logEndOffset ?? 0) - state.logEndOffset),
    time(state.lastFetchTimestamp),
    time(state.lastCaughtUpTimestamp),
    status,
  ]
  const rows = [
    ['NodeId', 'DirectoryId', 'LogEndOffset', 'Lag', 'LastFetchTimestamp', 'LastCaughtUpTimestamp', 'Status'],
    ...(leader === undefined ? [] : [row(leader, 'Leader')]),
    ...partition.currentVoters.filter((state) => state !== leader).map((state) => row(state, 'Follower')),
    ...partition.observers.map((state) => row(state, 'Observer')),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)))
  return rows.map((cells) => `${cells.map((cell, column) => `${cell.padEnd(widths[column]!)}\t`).join('')}\n`).join('')
}

/** What a controller's server.properties and its metadata directory say of it. */
interface Controller {
  readonly id: number
  readonly directoryId: string
  readonly endpoints: { readonly name: string; readonly host: string; readonly port: number }[]
}

async function addController(
  options: Options,
  place: ClusterPlace,
  file: string | undefined,
  io: ShimIo,
): Promise<number> {
  if (file === undefined)
    throw new Terse(
      'You must supply the configuration file of the controller you are adding when using add-controller.',
    )
  const { id, directoryId, endpoints } = readController(fileProperties(file))
  const texts = endpoints.map(({ name, host, port }) => `${name}://${host}:${port}`)
  const what = `controller ${id} with directory id ${directoryId} and endpoints: ${texts.join(', ')}`
  if (options.has('dry-run')) {
    io.stdout(`DRY RUN of adding ${what}\n`)
    return 0
  }
  return withCluster(place, io, async (client) => {
    const { clusterId } = await describeNodes(client, client.options.bootstrapKind === 'controller')
    await finished(
      client.request(
        'AddRaftVoter',
        {
          clusterId,
          timeoutMs: client.options.requestTimeoutMs,
          voterId: id,
          voterDirectoryId: directoryId,
          listeners: endpoints,
        },
        'controller',
        { repeat: false },
      ),
    )
    io.stdout(`Added ${what}\n`)
    return 0
  })
}

function readController(properties: Readonly<Record<string, string>>): Controller {
  const id = properties['node.id']
  if (id === undefined)
    throw new Terse('node.id not found in configuration file. Is this a valid controller configuration file?')
  const roles = (properties['process.roles'] ?? '').split(',').map((role) => role.trim())
  if (!roles.includes('controller')) throw new Terse('process.roles did not contain controller in configuration file.')
  const directory = (properties['metadata.log.dir'] ?? properties['log.dirs'] ?? properties['log.dir'] ?? '')
    .split(',')[0]!
    .trim()
  if (directory === '')
    throw new Terse(
      'Neither metadata.log.dir nor log.dirs were found in configuration file. Is this a valid controller configuration file?',
    )
  const directoryId = directoryIdOf(directory)
  const names = (properties['controller.listener.names'] ?? '').split(',').map((name) => name.trim())
  const listeners = `${properties['advertised.listeners'] ?? ''},${properties.listeners ?? ''}`.split(',')
  const endpoints = names.flatMap((name) => {
    const found = listeners
      .map((text) => /^\s*([^:]+):\/\/(.*):(\d+)\s*$/.exec(text))
      .find((parts) => parts?.[1] === name)
    return found ? [{ name, host: found[2]! === '' ? 'localhost' : found[2]!, port: Number(found[3]) }] : []
  })
  if (endpoints.length === 0)
    throw new Terse('controller.listener.names not found in listeners of the configuration file.')
  return { id: Number(id), directoryId, endpoints }
}

function directoryIdOf(directory: string): string {
  let text: string
  try {
    text = readFileSync(join(directory, 'meta.properties'), 'utf8')
  } catch {
    throw new Terse(`Unable to read meta.properties from ${directory}`)
  }
  const id = parseProperties(text)['directory.id']
  if (id === undefined) throw new Terse(`No directory id found in ${directory}`)
  return id
}

async function removeController(options: Options, place: ClusterPlace, io: ShimIo): Promise<number> {
  const id = options.number('controller-id')!
  if (id < 0) throw new Terse(`Invalid negative --controller-id: ${id}`)
  const directoryId = options.one('controller-directory-id')!
  if (!isUuid(directoryId)) {
    const bytes = Buffer.from(directoryId, 'base64url').length
    throw new Terse(
      `Failed to parse --controller-directory-id: Input string \`${directoryId}\` decoded as ${bytes} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID`,
    )
  }
  const what = `KRaft controller ${id} with directory id ${directoryId}`
  if (options.has('dry-run')) {
    io.stdout(`DRY RUN of removing  ${what}\n`)
    return 0
  }
  return withCluster(place, io, async (client) => {
    const { clusterId } = await describeNodes(client, client.options.bootstrapKind === 'controller')
    const body = { clusterId, voterId: id, voterDirectoryId: directoryId }
    await finished(client.request('RemoveRaftVoter', body, 'controller', { repeat: false }))
    io.stdout(`Removed  ${what}\n`)
    return 0
  })
}

/** Throws what the controller refuses as Java's futures do. */
async function finished(asked: Promise<{ errorCode: number; errorMessage: string | null }>): Promise<void> {
  let failure: unknown
  try {
    const { errorCode, errorMessage: told } = await asked
    if (errorCode === 0) return
    failure = new ApiError(errorName(errorCode), told || errorMessage(errorName(errorCode)))
  } catch (error) {
    failure = error
  }
  throw new JavaError('java.util.concurrent.ExecutionException', javaText(failure), javaText(failure))
}
