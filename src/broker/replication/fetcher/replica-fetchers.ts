/**
 * All that this node follows: one fetcher for each leader, partitions handed from one to the other as leadership moves.
 */
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { CurrentConfig } from '../../../config/node-config.ts'
import { ApiError } from '../../../protocol/errors.ts'
import type { Partition } from '../partition.ts'
import type { LeaderClients } from '../ports.ts'
import { FetcherShell } from './fetcher-shell.ts'
import { Followed } from './followed.ts'
import { LeaderFetcher } from './leader-fetcher.ts'

export interface ReplicaFetchersOptions {
  readonly nodeId: number
  readonly brokerEpoch: () => number
  /** The epoch of a broker's registration, another one in each of its lives; -1: it has none. */
  readonly epochOf: (brokerId: number) => number
  readonly clients: LeaderClients
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<CurrentConfig, 'get'>
  /** A followed partition grew, or its bounds moved. */
  readonly appended: (partition: Partition, bytes: number) => void
  /** The bound on bytes of throttled replicas is reached, and this is one of them. */
  readonly isThrottled: (partition: Partition) => boolean
}

interface Place {
  readonly followed: Followed
  readonly leaderId: number
}

export class ReplicaFetchers {
  readonly #o: ReplicaFetchersOptions
  readonly #byLeader = new Map<number, FetcherShell>()
  readonly #places = new Map<Partition, Place>()
  #isClosed = false

  constructor(options: ReplicaFetchersOptions) {
    this.#o = options
  }

  /** Partitions that are followed. */
  get size(): number {
    return this.#places.size
  }

  /** The largest number of records that any followed partition is behind its leader's high watermark. */
  get maxLag(): number {
    let max = 0
    for (const { fetcher } of this.#byLeader.values()) max = Math.max(max, fetcher.maxLag)
    return max
  }

  /** Partitions that wait for metadata, since their leader or their disk refuses them as they are. */
  get failedCount(): number {
    let count = 0
    for (const { fetcher } of this.#byLeader.values()) count += fetcher.failedCount
    return count
  }

  /** Fetches a second, over the last ten seconds or so, from the leader that is asked least; 0 when none is. */
  get minFetchRate(): number {
    let min = Number.POSITIVE_INFINITY
    for (const shell of this.#byLeader.values()) if (shell.fetcher.size > 0) min = Math.min(min, shell.fetchRate)
    return min === Number.POSITIVE_INFINITY ? 0 : min
  }

  *followed(): Generator<Followed> {
    for (const { followed } of this.#places.values()) yield followed
  }

  /** The partition is new, or its state has changed: it is followed from now on where its leader is, or not at all. */
  changed(partition: Partition): void {
    if (this.#isClosed) return
    const place = this.#places.get(partition)
    const { leaderId, leaderEpoch } = partition
    const isFollowed = partition.isOnline && !partition.isLeader && leaderId >= 0
    if (isFollowed && place?.leaderId === leaderId && place.followed.leaderEpoch === leaderEpoch) return
    if (place !== undefined) this.#leave(partition, place)
    if (isFollowed) this.#follow(partition)
  }

  /** The partition is gone from this node, or its log is. */
  removed(partition: Partition): void {
    const place = this.#places.get(partition)
    if (place !== undefined) this.#leave(partition, place)
  }

  close(): void {
    this.#isClosed = true
    for (const shell of this.#byLeader.values()) shell.close()
    this.#places.clear()
  }

  #leave(partition: Partition, { followed, leaderId }: Place): void {
    this.#places.delete(partition)
    this.#byLeader.get(leaderId)?.fetcher.remove(followed)
  }

  #follow(partition: Partition): void {
    const followed = new Followed(partition)
    try {
      followed.begin()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#o.log.error(`${followed.name} cannot be followed`, error)
      return
    }
    const { leaderId } = partition
    this.#places.set(partition, { followed, leaderId })
    const shell = this.#shell(leaderId)
    shell.fetcher.add(followed)
    shell.kick()
  }

  #shell(leaderId: number): FetcherShell {
    const known = this.#byLeader.get(leaderId)
    if (known !== undefined) {
      this.#ensureLife(known, leaderId)
      return known
    }
    const { nodeId, brokerEpoch, epochOf, clients, clock, config } = this.#o
    const log = this.#o.log.named('kafka.server.ReplicaFetcherThread')
    const fetcher = new LeaderFetcher({
      log,
      backoffMs: () => config.get('replica.fetch.backoff.ms'),
      maxBytes: () => config.get('replica.fetch.max.bytes'),
      isThrottled: (followed) => !followed.isInSync && this.#o.isThrottled(followed.partition),
      appended: ({ partition }, bytes) => this.#o.appended(partition, bytes),
    })
    const settings = () => ({
      maxWaitMs: config.get('replica.fetch.wait.max.ms'),
      minBytes: config.get('replica.fetch.min.bytes'),
      maxBytes: config.get('replica.fetch.response.max.bytes'),
      timeoutMs: config.get('replica.socket.timeout.ms'),
    })
    const shell = new FetcherShell({ leaderId, nodeId, brokerEpoch, fetcher, clients, clock, log, settings })
    shell.leaderLife = epochOf(leaderId)
    this.#byLeader.set(leaderId, shell)
    return shell
  }

  /** What waits for an answer of a former life, whose machine lost its power and told nobody, would wait until its time is over. */
  #ensureLife(shell: FetcherShell, leaderId: number): void {
    const life = this.#o.epochOf(leaderId)
    if (shell.leaderLife === life) return
    shell.leaderLife = life
    this.#o.clients.drop(leaderId, 'replica')
  }
}
