/**
 * What was seen of a partition that a group reads, over a window of time: a short series of looks, evenly spread however
 * often somebody looks. Pure; the time comes with each look. Rates and verdicts are made of it.
 */
import { type GroupLag, type LagRow, NOTHING_UNREAD } from '../lag.ts'
import { PartitionMap } from '../partitions.ts'

/** One look at a partition. */
export interface LagSample {
  /** ms since the epoch. */
  readonly atMs: number
  readonly committed: number | null
  /** Offset behind the last record, asked for in the same look. */
  readonly logEnd: number | null
  /** Records that the group has still to read: transaction markers and gaps at the end do not count. */
  readonly unread: number | null
  /** Somebody reads it: a commit that repeats the offset may have come, though it cannot be seen. */
  readonly owned: boolean
}

export interface WindowShape {
  /** How far back looks are kept, ms. */
  readonly spanMs: number
  /** Looks kept at most, 3 or more: those that come closer together replace one another. */
  readonly samples: number
}

/** Looks that come a little early are kept: a timer is never exact. */
const EARLY = 0.75
/** Looks that are kept however old they are: where each takes longer than the window, these still tell something. */
const FEWEST = 3

export class PartitionWindow {
  readonly #shape: WindowShape
  readonly #samples: LagSample[] = []

  constructor(shape: WindowShape) {
    this.#shape = shape
  }

  /** Oldest first; the last is the newest look. */
  get samples(): readonly LagSample[] {
    return this.#samples
  }

  /** A log that ends before where it ended is another log (truncated, or a topic made anew): what was seen is forgotten. */
  add(sample: LagSample): void {
    const samples = this.#samples
    const { spanMs, samples: most } = this.#shape
    const last = samples.at(-1)
    if (last !== undefined && sample.logEnd !== null && sample.logEnd < (last.logEnd ?? 0)) samples.length = 0
    const before = samples.at(-2)
    const distanceMs = (spanMs / (most - 1)) * EARLY
    if (before !== undefined && last !== undefined && last.atMs - before.atMs < distanceMs) samples.pop()
    samples.push(sample)
    const isOld = () => samples.length > FEWEST && samples[1]!.atMs <= sample.atMs - spanMs
    while (samples.length > most || isOld()) samples.shift()
  }
}

/** States in which nobody is assigned anything although the group has members. */
const REBALANCING: ReadonlySet<string> = new Set([
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
])

/** What the group has still to read of the partition; null when it is not known. */
export function unreadOf(row: LagRow): number | null {
  if (row.error !== undefined || row.lag === null) return null
  if (row.committed !== null && row.logEnd !== null && row.committed > row.logEnd) return null
  return row.reason === NOTHING_UNREAD ? 0 : row.lag
}

/** The windows of every partition of every group that was seen in the last look. */
export class LagHistory {
  readonly shape: WindowShape
  #groups = new Map<string, PartitionMap<PartitionWindow>>()
  #looks = 0

  constructor(shape: WindowShape) {
    this.shape = shape
  }

  /** Looks so far. */
  get looks(): number {
    return this.#looks
  }

  /** Takes a look in. What is gone from it is forgotten, but for groups that could not be read this time. */
  observe(groups: readonly GroupLag[], atMs: number): void {
    this.#looks += 1
    const next = new Map<string, PartitionMap<PartitionWindow>>()
    for (const group of groups) {
      const known = this.#groups.get(group.group)
      if (group.error !== undefined) {
        if (known !== undefined) next.set(group.group, known)
        continue
      }
      const windows = new PartitionMap<PartitionWindow>()
      for (const row of group.partitions) {
        const window = known?.get(row.topic, row.partition) ?? new PartitionWindow(this.shape)
        windows.set(row.topic, row.partition, window)
        if (row.error === undefined) window.add(sampleOf(group, row, atMs))
      }
      next.set(group.group, windows)
    }
    this.#groups = next
  }

  /** What was seen of a partition, oldest first. */
  samples(group: string, topic: string, partition: number): readonly LagSample[] {
    return this.#groups.get(group)?.get(topic, partition)?.samples ?? []
  }
}

function sampleOf(group: GroupLag, row: LagRow, atMs: number): LagSample {
  // Members of streams groups hold tasks: which partitions these are is not told.
  const isShared = group.type === 'streams' && (group.members ?? 0) > 0
  const owned = row.memberId !== null || isShared || REBALANCING.has(group.state ?? '')
  return { atMs, committed: row.committed, logEnd: row.logEnd, unread: unreadOf(row), owned }
}
