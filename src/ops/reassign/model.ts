/** What the planner, the checker and the commands of `mq reassign` talk about. Plain data, all of it JSON. */

export type BrokerFact = { readonly id: number; readonly rack: string | null }

export type PartitionFact = {
  readonly topic: string
  readonly partition: number
  /** In order of preference, without those that are only being added. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** -1: none. */
  readonly leader: number
  /** Bytes of one replica; null when unknown. */
  readonly bytes: number | null
  /** A reassignment of it is under way. */
  readonly isMoving: boolean
}

/** What was read of a cluster at one moment. */
export type ClusterSnapshot = {
  readonly cluster: string
  /** Those that serve now. */
  readonly brokers: readonly BrokerFact[]
  readonly partitions: readonly PartitionFact[]
}

export type ReassignGoal = {
  /** Topics whose partitions may be changed, by name, or `topic:0,3-5` resolved to numbers; null: all. */
  readonly scope: readonly { readonly topic: string; readonly partitions: readonly number[] | null }[] | null
  /** Brokers that are to hold the scope; null: all that serve. */
  readonly brokers: readonly number[] | null
  /** Brokers that are to hold none of the scope. */
  readonly exclude: readonly number[]
  /** Replicas of each partition of the scope; null: as many as it has. */
  readonly replicationFactor: number | null
  readonly allowRfChange: boolean
  /** Also even out replicas, bytes and leaders; otherwise only what must move moves. */
  readonly balance: boolean
}

export type Move = {
  readonly topic: string
  readonly partition: number
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly bytes: number | null
  /** The directory of each replica of `to`, or `any`; absent: any. */
  readonly logDirs?: readonly string[]
}

/** A partition that the goal asks to change and that is left as it is. */
export type Skipped = { readonly topic: string; readonly partition: number; readonly reason: string }

export type Planned = { readonly moves: Move[]; readonly skipped: Skipped[] }

/** Replicas of the move that have to be copied. */
export function added(move: { readonly from: readonly number[]; readonly to: readonly number[] }): number[] {
  return move.to.filter((id) => !move.from.includes(id))
}

/** Bytes that a move copies; unknown sizes count as nothing. */
export function moveBytes(move: Move): number {
  return added(move).length * (move.bytes ?? 0)
}

export const NOTHING_ASKED: ReassignGoal = {
  scope: null,
  brokers: null,
  exclude: [],
  replicationFactor: null,
  allowRfChange: false,
  balance: false,
}
