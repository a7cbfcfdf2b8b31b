/**
 * What a coordinator's groups are and do, for those who count: totals since the start, kept by the shards as they replay,
 * and a census of the groups, taken when asked.
 */
import type { ClassicState } from './classic/group.ts'

/** Totals since the node started. */
export interface GroupTotals {
  offsetCommits: number
  /** Asked for; those that were too old are expirations. */
  offsetDeletions: number
  offsetExpirations: number
  completedRebalances: number
}

export function noTotals(): GroupTotals {
  return { offsetCommits: 0, offsetDeletions: 0, offsetExpirations: 0, completedRebalances: 0 }
}

export interface GroupCensus {
  readonly byState: Record<ClassicState, number>
  /** Committed offsets. */
  offsets: number
  /** Partitions of `__consumer_offsets` led here. */
  readonly partitions: { active: number; loading: number }
}

export function emptyCensus(): GroupCensus {
  return {
    byState: { Empty: 0, PreparingRebalance: 0, CompletingRebalance: 0, Stable: 0, Dead: 0 },
    offsets: 0,
    partitions: { active: 0, loading: 0 },
  }
}
