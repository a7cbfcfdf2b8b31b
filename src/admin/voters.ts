/**
 * The voters of the metadata quorum and changes of them (KIP-853): who votes, what a new voter needs to be known by, adding one and
 * taking one away, each checked before and read back after. A quorum whose voters stand in `controller.quorum.voters` cannot change.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { MqError, UsageError } from '../base/errors.ts'
import { ZERO_UUID } from '../base/uuid.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ClientConnection } from '../client/connection.ts'
import { type Endpoint, parseEndpoints } from '../config/listeners.ts'
import { ApiError, type ErrorName, errorName } from '../protocol/errors.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import { describeNodes } from './cluster.ts'
import { RESOURCE_TYPE } from './configs.ts'
import { codeError, itemError } from './items.ts'

export interface Voter {
  id: number
  /** Null: a quorum with static voters has none. */
  directoryId: string | null
  /** Its controller listener, as `NAME://host:port`; null when the cluster does not tell. */
  endpoint: string | null
}

export interface KnownVoter extends Voter {
  /** When it last asked the leader, ms since the epoch by the leader's clock; null: not known. */
  readonly lastFetch: number | null
}

export interface VoterSet {
  readonly clusterId: string | null
  readonly leader: number | null
  readonly voters: readonly KnownVoter[]
  readonly observers: readonly { readonly id: number; readonly directoryId: string | null }[]
  /** The leader's time when it answered; null: it does not tell. */
  readonly now: number | null
  /** Voters can be added and removed: kraft.version is 1 or more. */
  readonly isDynamic: boolean
}

const QUORUM = { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] }
const SHOWN_MS = 5000
/** What one controller is asked on the side. */
const CONTROLLER_MS = 3000
const AUTO_JOIN = 'controller.quorum.auto.join.enable'
const LOOK_MS = 200
/** Voters ask their leader again at least twice a second; one that has not within this time may be gone. */
const PROOF_MS = 5500
/** A question that waits at the leader, half a second at most, counts once more when its wait is over, though its voter be dead. */
const PARKED_MS = 1500

/** Who votes now. Rejects where there is no quorum, or none that answers. */
export async function voterSet(client: ClusterClient): Promise<VoterSet> {
  const viaController = client.options.bootstrapKind === 'controller'
  const answer = await client.retry(async () => {
    const found = await client.request('DescribeQuorum', QUORUM, viaController ? 'controller' : 'any')
    const code = found.errorCode || (found.topics[0]?.partitions[0]?.errorCode ?? -1)
    if (code !== 0) throw new ApiError(errorName(code), codeError(code, found.errorMessage).message)
    return found
  })
  const partition = answer.topics[0]!.partitions[0]!
  const asking = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }
  const { finalizedFeatures } = await client.request('ApiVersions', asking)
  const level = finalizedFeatures.find(({ name }) => name === 'kraft.version')?.maxVersionLevel ?? 0
  const { clusterId } = viaController ? await describeNodes(client, true) : await client.metadata()
  const idOf = (directory: string) => (directory === ZERO_UUID ? null : directory)
  const present = partition.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)?.lastFetchTimestamp
  return {
    clusterId,
    leader: partition.leaderId < 0 ? null : partition.leaderId,
    voters: partition.currentVoters
      .map(({ replicaId, replicaDirectoryId, lastFetchTimestamp }) => {
        const listener = answer.nodes.find(({ nodeId }) => nodeId === replicaId)?.listeners[0]
        return {
          ...{ id: replicaId, directoryId: idOf(replicaDirectoryId) },
          endpoint: listener === undefined ? null : endpointText(listener),
          lastFetch: lastFetchTimestamp < 0 ? null : lastFetchTimestamp,
        }
      })
      .sort((one, other) => one.id - other.id),
    observers: partition.observers.map(({ replicaId, replicaDirectoryId }) => ({
      ...{ id: replicaId, directoryId: idOf(replicaDirectoryId) },
    })),
    now: present === undefined || present < 0 ? null : present,
    isDynamic: level >= 1,
  }
}

function endpointText({ name, host, port }: { name: string; host: string; port: number }): string {
  return `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Throws where voters cannot change. */
function requireDynamic({ isDynamic }: VoterSet): void {
  if (isDynamic) return
  throw new MqError('UNSUPPORTED_VERSION', 'the voters of this quorum are static: kraft.version is 0', {
    hint: 'they stand in controller.quorum.voters of every node; Kafka 4.1 and later can raise kraft.version to 1',
  })
}

/** What is known of a new voter besides its id. */
export interface NewVoter {
  readonly id: number
  readonly directoryId?: string | undefined
  /** `NAME://host:port`. */
  readonly endpoint?: string | undefined
}

/**
 * Completes what was given of a new voter from what the cluster knows: its directory id while it follows the metadata log, its
 * listener once it has registered as a controller. Undefined: it votes already. Rejects with what is missing and how to give it.
 */
export async function completeVoter(
  client: ClusterClient,
  set: VoterSet,
  wanted: NewVoter,
): Promise<Voter | undefined> {
  requireDynamic(set)
  const known = set.voters.find(({ id }) => id === wanted.id)
  if (known !== undefined && (wanted.directoryId ?? known.directoryId) === known.directoryId) return undefined
  const following = set.observers.find(({ id }) => id === wanted.id)
  const directoryId = wanted.directoryId ?? following?.directoryId ?? null
  if (directoryId === null) {
    throw new MqError(
      'MQ_UNKNOWN_CONTROLLER',
      `node ${wanted.id} does not follow the metadata log: its directory id is not known`,
      {
        hint: 'start it as a controller first, or give --directory-id (directory.id in its meta.properties) and --endpoint',
      },
    )
  }
  const endpoint = wanted.endpoint ?? (await controllerEndpoint(client, set, wanted.id))
  if (endpoint === undefined) {
    throw new UsageError(
      `where is the controller listener of node ${wanted.id}?`,
      'the cluster does not tell: give --endpoint CONTROLLER://HOST:PORT',
    )
  }
  return { id: wanted.id, directoryId, endpoint }
}

/** Asks the voters, which know every registered controller. One that cannot be asked is passed over for the next. */
async function controllerEndpoint(client: ClusterClient, set: VoterSet, id: number): Promise<string | undefined> {
  for (const { endpoint } of set.voters) {
    const found = await askController(client, endpoint, async (connection, name) => {
      const { brokers } = await connection.call('DescribeCluster', { endpointType: 2 })
      const node = brokers.find(({ brokerId }) => brokerId === id)
      return node === undefined ? undefined : endpointText({ name, host: node.host, port: node.port })
    })
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Whether the node would ask for its vote again (KIP-1186), so that taking it while it runs is in vain; null: neither its controller
 * listener nor, in a combined node, its broker says so.
 */
export async function joinsByItself(client: ClusterClient, voter: Voter): Promise<boolean | null> {
  const resource = {
    resourceType: RESOURCE_TYPE.broker,
    resourceName: String(voter.id),
    configurationKeys: [AUTO_JOIN],
  }
  const read = ({ results }: ResponseOf<'DescribeConfigs'>) => {
    const [result] = results
    return result === undefined || result.errorCode !== 0 ? undefined : result.configs[0]?.value === 'true'
  }
  const said = await askController(client, voter.endpoint, async (connection) =>
    read(await connection.call('DescribeConfigs', { resources: [resource] })),
  )
  if (said !== undefined || client.options.bootstrapKind === 'controller') return said ?? null
  const { brokers } = await client.metadata()
  if (!brokers.some(({ id }) => id === voter.id)) return null
  return read(await client.request('DescribeConfigs', { resources: [resource] }, { broker: voter.id })) ?? null
}

/** Undefined: there is no endpoint, or nothing that answers there. */
async function askController<T>(
  client: ClusterClient,
  endpoint: string | null,
  ask: (connection: ClientConnection, listener: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  if (endpoint === null) return undefined
  const [{ name, host, port }] = parseEndpoints('endpoint', [endpoint]) as [Endpoint]
  const connectTimeoutMs = Math.min(CONTROLLER_MS, client.options.connectTimeoutMs)
  const patience = { connectTimeoutMs, requestTimeoutMs: CONTROLLER_MS }
  try {
    const connection = await ClientConnection.open({ host, port }, { ...client.options, ...patience })
    try {
      return await ask(connection, name)
    } finally {
      connection.close()
    }
  } catch (error) {
    // A controller that is down, or talks TLS where the brokers do not, does not help; another may.
    itemError(error)
    return undefined
  }
}

/** Adds the voter and returns when the quorum shows it. */
export async function addVoter(client: ClusterClient, voter: Voter): Promise<VoterSet> {
  const [listener] = parseEndpoints('endpoint', [voter.endpoint ?? '']) as [Endpoint]
  const { clusterId } = await voterSet(client)
  const request = {
    ...{ clusterId, timeoutMs: client.options.requestTimeoutMs, voterId: voter.id },
    ...{ voterDirectoryId: voter.directoryId ?? ZERO_UUID, listeners: [listener] },
  }
  await decided(client, 'DUPLICATE_VOTER', () =>
    client.request('AddRaftVoter', request, 'controller', { repeat: false }),
  )
  return shown(client, ({ voters }) =>
    voters.some(({ id, directoryId }) => id === voter.id && directoryId === voter.directoryId),
  )
}

/**
 * Watches until every voter has asked the leader again, or 5.5 s: what it was doing a moment ago proves nothing. Returns the ids of those
 * that have, the leader among them.
 */
export async function voterSigns(client: ClusterClient, first: VoterSet): Promise<Set<number>> {
  const until = performance.now() + PROOF_MS
  for (;;) {
    const set = await voterSet(client)
    const isAlive = ({ id, lastFetch }: KnownVoter) =>
      id === set.leader || (lastFetch !== null && first.now !== null && lastFetch > first.now + PARKED_MS)
    const alive = set.voters.filter(isAlive).map(({ id }) => id)
    if (alive.length === set.voters.length || performance.now() > until) return new Set(alive)
    await sleep(LOOK_MS)
  }
}

/** The voter of that id. Throws where voters cannot change, and for one that does not vote. */
export function findVoter(set: VoterSet, id: number, directoryId?: string): KnownVoter {
  requireDynamic(set)
  const voter = set.voters.find(
    (one) => one.id === id && (directoryId === undefined || one.directoryId === directoryId),
  )
  if (voter !== undefined) return voter
  const where = directoryId === undefined ? '' : ` (${directoryId})`
  const hint = `voters are ${set.voters.map((one) => one.id).join(', ')}`
  throw new MqError('VOTER_NOT_FOUND', `node ${id}${where} is no voter`, { hint })
}

/** Why the quorum would stop without `voter`, when only `alive` run; null: it would not. */
export function dangerOfRemoval(set: VoterSet, voter: KnownVoter, alive: ReadonlySet<number>): string | null {
  const left = set.voters.filter((one) => one !== voter)
  const running = left.filter(({ id }) => alive.has(id)).length
  const needed = Math.floor(left.length / 2) + 1
  if (left.length === 0) return `node ${voter.id} is the only voter`
  if (running >= needed) return null
  return `of the ${left.length} voters that would be left ${needed} must run, and ${running} do`
}

/** Removes the voter and returns when the quorum no longer shows it. */
export async function removeVoter(client: ClusterClient, clusterId: string | null, voter: Voter): Promise<VoterSet> {
  const request = { clusterId, voterId: voter.id, voterDirectoryId: voter.directoryId ?? ZERO_UUID }
  await decided(client, 'VOTER_NOT_FOUND', () =>
    client.request('RemoveRaftVoter', request, 'controller', { repeat: false }),
  )
  return shown(
    client,
    ({ voters }) => !voters.some(({ id, directoryId }) => id === voter.id && directoryId === voter.directoryId),
  )
}

/** Asks again while the quorum changes its leader, who alone decides; `already` is no failure. Never over a lost connection. */
function decided(
  client: ClusterClient,
  already: ErrorName,
  ask: () => Promise<{ errorCode: number; errorMessage: string | null }>,
): Promise<void> {
  return client.retry(async () => {
    const { errorCode, errorMessage } = await ask()
    const error = errorName(errorCode)
    if (errorCode !== 0 && error !== already) throw new ApiError(error, codeError(errorCode, errorMessage).message)
  }, false)
}

/** The voters once they show the change, or after 5 s as they are. */
async function shown(client: ClusterClient, isShown: (set: VoterSet) => boolean): Promise<VoterSet> {
  const until = performance.now() + SHOWN_MS
  for (;;) {
    const set = await voterSet(client)
    if (isShown(set) || performance.now() > until) return set
    await sleep(LOOK_MS)
  }
}
