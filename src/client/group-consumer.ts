/**
 * Reads topics as a member of a group, classic or of KIP-848, static or not. `poll` hands out records and does everything that
 * the membership wants meanwhile; a partition that is taken away is told, and what was handed out can be committed, before anybody
 * else reads it. Commits are the caller's, or made every so often of all that an earlier poll handed out.
 */
import { ApiError, type ErrorName, errorMessage, errorName } from '../protocol/errors.ts'
import { ClassicMember } from './classic-member.ts'
import type { ClusterClient } from './cluster-client.ts'
import { ConsumerMember } from './consumer-member.ts'
import { CursorReader, type TakenRecords } from './cursor-reader.ts'
import type { IsolationLevel, Place } from './fetcher.ts'
import { GroupConnection, isPassing } from './group-connection.ts'
import type { Assignor } from './group-assignors.ts'
import { byTopic, type MemberOptions, type Membership, type Owner, placeKey, sortedPlaces } from './membership.ts'
import { listOffsets } from './offsets.ts'
import { NoOffsetError, resetTimestamp } from './offset-reset.ts'
import { pause } from './waiting.ts'

export interface GroupConsumerOptions extends MemberOptions {
  readonly topics: { readonly names: readonly string[] } | { readonly pattern: RegExp }
  /** The newer protocol: a member id to join with, and an assignor of the coordinator (null: its own choice). */
  readonly newer: { readonly memberId: string; readonly assignor: string | null } | undefined
  /** Of a classic group, the first one preferred. */
  readonly assignors: readonly Assignor[]
  /** `auto.offset.reset`: where a partition without a commit starts. */
  readonly reset: string
  readonly isolation: IsolationLevel
  /** ms between two commits of what was handed out; undefined: the caller commits. */
  readonly autoCommitMs: number | undefined
  readonly maxPollRecords: number
  /** Whether topics that are not there may be made by asking for them. */
  readonly createsTopics: boolean
  readonly onAssigned?: (added: readonly Place[]) => void | Promise<void>
  /** What was read until now goes away; it may be committed still. */
  readonly onRevoked?: (gone: readonly Place[]) => void | Promise<void>
}

export interface PlacedOffset extends Place {
  /** The next one to read. */
  readonly offset: number
}

/** What does not come by itself is looked after so often. */
const LOOK_MS = 500
const METADATA_AGE_MS = 300_000
const COMMIT_VERSION_MAX = 9
const OFFSET_FETCH_VERSION_MAX = 7
const STALE_MAX = 10

export class GroupConsumer implements Owner {
  readonly #client: ClusterClient
  readonly #options: GroupConsumerOptions
  readonly #connection: GroupConnection
  readonly #member: Membership
  readonly #reader: CursorReader
  readonly #names = new Map<string, string>()
  /** Positions that the polls before the last one have handed out, as far as they are not committed. */
  readonly #committed = new Map<string, number>()
  #wakeUp: (() => void) | undefined
  #isAwake = false
  #commitAtMs = 0
  #lookAtMs = 0

  constructor(client: ClusterClient, options: GroupConsumerOptions) {
    this.#client = client
    this.#options = options
    this.#connection = new GroupConnection(client.options, options.group, options.rebalanceTimeoutMs)
    this.#reader = new CursorReader(client, options.isolation, () => this.wake())
    const { newer } = options
    this.#member =
      newer === undefined
        ? new ClassicMember(this.#connection, this, options, options.assignors)
        : new ConsumerMember(this.#connection, this, options, newer.memberId, newer.assignor)
    this.#commitAtMs = performance.now() + (options.autoCommitMs ?? 0)
  }

  /** Waits for records; none when the signal is aborted. Rejects with what no further attempt mends. */
  async poll(): Promise<TakenRecords[]> {
    const { signal } = this.#options
    const stop = () => {
      this.wake()
      // A join may wait for minutes.
      if (this.#member.isDue) this.#connection.close()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) {
        this.#member.polled()
        if (this.#member.isDue) {
          await this.#patiently(() => this.#member.rebalance())
          continue
        }
        await this.#autoCommit()
        await this.#patiently(() => this.#lookAfterTopics())
        if (this.#reader.unplaced.length > 0) await this.#patiently(() => this.#place())
        const taken = this.#reader.take(this.#options.maxPollRecords)
        void this.#reader.launch()
        if (taken.length > 0) return taken
        await this.#sleep()
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
    return []
  }

  /** Commits; ApiError where the coordinator refuses, REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION, FENCED_INSTANCE_ID for instance. */
  async commit(offsets: readonly PlacedOffset[]): Promise<void> {
    if (offsets.length === 0) return
    const at = new Map(offsets.map((one) => [placeKey(one), one.offset]))
    const topics = [...byTopic(offsets)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: at.get(placeKey({ topic: name, partition: partitionIndex }))!,
        committedMetadata: '',
      })),
    }))
    for (let attempt = 1; ; attempt++) {
      const { memberId, generation } = this.#member.identity
      let error: ErrorName = 'NONE'
      const body = {
        groupId: this.#options.group,
        generationIdOrMemberEpoch: generation,
        memberId,
        groupInstanceId: this.#options.instanceId,
        topics,
      }
      await this.#connection.ask('OffsetCommit', body, { maxVersion: COMMIT_VERSION_MAX }, (answer) => {
        const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
        const code = codes.find((one) => one !== 0) ?? 0
        error = errorName(code)
        return code
      })
      if ((error as ErrorName) === 'NONE') break
      // The epoch rose while this was under way: the next heartbeat tells which it is now.
      if ((error as ErrorName) !== 'STALE_MEMBER_EPOCH' || attempt === STALE_MAX)
        throw new ApiError(error, errorMessage(error))
      await pause(LOOK_MS, this.#options.signal)
    }
    for (const [key, offset] of at) this.#committed.set(key, offset)
  }

  /**
   * Commits where each partition stands, of those that stand elsewhere than at their last commit. `held`, by topic-partition: where
   * one stands whose last records were handed out and not dealt with yet.
   */
  async commitPositions(held: ReadonlyMap<string, number> = new Map()): Promise<void> {
    const due = this.owned.flatMap((place): PlacedOffset[] => {
      const key = placeKey(place)
      const offset = held.get(key) ?? this.#reader.position(place)
      return offset === undefined || offset === this.#committed.get(key) ? [] : [{ ...place, offset }]
    })
    await this.commit(due)
  }

  /** Lets go of everything and leaves. Never rejects: the session timeout removes a member that could not say goodbye. */
  async close(): Promise<void> {
    try {
      if (this.owned.length > 0) await this.revoke(this.owned)
    } catch {
      // What was not committed is read again by whoever comes next.
    }
    await this.#member.leave().catch(() => undefined)
    this.#connection.close()
  }

  get owned(): readonly Place[] {
    return this.#reader.places
  }

  async topics(): Promise<ReadonlyMap<string, number>> {
    const { topics: wanted, createsTopics } = this.#options
    const asked = 'names' in wanted ? wanted.names : null
    if (asked !== null && createsTopics) {
      const topics = asked.map((name) => ({ name }))
      await this.#client.request('Metadata', { topics, allowAutoTopicCreation: true })
    }
    const { topics } = await this.#client.metadata(asked)
    const found = new Map<string, number>((asked ?? []).map((name) => [name, 0]))
    for (const { name, topicId, isInternal, errorCode, partitions } of topics) {
      if (name === null) continue
      const error = errorName(errorCode)
      if (error === 'TOPIC_AUTHORIZATION_FAILED')
        throw new ApiError(error, `Not authorized to access topics: [${name}]`)
      if (error === 'INVALID_TOPIC_EXCEPTION') throw new ApiError(error, `Invalid topics: [${name}]`)
      if (errorCode !== 0 || ('pattern' in wanted && (isInternal || !wanted.pattern.test(name)))) continue
      found.set(name, partitions.length)
      this.#names.set(topicId, name)
    }
    this.#lookAtMs = performance.now() + this.#lookMs(found)
    return found
  }

  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.some((id) => !this.#names.has(id))) await this.topics()
    return this.#names
  }

  async revoke(places: readonly Place[]): Promise<void> {
    if (this.#options.autoCommitMs !== undefined) await this.commitPositions().catch(() => undefined)
    await this.#options.onRevoked?.(sortedPlaces(places))
    this.#reader.drop(places)
  }

  lose(places: readonly Place[]): void {
    void this.#options.onRevoked?.(sortedPlaces(places))
    this.#reader.drop(places)
  }

  async assign(added: readonly Place[]): Promise<void> {
    this.#reader.add(added)
    for (const place of added) this.#committed.delete(placeKey(place))
    await this.#options.onAssigned?.(sortedPlaces(added))
  }

  wake(): void {
    this.#isAwake = true
    this.#wakeUp?.()
  }

  async #sleep(): Promise<void> {
    if (!this.#isAwake && !this.#options.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS)
        this.#wakeUp = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#isAwake = false
  }

  /** Once; what is worth another attempt gets it at the next poll, a little later. */
  async #patiently(attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.#options
    try {
      await attempt()
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error)) throw error
      await pause(this.#client.options.retryBackoffMs, signal)
    }
  }

  #lookMs(topics: ReadonlyMap<string, number>): number {
    if ([...topics.values()].some((count) => count === 0) || topics.size === 0) return LOOK_MS
    return Number(this.#client.options.properties['metadata.max.age.ms'] ?? METADATA_AGE_MS)
  }

  async #lookAfterTopics(): Promise<void> {
    if (performance.now() >= this.#lookAtMs) this.#member.topicsChanged(await this.topics())
  }

  /** Finds where to begin: at the commit, or where the setting says. */
  async #place(): Promise<void> {
    const open = this.#reader.unplaced
    const committed = await this.#committedOffsets(open.filter((place) => !this.#committed.has(placeKey(place))))
    for (const place of open) {
      const offset = committed.get(placeKey(place))
      if (offset === undefined) continue
      this.#reader.seek(place, offset)
      this.#committed.set(placeKey(place), offset)
    }
    const rest = this.#reader.unplaced
    if (rest.length === 0) return
    const timestamp = resetTimestamp(this.#options.reset, Date.now())
    if (timestamp === undefined) {
      const names = sortedPlaces(rest).map(placeKey).join(', ')
      throw new NoOffsetError(names)
    }
    const { isolation } = this.#options
    const asked = rest.map((place) => ({ ...place, timestamp }))
    const found = await listOffsets(this.#client, asked, isolation)
    for (const place of rest) {
      const answer = found.get(placeKey(place))
      if (answer?.error !== undefined) throw answer.error
      if (answer !== undefined && answer.offset >= 0) this.#reader.seek(place, answer.offset)
    }
  }

  async #committedOffsets(places: readonly Place[]): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    if (places.length === 0) return found
    const topics = [...byTopic(places)].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
    const body = { groupId: this.#options.group, topics, requireStable: true }
    const answer = await this.#connection.ask('OffsetFetch', body, { maxVersion: OFFSET_FETCH_VERSION_MAX })
    if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode))
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, committedOffset, errorCode } of partitions) {
        if (errorCode !== 0) throw new ApiError(errorName(errorCode))
        if (committedOffset >= 0) found.set(placeKey({ topic: name, partition: partitionIndex }), committedOffset)
      }
    }
    return found
  }

  async #autoCommit(): Promise<void> {
    const { autoCommitMs } = this.#options
    if (autoCommitMs === undefined || performance.now() < this.#commitAtMs) return
    this.#commitAtMs = performance.now() + autoCommitMs
    // The next one commits what this one could not.
    await this.commitPositions().catch(() => undefined)
  }
}
