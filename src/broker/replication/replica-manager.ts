/**
 * The partitions that this node holds, kept in step with the metadata image: logs are created and deleted as the image
 * says, leadership begins and ends with it. Gives the data-path handlers and the coordinators their partitions, wakes
 * those who wait for appends, for the high watermark or for a change of leadership.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { BrokerTopicMetrics } from '../metrics/topic-metrics.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { PartitionImage, TopicImage } from '../metadata/topics.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { AppendResult, Log } from '../storage/log.ts'
import { type AssignDirectory, LogDirMoves } from './alter-log-dirs.ts'
import { awaitCommitted } from './commit-waits.ts'
import type { FollowerFetch } from './follower-state.ts'
import { followerTerms } from './follower-terms.ts'
import { LateLogs } from './late-logs.ts'
import { type AcksMode, type FollowerTerms, Partition } from './partition.ts'
import { MADE_AT_ONCE, PendingReplicas } from './pending-replicas.ts'
import { Purgatory } from './purgatory.ts'
import { Refusals } from './refusals.ts'
import { ReplicaLogs } from './replica-logs.ts'
import { type ReplicationQuota, replicationQuotas } from './replication-quota.ts'
import type { Replication } from './replication.ts'
import { StateChanges } from './state-changes.ts'

export interface ReplicaManagerOptions {
  readonly nodeId: number
  readonly logs: LogManager
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly log: Logger
  readonly topicMetrics?: BrokerTopicMetrics
  /** The settings as they change; `config` for ever when absent. */
  readonly currentConfig?: Pick<CurrentConfig, 'get'>
  /** Absent: nobody wants to know where replicas lie. */
  readonly assignDirectory?: AssignDirectory
}

/** `endOffset` is exclusive. */
export type HighWatermarkListener = (topic: string, partition: number, highWatermark: number) => void
export type LeadershipListener = (partition: Partition, change: 'elected' | 'resigned') => void
/** `changed`: made, or its state or its log is another one. */
export type PartitionListener = (partition: Partition, change: 'changed' | 'removed') => void
export type FollowerListener = (partition: Partition, replicaId: number) => void

interface HostedTopic {
  readonly name: string
  readonly id: Uuid
  /** Sparse: only the partitions with a replica here. */
  readonly partitions: (Partition | undefined)[]
}

export class ReplicaManager {
  readonly #options: ReplicaManagerOptions
  readonly #topics = new Map<string, HostedTopic>()
  readonly #topicsById = new Map<Uuid, HostedTopic>()
  readonly #highWatermarkListeners: HighWatermarkListener[] = []
  readonly #leadershipListeners: LeadershipListener[] = []
  readonly #partitionListeners: PartitionListener[] = []
  readonly #followerListeners: FollowerListener[] = []
  readonly #terms: FollowerTerms
  readonly #replicaLogs: ReplicaLogs
  /** Requests that wait for something to happen to a partition: fetches, and produces with acks=-1. */
  readonly parked: Purgatory<Partition>
  readonly #changes: StateChanges
  readonly #pending: PendingReplicas
  /** Replicas and their log directories. */
  readonly moves: LogDirMoves
  readonly #late: LateLogs
  readonly #refusals: Refusals
  /** The copying between this node and others; undefined where nothing is copied. */
  replication: Replication | undefined
  /** Bounds on the bytes of chosen replicas, sent as leader and taken as follower. */
  readonly throttles: { readonly leader: ReplicationQuota; readonly follower: ReplicationQuota }

  constructor(options: ReplicaManagerOptions) {
    this.#options = options
    const config = options.currentConfig ?? options.config
    this.#terms = followerTerms({ ...options, config })
    this.throttles = replicationQuotas(options.nodeId, options.clock, config)
    this.parked = new Purgatory(options.clock)
    this.#changes = new StateChanges(options.log, options.nodeId)
    this.#pending = new PendingReplicas(options.clock, (topicId, partition) => {
      const topic = options.image.topics.byId(topicId)
      const image = topic?.partitions[partition]
      if (topic !== undefined && image !== undefined) this.#apply(topic, image, undefined)
    })
    this.moves = new LogDirMoves({
      logs: options.logs,
      clock: options.clock,
      log: options.log.named('kafka.server.ReplicaManager'),
      config,
      assign: options.assignDirectory ?? ((_at, done) => done()),
      partition: (topic, index) => this.partition(topic, index),
      hosted: (topic, index) => this.hosted(topic, index),
      topicConfig: (topic) => this.#replicaLogs.configOf(topic),
      replaced: (partition) => this.#changed(partition),
    })
    this.#replicaLogs = new ReplicaLogs({
      ...options,
      recover: (topic, index, assigned) => this.moves.recover(topic, index, assigned),
      unavailable: (topic, index, error) => this.#changes.unavailable(topic, index, error),
    })
    this.#refusals = new Refusals(options.log.named('kafka.server.ReplicaManager'), options.clock)
    this.#late = new LateLogs(options.clock, (partition, isNew) => this.#openLate(partition, isNew))
  }

  /** Ends what goes on by itself; nothing is opened any more. */
  close(): void {
    this.moves.close()
    this.#late.close()
    this.#pending.close()
  }

  /** The partition if this node holds a replica of it. */
  hosted(topic: string, index: number): Partition | undefined {
    return this.#topics.get(topic)?.partitions[index]
  }

  /**
   * The partition, or the error a client must see: UNKNOWN_TOPIC_OR_PARTITION when the cluster has none of that name,
   * NOT_LEADER_OR_FOLLOWER when other nodes hold it.
   */
  partition(topic: string, index: number): Partition {
    const hosted = this.#topics.get(topic)?.partitions[index]
    if (hosted !== undefined) return hosted
    if (this.#options.image.topics.partition(topic, index) === undefined) {
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${index}`)
    }
    throw new ApiError('NOT_LEADER_OR_FOLLOWER', `this node holds no replica of ${topic}-${index}`)
  }

  /** The meters of all topics. */
  get topicMetrics(): BrokerTopicMetrics | undefined {
    return this.#options.topicMetrics
  }

  *partitions(): Generator<Partition> {
    for (const topic of this.#topics.values()) {
      for (const partition of topic.partitions) if (partition !== undefined) yield partition
    }
  }

  /** Called after the high watermark of any partition moved, at the end of the append or fetch that moved it. */
  onHighWatermark(listener: HighWatermarkListener): void {
    this.#highWatermarkListeners.push(listener)
  }

  /** Called when this node begins (also in a new epoch) or ceases to lead a partition, and when it loses its replica. */
  onLeadership(listener: LeadershipListener): void {
    this.#leadershipListeners.push(listener)
  }

  /** Called whenever a replica of this node comes, goes, or has another state or log. */
  onPartition(listener: PartitionListener): void {
    this.#partitionListeners.push(listener)
  }

  /** Called after each fetch of a follower from a partition that this node leads. */
  onFollowerFetch(listener: FollowerListener): void {
    this.#followerListeners.push(listener)
  }

  /** Appends to the local log as leader; throws ApiError. Wakes waiting fetches. */
  append(options: {
    topic: string
    partition: number
    records: Buffer
    acks: AcksMode
    origin: 'client' | 'coordinator'
  }): AppendResult {
    return this.appendTo(this.partition(options.topic, options.partition), options)
  }

  /** As `append`, for a caller that already has the partition. */
  appendTo(
    partition: Partition,
    options: { records: Buffer; acks: AcksMode; origin: 'client' | 'coordinator' },
  ): AppendResult {
    partition.metrics?.produced()
    let result: AppendResult
    try {
      result = partition.append(options.records, {
        acks: options.acks,
        origin: options.origin,
        nowMs: this.#options.clock.nowMs(),
      })
    } catch (error) {
      this.#refusals.refused(partition, error, options.records.length)
      throw error
    }
    this.#refusals.served(partition)
    partition.metrics?.appended(result.lastOffset - result.firstOffset + 1, options.records.length)
    this.afterAppend(partition)
    return result
  }

  /** Advances the high watermark where that is possible now, and wakes who waits for this partition. */
  afterAppend(partition: Partition): void {
    if (partition.maybeAdvanceHighWatermark()) this.highWatermarkMoved(partition)
    else this.parked.touch(partition)
  }

  /** For those who moved it by other means (a follower's fetch): tells listeners and wakes who waits. */
  highWatermarkMoved(partition: Partition): void {
    this.parked.touch(partition)
    const highWatermark = partition.log().highWatermark
    for (const listener of this.#highWatermarkListeners) listener(partition.topic, partition.index, highWatermark)
  }

  /**
   * Resolves when everything below `endOffset` (exclusive) of the partition is committed. Rejects with
   * REQUEST_TIMED_OUT, with NOT_LEADER_OR_FOLLOWER when leadership went, or with NOT_ENOUGH_REPLICAS_AFTER_APPEND when
   * fewer replicas than demanded are in sync by then.
   */
  awaitCommitted(partition: Partition, endOffset: number, timeoutMs: number): Promise<void> {
    return awaitCommitted(this.parked, partition, endOffset, timeoutMs)
  }

  /** A follower fetched: it has everything before the offset it named. Throws as Partition.followerFetched. */
  followerFetched(partition: Partition, fetch: FollowerFetch): void {
    const lowBefore = partition.lowWatermark()
    if (partition.followerFetched(fetch)) this.highWatermarkMoved(partition)
    else if (partition.lowWatermark() !== lowBefore) this.parked.touch(partition)
    for (const listener of this.#followerListeners) listener(partition, fetch.replicaId)
  }

  /** The in-sync set of a partition changed, and with it perhaps what is committed. */
  inSyncChanged(partition: Partition): void {
    // Its log directory may have failed while the controller was asked.
    if (partition.isOnline) this.highWatermarkMoved(partition)
  }

  /** Takes over the whole image: at start, before the first delta. */
  load(): void {
    for (const topic of this.#options.image.topics.values()) {
      for (const image of topic.partitions) this.#apply(topic, image, image)
    }
  }

  /**
   * Follows the image: creates, updates and deletes replicas, hands changed topic configs to the logs. Of very many new
   * partitions most are created after this has returned.
   */
  applyDelta(delta: MetadataDelta): void {
    for (const topic of delta.deletedTopics) {
      const hosted = this.#topicsById.get(topic.id)
      if (hosted === undefined) continue
      for (const partition of hosted.partitions)
        if (partition !== undefined) this.#retire(partition, 'the topic was deleted')
      this.#options.logs.delete(topic.name, ...hosted.partitions.keys())
      this.#topicsById.delete(topic.id)
      if (this.#topics.get(topic.name) === hosted) this.#topics.delete(topic.name)
      this.#options.topicMetrics?.remove(topic.name)
    }
    let made = 0
    for (const change of delta.partitions) {
      const { topic, partition, before } = change
      const image = topic.partitions[partition]
      if (image === undefined || this.#pending.has(topic.id, partition)) continue
      if (before === undefined && made++ >= MADE_AT_ONCE) this.#pending.add(topic.id, partition)
      else this.#apply(topic, image, before)
    }
    for (const { scope, name } of delta.configs) {
      if (scope === 'topic' && this.#topics.has(name)) this.#replicaLogs.updateConfig(name)
      // A changed default of the cluster or of this node reaches every topic without a value of its own.
      if (scope === 'broker') for (const topic of this.#topics.keys()) this.#replicaLogs.updateConfig(topic)
    }
  }

  /** A log directory went offline: its partitions answer KAFKA_STORAGE_ERROR until the node starts again. */
  directoryFailed(isAffected: (log: Log) => boolean): void {
    for (const partition of this.partitions()) {
      if (!partition.isOnline || !isAffected(partition.log())) continue
      this.#changes.offline(partition, partition.log().directory)
      partition.replaceLog(undefined)
      this.moves.stop(partition.topic, partition.index)
      this.#changed(partition)
    }
  }

  /** `before`: the state that the metadata had until now; undefined for a partition that has just been made. */
  #apply(topic: TopicImage, image: PartitionImage, before: PartitionImage | undefined): void {
    const existing = this.#topicsById.get(topic.id)?.partitions[image.partition]
    const nowMs = this.#options.clock.monotonicMs()
    if (!image.replicas.includes(this.#options.nodeId)) {
      if (existing !== undefined) {
        this.#retire(existing, 'the partition moved away')
        this.#options.logs.delete(existing.topic, existing.index)
        this.#topicsById.get(topic.id)!.partitions[image.partition] = undefined
      }
      return
    }
    if (existing !== undefined) {
      const committedBefore = existing.isOnline ? existing.log().highWatermark : 0
      const change = existing.update(image, nowMs)
      this.#changes.changed(existing, image, before)
      this.#changed(existing)
      if (change !== 'unchanged') this.#announce(existing, change)
      // A smaller in-sync set may commit what was waited for.
      else if (existing.isOnline && existing.log().highWatermark > committedBefore) this.highWatermarkMoved(existing)
      this.moves.settle(existing, this.#replicaLogs.assignedDirectory(image))
      return
    }
    const isNew = before === undefined
    const { log, later } = this.#replicaLogs.open(topic, image, isNew)
    const partition = new Partition({
      topic: topic.name,
      topicId: topic.id,
      nodeId: this.#options.nodeId,
      image,
      log,
      terms: this.#terms,
      ...(this.#options.topicMetrics === undefined ? {} : { metrics: this.#options.topicMetrics.topic(topic.name) }),
    })
    this.#hostedTopic(topic).partitions[image.partition] = partition
    if (later) this.#late.add(partition, isNew)
    this.moves.settle(partition, this.#replicaLogs.assignedDirectory(image))
    if (partition.isLeader) partition.lead(nowMs)
    this.#changes.changed(partition, image, undefined)
    this.#changed(partition)
    if (partition.isLeader) this.#announce(partition, 'elected')
  }

  #announce(partition: Partition, change: 'elected' | 'resigned'): void {
    for (const listener of this.#leadershipListeners) listener(partition, change)
  }

  #changed(partition: Partition): void {
    for (const listener of this.#partitionListeners) listener(partition, 'changed')
    this.parked.touch(partition)
  }

  #retire(partition: Partition, why: string): void {
    this.#changes.removed(partition, why)
    const led = partition.isLeader
    this.moves.stop(partition.topic, partition.index)
    this.#late.forget(partition)
    partition.retire()
    for (const listener of this.#partitionListeners) listener(partition, 'removed')
    if (led) this.#announce(partition, 'resigned')
    this.parked.touch(partition)
    this.parked.forget(partition)
  }

  /** Tries once more to make the log of a partition that has none; false when there is still no room. */
  #openLate(partition: Partition, isNew: boolean): boolean {
    const topic = this.#options.image.topics.byId(partition.topicId)
    const image = topic?.partitions[partition.index]
    if (topic === undefined || image === undefined || partition.isOnline) return true
    const { log, later } = this.#replicaLogs.open(topic, image, isNew, true)
    if (log === undefined) return !later
    partition.replaceLog(log)
    this.#changes.opened(partition)
    this.moves.settle(partition, this.#replicaLogs.assignedDirectory(image))
    if (partition.isLeader) {
      partition.lead(this.#options.clock.monotonicMs())
      // Whoever reads the log of what it leads begins again.
      this.#announce(partition, 'resigned')
      this.#announce(partition, 'elected')
    }
    this.#changed(partition)
    return true
  }

  #hostedTopic(topic: TopicImage): HostedTopic {
    let hosted = this.#topicsById.get(topic.id)
    if (hosted === undefined) {
      hosted = { name: topic.name, id: topic.id, partitions: [] }
      this.#topicsById.set(topic.id, hosted)
      this.#topics.set(topic.name, hosted)
    }
    return hosted
  }
}
