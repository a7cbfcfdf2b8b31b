/**
 * The planner's board: who holds what, and how much that is, kept up to date while replicas are put elsewhere. Brokers,
 * racks and partitions are numbers here (in the order of their ids and names), so that the same cluster gives the same plan
 * in whatever order it was read.
 */
import type { ClusterSnapshot, PartitionFact, ReassignGoal } from './model.ts'

export class Placement {
  /** Ids of brokers by index, ascending; also those that only stand in replica lists. */
  readonly ids: readonly number[]
  /** Rack of each broker; all 0 when not every eligible broker has one. */
  readonly rackOf: Int32Array
  /** Racks that hold an eligible broker. */
  readonly rackCount: number
  /** Brokers that may get replicas. */
  readonly eligible: readonly boolean[]
  readonly eligibleIndexes: readonly number[]
  /** By topic and partition. */
  readonly partitions: readonly PartitionFact[]
  /** Replicas of each partition as planned so far, as broker indexes. */
  readonly replicas: number[][]
  /** The first of `replicas` of each partition, in one piece: what is asked a million times. -1: none. */
  readonly first: Int32Array
  readonly inScope: readonly boolean[]
  readonly replicaCount: Int32Array
  readonly leaderCount: Int32Array
  readonly bytes: Float64Array
  /** Partitions of each broker, in no particular but a fixed order. */
  readonly held: number[][]
  /** Topic of each partition, as a number. */
  readonly topicOf: Int32Array
  /** Bytes of one replica of each partition. */
  readonly sizes: Float64Array
  /** Replicas of each topic on each broker: the brokers one after the other, so that one broker's lie together. */
  readonly #topicCount: Counts
  readonly #topics: number

  constructor(snapshot: ClusterSnapshot, goal: ReassignGoal) {
    const partitions = [...snapshot.partitions].sort(byName)
    const serving = new Map(snapshot.brokers.map((broker) => [broker.id, broker]))
    const named = new Set([...serving.keys(), ...partitions.flatMap(({ replicas }) => replicas)])
    this.ids = [...named].sort((one, other) => one - other)
    this.eligible = this.ids.map(
      (id) => serving.has(id) && (goal.brokers?.includes(id) ?? true) && !goal.exclude.includes(id),
    )
    this.eligibleIndexes = this.ids.flatMap((_id, index) => (this.eligible[index] ? [index] : []))
    const isRackAware = this.eligibleIndexes.every((index) => serving.get(this.ids[index]!)!.rack !== null)
    const rackNames = [...new Set(snapshot.brokers.map(({ rack }) => rack ?? ''))].sort()
    const rackNumbers = new Map(rackNames.map((name, number) => [name, number]))
    this.rackOf = Int32Array.from(this.ids, (id) =>
      // Of a broker that is gone the rack is unknown: one of its own.
      isRackAware ? (rackNumbers.get(serving.get(id)?.rack ?? '\u0000') ?? rackNames.length + id) : 0,
    )
    this.rackCount = new Set(this.eligibleIndexes.map((index) => this.rackOf[index])).size

    const indexOf = new Map(this.ids.map((id, index) => [id, index]))
    this.partitions = partitions
    this.inScope = partitions.map(scopeTest(goal))
    this.replicas = partitions.map(({ replicas }) => replicas.map((id) => indexOf.get(id)!))
    this.first = Int32Array.from(this.replicas, ([leader]) => leader ?? -1)
    this.replicaCount = new Int32Array(this.ids.length)
    this.leaderCount = new Int32Array(this.ids.length)
    this.bytes = new Float64Array(this.ids.length)
    this.held = this.ids.map(() => [])
    this.sizes = Float64Array.from(partitions, ({ bytes }) => bytes ?? 0)
    this.topicOf = new Int32Array(partitions.length)
    this.#topics = new Set(partitions.map(({ topic }) => topic)).size
    this.#topicCount = new Counts(this.#topics * this.ids.length)
    let topic = -1
    for (const [index, { topic: name }] of partitions.entries()) {
      if (index === 0 || partitions[index - 1]!.topic !== name) topic += 1
      this.topicOf[index] = topic
      for (const broker of this.replicas[index]!) this.#count(index, broker, 1)
      const leader = this.replicas[index]![0]
      if (leader !== undefined) this.leaderCount[leader]! += 1
    }
  }

  sizeOf(partition: number): number {
    return this.sizes[partition]!
  }

  /** Replicas of the partition's topic on the broker. */
  topicCountOn(partition: number, broker: number): number {
    return this.#topicCount.get(broker * this.#topics + this.topicOf[partition]!)
  }

  /** Replicas of each topic on the broker, by number of the topic. Not to be kept. */
  topicCounts(broker: number): Int32Array {
    return this.#topicCount.slice(broker * this.#topics, this.#topics)
  }

  /** Whether every replica is in sync and serves: others are left to mend first. */
  isHealthy(partition: number): boolean {
    const { replicas, isr, leader, isMoving } = this.partitions[partition]!
    return !isMoving && leader >= 0 && replicas.every((id) => isr.includes(id))
  }

  /** Gives the partition these replicas, as broker indexes. */
  assign(partition: number, next: number[]): void {
    const now = this.replicas[partition]!
    for (const broker of now) if (!next.includes(broker)) this.#count(partition, broker, -1)
    for (const broker of next) if (!now.includes(broker)) this.#count(partition, broker, 1)
    if (now[0] !== undefined) this.leaderCount[now[0]]! -= 1
    if (next[0] !== undefined) this.leaderCount[next[0]]! += 1
    this.replicas[partition] = next
    this.first[partition] = next[0] ?? -1
  }

  /** Puts `to` in the place of `from`. */
  replace(partition: number, from: number, to: number): void {
    this.assign(
      partition,
      this.replicas[partition]!.map((broker) => (broker === from ? to : broker)),
    )
  }

  /** Whether the partition has no fewer racks with `to` in the place of `from`. */
  keepsRacks(partition: number, from: number, to: number): boolean {
    const [old, next] = [this.rackOf[from], this.rackOf[to]]
    if (old === next) return true
    let [hasOld, hasNext] = [false, false]
    for (const broker of this.replicas[partition]!) {
      if (broker === from) continue
      if (this.rackOf[broker] === old) hasOld = true
      if (this.rackOf[broker] === next) hasNext = true
    }
    return hasOld || !hasNext
  }

  /**
   * The eligible broker that is best for one more replica beside `beside`: in a rack that has none, then with the least
   * replicas and bytes, then with the fewest of the topic. Undefined when every eligible one is taken.
   */
  pick(partition: number, beside: readonly number[]): number | undefined {
    const racks = new Set(beside.map((broker) => this.rackOf[broker]))
    const size = this.sizeOf(partition)
    const [meanCount, meanBytes] = this.#means()
    let best: number | undefined
    let bestKey: readonly [number, number, number] = [0, 0, 0]
    for (const broker of this.eligibleIndexes) {
      const sameRack = racks.has(this.rackOf[broker]) ? 1 : 0
      if (best !== undefined && sameRack > bestKey[0]) continue
      if (beside.includes(broker)) continue
      const load = (this.replicaCount[broker]! + 1) / meanCount + (this.bytes[broker]! + size) / meanBytes
      if (best !== undefined && sameRack === bestKey[0] && load > bestKey[1] + 1e-9) continue
      const key = [sameRack, load, this.topicCountOn(partition, broker)] as const
      if (best === undefined || isBefore(key, bestKey)) [best, bestKey] = [broker, key]
    }
    return best
  }

  #means(): [number, number] {
    // The sum changes by no more than a few replicas while a plan is made: exactness does not matter, repeatability does.
    if (this.#meanCache === undefined) {
      const count = this.replicaCount.reduce((sum, one) => sum + one, 0)
      const bytes = this.bytes.reduce((sum, one) => sum + one, 0)
      const brokers = Math.max(1, this.eligibleIndexes.length)
      this.#meanCache = [Math.max(1, count / brokers), Math.max(1, bytes / brokers)]
    }
    return this.#meanCache
  }
  #meanCache: [number, number] | undefined

  #count(partition: number, broker: number, by: 1 | -1): void {
    this.replicaCount[broker]! += by
    this.bytes[broker]! += by * this.sizeOf(partition)
    const key = broker * this.#topics + this.topicOf[partition]!
    this.#topicCount.add(key, by)
    const held = this.held[broker]!
    if (by === 1) held.push(partition)
    else held.splice(held.indexOf(partition), 1)
  }
}

/** Counters by number: an array where it is small enough, since the planner asks a hundred million times. */
class Counts {
  readonly #dense: Int32Array | undefined
  readonly #sparse = new Map<number, number>()

  constructor(size: number) {
    this.#dense = size <= 32 * 1024 * 1024 ? new Int32Array(size) : undefined
  }

  get(key: number): number {
    return this.#dense === undefined ? (this.#sparse.get(key) ?? 0) : this.#dense[key]!
  }

  /** `length` counts from `key` on. */
  slice(key: number, length: number): Int32Array {
    if (this.#dense !== undefined) return this.#dense.subarray(key, key + length)
    return Int32Array.from({ length }, (_one, index) => this.get(key + index))
  }

  add(key: number, by: number): void {
    if (this.#dense !== undefined) this.#dense[key]! += by
    else this.#sparse.set(key, (this.#sparse.get(key) ?? 0) + by)
  }
}

function isBefore(one: readonly [number, number, number], other: readonly [number, number, number]): boolean {
  if (one[0] !== other[0]) return one[0] < other[0]
  if (Math.abs(one[1] - other[1]) > 1e-9) return one[1] < other[1]
  return one[2] < other[2]
}

function byName(one: PartitionFact, other: PartitionFact): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1
  return one.partition - other.partition
}

function scopeTest({ scope }: ReassignGoal): (partition: PartitionFact) => boolean {
  if (scope === null) return () => true
  const topics = new Map<string, Set<number> | null>()
  for (const { topic, partitions } of scope) {
    const known = topics.get(topic)
    topics.set(topic, partitions === null || known === null ? null : new Set([...(known ?? []), ...partitions]))
  }
  return ({ topic, partition }) => {
    const wanted = topics.get(topic)
    return wanted !== undefined && (wanted === null || wanted.has(partition))
  }
}
