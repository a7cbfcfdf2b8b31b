/**
 * The order in which a Java HashMap of few texts hands them out. Kafka keeps parts of requests in such maps, and which of two errors
 * it tells, or how it prints an entity, depends on it.
 */

/** The table of a map that was made without a size. */
const USUAL_TABLE = 16
/** How full a table gets before it doubles. */
const LOAD = 0.75

/** `items` in the order of a HashMap whose keys `keyOf` gives, made for `capacity` entries; equal places in the order given. */
export function javaMapOrder<T>(items: readonly T[], keyOf: (item: T) => string, capacity = USUAL_TABLE): T[] {
  let table = 1
  while (table < capacity || items.length > table * LOAD) table *= 2
  const placeOf = (item: T): number => {
    const hash = javaHash(keyOf(item))
    return (hash ^ (hash >>> 16)) & (table - 1)
  }
  return [...items].sort((one, other) => placeOf(one) - placeOf(other))
}

/** Java's hash of a text. */
function javaHash(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}
