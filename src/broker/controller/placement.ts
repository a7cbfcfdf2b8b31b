/**
 * Where the replicas of new partitions go.
 *
 * Goals: spread replicas over all brokers and leaders with them; put the replicas of one partition on as many racks as
 * there are; a broker without a rack counts as one rack with the others without.
 * Constraints: no broker twice in a partition; the first replica is on an unfenced broker; fenced brokers come last.
 * Method: order the racks and the brokers within each by chance, then deal. Each partition starts one rack further; from
 * each rack the next broker in turn is taken, and once round, the broker where a rack begins moves on by one.
 */
import type { Random } from '../../base/random.ts'
import { ApiError } from '../../protocol/errors.ts'

export interface UsableBroker {
  readonly id: number
  readonly rack: string | null
  readonly fenced: boolean
}

class Rack {
  private readonly unfenced: readonly number[]
  private readonly fenced: readonly number[]
  private shift = 0

  constructor(brokers: readonly UsableBroker[], random: Random) {
    this.unfenced = shuffled(idsOf(brokers, false), random)
    this.fenced = shuffled(idsOf(brokers, true), random)
  }

  get hasUnfenced(): boolean {
    return this.unfenced.length > 0
  }

  /** The `turn`-th choice of this rack for one partition; -1 when it has no more brokers. */
  choose(turn: number, unfencedOnly: boolean): number {
    if (turn < this.unfenced.length) return this.unfenced[(turn + this.shift) % this.unfenced.length]!
    const index = turn - this.unfenced.length
    if (unfencedOnly || index >= this.fenced.length) return -1
    return this.fenced[(index + this.shift) % this.fenced.length]!
  }

  advance(): void {
    this.shift++
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
  const byRack = new Map<string, UsableBroker[]>()
  for (const broker of [...brokers].sort((one, other) => one.id - other.id)) {
    const key = broker.rack ?? ''
    const rack = byRack.get(key)
    if (rack === undefined) byRack.set(key, [broker])
    else rack.push(broker)
  }
  const names = shuffled([...byRack.keys()].sort(), random)
  const racks = names.map((name) => new Rack(byRack.get(name)!, random))
  const assignments: number[][] = []
  let start = 0
  for (let partition = 0; partition < count; partition++) {
    // The leader's rack must have an unfenced broker.
    while (!racks[start % racks.length]!.hasUnfenced) start++
    assignments.push(placeOne(racks, start, replicationFactor))
    start++
    if (start % racks.length === 0) for (const rack of racks) rack.advance()
  }
  return assignments
}

function placeOne(racks: readonly Rack[], start: number, replicationFactor: number): number[] {
  const replicas = [racks[start % racks.length]!.choose(0, true)]
  const turns = racks.map((_, index) => (index === start % racks.length ? 1 : 0))
  for (let step = 1; replicas.length < replicationFactor; step++) {
    const index = (start + step) % racks.length
    const id = racks[index]!.choose(turns[index]!++, false)
    if (id !== -1) replicas.push(id)
  }
  return replicas
}

function checkPlaceable(brokers: readonly UsableBroker[], replicationFactor: number): void {
  if (replicationFactor <= 0) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      `Invalid replication factor ${replicationFactor}: the replication factor must be positive.`,
    )
  }
  if (!brokers.some((broker) => !broker.fenced)) {
    throw new ApiError('INVALID_REPLICATION_FACTOR', 'All brokers are currently fenced.')
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

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items]
  for (let index = result.length - 1; index > 0; index--) {
    const other = random.int(index + 1)
    const item = result[index]!
    result[index] = result[other]!
    result[other] = item
  }
  return result
}
