/**
 * The cluster as a reassignment sees it: what it reads and what it changes there. An interface, so that tests can put a
 * simulated cluster in its place; `kafka-world.ts` is the real one.
 */
import type { ClusterSnapshot } from './model.ts'

export interface InFlight {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

export interface Assignment {
  readonly topic: string
  readonly partition: number
  /** Null: give up the reassignment that is under way. */
  readonly replicas: readonly number[] | null
}

/** A setting of a broker or a topic that throttles replication; null: not set there. */
export interface ThrottleSetting {
  readonly entity: { readonly broker: number } | { readonly topic: string }
  readonly key: string
  readonly value: string | null
}

export interface ReassignWorld {
  /** Everything; sizes cost a question to each broker. */
  snapshot(options: { readonly sizes: boolean }): Promise<ClusterSnapshot>
  inFlight(): Promise<InFlight[]>
  /** Bytes that lie on the brokers of replicas, keyed `topic-partition-broker`. Brokers that do not answer are left out. */
  replicaBytes(): Promise<Map<string, number>>
  /** Begins them; returns the refusals, in words. One for what is not under way any more is none. */
  alter(assignments: readonly Assignment[], allowRfChange: boolean): Promise<string[]>
  /** Makes the first in-sync replicas leaders where they are not. */
  electPreferred(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void>
  /** What is set now; entities that do not answer are left out. */
  readThrottles(settings: readonly Omit<ThrottleSetting, 'value'>[]): Promise<ThrottleSetting[]>
  /** Sets (or with null unsets) them; returns those whose broker does not answer. */
  writeThrottles(settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]>
}
