/**
 * Which partitions concern a broker, a log directory, or an election: what the controller looks up when a broker comes or goes,
 * without walking over all partitions. Kept by the topics of an image that a controller decides from; a function of the
 * partitions alone, so it is rebuilt at will.
 */
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { PartitionImage, TopicImage } from './topics.ts'

export interface IndexedPartition {
  readonly topic: TopicImage
  readonly partition: PartitionImage
}

type Numbers = Map<TopicImage, Set<number>>

/** Partitions under keys; a key without partitions is forgotten. */
class PartitionSets<K> {
  private readonly sets = new Map<K, Numbers>()

  add(key: K, topic: TopicImage, partition: number): void {
    let topics = this.sets.get(key)
    if (topics === undefined) {
      topics = new Map()
      this.sets.set(key, topics)
    }
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, new Set([partition]))
    else numbers.add(partition)
  }

  remove(key: K, topic: TopicImage, partition: number): void {
    const topics = this.sets.get(key)
    const numbers = topics?.get(topic)
    if (topics === undefined || numbers === undefined) return
    numbers.delete(partition)
    if (numbers.size > 0) return
    topics.delete(topic)
    if (topics.size === 0) this.sets.delete(key)
  }

  has(key: K): boolean {
    return this.sets.has(key)
  }

  *of(key: K): Generator<IndexedPartition> {
    const topics = this.sets.get(key)
    if (topics === undefined) return
    for (const [topic, numbers] of topics) {
      for (const number of numbers) yield { topic, partition: topic.partitions[number]! }
    }
  }
}

/** Kinds of partitions that are looked up without a broker. */
type Standing = 'leaderless' | 'imbalanced' | 'reassigning'

export class PartitionIndex {
  private readonly isrs = new PartitionSets<number>()
  private readonly elrs = new PartitionSets<number>()
  private readonly directories = new PartitionSets<Uuid>()
  private readonly standings = new PartitionSets<Standing>()
  private readonly leaderships = new Map<number, number>()

  /** A partition came (`before` undefined), changed, or went (`after` undefined). */
  update(topic: TopicImage, before: PartitionImage | undefined, after: PartitionImage | undefined): void {
    const number = (after ?? before)!.partition
    move(this.isrs, topic, number, before?.isr, after?.isr)
    move(this.elrs, topic, number, before?.elr, after?.elr)
    move(this.directories, topic, number, before?.directories, after?.directories)
    move(this.standings, topic, number, standingsOf(before), standingsOf(after))
    if (before?.leader === after?.leader) return
    if (before !== undefined) this.lead(before.leader, -1)
    if (after !== undefined) this.lead(after.leader, 1)
  }

  /** Partitions with `broker` in their ISR. */
  inIsrOf(broker: number): Iterable<IndexedPartition> {
    return this.isrs.of(broker)
  }

  /** Partitions with `broker` among their eligible leader replicas. */
  inElrOf(broker: number): Iterable<IndexedPartition> {
    return this.elrs.of(broker)
  }

  /** Partitions with a replica in the log directory. */
  inDirectory(directory: Uuid): Iterable<IndexedPartition> {
    return this.directories.of(directory)
  }

  /** Partitions without a leader, with another leader than the first replica, or with replicas that come or go. */
  standing(kind: Standing): Iterable<IndexedPartition> {
    return this.standings.of(kind)
  }

  any(kind: Standing): boolean {
    return this.standings.has(kind)
  }

  /** True when the broker leads any partition. */
  leadsAny(broker: number): boolean {
    return (this.leaderships.get(broker) ?? 0) > 0
  }

  private lead(broker: number, by: number): void {
    this.leaderships.set(broker, (this.leaderships.get(broker) ?? 0) + by)
  }
}

const NONE: readonly never[] = []

function move<K>(
  sets: PartitionSets<K>,
  topic: TopicImage,
  number: number,
  before: readonly K[] = NONE,
  after: readonly K[] = NONE,
): void {
  if (before === after) return
  for (const key of before) if (!after.includes(key) && key !== ZERO_UUID) sets.remove(key, topic, number)
  for (const key of after) if (!before.includes(key) && key !== ZERO_UUID) sets.add(key, topic, number)
}

function standingsOf(partition: PartitionImage | undefined): readonly Standing[] {
  if (partition === undefined) return NONE
  const { leader, replicas, adding, removing } = partition
  const standings: Standing[] = []
  if (leader === -1) standings.push('leaderless')
  if (leader !== replicas[0]) standings.push('imbalanced')
  if (adding.length > 0 || removing.length > 0) standings.push('reassigning')
  return standings
}
