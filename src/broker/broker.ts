/**
 * One node: the composition root. Takes the ports and a resolved configuration, builds every part, connects them, and
 * takes them down again in the reverse order. A part's need that points upward meets its implementation here.
 *
 * Start: bind sockets, format what is new, open the logs, lead or follow the metadata quorum, register, catch up with the
 * metadata, be unfenced, open the gates. Stop: controlled shutdown, close the gates, coordinators, logs, metadata log.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import type { Logger, LogLevels } from '../base/log.ts'
import type { Network } from '../base/network.ts'
import type { ProcessStats } from '../base/process-stats.ts'
import type { Random } from '../base/random.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { NodeConfig } from '../config/node-config.ts'
import { ReplicaCoordinatorLog } from './coordinator-log.ts'
import { GROUP_METADATA_TOPIC, GroupCoordinator, groupSettings, topicsOfImage } from './coordinator/index.ts'
import { DirectoryAssignments } from './directory-assignments.ts'
import { formatDirectories } from './format.ts'
import type { BrokerServices } from './handlers/context.ts'
import { Dispatcher } from './handlers/dispatch.ts'
import { FetchSessionCache } from './handlers/fetch-sessions.ts'
import { brokerHandlers, controllerHandlers } from './handlers/index.ts'
import { ProducerIdBlocks } from './handlers/producer-ids.ts'
import type { InitialVoter } from './initial-voters.ts'
import { BrokerLifecycle } from './lifecycle.ts'
import { NodeListeners } from './listeners.ts'
import { supportedFeatures } from './metadata/features.ts'
import type { EndpointImage } from './metadata/cluster.ts'
import type { MetadataDelta } from './metadata/image.ts'
import type { MetadataNode } from './metadata-node.ts'
import type { NodeHealth, ObservedNode } from './metrics-endpoint.ts'
import { healthOf } from './node-health.ts'
import { type BrokerState, NodeMetrics } from './node-metrics/node-metrics.ts'
import { NodeQuorum } from './node-quorum.ts'
import { isReplicaOf } from './replication/replica-logs.ts'
import { ReplicaManager } from './replication/replica-manager.ts'
import { Replication } from './replication/replication.ts'
import { LogManager } from './storage/log-manager.ts'
import { StartGate } from './start-gate.ts'
import { inSlices } from './storage/slices.ts'

const REGISTRATION_TIMEOUT_MS = 60_000
const CONTROLLED_SHUTDOWN_TIMEOUT_MS = 5_000
const CONNECTION_GRACE_MS = 1_000
/** How long a leader of the quorum that goes down waits for the others to know. */
const RESIGNATION_TIMEOUT_MS = 1_000

export interface BrokerPorts {
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly random: Random
  readonly log: Logger
  /** The levels of `log` and its like; absent: they cannot be changed. */
  readonly logLevels?: LogLevels
  /** Absent: the process' own metrics are not shown. */
  readonly process?: ProcessStats
}

export interface BrokerOptions {
  readonly ports: BrokerPorts
  readonly config: BrokerConfig
  /** For directories that are formatted now; must agree with those that were before. */
  readonly clusterId?: string
  /** Level of metadata.version to format with. */
  readonly metadataVersion?: number
  /** See FormatOptions. */
  readonly initialVoters?: readonly InitialVoter[]
  /** Files and sockets that the node may have open; default: what the process may. */
  readonly maxDescriptors?: number
  /** This machine's name, advertised by listeners without a host. Never looked up. */
  readonly hostName: string
  /** The node cannot go on: its metadata log or its last log directory failed. It has stopped serving. */
  readonly onFatal: (error: unknown) => void
  /** The node exists and opens; its metrics and its health may be asked for. */
  readonly onBuilt?: (node: Broker) => void
}

export class Broker implements ObservedNode {
  /** What the node was started with; `nodeConfig` has what is in force now. */
  readonly config: BrokerConfig
  readonly nodeConfig: NodeConfig
  readonly clusterId: string
  readonly listeners: NodeListeners
  readonly services: BrokerServices
  private readonly options: BrokerOptions
  private readonly metadata: MetadataNode
  private readonly logs: LogManager
  private readonly replicas: ReplicaManager
  private readonly replication: Replication
  private readonly groups: GroupCoordinator
  private readonly lifecycle: BrokerLifecycle
  private readonly assignments: DirectoryAssignments
  private readonly quorum: NodeQuorum
  private stopping: Promise<void> | undefined
  private isHurried = false
  private readonly metrics: NodeMetrics
  private state: BrokerState = 'starting'
  readonly starting = new StartGate()

  /** Resolves when clients are served. Rejects with an MqError; then everything that was opened is closed again. */
  static async start(options: BrokerOptions): Promise<Broker> {
    const { config, ports, hostName } = options
    const { network, clock, log } = ports
    const listeners = await NodeListeners.bind({ config, network, clock, logger: log, hostName })
    let broker: Broker | undefined
    try {
      broker = new Broker(options, listeners)
      options.onBuilt?.(broker)
      await Promise.race([broker.begin(), broker.starting.givenUp])
      return broker
    } catch (error) {
      broker?.abandon()
      await listeners.close(0)
      throw error
    }
  }

  private constructor(options: BrokerOptions, listeners: NodeListeners) {
    const { config } = options
    this.metrics = new NodeMetrics(options.ports)
    const ports = this.metrics.measuring(options.ports)
    const { clock, disk, random, log } = ports
    this.options = { ...options, ports }
    this.config = config
    this.nodeConfig = new NodeConfig(config)
    const { nodeConfig } = this
    this.listeners = listeners
    listeners.follow(nodeConfig)
    const { nodeId } = config
    const logger = log.named('kafka.server.BrokerServer')
    const controllerEndpoints = listeners.controllerEndpoints()
    const { clusterId, metadataDirectoryId, formatted } = formatDirectories({
      disk,
      clock,
      random,
      config,
      controllerEndpoints: controllerEndpoints.map(({ name, host, port }) => ({ name, host, port })),
      ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
      ...(options.initialVoters === undefined ? {} : { initialVoters: options.initialVoters }),
      ...(options.metadataVersion === undefined ? {} : { metadataVersion: options.metadataVersion }),
    })
    this.clusterId = clusterId
    for (const directory of formatted) logger.info(`Formatted ${directory} for cluster ${clusterId}`)

    this.logs = new LogManager({
      disk,
      clock,
      log,
      random,
      logDirs: config.logDirs,
      brokerConfig: config,
      config: nodeConfig,
      clusterId,
      nodeId,
      maxDescriptors: options.maxDescriptors ?? ports.process?.maxDescriptors(),
      onDirectoryFailure: (directory, error) => this.onDirectoryFailure(directory, error),
    })
    this.logs.openDirectories()
    this.quorum = this.openQuorum(metadataDirectoryId, controllerEndpoints)
    this.metadata = this.quorum.metadata
    const { image } = this.metadata
    const { channel } = this.quorum
    // First of all listeners: who looks at the settings because of the same change finds the new ones.
    image.subscribe((delta) => this.followConfigs(delta))
    const epoch = () => this.lifecycle.epoch
    this.assignments = new DirectoryAssignments({ channel, clock, logger: log, nodeId, epoch })
    this.replicas = new ReplicaManager({
      nodeId,
      logs: this.logs,
      image,
      config,
      clock,
      log: log.named('state.change.logger'),
      topicMetrics: this.metrics.topics,
      currentConfig: nodeConfig,
      assignDirectory: (at, done) => this.assignments.assign(at, done),
    })
    const { clients } = this.quorum
    const { replicas } = this
    this.replication = new Replication({
      ...{ nodeId, replicas, channel, clients, clock, log, config: nodeConfig, brokerEpoch: epoch },
      epochOf: (id) => image.brokers.get(id)?.epoch ?? -1,
    })
    this.groups = new GroupCoordinator({
      log: new ReplicaCoordinatorLog(this.replicas, GROUP_METADATA_TOPIC),
      clock,
      random,
      logger: log,
      settings: groupSettings(config),
      topics: topicsOfImage(image),
    })
    this.lifecycle = new BrokerLifecycle({
      nodeId,
      clusterId,
      incarnationId: this.quorum.incarnationId,
      endpoints: listeners.brokerEndpoints(),
      rack: config.rack,
      directories: this.logs,
      previousEpoch: this.logs.previousBrokerEpoch,
      channel,
      clock,
      logger: log.named('kafka.server.BrokerLifecycleManager'),
      image,
      settings: nodeConfig,
    })
    this.services = {
      nodeId,
      clusterId,
      get config() {
        return nodeConfig.current
      },
      startConfig: config,
      image,
      controller: channel,
      replicas: this.replicas,
      logs: this.logs,
      groups: this.groups,
      quorum: this.quorum.view,
      consensus: this.quorum.service,
      fetchSessions: new FetchSessionCache({
        slots: config.get('max.incremental.fetch.session.cache.slots'),
        clock,
        random,
      }),
      producerIds: new ProducerIdBlocks(channel, () => ({ nodeId, epoch: this.lifecycle.epoch })),
      supportedFeatures,
      clock,
      disk,
      random,
      log: log.named('kafka.server.KafkaApis'),
      logLevels: ports.logLevels,
      isHost: (name) => ports.network.isHost?.(name) ?? Promise.resolve(false),
      isController: config.roles.includes('controller'),
      isActiveController: () => this.metadata.controller?.isActive === true,
      requestMetrics: this.metrics.requests,
    }
    const state = () => this.state
    this.metrics.watch({ ...this.services, config: nodeConfig, metadata: this.metadata, listeners, state })
  }

  /** What speaks against sending clients here. */
  health(): NodeHealth {
    return healthOf(this.services, this.state, this.metadata.hasFailed)
  }

  /** The metrics of the node as Prometheus reads them, in pieces. */
  metricsText(): Iterable<string> {
    return this.metrics.text()
  }

  private openQuorum(directoryId: string, controllerEndpoints: readonly EndpointImage[]): NodeQuorum {
    const { config, clusterId } = this
    const onFatal = (error: unknown) => this.onFatal(error)
    try {
      return new NodeQuorum({ ...this.options.ports, config, clusterId, directoryId, controllerEndpoints, onFatal })
    } catch (error) {
      this.logs.close(-1)
      throw error
    }
  }

  private async begin(): Promise<void> {
    const log = this.options.ports.log.named('kafka.server.KafkaRaftServer')
    this.quorum.refuseLostVoter()
    this.connect()
    this.quorum.start()
    this.listeners.openController(new Dispatcher(controllerHandlers, this.controllerServices()))
    if (this.config.roles.includes('broker')) await this.beginBroker()
    else {
      // Its quorum may come to be only with the nodes that start after it.
      this.quorum.registerController().catch((error: unknown) => log.debug(`Not registered: ${String(error)}`))
    }
    this.state = 'running'
    this.metrics.start()
    log.info('Kafka Server started')
  }

  private async beginBroker(): Promise<void> {
    const { image } = this.metadata
    const loading = inSlices(this.logs.load(), this.options.ports.clock)
    loading.catch(() => {}) // Awaited below, while the quorum comes to be.
    await this.metadata.when(() => image.features.isFinalised && this.quorum.channel.isOpen)
    await this.quorum.registerController()
    await this.lifecycle.register(REGISTRATION_TIMEOUT_MS)
    // The registration follows the end of the life before: until it is here, this node may still seem to lead in old epochs.
    await this.metadata.when(() => (image.brokers.get(this.config.nodeId)?.epoch ?? -1) >= this.lifecycle.epoch)
    this.state = 'recovery'
    this.lifecycle.stayFenced()
    await loading
    this.logs.moveStrays((log) => isReplicaOf(image, this.config.nodeId, log))
    this.replicas.load()
    image.subscribe((delta) => this.applyDelta(delta))
    this.replication.start()
    this.starting.pass()
    await this.lifecycle.unfence()
    this.logs.startBackground()
    this.listeners.openBroker(new Dispatcher(brokerHandlers, this.services))
  }

  /** On a controller listener this node answers for itself: what it may not decide is not sent on. */
  private controllerServices(): BrokerServices {
    return Object.create(this.services, { controller: { value: this.quorum.localChannel } }) as BrokerServices
  }

  private connect(): void {
    this.replicas.onLeadership((partition, change) => {
      if (partition.topic !== GROUP_METADATA_TOPIC) return
      if (change === 'elected') this.groups.onElected(partition.index, partition.leaderEpoch)
      else this.groups.onResigned(partition.index)
    })
  }

  private followConfigs(delta: MetadataDelta): void {
    const { configs } = this.metadata.image
    const own = String(this.config.nodeId)
    if (!delta.configs.some(({ scope, name }) => scope === 'broker' && (name === '' || name === own))) return
    this.nodeConfig.update(configs.get('broker', ''), configs.get('broker', own))
  }

  private applyDelta(delta: MetadataDelta): void {
    this.replicas.applyDelta(delta)
    this.lifecycle.metadataMoved()
    if (delta.deletedTopics.length > 0) this.groups.onTopicsDeleted(delta.deletedTopics.map((topic) => topic.name))
  }

  /** Takes the node down cleanly; resolves when every file and socket is closed. Idempotent. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown()
    return this.stopping
  }

  /** Ends what a stop waits for from other nodes: all of them go down together. Files and sockets are closed as ever. */
  hurry(): void {
    this.isHurried = true
    this.lifecycle.stopWaiting()
  }

  private async shutDown(): Promise<void> {
    const log = this.options.ports.log.named('kafka.server.BrokerServer')
    log.info('Starting controlled shutdown')
    this.state = 'controlledShutdown'
    this.metrics.stop()
    // A node whose metadata log failed has nobody to ask for leave.
    if (!this.metadata.hasFailed) await this.lifecycle.shutDown(CONTROLLED_SHUTDOWN_TIMEOUT_MS)
    this.lifecycle.close()
    this.state = 'shuttingDown'
    if (!this.metadata.hasFailed && !this.isHurried) await this.quorum.resign(RESIGNATION_TIMEOUT_MS)
    await this.listeners.close(CONNECTION_GRACE_MS)
    this.closeState()
    this.state = 'notRunning'
    log.info('shut down completed')
  }

  private abandon(): void {
    this.lifecycle.close()
    this.closeState()
  }

  /** Closes what holds files. A part that fails keeps none of the others from closing. */
  private closeState(): void {
    const steps = [
      () => this.groups.close(),
      () => this.replication.close(),
      () => this.assignments.close(),
      () => this.replicas.close(),
      () => this.quorum.close(),
      () => this.logs.close(this.lifecycle.epoch),
    ]
    for (const step of steps) {
      try {
        step()
      } catch (error) {
        this.options.ports.log.error('A part of the node could not be closed cleanly.', error)
      }
    }
  }

  private onDirectoryFailure(directory: string, error: unknown): void {
    this.replicas?.directoryFailed((log) => log.directory === directory)
    this.lifecycle?.directoriesChanged()
    const allOffline = this.logs.directories.every((one) => one.state === 'offline')
    if (directory === this.config.metadataLogDir || allOffline) this.onFatal(error)
  }

  private onFatal(error: unknown): void {
    this.options.ports.log.error('The node cannot go on.', error)
    this.options.onFatal(error)
  }

  /** Where a client on this machine connects: the first client listener; an admin client of a controller, to that. */
  get bootstrap(): { host: string; port: number } {
    const names = this.config.controllerListenerNames
    const { listeners } = this.config
    const listener = listeners.find((one) => !names.includes(one.name)) ?? listeners[0]!
    const host = listener.host === '' || listener.host === '0.0.0.0' ? '127.0.0.1' : listener.host
    return { host, port: this.listeners.portOf(listener.name) ?? listener.port }
  }
}
