/**
 * The group that the cluster's lock is a seat in, over Kafka's classic group protocol, which every version has. The protocol
 * type is not a consumer's, so Kafka's group tools leave it alone; it commits nothing and is removed when it is left empty.
 */
import type { ClusterClient } from '../../client/cluster-client.ts'
import { ApiError, type ErrorName, errorName } from '../../protocol/errors.ts'

export const LOCK_GROUP = '__mq_operations'
const PROTOCOL = 'mq-lock'

export interface LockMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  /** What it said when it joined; empty while the group is not settled. */
  readonly words: Buffer
}

export interface LockSeat {
  readonly memberId: string
  readonly generation: number
  /** Member id of who leads. */
  readonly leader: string
}

/** The coordinator does not know the seat (any more). */
export class SeatGone extends Error {}

export interface LockGroup {
  /** Who is in it; `settled` is false while members come or go. */
  look(): Promise<{ readonly settled: boolean; readonly members: readonly LockMember[] }>
  /** A member id to join with; empty where the cluster gives it with the seat (before 2.2). */
  enter(): Promise<string>
  /** Returns when all members have joined. Throws SeatGone for an id that the coordinator has forgotten. */
  join(memberId: string, words: Buffer): Promise<LockSeat>
  /** Ends the joining; only who leads does that. */
  sync(seat: LockSeat, words: Buffer): Promise<void>
  /** `join-again`: somebody has come or gone. Throws SeatGone. */
  heartbeat(seat: LockSeat): Promise<'kept' | 'join-again'>
  /** Gives a seat back; one that is not there any more is fine. */
  leave(memberId: string): Promise<void>
  /** Removes the group if nobody is in it and it is permitted; nothing depends on it. */
  remove(): Promise<void>
}

const GONE: ReadonlySet<ErrorName> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'])
const TARGET = { group: LOCK_GROUP } as const

export class KafkaLockGroup implements LockGroup {
  readonly #client: ClusterClient
  readonly #sessionMs: number

  constructor(client: ClusterClient, sessionMs: number) {
    this.#client = client
    this.#sessionMs = sessionMs
  }

  async look(): Promise<{ settled: boolean; members: LockMember[] }> {
    return this.#client.retry(async () => {
      const { groups } = await this.#client.request('DescribeGroups', { groups: [LOCK_GROUP] }, TARGET)
      const [group] = groups
      const error = errorName(group?.errorCode ?? 0)
      // Newer coordinators say so where older ones describe a dead group.
      if (error === 'GROUP_ID_NOT_FOUND' || group === undefined) return { settled: true, members: [] }
      if (error !== 'NONE') throw new ApiError(error)
      const members = group.members.map((one) => ({
        ...{ memberId: one.memberId, clientId: one.clientId, host: one.clientHost.replace(/^\//, '') },
        words: one.memberMetadata,
      }))
      return { settled: group.groupState === 'Stable' || members.length === 0, members }
    })
  }

  async enter(): Promise<string> {
    return this.#client.retry(async () => {
      const answer = await this.#join('', Buffer.alloc(0))
      const error = errorName(answer.errorCode)
      if (error === 'MEMBER_ID_REQUIRED') return answer.memberId
      if (error !== 'NONE') throw new ApiError(error)
      return answer.memberId
    })
  }

  async join(memberId: string, words: Buffer): Promise<LockSeat> {
    return this.#client.retry(async () => {
      const answer = await this.#join(memberId, words)
      check(answer.errorCode)
      return { memberId: answer.memberId, generation: answer.generationId, leader: answer.leader }
    })
  }

  #join(memberId: string, words: Buffer) {
    return this.#client.request(
      'JoinGroup',
      {
        groupId: LOCK_GROUP,
        sessionTimeoutMs: this.#sessionMs,
        rebalanceTimeoutMs: this.#sessionMs,
        memberId,
        protocolType: PROTOCOL,
        protocols: [{ name: PROTOCOL, metadata: words }],
      },
      TARGET,
    )
  }

  async sync({ memberId, generation }: LockSeat, words: Buffer): Promise<void> {
    await this.#client.retry(async () => {
      const answer = await this.#client.request(
        'SyncGroup',
        {
          ...{ groupId: LOCK_GROUP, generationId: generation, memberId },
          // Known to version 5 and later, which want them to be told again.
          ...{ protocolType: PROTOCOL, protocolName: PROTOCOL },
          assignments: [{ memberId, assignment: words }],
        },
        TARGET,
      )
      // Somebody has come: who leads joins again with the next heartbeat.
      if (errorName(answer.errorCode) !== 'REBALANCE_IN_PROGRESS') check(answer.errorCode)
    })
  }

  async heartbeat({ memberId, generation }: LockSeat): Promise<'kept' | 'join-again'> {
    return this.#client.retry(async () => {
      const answer = await this.#client.request(
        'Heartbeat',
        { groupId: LOCK_GROUP, generationId: generation, memberId },
        TARGET,
      )
      if (errorName(answer.errorCode) === 'REBALANCE_IN_PROGRESS') return 'join-again'
      check(answer.errorCode)
      return 'kept'
    })
  }

  async leave(memberId: string): Promise<void> {
    await this.#client.retry(async () => {
      const connection = await this.#client.connection(TARGET)
      const hasList = (connection.version('LeaveGroup') ?? 0) >= 3
      const who = hasList ? { members: [{ memberId }] } : { memberId }
      const answer = await connection.call('LeaveGroup', { groupId: LOCK_GROUP, ...who })
      const error = errorName(answer.errorCode)
      // Who is not there has left; a group that is not there has nobody in it.
      if (error === 'NONE' || GONE.has(error) || error === 'GROUP_ID_NOT_FOUND') return
      throw new ApiError(error)
    })
  }

  async remove(): Promise<void> {
    await this.#client.request('DeleteGroups', { groupsNames: [LOCK_GROUP] }, TARGET)
  }
}

function check(code: number): void {
  const error = errorName(code)
  if (error === 'NONE') return
  if (GONE.has(error)) throw new SeatGone(error)
  throw new ApiError(error)
}
