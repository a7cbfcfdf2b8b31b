/**
 * A node's part in the metadata quorum: the metadata node with consensus, the connections to the other nodes, and the
 * ways to the active controller. Wires them; decides nothing.
 */
import type { Clock } from '../base/clock.ts'
import type { DirectoryLock, Disk } from '../base/disk.ts'
import { MqError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Network } from '../base/network.ts'
import type { Random } from '../base/random.ts'
import { randomUuid, type Uuid } from '../base/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ControllerRegistration } from './controller-registration.ts'
import { LocalControllerChannel, RoutingControllerChannel } from './controller-channel.ts'
import type { ControllerChannel, QuorumService } from './handlers/context.ts'
import type { BrokerImage, EndpointImage } from './metadata/cluster.ts'
import { KRAFT_VERSION, supportedFeature } from './metadata/features.ts'
import { MetadataNode } from './metadata-node.ts'
import { QuorumMembership } from './peers/membership.ts'
import { PeerClients, type PeerPurpose } from './peers/peer-clients.ts'
import type { PeerEndpoint } from './peers/peer-connection.ts'
import { kraftVersionsOf } from './peers/peer-features.ts'
import { QuorumEndpoints } from './peers/quorum-endpoints.ts'
import { ProcessWatch } from './peers/process-watch.ts'
import { PeerRaftNetwork } from './peers/raft-network.ts'
import { RemoteController } from './peers/remote-controller.ts'
import { DriverQuorumView } from './quorum-view.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** Kafka's own, of the connections that nodes have among themselves. */
const RECONNECT_BACKOFF_MS = 50
const RECONNECT_BACKOFF_MAX_MS = 500
const SNAPSHOT_BYTES_MAX = 2 ** 31 - 1

export interface NodeQuorumOptions {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly directoryId: Uuid
  /** This node's controller listeners, as others reach them; none on a node without that role. */
  readonly controllerEndpoints: readonly EndpointImage[]
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly random: Random
  readonly log: Logger
  readonly onFatal: (error: unknown) => void
}

export class NodeQuorum {
  /** Names this life of the broker, to the controllers of the cluster and to the one of this very process. */
  readonly incarnationId: Uuid
  readonly metadata: MetadataNode
  readonly view: DriverQuorumView
  /** To the active controller, wherever it is. */
  readonly channel: RoutingControllerChannel
  /** To the controller of this process only. */
  readonly localChannel: ControllerChannel
  readonly service: QuorumService
  private readonly options: NodeQuorumOptions
  /** The connections to other nodes. */
  readonly clients: PeerClients
  private readonly endpoints: QuorumEndpoints
  private readonly raftNetwork: PeerRaftNetwork
  private readonly remotes = new Map<number, RemoteController>()
  private readonly membership: QuorumMembership
  private metadataLock: DirectoryLock | undefined
  private registration: ControllerRegistration | undefined

  /** Opens the metadata log. Throws MqError, and then nothing stays open. */
  constructor(options: NodeQuorumOptions) {
    this.options = options
    const { config, clock, disk, random, log, network, clusterId } = options
    this.incarnationId = randomUuid(random)
    const endpoints = options.controllerEndpoints.map(({ name, host, port }) => ({ name, host, port }))
    const fetchMaxBytes = config.get('controller.quorum.fetch.max.bytes')
    this.endpoints = new QuorumEndpoints({
      listenerName: config.controllerListenerNames[0] ?? 'CONTROLLER',
      bootstrapServers: config.bootstrapServers,
      voters: () => this.metadata.driver.voters,
    })
    this.clients = new PeerClients({
      nodeId: config.nodeId,
      endpointOf: (id, purpose) => this.endpointOf(id, purpose),
      network,
      clock,
      random,
      logger: log.named('org.apache.kafka.clients.NetworkClient'),
      maxFrameBytes: config.get('socket.request.max.bytes'),
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      reconnectBackoffMs: RECONNECT_BACKOFF_MS,
      reconnectBackoffMaxMs: RECONNECT_BACKOFF_MAX_MS,
    })
    this.raftNetwork = new PeerRaftNetwork({
      clients: this.clients,
      endpoints: this.endpoints,
      driver: () => this.metadata.driver,
      sender: { clusterId, endpoints, fetchMaxBytes },
      clock,
      logger: log.named('org.apache.kafka.raft.KafkaNetworkChannel'),
      requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
      retryBackoffMs: config.get('controller.quorum.retry.backoff.ms'),
      snapshotPieceBytes: config.get('controller.quorum.fetch.snapshot.max.bytes'),
      snapshotBytesMax: SNAPSHOT_BYTES_MAX,
    })
    try {
      // The log manager locks its own directories; this one may be another.
      if (!config.logDirs.includes(config.metadataLogDir)) {
        this.metadataLock = disk.lockDirectory(config.metadataLogDir)
      }
      this.metadata = new MetadataNode({
        config,
        clusterId,
        incarnationId: this.incarnationId,
        directoryId: options.directoryId,
        controllerEndpoints: endpoints,
        bootstrapIds: this.endpoints.bootstrapIds,
        fetchMaxBytes,
        disk,
        clock,
        random,
        logger: log,
        network: this.raftNetwork,
        watchProcess: (broker, onDead) => this.watchProcess(broker, onDead),
        onLeader: () => this.channel.leaderMoved(),
        onFatal: options.onFatal,
      })
    } catch (error) {
      this.metadataLock?.release()
      throw error
    }
    const { driver, controller } = this.metadata
    this.view = new DriverQuorumView(driver, clock)
    this.localChannel = new LocalControllerChannel(controller)
    this.channel = new RoutingControllerChannel({
      local: controller,
      remote: (id) => this.remote(id),
      leader: () => this.view,
      nodeId: config.nodeId,
      clock,
      forwardTimeoutMs: config.get('request.timeout.ms'),
    })
    this.service = this.serviceFor(endpoints)
    const kraft = supportedFeature(KRAFT_VERSION)!
    this.membership = new QuorumMembership({
      driver,
      clients: this.clients,
      clusterId,
      endpoints,
      kraftVersions: { min: kraft.minVersion, max: kraft.maxVersion },
      autoJoin: config.get('controller.quorum.auto.join.enable'),
      periodMs: config.get('controller.quorum.fetch.timeout.ms'),
      requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
      clock,
      logger: log.named('org.apache.kafka.raft.KafkaRaftClient'),
    })
  }

  /** Begins to take part: with a quorum of one this node leads at once. */
  start(): void {
    this.metadata.start()
    if (this.metadata.controller !== undefined) this.membership.start()
  }

  /** Throws MqError when the directory belongs to a quorum that cannot have a leader with this node as it is. */
  refuseLostVoter(): void {
    const { nodeId, metadataLogDir } = this.options.config
    const { voters, core } = this.metadata.driver
    if (voters.size !== 1 || core.isVoter || voters.get(nodeId) === undefined) return
    const reason = `does not know node ${nodeId} with this directory id as its voter`
    throw new MqError('MQ_QUORUM', `the metadata quorum in ${metadataLogDir} ${reason}`, {
      hint: 'put meta.properties back as it was, or start from an empty directory',
    })
  }

  /** Tells the cluster where this controller is and what it supports, as often as it must; resolves when that is known. */
  async registerController(): Promise<void> {
    const { image, controller } = this.metadata
    if (controller === undefined) return
    this.registration ??= new ControllerRegistration({
      nodeId: this.options.config.nodeId,
      incarnationId: randomUuid(this.options.random),
      endpoints: this.options.controllerEndpoints,
      channel: this.channel,
      image,
      clock: this.options.clock,
      logger: this.options.log.named('kafka.server.ControllerRegistrationManager'),
    })
    const { registration } = this
    registration.look()
    await this.metadata.when(() => image.features.isFinalised && registration.isKnown)
  }

  /** Gives up leadership and waits until the other voters know, so that one of them follows at once. */
  async resign(timeoutMs: number): Promise<void> {
    const { driver } = this.metadata
    if (!driver.isLeader || driver.voters.size === 1) return
    driver.resign()
    const isHeard = () => {
      const { role } = driver.core
      return role.kind !== 'resigned' || role.unacknowledged.size === 0
    }
    const { clock } = this.options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    while (!isHeard() && clock.monotonicMs() < deadlineMs) {
      await new Promise<void>((resolve) => clock.schedule(10, resolve))
    }
  }

  close(): void {
    this.registration?.close()
    this.channel.close()
    this.membership.close()
    this.metadata.close()
    this.raftNetwork.close()
    this.metadataLock?.release()
  }

  private endpointOf(id: number, purpose: PeerPurpose): PeerEndpoint | undefined {
    if (purpose !== 'replica') return this.endpoints.of(id)
    const broker = this.metadata.image.brokers.get(id)
    return broker === undefined ? undefined : this.brokerEndpoint(broker)
  }

  private brokerEndpoint({ endpoints }: BrokerImage): PeerEndpoint | undefined {
    const { interBrokerListenerName } = this.options.config
    return endpoints.find(({ name }) => name === interBrokerListenerName)
  }

  private watchProcess(broker: BrokerImage, onDead: () => void): ProcessWatch | undefined {
    const { network, clock, config } = this.options
    const endpoint = this.brokerEndpoint(broker)
    if (endpoint === undefined || broker.id === config.nodeId || network.isLoopback?.(endpoint.host) !== true) return
    return new ProcessWatch({ endpoint, network, clock, onDead })
  }

  private remote(id: number): RemoteController {
    const known = this.remotes.get(id)
    if (known !== undefined) return known
    const made = new RemoteController(this.clients, id, this.options.config.get('request.timeout.ms'))
    this.remotes.set(id, made)
    return made
  }

  private serviceFor(own: readonly PeerEndpoint[]): QuorumService {
    const { driver } = this.metadata
    const { nodeId } = this.options.config
    const { endpoints } = this
    return {
      get logStartOffset() {
        return driver.core.log.startOffset
      },
      request: (request) => driver.request(request),
      snapshotPiece: (question) => driver.snapshotServer.piece(question),
      addressOf: (id) => {
        const at = id === nodeId ? own[0] : id < 0 ? undefined : endpoints.of(id)
        return at === undefined ? undefined : { nodeId: id, host: at.host, port: at.port }
      },
      listenerName: this.options.config.controllerListenerNames[0] ?? 'CONTROLLER',
      changeVoters: (change) => driver.changeVoters(change),
      refuseVoter: (voter) => driver.refuseVoter(voter),
      kraftVersionsOf: (id, listeners) => {
        endpoints.learnListeners(id, listeners)
        return kraftVersionsOf(this.clients, id, this.options.config.get('controller.quorum.request.timeout.ms'))
      },
      learnLeader: (id, listeners) => endpoints.learnListeners(id, listeners),
    }
  }
}
