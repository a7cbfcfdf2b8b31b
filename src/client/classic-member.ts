/**
 * A member of a classic group: joins, leads the assignment when it is asked to, keeps its place with heartbeats, and joins again
 * when the group rebalances. With cooperative-sticky (KIP-429) it keeps reading what it keeps, otherwise it lets everything go before
 * each join. A static member (KIP-345) does not say goodbye.
 */
import { decodeAt, encodeMessage } from '../protocol/codec.ts'
import { ApiError, type ErrorName, errorMessage, errorName } from '../protocol/errors.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../protocol/logs/consumer-protocol.ts'
import { inVersions } from '../protocol/schema.ts'
import type { ResponseOf } from '../protocol/apis.ts'
import type { Place } from './fetcher.ts'
import { assign, type Assignor, type Subscription } from './group-assignors.ts'
import { type GroupConnection, isPassing } from './group-connection.ts'
import { byTopic, type MemberIdentity, type MemberOptions, type Membership, type Owner, without } from './membership.ts'

const SUBSCRIPTION_VERSION = 3
const ASSIGNMENT_VERSION = 3
const NO_GENERATION = -1

/** Errors after which the coordinator knows this member no more. */
const FORGOTTEN: ReadonlySet<ErrorName> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'])

type Joined = ResponseOf<'JoinGroup'>

export class ClassicMember implements Membership {
  readonly #connection: GroupConnection
  readonly #owner: Owner
  readonly #options: MemberOptions
  /** Those that this member can read with; all with cooperative-sticky only when it is the only one. */
  readonly #assignors: readonly Assignor[]
  #memberId = ''
  #generation = NO_GENERATION
  #isDue = true
  #isLeader = false
  /** The coordinator has dropped this member: others may read what it reads. */
  #isLost = false
  #failure: Error | undefined
  #topics: ReadonlyMap<string, number> = new Map()
  #timer: NodeJS.Timeout | undefined
  #aliveMs = 0
  #polledMs = performance.now()

  constructor(connection: GroupConnection, owner: Owner, options: MemberOptions, assignors: readonly Assignor[]) {
    this.#connection = connection
    this.#owner = owner
    this.#options = options
    this.#assignors = assignors
  }

  get identity(): MemberIdentity {
    return { memberId: this.#memberId, generation: this.#generation }
  }

  get isDue(): boolean {
    if (this.#failure !== undefined) throw this.#failure
    return this.#isDue
  }

  get #isCooperative(): boolean {
    return this.#assignors.every((assignor) => assignor === 'cooperative-sticky')
  }

  topicsChanged(topics: ReadonlyMap<string, number>): void {
    const names = [...topics.keys()].sort().join()
    const isOther = names !== [...this.#topics.keys()].sort().join()
    const hasGrown = this.#isLeader && [...topics].some(([topic, count]) => this.#topics.get(topic) !== count)
    if (isOther || hasGrown) this.#joinAgain()
  }

  polled(): void {
    this.#polledMs = performance.now()
  }

  async rebalance(): Promise<void> {
    this.#stopBeating()
    if (this.#isLost) {
      this.#owner.lose(this.#owner.owned)
      this.#isLost = false
    } else if (!this.#isCooperative && this.#owner.owned.length > 0) await this.#owner.revoke(this.#owner.owned)
    const topics = await this.#owner.topics()
    const joined = await this.#join(topics)
    if (joined === undefined) return
    this.#topics = topics
    const places = await this.#sync(joined)
    if (places === undefined) return
    this.#isDue = false
    this.#aliveMs = performance.now()
    this.#beatLater()
    const gone = without(this.#owner.owned, places)
    if (gone.length > 0) {
      await this.#owner.revoke(gone)
      // Whoever is to read it gets it in the rebalance that follows.
      this.#joinAgain()
    }
    await this.#owner.assign(without(places, this.#owner.owned))
  }

  async leave(): Promise<void> {
    this.#stopBeating()
    if (this.#memberId === '' || this.#options.instanceId !== null || this.#isLost) return
    const member = { memberId: this.#memberId, groupInstanceId: null, reason: 'the consumer is being closed' }
    // Before version 3 a request had one member, in another field; brokers of today have later ones.
    await this.#connection.ask('LeaveGroup', { groupId: this.#options.group, members: [member] }, { minVersion: 3 })
  }

  /** Undefined: the group is not ready, to be tried again. */
  async #join(topics: ReadonlyMap<string, number>): Promise<Joined | undefined> {
    const owned = this.#isCooperative ? [...byTopic(this.#owner.owned)] : []
    const subscription = encodeMessage(ConsumerProtocolSubscription, SUBSCRIPTION_VERSION, {
      topics: [...topics.keys()].sort(),
      ownedPartitions: owned.map(([topic, partitions]) => ({ topic, partitions })),
      generationId: this.#generation,
    })
    const metadata = Buffer.concat([versioned(SUBSCRIPTION_VERSION), subscription])
    for (;;) {
      const answer = await this.#connection.ask('JoinGroup', {
        groupId: this.#options.group,
        sessionTimeoutMs: this.#options.sessionTimeoutMs,
        rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId: this.#options.instanceId,
        protocolType: 'consumer',
        protocols: this.#assignors.map((name) => ({ name, metadata })),
      })
      const error = errorName(answer.errorCode)
      if (error === 'NONE') {
        this.#memberId = answer.memberId
        this.#generation = answer.generationId
        this.#isLeader = answer.leader === answer.memberId
        return answer
      }
      if (error === 'MEMBER_ID_REQUIRED') this.#memberId = answer.memberId
      else return this.#refused(error)
    }
  }

  /** What this member is to read; undefined: the group began anew meanwhile. */
  async #sync(joined: Joined): Promise<Place[] | undefined> {
    const assignments = this.#isLeader && !joined.skipAssignment ? await this.#lead(joined) : []
    const answer = await this.#connection.ask('SyncGroup', {
      groupId: this.#options.group,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: this.#options.instanceId,
      protocolType: 'consumer',
      protocolName: joined.protocolName,
      assignments,
    })
    const error = errorName(answer.errorCode)
    if (error !== 'NONE') return this.#refused(error)
    if (answer.assignment.length < 2) return []
    const version = answer.assignment.readInt16BE(0)
    const known = inVersions(ConsumerProtocolAssignment.versions, version) ? version : ASSIGNMENT_VERSION
    const { assignedPartitions } = decodeAt(ConsumerProtocolAssignment, known, answer.assignment, 2).value
    return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
  }

  async #lead(joined: Joined): Promise<{ memberId: string; assignment: Buffer }[]> {
    const members = joined.members.map(
      ({ memberId, groupInstanceId, metadata }): Subscription => ({
        memberId,
        instanceId: groupInstanceId,
        ...subscriptionOf(metadata),
      }),
    )
    const counts = new Map(this.#topics)
    const others = members.flatMap(({ topics }) => topics).filter((topic) => !counts.has(topic))
    if (others.length > 0) for (const [topic, count] of await this.#owner.topics()) counts.set(topic, count)
    const assigned = assign(joined.protocolName as Assignor, members, counts)
    return [...assigned].map(([memberId, places]) => ({
      memberId,
      assignment: Buffer.concat([
        versioned(ASSIGNMENT_VERSION),
        encodeMessage(ConsumerProtocolAssignment, ASSIGNMENT_VERSION, {
          assignedPartitions: [...byTopic(places)].map(([topic, partitions]) => ({ topic, partitions })),
        }),
      ]),
    }))
  }

  /** What an error of joining, syncing or beating means; throws what no further attempt mends. */
  #refused(error: ErrorName): undefined {
    if (error === 'REBALANCE_IN_PROGRESS') {
      this.#joinAgain()
      return undefined
    }
    if (!FORGOTTEN.has(error)) throw new ApiError(error, errorMessage(error))
    this.#isLost = this.#owner.owned.length > 0
    this.#generation = NO_GENERATION
    if (error === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
    this.#joinAgain()
    return undefined
  }

  #joinAgain(): void {
    this.#isDue = true
    this.#owner.wake()
  }

  #beatLater(): void {
    this.#timer = setTimeout(() => void this.#beat(), this.#options.heartbeatIntervalMs)
  }

  #stopBeating(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #beat(): Promise<void> {
    const timer = this.#timer
    try {
      if (performance.now() - this.#polledMs > this.#options.rebalanceTimeoutMs) {
        // Nobody takes the records: somebody else is to have them.
        await this.leave().catch(() => undefined)
        this.#refused('UNKNOWN_MEMBER_ID')
        return
      }
      const patience = setTimeout(() => this.#connection.close(), this.#options.sessionTimeoutMs)
      const answer = await this.#connection
        .ask('Heartbeat', {
          groupId: this.#options.group,
          generationId: this.#generation,
          memberId: this.#memberId,
          groupInstanceId: this.#options.instanceId,
        })
        .finally(() => clearTimeout(patience))
      if (this.#timer !== timer) return
      const error = errorName(answer.errorCode)
      this.#aliveMs = performance.now()
      if (error !== 'NONE') this.#refused(error)
    } catch (error) {
      if (this.#timer !== timer) return
      if (!isPassing(error)) {
        this.#failure = error as Error
        this.#owner.wake()
        return
      }
      // Without a coordinator for so long the place is another's: the next join tells.
      if (performance.now() - this.#aliveMs > this.#options.sessionTimeoutMs) this.#joinAgain()
    }
    if (this.#timer === timer && timer !== undefined) this.#beatLater()
  }
}

function versioned(version: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(version)
  return bytes
}

function subscriptionOf(metadata: Buffer): Pick<Subscription, 'topics' | 'owned'> {
  const given = metadata.length < 2 ? 0 : metadata.readInt16BE(0)
  const version = inVersions(ConsumerProtocolSubscription.versions, given) ? given : SUBSCRIPTION_VERSION
  const { topics, ownedPartitions } = decodeAt(ConsumerProtocolSubscription, version, metadata, 2).value
  const owned = (ownedPartitions ?? []).flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
  return { topics, owned }
}
