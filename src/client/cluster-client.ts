/**
 * A client of a whole cluster: finds a broker that answers, knows which node is the controller, a group's coordinator
 * or a partition's leader, keeps one connection per node, and repeats what is worth repeating until its deadline.
 */
import { MqError, TimeoutError } from '../base/errors.ts'
import type { ApiName, RequestInput, ResponseOf } from '../protocol/apis.ts'
import { ApiError, type ErrorName, errorMessage, errorName } from '../protocol/errors.ts'
import { ClientConnection, type VersionLimits } from './connection.ts'
import { ConnectionError } from './errors.ts'
import type { ClientOptions, HostPort } from './options.ts'
import { SilentPeers } from './silent-peers.ts'
import { peerText } from './socket.ts'

export type { ClientOptions } from './options.ts'

/** Who is to answer a request. */
export type Target =
  | 'any'
  | 'controller'
  | { readonly broker: number }
  | { readonly group: string }
  | { readonly leader: { readonly topic: string; readonly partition: number } }

export interface BrokerNode extends HostPort {
  readonly id: number
  readonly rack: string | null
}

export type TopicMetadata = ResponseOf<'Metadata'>['topics'][number]

export interface ClusterMetadata {
  readonly clusterId: string | null
  /** Where controller requests go: with KRaft some broker that forwards them; -1 when none is known. */
  readonly controllerId: number
  readonly brokers: readonly BrokerNode[]
  readonly topics: readonly TopicMetadata[]
}

export interface RequestOptions extends VersionLimits {
  /** Whether to repeat after a lost connection; false for what must not be done twice. Default true. */
  readonly repeat?: boolean
}

/** Kafka creates its offsets topic within a second or two. */
const COORDINATOR_WAIT_MS = 3000

const ROUTING_ERRORS: ReadonlySet<string> = new Set([
  'NOT_CONTROLLER',
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
])

export class ClusterClient {
  readonly options: ClientOptions
  #bootstrap: ClientConnection
  readonly #connections = new Map<number, Promise<ClientConnection>>()
  readonly #coordinators = new Map<string, number>()
  readonly #leaders = new Map<string, number>()
  #nodes = new Map<number, BrokerNode>()
  #controllerId = -1
  #closed = false
  #reopening: Promise<ClientConnection> | undefined
  readonly #silent: SilentPeers

  private constructor(options: ClientOptions, bootstrap: ClientConnection, silent: SilentPeers) {
    this.options = options
    this.#bootstrap = bootstrap
    this.#silent = silent
  }

  /** Connects to the first bootstrap address that answers. Rejects with the reasons of all when none does. */
  static async connect(options: ClientOptions): Promise<ClusterClient> {
    const silent = new SilentPeers(options)
    return new ClusterClient(options, await openAny(options.bootstrap, options, silent), silent)
  }

  /** The connection to whichever broker answered first; it says what the cluster offers. */
  get bootstrap(): ClientConnection {
    return this.#bootstrap
  }

  /** Sends one request to its target in the highest common version; repeats over lost connections. */
  async request<A extends ApiName>(
    api: A,
    body: RequestInput<A>,
    target: Target = 'any',
    options: RequestOptions = {},
  ): Promise<ResponseOf<A>> {
    const repeat = options.repeat ?? true
    return this.retry(async () => {
      // A connection that cannot be had is always worth another try: nothing was sent.
      const connection = repeat ? await this.connection(target) : await this.retry(() => this.connection(target))
      return connection.call(api, body, options)
    }, repeat)
  }

  /**
   * Runs `attempt` until it succeeds, fails for good, or the deadline of one operation passes. Worth repeating: retriable
   * ApiErrors, and lost connections while `overLostConnections`. What is known of routes is dropped in between.
   */
  async retry<T>(attempt: () => Promise<T>, overLostConnections = true): Promise<T> {
    const started = performance.now()
    let pauseMs = this.options.retryBackoffMs
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt()
      } catch (error) {
        if (this.#closed || !worthRepeating(error, overLostConnections)) throw error
        const elapsed = performance.now() - started
        if (error instanceof ConnectionError && attempts >= 4) throw error
        if (elapsed + pauseMs > this.options.apiTimeoutMs) throw gaveUp(error as Error, elapsed, attempts)
        this.#forgetRoutes()
        await pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, this.options.retryBackoffMaxMs)
      }
    }
  }

  /**
   * Asks for metadata: of `topics`, of all with null, of no topic with none given. Per-topic errors stay in the rows.
   * Topics are never created by asking.
   */
  async metadata(topics: readonly string[] | null = []): Promise<ClusterMetadata> {
    const answer = await this.request('Metadata', {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    })
    this.#nodes = new Map(
      answer.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { id: nodeId, host, port, rack }]),
    )
    this.#controllerId = answer.controllerId
    for (const topic of answer.topics) {
      for (const partition of topic.partitions) {
        if (topic.name !== null) this.#leaders.set(`${topic.name}-${partition.partitionIndex}`, partition.leaderId)
      }
    }
    return {
      clusterId: answer.clusterId,
      controllerId: answer.controllerId,
      brokers: [...this.#nodes.values()],
      topics: answer.topics,
    }
  }

  /** The connection that a target stands for, opened when needed. Rejects when the target is not known or not there. */
  async connection(target: Target): Promise<ClientConnection> {
    if (target === 'any') return this.#any()
    if (this.options.bootstrapKind === 'controller') return this.#activeController()
    if (target === 'controller') return this.#controller()
    if ('broker' in target) return this.#node(target.broker)
    if ('group' in target) return this.#routed(await this.#coordinator(target.group), 'COORDINATOR_NOT_AVAILABLE')
    return this.#routed(await this.#leader(target.leader.topic, target.leader.partition), 'LEADER_NOT_AVAILABLE')
  }

  /** A node that a route led to. One that has left the cluster meanwhile is an old route, worth looking up again. */
  async #routed(id: number, gone: ErrorName): Promise<ClientConnection> {
    try {
      return await this.#node(id)
    } catch (error) {
      throw error instanceof MqError && error.code === 'MQ_UNKNOWN_BROKER' ? new ApiError(gone, error.message) : error
    }
  }

  /**
   * Node ids of the coordinators of these groups; a group whose coordinator cannot be had has an error instead. The
   * first question of a cluster's life makes Kafka create `__consumer_offsets`: that moment is waited for.
   */
  async coordinators(groups: readonly string[]): Promise<Map<string, number | ApiError>> {
    const deadlineMs = performance.now() + Math.min(COORDINATOR_WAIT_MS, this.options.apiTimeoutMs)
    for (;;) {
      const found = await this.#findCoordinators(groups)
      const isComing = [...found.values()].some(
        (one) => one instanceof ApiError && one.error === 'COORDINATOR_NOT_AVAILABLE',
      )
      if (!isComing || performance.now() > deadlineMs) return found
      await pause(this.options.retryBackoffMs)
    }
  }

  async #findCoordinators(groups: readonly string[]): Promise<Map<string, number | ApiError>> {
    const found = new Map<string, number | ApiError>()
    const connection = await this.#any()
    const batched = (connection.version('FindCoordinator') ?? 0) >= 4
    const answers = batched
      ? (await this.request('FindCoordinator', { keyType: 0, coordinatorKeys: groups })).coordinators
      : await Promise.all(
          groups.map(async (key) => ({ ...(await this.request('FindCoordinator', { key, keyType: 0 })), key })),
        )
    for (const { key, nodeId, host, port, errorCode, errorMessage } of answers) {
      if (errorCode !== 0) {
        found.set(key, new ApiError(errorName(errorCode), errorMessage || undefined))
        continue
      }
      if (!this.#nodes.has(nodeId)) this.#nodes.set(nodeId, { id: nodeId, host, port, rack: null })
      this.#coordinators.set(key, nodeId)
      found.set(key, nodeId)
    }
    return found
  }

  /** Closes every connection. */
  close(): void {
    this.#closed = true
    this.#bootstrap.close()
    // One that never opened has nothing to close; whoever asked for it was told why.
    for (const connection of this.#connections.values()) connection.then((open) => open.close()).catch(() => undefined)
    this.#connections.clear()
  }

  async #any(): Promise<ClientConnection> {
    if (!this.#bootstrap.closed) return this.#bootstrap
    this.#silent.note(this.#bootstrap.failure)
    for (const connection of this.#connections.values()) {
      // One that never opened cannot be asked; the next may be.
      const open = await connection.catch(() => undefined)
      if (open !== undefined && !open.closed) return open
    }
    const all = [...this.options.bootstrap, ...this.#nodes.values()]
    this.#reopening ??= openAny(all, this.options, this.#silent).finally(() => {
      this.#reopening = undefined
    })
    this.#bootstrap = await this.#reopening
    if (this.#closed) this.#bootstrap.close()
    return this.#bootstrap
  }

  async #controller(): Promise<ClientConnection> {
    if (this.#controllerId < 0) await this.metadata()
    if (this.#controllerId < 0)
      throw new ApiError('NOT_CONTROLLER', 'the cluster has no active controller at the moment')
    return this.#node(this.#controllerId)
  }

  /** Among controllers, the one that decides: the others answer what they know, but take no changes. */
  async #activeController(): Promise<ClientConnection> {
    const any = await this.#any()
    if (this.#controllerId < 0 && (any.version('DescribeCluster') ?? 0) >= 1) {
      const { brokers, controllerId } = await any.call('DescribeCluster', { endpointType: 2 })
      for (const { brokerId, host, port, rack } of brokers)
        this.#nodes.set(brokerId, { id: brokerId, host, port, rack })
      this.#controllerId = controllerId
    }
    const address = this.#nodes.get(this.#controllerId)
    return address === undefined ? any : this.#node(this.#controllerId)
  }

  async #coordinator(group: string): Promise<number> {
    const known = this.#coordinators.get(group)
    if (known !== undefined) return known
    const found = (await this.coordinators([group])).get(group)
    if (found === undefined) throw new ApiError('COORDINATOR_NOT_AVAILABLE', `no coordinator for group ${group}`)
    if (found instanceof ApiError) throw found
    return found
  }

  async #leader(topic: string, partition: number): Promise<number> {
    const key = `${topic}-${partition}`
    const known = this.#leaders.get(key)
    if (known !== undefined && known >= 0) return known
    const { topics } = await this.metadata([topic])
    const found = topics[0]
    if (found !== undefined && found.errorCode !== 0) {
      throw new ApiError(errorName(found.errorCode), `topic ${topic}: ${errorMessage(errorName(found.errorCode))}`)
    }
    const leader = this.#leaders.get(key)
    if (leader === undefined)
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${partition} of ${topic}`)
    if (leader < 0) throw new ApiError('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic} has no leader`)
    return leader
  }

  async #node(id: number): Promise<ClientConnection> {
    let address = this.#nodes.get(id)
    if (address === undefined) {
      await this.metadata()
      address = this.#nodes.get(id)
    }
    if (address === undefined) {
      throw new MqError('MQ_UNKNOWN_BROKER', `there is no broker ${id} in the cluster`, {
        hint: `Brokers: ${[...this.#nodes.keys()].sort((a, b) => a - b).join(', ') || 'none'}.`,
      })
    }
    if (peerText(address) === this.#bootstrap.peer && !this.#bootstrap.closed) return this.#bootstrap
    const current = this.#connections.get(id)
    if (current !== undefined) {
      // One that failed to open is made anew below.
      const open = await current.catch(() => undefined)
      if (open !== undefined && !open.closed) return open
      if (open !== undefined) this.#silent.note(open.failure)
      // While this waited, another caller may have begun a new one: never two to one node, since one would be lost.
      if (this.#connections.get(id) !== current) return this.#node(id)
    }
    if (this.#bootstrap.closed) this.#silent.note(this.#bootstrap.failure)
    const why = this.#silent.reason(peerText(address))
    if (why !== undefined) throw unreachable(id, address, this.#bootstrap.peer, why)
    const connection = ClientConnection.open(address, this.options).catch((error: unknown) => {
      this.#silent.note(error)
      throw unreachable(id, address, this.#bootstrap.peer, error)
    })
    // Whoever awaits it is told; a failure before that must not count as unhandled.
    connection.catch(() => undefined)
    this.#connections.set(id, connection)
    const opened = await connection
    if (this.#closed) opened.close()
    return opened
  }

  #forgetRoutes(): void {
    this.#coordinators.clear()
    this.#leaders.clear()
    this.#controllerId = -1
  }
}

function worthRepeating(error: unknown, overLostConnections: boolean): boolean {
  if (error instanceof ApiError) return error.retriable || ROUTING_ERRORS.has(error.error)
  return error instanceof ConnectionError && overLostConnections && error.retriable
}

function gaveUp(error: Error, elapsedMs: number, attempts: number): TimeoutError {
  const seconds = Math.round(elapsedMs / 100) / 10
  return new TimeoutError(`gave up after ${seconds}s and ${attempts} attempts; the last answer: ${error.message}`)
}

/** A broker that the cluster names but that cannot be reached from here: mostly a wrong advertised address. */
function unreachable(id: number, address: HostPort, through: string, error: unknown): unknown {
  if (
    !(error instanceof ConnectionError) ||
    !['refused', 'unknown-host', 'unreachable', 'timeout'].includes(error.reason)
  ) {
    return error
  }
  return new ConnectionError(
    error.reason,
    error.peer,
    `broker ${id} cannot be reached at its advertised address: ${error.message}`,
    {
      hint: `${through} answered and named ${peerText(address)}; check advertised.listeners of broker ${id}.`,
      cause: error,
    },
  )
}

/** Those that were silent a moment ago come last. */
async function openAny(
  addresses: readonly HostPort[],
  options: ClientOptions,
  silent: SilentPeers,
): Promise<ClientConnection> {
  const failures: Error[] = []
  const all = [...new Map(addresses.map((one) => [peerText(one), one])).values()]
  const rank = (address: HostPort) => (silent.reason(peerText(address)) === undefined ? 0 : 1)
  for (const address of all.sort((a, b) => rank(a) - rank(b))) {
    try {
      return await ClientConnection.open(address, options)
    } catch (error) {
      silent.note(error)
      failures.push(error as Error)
      // A refused login is refused everywhere; trying on could lock the account.
      if (error instanceof MqError && error.code === 'MQ_AUTHENTICATION') throw error
    }
  }
  const [first] = failures
  if (failures.length === 1 || !(first instanceof ConnectionError)) throw first
  throw new ConnectionError(first.reason, first.peer, failures.map((failure) => failure.message).join('; '), {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
