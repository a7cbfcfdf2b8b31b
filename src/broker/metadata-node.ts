/**
 * The metadata side of a node: its log, the consensus on it, the committed image and, with the controller role, the
 * controller. Wires the four together; decides nothing.
 */
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk.ts'
import { MqError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { METADATA_TOPIC_ID, type Uuid, ZERO_UUID } from '../base/uuid.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ApiError } from '../protocol/errors.ts'
import { decodeMetadataRecord } from '../protocol/logs/metadata-record.ts'
import type { WatchProcess } from './controller/process-watches.ts'
import { ControllerRuntime } from './controller/runtime.ts'
import { METADATA_TOPIC, readBootstrapRecords } from './format.ts'
import { checkFeatureLevel } from './metadata/features.ts'
import { MetadataImage } from './metadata/image.ts'
import { MetadataLog } from './metadata-log.ts'
import { MetadataSnapshots } from './metadata-snapshots.ts'
import { QuorumStateFile } from './quorum-files.ts'
import { type CommittedBatch, RaftDriver, type RaftNetwork } from './raft/driver.ts'
import { type Voter, type VoterEndpoint, VoterSet } from './raft/voters.ts'
import { DEFAULT_LOG_CONFIG } from './storage/log-config.ts'
import { logEnvironment } from './storage/log-environment.ts'
import { openLog } from './storage/log-loader.ts'

const BATCH_BYTES_MAX = 64 * 1024 * 1024

export interface MetadataNodeOptions {
  readonly config: BrokerConfig
  readonly clusterId: string
  /** Of the broker in this process. */
  readonly incarnationId: Uuid
  readonly directoryId: Uuid
  /** Where other controllers reach this one: its advertised controller listeners, on the ports that were bound. */
  readonly controllerEndpoints: readonly VoterEndpoint[]
  /** See RaftOptions. */
  readonly bootstrapIds: readonly number[]
  readonly fetchMaxBytes: number
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The way to other replicas of the metadata log. */
  readonly network: RaftNetwork
  readonly watchProcess: WatchProcess
  /** The quorum may have another leader. */
  readonly onLeader: () => void
  readonly onFatal: (error: unknown) => void
}

export class MetadataNode {
  readonly image = new MetadataImage()
  readonly driver: RaftDriver
  readonly controller: ControllerRuntime | undefined
  private readonly snapshots: MetadataSnapshots
  private readonly waiting: { readonly holds: () => boolean; resolve(): void; reject(error: unknown): void }[] = []
  private failure: unknown
  private lastTimestampMs = -1

  constructor(options: MetadataNodeOptions) {
    const { config, disk, clock, random, logger, network } = options
    const directory = `${config.metadataLogDir}/${METADATA_TOPIC}-0`
    const isController = config.roles.includes('controller')
    const onFatal = (error: unknown) => {
      if (this.failure !== undefined) return
      this.fail(error)
      options.onFatal(error)
    }
    const log = openMetadataLog({ ...options, onFatal }, directory)
    const quorumLog = logger.named('org.apache.kafka.raft.QuorumState')
    const store = new QuorumStateFile(disk, directory, () => ({
      version: this.driver.kraftVersion > 0 ? 1 : 0,
      voters: this.driver.voters.ids(),
    }))
    this.driver = new RaftDriver({
      local: { id: config.nodeId, directoryId: options.directoryId },
      localEndpoints: options.controllerEndpoints,
      canVote: isController,
      bootstrapIds: options.bootstrapIds,
      fetchMaxBytes: options.fetchMaxBytes,
      log,
      store,
      staticVoters: staticVoters(config),
      listener: {
        onSnapshot: (values, id) => this.image.load(values.map(decodeMetadataRecord), id.offset - 1, id.epoch),
        checkValues: (values) => {
          for (const value of values) decodeMetadataRecord(value)
        },
        onCommitted: (batch) => this.onCommitted(batch),
        onRole: ({ role, epoch, leaderId }) => {
          quorumLog.info(
            `Node ${config.nodeId} is ${role} in epoch ${epoch} of the metadata quorum, leader ${leaderId}`,
          )
          if (role !== 'leader') this.controller?.resign()
          options.onLeader()
          this.lookAgain()
        },
        onLeaderReady: (epoch) => {
          this.controller?.activate(epoch)
          this.lookAgain()
        },
        onFatal,
      },
      network,
      clock,
      random,
      logger: logger.named('org.apache.kafka.raft.KafkaRaftClient'),
      electionTimeoutMs: config.get('controller.quorum.election.timeout.ms'),
      electionBackoffMaxMs: config.get('controller.quorum.election.backoff.max.ms'),
      fetchTimeoutMs: config.get('controller.quorum.fetch.timeout.ms'),
      requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
      fetchMaxWaitMs: 500,
    })
    if (isController) {
      const bootstrap = readBootstrapRecords(disk, config.metadataLogDir)
      for (const record of bootstrap) {
        if (record.name === 'FeatureLevelRecord') checkFeatureLevel(record.value.name, record.value.featureLevel)
      }
      this.controller = new ControllerRuntime({
        nodeId: config.nodeId,
        clusterId: options.clusterId,
        ownIncarnationId: options.incarnationId,
        config,
        kraftVersion: () => this.driver.kraftVersion,
        upgradeKraftVersion: (version, validateOnly) => {
          const { error, message } = this.driver.upgradeKraftVersion(version, validateOnly)
          if (error !== 'NONE') throw new ApiError(error, message)
        },
        random,
        log: this.driver,
        committed: this.image,
        bootstrap,
        clock,
        watchProcess: options.watchProcess,
        logger: logger.named('org.apache.kafka.controller.QuorumController'),
      })
    }
    this.snapshots = new MetadataSnapshots({
      image: this.image,
      clock,
      maxBytes: config.get('metadata.log.max.record.bytes.between.snapshots'),
      maxIntervalMs: config.get('metadata.log.max.snapshot.interval.ms'),
      write: (last, values) => this.driver.writeSnapshot(last, values),
      clean: () => {
        try {
          log.deleteBeforeSnapshot()
        } catch (error) {
          // What could not be removed is in nobody's way; it is tried again in a minute.
          logger.warn('Former snapshots of the metadata log could not be removed', error)
        }
      },
    })
  }

  /** The metadata log failed; nothing can be decided or applied any more. */
  get hasFailed(): boolean {
    return this.failure !== undefined
  }

  /** When the newest metadata that is applied was written; -1 before the first. Milliseconds since the epoch. */
  get lastAppliedTimestampMs(): number {
    return this.lastTimestampMs
  }

  start(): void {
    this.driver.start()
  }

  /** Resolves when `holds` is true; looked at after each committed batch and each change of the quorum's leader. */
  when(holds: () => boolean): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ holds, resolve, reject }))
  }

  close(): void {
    this.driver.resign()
    this.controller?.resign()
    this.driver.close()
    this.fail(new MqError('MQ_STOPPED', 'the node is stopped'))
  }

  private onCommitted(batch: CommittedBatch): void {
    this.image.apply(batch.values.map(decodeMetadataRecord), batch.lastOffset, batch.epoch)
    this.lastTimestampMs = batch.timestampMs
    this.snapshots.committed(batch)
    this.controller?.committed(batch.lastOffset)
    this.lookAgain()
  }

  private lookAgain(): void {
    for (let index = this.waiting.length - 1; index >= 0; index--) {
      const entry = this.waiting[index]!
      if (!entry.holds()) continue
      this.waiting.splice(index, 1)
      entry.resolve()
    }
  }

  private fail(error: unknown): void {
    this.failure ??= error
    for (const entry of this.waiting.splice(0)) entry.reject(this.failure)
  }
}

function openMetadataLog(options: MetadataNodeOptions, directory: string): MetadataLog {
  const { config, disk, clock, logger, onFatal } = options
  const log = openLog(logEnvironment({ disk, clock, log: logger }), {
    directory,
    topic: METADATA_TOPIC,
    partition: 0,
    topicId: METADATA_TOPIC_ID,
    settings: {
      ...DEFAULT_LOG_CONFIG,
      segmentBytes: config.get('metadata.log.segment.bytes'),
      segmentMs: config.get('metadata.log.segment.ms'),
      maxMessageBytes: BATCH_BYTES_MAX,
      retentionMs: -1,
      retentionBytes: -1,
    },
    onFailure: onFatal,
  })
  return new MetadataLog({
    log,
    disk,
    clock,
    logger,
    retentionBytes: config.get('metadata.max.retention.bytes'),
    retentionMs: config.get('metadata.max.retention.ms'),
  })
}

/** Voters of controller.quorum.voters; empty in a dynamic quorum, whose voters stand in the log. */
function staticVoters(config: BrokerConfig): VoterSet {
  const name = config.controllerListenerNames[0] ?? 'CONTROLLER'
  return new VoterSet(
    config.quorumVoters.map(
      ({ id, host, port }): Voter => ({
        id,
        directoryId: ZERO_UUID,
        endpoints: [{ name, host, port }],
        kraftVersionMin: 0,
        kraftVersionMax: 0,
      }),
    ),
  )
}
