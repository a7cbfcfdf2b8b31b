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

/** Numbers of a sample: its time, committed, log end, unread (NaN for null), owned (1 or 0). */
const FIELDS = 5

/** Looks in a row, oldest first. Tens of thousands of these are kept: numbers in one array, read without making objects. */
export class SampleSeries {
  #numbers = new Float64Array(FEWEST * FIELDS)
  #length = 0

  /** How many there are; they count from 0. */
  get length(): number {
    return this.#length
  }

  push({ atMs, committed, logEnd, unread, owned }: LagSample): void {
    let numbers = this.#numbers
    const place = this.#length * FIELDS
    if (place === numbers.length) {
      numbers = new Float64Array(place * 2)
      numbers.set(this.#numbers)
      this.#numbers = numbers
    }
    numbers[place] = atMs
    numbers[place + 1] = committed ?? Number.NaN
    numbers[place + 2] = logEnd ?? Number.NaN
    numbers[place + 3] = unread ?? Number.NaN
    numbers[place + 4] = owned ? 1 : 0
    this.#length += 1
  }

  /** Forgets the newest `count`. */
  dropNewest(count: number): void {
    this.#length -= count
  }

  /** Forgets the oldest `count`. */
  dropOldest(count: number): void {
    this.#numbers.copyWithin(0, count * FIELDS, this.#length * FIELDS)
    this.#length -= count
  }

  atMs(index: number): number {
    return this.#numbers[index * FIELDS]!
  }

  committed(index: number): number | null {
    return this.#known(index * FIELDS + 1)
  }

  logEnd(index: number): number | null {
    return this.#known(index * FIELDS + 2)
  }

  unread(index: number): number | null {
    return this.#known(index * FIELDS + 3)
  }

  owned(index: number): boolean {
    return this.#numbers[index * FIELDS + 4] === 1
  }

  #known(place: number): number | null {
    const value = this.#numbers[place]!
    return Number.isNaN(value) ? null : value
  }
}

/** Of a partition that was not seen. */
export const NO_SAMPLES = new SampleSeries()

export class PartitionWindow {
  readonly samples = new SampleSeries()
  readonly #shape: WindowShape

  constructor(shape: WindowShape) {
    this.#shape = shape
  }

  /** A log that ends before where it ended is another log (truncated, or a topic made anew): what was seen is forgotten. */
  add(sample: LagSample): void {
    const { samples } = this
    const { spanMs, samples: most } = this.#shape
    const { atMs, logEnd } = sample
    const lastEnd = samples.length === 0 ? null : samples.logEnd(samples.length - 1)
    if (logEnd !== null && lastEnd !== null && logEnd < lastEnd) samples.dropNewest(samples.length)
    const distanceMs = (spanMs / (most - 1)) * EARLY
    const count = samples.length
    if (count > 1 && samples.atMs(count - 1) - samples.atMs(count - 2) < distanceMs) samples.dropNewest(1)
    samples.push(sample)
    let old = Math.max(0, samples.length - most)
    while (samples.length - old > FEWEST && samples.atMs(old + 1) <= atMs - spanMs) old += 1
    if (old > 0) samples.dropOldest(old)
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
  #next = new Map<string, PartitionMap<PartitionWindow>>()

  constructor(shape: WindowShape) {
    this.shape = shape
  }

  /** Begins a look, whether or not the one before was ended: then it failed, and what it had not seen stays as it was. */
  begin(): void {
    this.#next = new Map()
  }

  /** Takes in a group of the look that was begun. */
  add(group: GroupLag, atMs: number): void {
    const known = this.#groups.get(group.group)
    if (group.error !== undefined) {
      if (known !== undefined) this.#next.set(group.group, known)
      return
    }
    const windows = new PartitionMap<PartitionWindow>()
    for (const row of group.partitions) {
      const window = known?.get(row.topic, row.partition) ?? new PartitionWindow(this.shape)
      windows.set(row.topic, row.partition, window)
      if (row.error === undefined) window.add(sampleOf(group, row, atMs))
    }
    this.#next.set(group.group, windows)
    this.#groups.set(group.group, windows)
  }

  /** Ends the look. What is gone from it is forgotten, but for groups that could not be read this time. */
  end(): void {
    this.#groups = this.#next
  }

  /** A whole look at once. */
  observe(groups: readonly GroupLag[], atMs: number): void {
    this.begin()
    for (const group of groups) this.add(group, atMs)
    this.end()
  }

  /** What was seen of a partition, oldest first. */
  samples(group: string, topic: string, partition: number): SampleSeries {
    return this.#groups.get(group)?.get(topic, partition)?.samples ?? NO_SAMPLES
  }
}

function sampleOf(group: GroupLag, row: LagRow, atMs: number): LagSample {
  // Members of streams groups hold tasks: which partitions these are is not told.
  const isShared = group.type === 'streams' && (group.members ?? 0) > 0
  const owned = row.memberId !== null || isShared || REBALANCING.has(group.state ?? '')
  return { atMs, committed: row.committed, logEnd: row.logEnd, unread: unreadOf(row), owned }
}
