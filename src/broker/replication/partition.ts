/**
 * One partition that this node holds a replica of: its log, who leads it, who is in sync, how far the followers are, and
 * from that the high watermark. Synchronous; knows nothing of requests. Written for any number of replicas: with one,
 * the high watermark is the log end as soon as the append returns.
 *
 * Invariants: highWatermark <= logEndOffset; the high watermark moves only forward while this node leads; followers'
 * positions exist only while this node leads.
 */
import type { Uuid } from '../../base/uuid.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import type { PartitionImage } from '../metadata/topics.ts'
import type { AppendResult, Log } from '../storage/log.ts'

/** What the leader knows of one follower. */
export interface FollowerState {
  readonly replicaId: number
  /** Exclusive end of what the follower has, as its last fetch told; -1 before the first. */
  logEndOffset: number
  logStartOffset: number
  /** Monotonic milliseconds of the last moment when the follower had all that the leader had at its fetch before. */
  lastCaughtUpMs: number
  lastFetchMs: number
  lastFetchLeaderEndOffset: number
}

export type AcksMode = -1 | 0 | 1

export interface OffsetSnapshot {
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
}

export class Partition {
  readonly topic: string
  readonly topicId: Uuid
  readonly index: number
  /** The meters of its topic. */
  readonly metrics: TopicMetrics | undefined
  readonly #nodeId: number
  #log: Log | undefined
  #image: PartitionImage
  #retired = false
  readonly #followers = new Map<number, FollowerState>()

  constructor(options: {
    topic: string
    topicId: Uuid
    nodeId: number
    image: PartitionImage
    log: Log | undefined
    metrics?: TopicMetrics
  }) {
    this.metrics = options.metrics
    this.topic = options.topic
    this.topicId = options.topicId
    this.index = options.image.partition
    this.#nodeId = options.nodeId
    this.#log = options.log
    this.#image = options.image
  }

  get leaderId(): number {
    return this.#image.leader
  }

  get leaderEpoch(): number {
    return this.#image.leaderEpoch
  }

  get isr(): readonly number[] {
    return this.#image.isr
  }

  get replicas(): readonly number[] {
    return this.#image.replicas
  }

  get isLeader(): boolean {
    return this.#image.leader === this.#nodeId
  }

  /** False while its log directory is offline. */
  get isOnline(): boolean {
    return this.#log !== undefined
  }

  followers(): IterableIterator<FollowerState> {
    return this.#followers.values()
  }

  /** The local log; throws KAFKA_STORAGE_ERROR while its directory is offline. */
  log(): Log {
    if (this.#log === undefined) {
      throw new ApiError('KAFKA_STORAGE_ERROR', `the log directory of ${this.topic}-${this.index} is offline`)
    }
    return this.#log
  }

  /**
   * The local log for a request that named a leader epoch (-1: none named). Throws FENCED_LEADER_EPOCH for an older
   * epoch, UNKNOWN_LEADER_EPOCH for a newer one, NOT_LEADER_OR_FOLLOWER when only the leader may answer.
   */
  logFor(requestedEpoch: number, leaderOnly: boolean): Log {
    if (requestedEpoch !== -1) {
      const epoch = this.leaderEpoch
      if (requestedEpoch < epoch) throw new ApiError('FENCED_LEADER_EPOCH', `leader epoch is ${epoch}`)
      if (requestedEpoch > epoch) throw new ApiError('UNKNOWN_LEADER_EPOCH', `leader epoch is ${epoch}`)
    }
    // A failed directory is told before the lost leadership that follows from it.
    if (leaderOnly && !this.isLeader && (this.isOnline || this.#retired)) {
      throw new ApiError('NOT_LEADER_OR_FOLLOWER', `${this.topic}-${this.index} is led by node ${this.leaderId}`)
    }
    return this.log()
  }

  offsets(): OffsetSnapshot {
    const log = this.log()
    return {
      logStartOffset: log.logStartOffset,
      logEndOffset: log.logEndOffset,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
    }
  }

  /**
   * Takes the partition's state from the image. Returns what changed for others: this node began or ceased to lead, or
   * leads in a new epoch.
   */
  update(image: PartitionImage, nowMs: number): 'elected' | 'resigned' | 'unchanged' {
    const before = this.#image
    this.#image = image
    const led = before.leader === this.#nodeId
    if (image.leader !== this.#nodeId) {
      this.#followers.clear()
      return led ? 'resigned' : 'unchanged'
    }
    if (led && before.leaderEpoch === image.leaderEpoch) {
      this.#keepFollowers(nowMs)
      this.maybeAdvanceHighWatermark()
      return 'unchanged'
    }
    this.lead(nowMs)
    return 'elected'
  }

  /** Begins to lead in the image's epoch: notes the epoch in the log and forgets what followers told before. */
  lead(nowMs: number): void {
    this.#followers.clear()
    this.#keepFollowers(nowMs)
    const log = this.#log
    if (log === undefined) return
    const latest = log.epochs.latest()
    if (latest === undefined || latest < this.leaderEpoch) log.epochs.assign(this.leaderEpoch, log.logEndOffset)
    this.maybeAdvanceHighWatermark()
  }

  /** The topic was deleted or moved away: nobody who still holds this object may take it for a leader. */
  retire(): void {
    this.#log = undefined
    this.#retired = true
    this.#image = { ...this.#image, leader: -1 }
    this.#followers.clear()
  }

  /** Puts another log under the partition: after its directory came back, or (undefined) went offline. */
  replaceLog(log: Log | undefined): void {
    this.#log = log
  }

  /**
   * Appends to the local log as leader. With acks -1 throws NOT_ENOUGH_REPLICAS while fewer replicas are in sync than
   * the topic demands. Advances the high watermark where this replica alone decides it.
   */
  append(records: Buffer, options: { acks: AcksMode; origin: 'client' | 'coordinator'; nowMs: number }): AppendResult {
    const log = this.logFor(-1, true)
    if (options.acks === -1 && this.isr.length < this.minInSyncReplicas()) {
      throw new ApiError(
        'NOT_ENOUGH_REPLICAS',
        `${this.isr.length} replicas of ${this.topic}-${this.index} are in sync, ${this.minInSyncReplicas()} are needed`,
      )
    }
    return log.appendAsLeader(records, {
      leaderEpoch: this.leaderEpoch,
      origin: options.origin,
      nowMs: options.nowMs,
    })
  }

  /** Never more than there are replicas: a topic with one replica works whatever the setting says. */
  minInSyncReplicas(): number {
    return Math.min(this.log().config.get('min.insync.replicas'), this.replicas.length)
  }

  /** Whether all in-sync replicas have everything below `endOffset` (exclusive). */
  isCommitted(endOffset: number): boolean {
    return this.log().highWatermark >= endOffset
  }

  /** The lowest log start among this replica and the followers in the in-sync set. */
  lowWatermark(): number {
    let lowest = this.log().logStartOffset
    for (const { replicaId, logStartOffset } of this.#followers.values()) {
      if (this.isr.includes(replicaId)) lowest = Math.min(lowest, logStartOffset)
    }
    return lowest
  }

  /** A follower fetched: it has everything below `fetchOffset`. True when the high watermark moved. */
  followerFetched(fetch: { replicaId: number; fetchOffset: number; logStartOffset: number; nowMs: number }): boolean {
    const follower = this.#followers.get(fetch.replicaId)
    if (follower === undefined) {
      throw new ApiError('UNKNOWN_LEADER_EPOCH', `node ${fetch.replicaId} is no replica of ${this.topic}-${this.index}`)
    }
    const leaderEnd = this.log().logEndOffset
    // Caught up when it has all of now, or all that the leader had when it fetched before.
    if (fetch.fetchOffset >= leaderEnd) follower.lastCaughtUpMs = fetch.nowMs
    else if (fetch.fetchOffset >= follower.lastFetchLeaderEndOffset) follower.lastCaughtUpMs = follower.lastFetchMs
    follower.lastFetchMs = fetch.nowMs
    follower.lastFetchLeaderEndOffset = leaderEnd
    follower.logEndOffset = fetch.fetchOffset
    follower.logStartOffset = fetch.logStartOffset
    return this.maybeAdvanceHighWatermark()
  }

  /** Raises the high watermark to the smallest log end among the in-sync replicas. True when it moved. */
  maybeAdvanceHighWatermark(): boolean {
    const log = this.#log
    if (log === undefined || !this.isLeader) return false
    // Too few in sync: nothing more counts as committed, so that any of the needed replicas may be elected (KIP-966).
    if (this.replicas.length > 1 && this.isr.length < this.minInSyncReplicas()) return false
    let lowest = log.logEndOffset
    for (const id of this.isr) {
      if (id === this.#nodeId) continue
      const end = this.#followers.get(id)?.logEndOffset ?? -1
      if (end < lowest) lowest = end
    }
    return lowest > log.highWatermark && log.updateHighWatermark(lowest)
  }

  #keepFollowers(nowMs: number): void {
    for (const id of this.#followers.keys()) if (!this.replicas.includes(id)) this.#followers.delete(id)
    for (const id of this.replicas) {
      if (id === this.#nodeId || this.#followers.has(id)) continue
      this.#followers.set(id, {
        replicaId: id,
        logEndOffset: -1,
        logStartOffset: -1,
        // In-sync ones get the benefit of the doubt until they had time to fetch.
        lastCaughtUpMs: this.isr.includes(id) ? nowMs : 0,
        lastFetchMs: 0,
        lastFetchLeaderEndOffset: 0,
      })
    }
  }
}
