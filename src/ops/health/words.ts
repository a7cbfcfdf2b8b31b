/** Words of findings: counts, ids and partitions, short enough for one line. */

const MOST_NAMED = 3

/** `1 partition has`, `3 partitions have`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** `broker 1`, `brokers 1, 2`. */
export function idsText(what: string, ids: readonly number[]): string {
  return `${what}${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`
}

/** `a-0, a-1, b-0 and 12 more`. */
export function nameSome(partitions: readonly { readonly topic: string; readonly partition: number }[]): string {
  const names = partitions.slice(0, MOST_NAMED).map(({ topic, partition }) => `${topic}-${partition}`)
  const more = partitions.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}
