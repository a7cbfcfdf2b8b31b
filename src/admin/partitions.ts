/**
 * Partitions of topics: the grammar `topic` or `topic:0,3-5`, and a map by topic and partition.
 */
import { UsageError } from '../base/errors.ts'

export interface TopicScope {
  readonly topic: string
  /** Undefined: all partitions. */
  readonly partitions: readonly number[] | undefined
}

const MOST_PARTITIONS = 200_000

/** Parses `topic` or `topic:0,3-5`. Throws UsageError. */
export function parseScope(text: string): TopicScope {
  const colon = text.indexOf(':')
  if (colon < 0) return { topic: text, partitions: undefined }
  const partitions = new Set<number>()
  for (const part of text.slice(colon + 1).split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || last < first || last > MOST_PARTITIONS) {
      throw new UsageError(`"${text}" is no list of partitions`, 'write topic, topic:0 or topic:0,3-5')
    }
    for (let partition = first; partition <= last; partition += 1) partitions.add(partition)
  }
  return { topic: text.slice(0, colon), partitions: [...partitions].sort((a, b) => a - b) }
}

/** An offset of a partition, as files name it. */
export interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What belongs to partitions of topics; for thousands of them, since it makes no key of each. */
export class PartitionMap<V> {
  readonly #topics = new Map<string, Map<number, V>>()

  get(topic: string, partition: number): V | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  set(topic: string, partition: number, value: V): void {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) this.#topics.set(topic, new Map([[partition, value]]))
    else partitions.set(partition, value)
  }

  *values(): Generator<V, void, undefined> {
    for (const partitions of this.#topics.values()) yield* partitions.values()
  }
}
