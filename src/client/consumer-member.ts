/**
 * A member of a group of the newer protocol (KIP-848): heartbeats carry its subscription there and its assignment back. What is
 * taken away it lets go first, then it says so, and only then others get it; the members never stand still together.
 */
import type { ResponseOf } from '../protocol/apis.ts'
import { ApiError, type ErrorName, errorName } from '../protocol/errors.ts'
import type { Place } from './fetcher.ts'
import { type GroupConnection, isPassing } from './group-connection.ts'
import { byTopic, type MemberIdentity, type MemberOptions, type Membership, type Owner, without } from './membership.ts'

/** Member epochs that say something else than an epoch. */
const JOINING = 0
const LEAVING = -1
const LEAVING_FOR_A_WHILE = -2
const FIRST_BEAT_MS = 3000

const FORGOTTEN: ReadonlySet<ErrorName> = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH'])

type Answer = ResponseOf<'ConsumerGroupHeartbeat'>

export class ConsumerMember implements Membership {
  readonly #connection: GroupConnection
  readonly #owner: Owner
  readonly #options: MemberOptions
  readonly #assignor: string | null
  #memberId: string
  #epoch = JOINING
  #intervalMs = FIRST_BEAT_MS
  #topics: ReadonlyMap<string, number> = new Map()
  /** What this member is to read, by topic id; undefined: as it is. */
  #target: NonNullable<Answer['assignment']>['topicPartitions'] | undefined
  #isLost = false
  #hasLeft = false
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #polledMs = performance.now()
  readonly #ids = new Map<string, string>()

  /** `memberId`: a random Uuid. `assignor`: one of the coordinator's; null: the group's. */
  constructor(
    connection: GroupConnection,
    owner: Owner,
    options: MemberOptions,
    memberId: string,
    assignor: string | null,
  ) {
    this.#connection = connection
    this.#owner = owner
    this.#options = options
    this.#memberId = memberId
    this.#assignor = assignor
  }

  get identity(): MemberIdentity {
    return { memberId: this.#memberId, generation: this.#epoch }
  }

  get isDue(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    return this.#epoch === JOINING || this.#target !== undefined
  }

  topicsChanged(topics: ReadonlyMap<string, number>): void {
    const isSame = [...topics.keys()].sort().join() === [...this.#topics.keys()].sort().join()
    this.#topics = topics
    // The coordinator sees new partitions by itself.
    if (!isSame && this.#epoch !== JOINING) void this.#beat({ subscribedTopicNames: [...topics.keys()] })
  }

  polled(): void {
    this.#polledMs = performance.now()
  }

  async rebalance(): Promise<void> {
    if (this.#isLost) {
      this.#owner.lose(this.#owner.owned)
      this.#isLost = false
    }
    if (this.#epoch === JOINING) {
      clearTimeout(this.#timer)
      this.#topics = await this.#owner.topics()
      this.#take(await this.#ask({ ...this.#everything, topicPartitions: [] }))
      this.#beatLater()
      return
    }
    const target = this.#target
    if (target === undefined) return
    const places = await this.#named(target)
    const gone = without(this.#owner.owned, places)
    if (gone.length > 0) await this.#owner.revoke(gone)
    await this.#owner.assign(without(places, this.#owner.owned))
    // A newer one may have come meanwhile.
    if (this.#target === target) this.#target = undefined
    await this.#beat({ topicPartitions: this.#ownedById() })
  }

  async leave(): Promise<void> {
    clearTimeout(this.#timer)
    this.#hasLeft = true
    if (this.#epoch === JOINING) return
    const isStatic = this.#options.instanceId !== null
    await this.#connection.ask('ConsumerGroupHeartbeat', {
      groupId: this.#options.group,
      memberId: this.#memberId,
      memberEpoch: isStatic ? LEAVING_FOR_A_WHILE : LEAVING,
      instanceId: this.#options.instanceId,
    })
  }

  /** What a member says when it joins. */
  get #everything() {
    return {
      rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs,
      subscribedTopicNames: [...this.#topics.keys()],
      serverAssignor: this.#assignor,
    }
  }

  async #ask(more: object): Promise<Answer> {
    const answer = await this.#connection.ask('ConsumerGroupHeartbeat', {
      groupId: this.#options.group,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: this.#options.instanceId,
      ...more,
    })
    const error = errorName(answer.errorCode)
    if (error !== 'NONE') throw new ApiError(error, answer.errorMessage ?? undefined)
    return answer
  }

  #take({ memberId, memberEpoch, heartbeatIntervalMs, assignment }: Answer): void {
    if (memberId !== null && memberId !== '') this.#memberId = memberId
    this.#epoch = memberEpoch
    if (heartbeatIntervalMs > 0) this.#intervalMs = heartbeatIntervalMs
    if (assignment === null) return
    this.#target = assignment.topicPartitions
    this.#owner.wake()
  }

  /** The places of an assignment. Throws UNKNOWN_TOPIC_ID, worth another try, while a name is not known here. */
  async #named(target: NonNullable<Answer['assignment']>['topicPartitions']): Promise<Place[]> {
    const unknown = target.map(({ topicId }) => topicId).filter((id) => !this.#ids.has(id))
    if (unknown.length > 0) for (const [id, name] of await this.#owner.names(unknown)) this.#ids.set(id, name)
    const places: Place[] = []
    for (const { topicId, partitions } of target) {
      const topic = this.#ids.get(topicId)
      if (topic === undefined) throw new ApiError('UNKNOWN_TOPIC_ID', topicId)
      places.push(...partitions.map((partition) => ({ topic, partition })))
    }
    return places
  }

  #ownedById() {
    const owned = byTopic(this.#owner.owned)
    return [...this.#ids].flatMap(([topicId, name]) => {
      const partitions = owned.get(name)
      return partitions === undefined ? [] : [{ topicId, partitions }]
    })
  }

  #beatLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#beat({}), this.#intervalMs)
  }

  /** Never rejects: what went wrong for good is thrown by `isDue`. */
  async #beat(more: object): Promise<void> {
    clearTimeout(this.#timer)
    try {
      if (performance.now() - this.#polledMs > this.#options.rebalanceTimeoutMs) {
        // Nobody takes the records: somebody else is to have them.
        await this.leave().catch(() => undefined)
        this.#hasLeft = false
        this.#forget()
        return
      }
      const answer = await this.#ask(more)
      if (this.#hasLeft) return
      this.#take(answer)
    } catch (error) {
      if (this.#hasLeft) return
      if (error instanceof ApiError && FORGOTTEN.has(error.error)) {
        this.#forget()
        return
      }
      if (!isPassing(error)) {
        this.#failure = error as Error
        this.#owner.wake()
        return
      }
    }
    this.#beatLater()
  }

  /** The coordinator gave this member's partitions away: it joins again. */
  #forget(): void {
    this.#epoch = JOINING
    this.#target = undefined
    this.#isLost = this.#owner.owned.length > 0
    this.#owner.wake()
  }
}
