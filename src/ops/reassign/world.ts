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

/** What lies on a broker of one replica. */
export interface ReplicaFiles {
  readonly bytes: number
  readonly dir: string
  /** On its way into another directory of the broker. */
  readonly future: { readonly dir: string; readonly bytes: number } | null
}

/** A replica and the log directory that it is to lie in. Plain JSON. */
export type ReplicaPlace = {
  readonly topic: string
  readonly partition: number
  readonly broker: number
  readonly dir: string
}

/** What is asked for; absent: all. */
export interface FilesWanted {
  readonly brokers?: readonly number[]
  readonly topics?: readonly string[]
}

export interface ReassignWorld {
  /** Everything; sizes cost a question to each broker. */
  snapshot(options: { readonly sizes: boolean }): Promise<ClusterSnapshot>
  inFlight(): Promise<InFlight[]>
  /** Ids of the brokers that serve now. */
  serving(): Promise<number[]>
  /** What lies on the brokers, keyed `topic-partition-broker`. Brokers that do not answer are left out. */
  files(wanted?: FilesWanted): Promise<Map<string, ReplicaFiles>>
  /** Bytes that are free on the volumes of these brokers; those that do not tell are left out. */
  room(brokers: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** Begins them; returns the refusals, in words. One for what is not under way any more is none. */
  alter(assignments: readonly Assignment[], allowRfChange: boolean): Promise<string[]>
  /**
   * Sends replicas into directories of their brokers; one that is not there yet will be made there. Returns the refusals, in
   * words.
   */
  place(places: readonly ReplicaPlace[]): Promise<string[]>
  /** Makes the first in-sync replicas leaders where they are not. */
  electPreferred(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void>
  /** What is set now; entities that do not answer are left out. */
  readThrottles(settings: readonly Omit<ThrottleSetting, 'value'>[]): Promise<ThrottleSetting[]>
  /**
   * Sets (or with null unsets) them; those of a broker that is gone through the controllers, where they can be reached. Returns
   * those that could not be written.
   */
  writeThrottles(settings: readonly ThrottleSetting[]): Promise<ThrottleSetting[]>
}
