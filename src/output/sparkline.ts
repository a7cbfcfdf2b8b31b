/** A row of numbers as a row of bars: the last `width` of them, from 0 to the highest. Pure. */

const BARS = '▁▂▃▄▅▆▇█'

/** One character a value, blanks in front where there are fewer than `width`; null is a blank. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width)
  const most = shown.reduce<number>((high, value) => Math.max(high, value ?? 0), 0)
  const bars = shown.map((value) => {
    if (value === null) return ' '
    // Nothing at all has the lowest bar for itself, so that a small lag can be told from none.
    const step = value <= 0 || most === 0 ? 0 : 1 + Math.round((value / most) * (BARS.length - 2))
    return BARS[step]!
  })
  return bars.join('').padStart(width)
}
