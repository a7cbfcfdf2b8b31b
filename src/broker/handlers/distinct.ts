/**
 * Partitions named twice in a request, and topics that stand in it in pieces: Kafka collects what is asked by topic and partition
 * before it does anything, so each partition is served and answered once, under one entry of its topic.
 */

/** A request of the data path has no such thing nearly always: this says so at the price of a few comparisons. */
export function isDistinct<T>(
  topics: readonly T[],
  nameOf: (topic: T) => string,
  indexesOf: (topic: T) => readonly number[],
): boolean {
  if (topics.length > 1 && new Set(topics.map(nameOf)).size < topics.length) return false
  return topics.every((topic) => {
    const indexes = indexesOf(topic)
    return indexes.length === 1 || (indexes.length > 1 && new Set(indexes).size === indexes.length)
  })
}

/** The topics with the entries of each one put together, in the order of the first; topics without partitions fall out. */
export function mergedTopics<T extends object, K extends keyof T>(
  topics: readonly T[],
  nameOf: (topic: T) => string,
  field: K,
): readonly T[] {
  type P = ElementOf<T[K]>
  const merged = new Map<string, { topic: T; partitions: P[] }>()
  for (const topic of topics) {
    const entry = merged.get(nameOf(topic)) ?? { topic, partitions: [] }
    merged.set(nameOf(topic), entry)
    for (const partition of topic[field] as readonly P[]) entry.partitions.push(partition)
  }
  return [...merged.values()]
    .filter(({ partitions }) => partitions.length > 0)
    .map(({ topic, partitions }) => ({ ...topic, [field]: partitions }))
}

type ElementOf<A> = A extends readonly (infer E)[] ? E : never

/**
 * The topics with each partition once: entries of one topic become one, at the place of the first; of a partition named twice the
 * last stands, at the place of the first. Topics without partitions fall out.
 */
export function distinctPartitions<T extends object, K extends keyof T>(
  topics: readonly T[],
  nameOf: (topic: T) => string,
  field: K,
  indexOf: (partition: ElementOf<T[K]>) => number,
): readonly T[] {
  type P = ElementOf<T[K]>
  const indexesOf = (topic: T): number[] => (topic[field] as readonly P[]).map(indexOf)
  if (isDistinct(topics, nameOf, indexesOf)) return topics
  const merged = new Map<string, { topic: T; partitions: Map<number, P> }>()
  for (const topic of topics) {
    const name = nameOf(topic)
    const entry = merged.get(name) ?? { topic, partitions: new Map<number, P>() }
    merged.set(name, entry)
    for (const partition of topic[field] as readonly P[]) entry.partitions.set(indexOf(partition), partition)
  }
  return [...merged.values()]
    .filter(({ partitions }) => partitions.size > 0)
    .map(({ topic, partitions }) => ({ ...topic, [field]: [...partitions.values()] }))
}
