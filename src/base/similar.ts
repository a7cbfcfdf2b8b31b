/** "Did you mean": the candidate that a mistyped word was likely meant to be. Pure; ties go to the first in order. */

/** How many letters must be added, removed, replaced or swapped with their neighbour to make `b` of `a`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? before[j - 2]! + 1 : replaced
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced, swapped)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** The one candidate within two edits, three for words of more than eight letters; undefined when none is that near. */
export function similarText(typed: string, candidates: Iterable<string>): string | undefined {
  const limit = typed.length > 8 ? 3 : 2
  let best: string | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const edits = editDistance(typed.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest) [best, fewest] = [candidate, edits]
  }
  return fewest <= limit && fewest < typed.length / 2 ? best : undefined
}
