/**
 * Where the replicas of new partitions go.
 *
 * Goals: spread replicas over all brokers and leaders with them; put the replicas of one partition on as many racks as
 * there are; a broker without a rack counts as one rack with the others without.
 * Constraints: no broker twice in a partition; the first replica is on an unfenced broker; fenced brokers come last.
 * Method: racks and the brokers of each stand in order, with a chance start. Replicas are dealt rack by rack, from each rack its
 * next broker; each partition starts one rack and one broker further, and once round all racks yet one broker further, so that
 * every broker leads. When there were as many partitions as unfenced brokers all orders are shuffled, so that the same sets do
 * not come again.
 */
import type { Random } from '../../base/random.ts'
import { ApiError } from '../../protocol/errors.ts'

export interface UsableBroker {
  readonly id: number
  readonly rack: string | null
  readonly fenced: boolean
}

/** Brokers in turn, each once a partition. */
class Turns {
  private readonly ids: number[]
  private readonly start: number
  private shift = 0
  private taken = 0

  constructor(ids: readonly number[], random: Random) {
    this.ids = [...ids].sort((one, other) => one - other)
    this.start = this.ids.length === 0 ? 0 : random.int(this.ids.length)
  }

  get isEmpty(): boolean {
    return this.ids.length === 0
  }

  /** Another partition; its turns begin `shift` further than those of the first. */
  begin(shift: number): void {
    this.shift = shift
    this.taken = 0
  }

  /** -1 when all had their turn. */
  next(): number {
    if (this.taken >= this.ids.length) return -1
    return this.ids[(this.start + this.shift + this.taken++) % this.ids.length]!
  }

  shuffle(random: Random): void {
    shuffle(this.ids, random)
  }
}

interface Rack {
  readonly unfenced: Turns
  readonly fenced: Turns
}

/** All racks, and whose turn it is. */
class Racks {
  private readonly racks: Rack[]
  private readonly unfencedCount: number
  private start: number
  private round = 0

  constructor(brokers: readonly UsableBroker[], random: Random) {
    const names = [...new Set(brokers.map(({ rack }) => rack))].sort(byName)
    this.racks = names.map((name) => {
      const members = brokers.filter(({ rack }) => rack === name)
      return { unfenced: new Turns(idsOf(members, false), random), fenced: new Turns(idsOf(members, true), random) }
    })
    this.unfencedCount = idsOf(brokers, false).length
    this.start = random.int(this.racks.length)
  }

  place(replicationFactor: number, random: Random): number[] {
    // One broker alone would be shuffled for ever.
    if (this.round === this.unfencedCount && this.unfencedCount > 1) {
      shuffle(this.racks, random)
      for (const { unfenced, fenced } of this.racks) {
        unfenced.shuffle(random)
        fenced.shuffle(random)
      }
      this.round = 0
    }
    this.start %= this.racks.length
    const shift = Math.floor(this.round / this.racks.length) + (this.round % this.racks.length)
    for (const { unfenced, fenced } of this.racks) {
      unfenced.begin(shift)
      fenced.begin(shift)
    }
    let first = this.start
    // The leader's rack must have an unfenced broker.
    while (this.racks[first]!.unfenced.isEmpty) first = (first + 1) % this.racks.length
    const replicas = [this.racks[first]!.unfenced.next()]
    let hasSkippedFirst = false
    for (let at = this.start; replicas.length < replicationFactor; at = (at + 1) % this.racks.length) {
      if (at === first && !hasSkippedFirst) {
        hasSkippedFirst = true
        continue
      }
      const { unfenced, fenced } = this.racks[at]!
      const unfencedId = unfenced.next()
      const id = unfencedId >= 0 ? unfencedId : fenced.next()
      if (id >= 0) replicas.push(id)
    }
    this.round++
    this.start++
    return replicas
  }
}

/**
 * Assignments of `count` partitions with `replicationFactor` replicas each; the first replica is the preferred leader.
 * Throws ApiError INVALID_REPLICATION_FACTOR when the brokers do not suffice.
 */
export function placeReplicas(
  brokers: readonly UsableBroker[],
  count: number,
  replicationFactor: number,
  random: Random,
): number[][] {
  checkPlaceable(brokers, replicationFactor)
  const racks = new Racks(brokers, random)
  return Array.from({ length: count }, () => racks.place(replicationFactor, random))
}

/** Without a rack first, then by name. */
function byName(one: string | null, other: string | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? -1 : 1
  return one < other ? -1 : one > other ? 1 : 0
}

function checkPlaceable(brokers: readonly UsableBroker[], replicationFactor: number): void {
  if (replicationFactor <= 0) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      `Invalid replication factor ${replicationFactor}: the replication factor must be positive.`,
    )
  }
  if (!brokers.some((broker) => !broker.fenced)) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      'All brokers are currently fenced, or have all their log directories cordoned.',
    )
  }
  if (replicationFactor > brokers.length) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      `The target replication factor of ${replicationFactor} cannot be reached because only ${brokers.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
    )
  }
}

function idsOf(brokers: readonly UsableBroker[], fenced: boolean): number[] {
  return brokers.filter((broker) => broker.fenced === fenced).map((broker) => broker.id)
}

function shuffle<T>(items: T[], random: Random): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random.int(index + 1)
    const item = items[index]!
    items[index] = items[other]!
    items[other] = item
  }
}
