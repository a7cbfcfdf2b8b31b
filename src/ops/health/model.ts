/**
 * A cluster's health: one look at everything that matters for it, and what such a look finds. Plain data; `look.ts` takes the look
 * over the wire, `findings.ts` and `partition-findings.ts` judge it.
 */
import type { ItemError } from '../../admin/items.ts'

export interface BrokerLook {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** Registered, but not serving; null where the cluster does not tell (before 4.0). */
  readonly fenced: boolean | null
  /** Why it did not answer; undefined when it did, or was not asked since it is fenced. */
  readonly error?: ItemError
}

export interface VoterLook {
  readonly id: number
  /** Records of the metadata log behind the leader. */
  readonly lag: number
  /** Since it last asked the leader, and since it last had everything; null when the leader does not know. In ms. */
  readonly silentMs: number | null
  readonly behindMs: number | null
}

export interface QuorumLook {
  readonly leader: number | null
  /** Null: nobody could tell. */
  readonly epoch: number | null
  readonly voters: readonly VoterLook[]
}

export interface PartitionLook {
  readonly topic: string
  readonly partition: number
  /** Null: nobody leads. */
  readonly leader: number | null
  /** Without those that a reassignment is only adding. The first one is preferred. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Eligible leader replicas; null where the cluster does not tell. */
  readonly elr: readonly number[] | null
  readonly minIsr: number
}

export interface MoveLook {
  readonly topic: string
  readonly partition: number
  readonly adding: readonly number[]
  readonly removing: readonly number[]
  readonly isr: readonly number[]
  /** Bytes that lie on the replicas being added; null when one of them does not tell. */
  readonly copied: number | null
}

/** A setting that holds replication back, where somebody has set it. */
export interface ThrottleLook {
  readonly on: { readonly broker: number } | { readonly topic: string } | { readonly allBrokers: true }
  readonly key: string
  readonly value: string
}

export interface DirectoryLook {
  readonly broker: number
  readonly path: string
  readonly total: number | null
  readonly usable: number | null
  /** Replicas on their way in from another directory of the same broker. */
  readonly moving: number
  readonly error?: ItemError
}

export interface FeatureLook {
  readonly feature: string
  /** 0: off. */
  readonly finalized: number
  /** What each broker that answered supports; null: it does not know the feature. */
  readonly supported: readonly { readonly broker: number; readonly range: { min: number; max: number } | null }[]
}

/** An operation of this machine that was begun and has not ended. */
export interface OperationLook {
  readonly id: string
  /** `reassign`, `rolling-restart`. */
  readonly kind: string
  readonly operator: string
  readonly begunAtMs: number
  /** Why it stands still; null: it runs, or was killed. */
  readonly reason: string | null
}

/** Who holds the lock on the cluster, from whatever machine. */
export interface LockLook {
  readonly operator: string
  readonly host: string
  /** Null: the holder has not said so yet. */
  readonly sinceMs: number | null
  /** The command, `mq reassign run`. */
  readonly work: string | null
}

export interface HealthSnapshot {
  /** By a clock that only goes forward, in ms: for the time between two looks. */
  readonly atMs: number
  readonly clusterId: string | null
  readonly brokers: readonly BrokerLook[]
  /** Null: there is none to be seen (see `unseen`). */
  readonly quorum: QuorumLook | null
  readonly partitions: readonly PartitionLook[]
  readonly moves: readonly MoveLook[]
  readonly throttles: readonly ThrottleLook[]
  readonly directories: readonly DirectoryLook[]
  readonly features: readonly FeatureLook[]
  readonly operations: readonly OperationLook[]
  /** Null: nobody works on the cluster, or that cannot be seen. */
  readonly lock: LockLook | null
  /** What could not be looked at, and why. What a cluster of that age does not have is not among it. */
  readonly unseen: readonly { readonly what: string; readonly error: ItemError }[]
}

/** Stable names of what can be found, in the order in which findings are told. */
export const FINDING_CODES = [
  'cluster-unreachable',
  'no-quorum-leader',
  'offline-partitions',
  'under-min-isr',
  'log-dir-offline',
  'broker-fenced',
  'broker-missing',
  'broker-unreachable',
  'voter-silent',
  'voter-lagging',
  'quorum-churn',
  'at-min-isr',
  'under-replicated',
  'stuck-move',
  'unfinished-operation',
  'leftover-throttle',
  'log-dir-low-space',
  'version-skew',
  'feature-unsupported',
  'unbalanced-leaders',
  'not-checked',
] as const
export type FindingCode = (typeof FINDING_CODES)[number]

export interface Finding {
  readonly code: FindingCode
  /** `critical`: something does not work, or data are at risk now. `warning`: it works, and something should be done. */
  readonly severity: 'critical' | 'warning'
  /** What was found, one sentence for people. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string
  /** The nodes and partitions that it is about. */
  readonly nodes: readonly number[]
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}
