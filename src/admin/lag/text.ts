/** Times and lists in the sentences of lag reports. The admin floor has no output of its own to borrow from. */

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
] as const

/** `4.2s`, `3m20s`, `2h5m`: the two largest units. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${String(Math.floor(ms / 100) / 10)}s`
  let rest = Math.floor(ms / 1000) * 1000
  const parts: string[] = []
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size)
    if (count === 0 && parts.length === 0) continue
    if (count > 0) parts.push(`${count}${unit}`)
    rest -= count * size
    if (parts.length === 2) break
  }
  return parts.join('')
}

/** The first `most` of some items, and how many there are besides. */
export function someOf(items: readonly string[], most: number): string {
  const rest = items.length - most
  return items.slice(0, most).join('; ') + (rest > 0 ? `; ${rest} more` : '')
}
