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
import { type PartitionImage, RECOVERED } from '../metadata/topics.ts'
import type { AppendResult, Log } from '../storage/log.ts'
import { type FollowerFetch, FollowerState } from './follower-state.ts'
import { type IsrAnswer, type IsrProposal, maximalIsr, OVERTAKEN, REFUSED_FOR_NOW } from './isr.ts'

/** What a partition asks of its surroundings to judge its followers. */
export interface FollowerTerms {
  /** Monotonic. */
  nowMs(): number
  /** `replica.lag.time.max.ms`. */
  maxLagMs(): number
  /** Whether the broker may be in sync: unfenced, not going down, and (where an epoch is told) in that same life. */
  isEligible(brokerId: number, brokerEpoch: number): boolean
  /** Whether the broker is up and unfenced. */
  isAlive(brokerId: number): boolean
  /** The epoch of the broker's registration as the metadata has it; -1: unknown. */
  brokerEpoch(brokerId: number): number
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
  /** The change of the in-sync set that the controller was asked for. */
  #pending: IsrProposal | undefined
  /** Where the epoch in which this node leads begins in its log. */
  #epochStart = 0
  readonly #terms: FollowerTerms | undefined
  readonly #followers = new Map<number, FollowerState>()

  constructor(options: {
    topic: string
    topicId: Uuid
    nodeId: number
    image: PartitionImage
    log: Log | undefined
    metrics?: TopicMetrics
    /** Absent: followers are never proposed for the in-sync set, nor against it. */
    terms?: FollowerTerms
  }) {
    this.#terms = options.terms
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

  get partitionEpoch(): number {
    return this.#image.partitionEpoch
  }

  /** The in-sync set that the controller committed. */
  get isr(): readonly number[] {
    return this.#image.isr
  }

  /** The in-sync set, with who is proposed to join and who is proposed to leave. */
  get maximalIsr(): readonly number[] {
    return maximalIsr(this.#image.isr, this.#pending)
  }

  /** A change of the in-sync set is on its way to the controller. */
  get isChanging(): boolean {
    return this.#pending !== undefined
  }

  /**
   * Where the epoch of this leader begins. While the high watermark is before it, it may be older than what the leader
   * before had told (KIP-207).
   */
  get epochStartOffset(): number {
    return this.#epochStart
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
    // The controller's answer to a change of the in-sync set can be here before the metadata that says the same.
    if (image.leaderEpoch === before.leaderEpoch && image.partitionEpoch < before.partitionEpoch) return 'unchanged'
    this.#image = image
    if (image.leaderEpoch !== before.leaderEpoch || image.partitionEpoch > before.partitionEpoch) {
      this.#pending = undefined
    }
    const led = before.leader === this.#nodeId
    if (image.leader !== this.#nodeId) {
      this.#followers.clear()
      return led ? 'resigned' : 'unchanged'
    }
    if (led && before.leaderEpoch === image.leaderEpoch) {
      this.#keepFollowers(nowMs, before.isr)
      this.maybeAdvanceHighWatermark()
      return 'unchanged'
    }
    this.lead(nowMs)
    return 'elected'
  }

  /** Begins to lead in the image's epoch: notes the epoch in the log and forgets what followers told before. */
  lead(nowMs: number): void {
    this.#followers.clear()
    this.#pending = undefined
    this.#keepFollowers(nowMs)
    const log = this.#log
    if (log === undefined) return
    // Whatever an unclean election cost, this log is the partition's from here on.
    this.#image = { ...this.#image, leaderRecoveryState: RECOVERED }
    this.#epochStart = log.logEndOffset
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

  /** The lowest log start among this replica and the followers that live, or are in sync. */
  lowWatermark(): number {
    let lowest = this.log().logStartOffset
    for (const { replicaId, logStartOffset } of this.#followers.values()) {
      if (logStartOffset >= lowest) continue
      if (this.isr.includes(replicaId) || this.#terms?.isAlive(replicaId) === true) lowest = logStartOffset
    }
    return lowest
  }

  /**
   * A follower fetched: it has everything below `fetchOffset`. True when the high watermark moved. Throws
   * UNKNOWN_LEADER_EPOCH for who is no replica, NOT_LEADER_OR_FOLLOWER for a fetch from an earlier life of the follower.
   */
  followerFetched(fetch: FollowerFetch): boolean {
    const follower = this.#followers.get(fetch.replicaId)
    if (follower === undefined) {
      throw new ApiError('UNKNOWN_LEADER_EPOCH', `node ${fetch.replicaId} is no replica of ${this.topic}-${this.index}`)
    }
    const { brokerEpoch = -1 } = fetch
    if (brokerEpoch !== -1 && brokerEpoch < follower.brokerEpoch) {
      throw new ApiError('NOT_LEADER_OR_FOLLOWER', `node ${fetch.replicaId} has registered anew since this fetch`)
    }
    follower.fetched(fetch, this.log().logEndOffset)
    return this.maybeAdvanceHighWatermark()
  }

  /** Raises the high watermark to the smallest log end among the in-sync replicas. True when it moved. */
  maybeAdvanceHighWatermark(): boolean {
    const log = this.#log
    if (log === undefined || !this.isLeader) return false
    // Too few in sync: nothing more counts as committed, so that any of the needed replicas may be elected (KIP-966).
    if (this.replicas.length > 1 && this.isr.length < this.minInSyncReplicas()) return false
    const leaderEnd = log.logEndOffset
    let lowest = leaderEnd
    const required = this.maximalIsr
    for (const follower of this.#followers.values()) {
      if (follower.logEndOffset >= lowest) continue
      if (required.includes(follower.replicaId) || this.#isAboutToJoin(follower, leaderEnd)) {
        lowest = follower.logEndOffset
      }
    }
    return lowest > log.highWatermark && log.updateHighWatermark(lowest)
  }

  /** Not in sync yet, but as good as: waited for, lest the high watermark run away from it for ever. */
  #isAboutToJoin(follower: FollowerState, leaderEnd: number): boolean {
    const terms = this.#terms
    return (
      terms !== undefined &&
      follower.isCaughtUp(leaderEnd, terms.nowMs(), terms.maxLagMs()) &&
      terms.isEligible(follower.replicaId, follower.brokerEpoch)
    )
  }

  // ---- the in-sync set ---------------------------------------------------------------------------------------------

  /** The follower has what it takes to be in sync, and is not: the change to ask for; noted as pending. */
  proposeExpansion(replicaId: number): IsrProposal | undefined {
    const terms = this.#terms
    const follower = this.#followers.get(replicaId)
    if (terms === undefined || follower === undefined || this.#pending !== undefined || !this.isLeader) return undefined
    if (this.isr.includes(replicaId) || this.#log === undefined) return undefined
    if (follower.logEndOffset < Math.max(this.#log.highWatermark, this.#epochStart)) return undefined
    if (!terms.isEligible(replicaId, follower.brokerEpoch)) return undefined
    return this.#propose('expand', [...this.isr, replicaId], terms)
  }

  /** In-sync followers have not had everything for too long: the change that takes them out; noted as pending. */
  proposeShrink(): IsrProposal | undefined {
    const terms = this.#terms
    if (terms === undefined || this.#pending !== undefined || !this.isLeader || this.#log === undefined)
      return undefined
    const { logEndOffset } = this.#log
    const nowMs = terms.nowMs()
    const maxLagMs = terms.maxLagMs()
    const kept = this.isr.filter((id) => {
      const follower = this.#followers.get(id)
      return id === this.#nodeId || follower?.isCaughtUp(logEndOffset, nowMs, maxLagMs) === true
    })
    return kept.length === this.isr.length ? undefined : this.#propose('shrink', kept, terms)
  }

  /** The followers get `ms` more: for a time in which this node itself was not running. */
  excuseFollowers(ms: number): void {
    for (const follower of this.#followers.values()) {
      if (this.isr.includes(follower.replicaId)) follower.lastCaughtUpMs += ms
    }
  }

  #propose(change: IsrProposal['change'], isr: readonly number[], terms: FollowerTerms): IsrProposal {
    this.#pending = {
      topicId: this.topicId,
      partition: this.index,
      leaderEpoch: this.leaderEpoch,
      partitionEpoch: this.partitionEpoch,
      change,
      isr: isr.map((brokerId) => ({
        brokerId,
        brokerEpoch: this.#followers.get(brokerId)?.brokerEpoch ?? terms.brokerEpoch(brokerId),
      })),
    }
    return this.#pending
  }

  /**
   * The controller answered a proposal. `retry`: to be sent again as it is. `changed`: the in-sync set is another one now,
   * and the high watermark may have moved. Answers to what is no longer pending change nothing.
   */
  isrAnswered(proposal: IsrProposal, answer: IsrAnswer): 'retry' | 'changed' | 'over' {
    if (this.#pending !== proposal || !this.isLeader) return 'over'
    if (!('isr' in answer)) {
      if (REFUSED_FOR_NOW.has(answer.error)) this.#pending = undefined
      // Until the metadata says how the change ended, it counts as being on its way.
      return REFUSED_FOR_NOW.has(answer.error) || OVERTAKEN.has(answer.error) ? 'over' : 'retry'
    }
    if (answer.leaderEpoch !== this.leaderEpoch || answer.partitionEpoch < this.partitionEpoch) return 'over'
    this.#pending = undefined
    const { isr, partitionEpoch, leaderRecoveryState } = answer
    const before = this.isr
    this.#image = { ...this.#image, isr, partitionEpoch, leaderRecoveryState }
    this.#keepFollowers(0, before)
    this.maybeAdvanceHighWatermark()
    return 'changed'
  }

  #keepFollowers(nowMs: number, before: readonly number[] = this.isr): void {
    for (const [id, follower] of this.#followers) {
      if (!this.replicas.includes(id)) this.#followers.delete(id)
      else if (before.includes(id) && !this.isr.includes(id)) follower.leftInSync()
    }
    for (const id of this.replicas) {
      if (id === this.#nodeId || this.#followers.has(id)) continue
      // In-sync ones get the benefit of the doubt until they had time to fetch.
      this.#followers.set(id, new FollowerState(id, this.isr.includes(id) ? nowMs : Number.NEGATIVE_INFINITY))
    }
  }
}
