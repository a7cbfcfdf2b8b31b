/**
 * How fast records come in, how fast a group reads them, and when it will have caught up, told from a window of looks.
 * Records a second; null while two looks have not been taken, or the numbers are not known.
 */
import type { LagSample } from './window.ts'

export interface Rates {
  inPerSecond: number | null
  /** Below 0 where the group went back. */
  outPerSecond: number | null
}

export const NO_RATES: Rates = { inPerSecond: null, outPerSecond: null }

/**
 * What came in from the first to the last look, and what was committed from one commit to another: a group commits every
 * few seconds, and a window that begins just before a commit would count what was read long before it.
 */
export function ratesOf(samples: readonly LagSample[]): Rates {
  return { inPerSecond: slope(pointsOf(samples, ({ logEnd }) => logEnd)), outPerSecond: commitRate(samples) }
}

interface Point {
  readonly atMs: number
  readonly offset: number
}

function pointsOf(samples: readonly LagSample[], read: (sample: LagSample) => number | null): Point[] {
  return samples.flatMap((sample) => {
    const offset = read(sample)
    return offset === null ? [] : [{ atMs: sample.atMs, offset }]
  })
}

function slope(points: readonly Point[], untilMs?: number): number | null {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return null
  const spanMs = (untilMs ?? last.atMs) - first.atMs
  return spanMs <= 0 ? null : rounded(((last.offset - first.offset) / spanMs) * 1000)
}

/** A silence of so many usual pauses between commits belongs to the rate. */
const SILENT_PAUSES = 2

function commitRate(samples: readonly LagSample[]): number | null {
  const points = pointsOf(samples, ({ committed }) => committed)
  const moves = points.filter(({ offset }, index) => index > 0 && offset !== points[index - 1]!.offset)
  const [first, last, newest] = [moves[0], moves.at(-1), points.at(-1)]
  if (moves.length < 2) return slope(points)
  const pauseMs = (last!.atMs - first!.atMs) / (moves.length - 1)
  const isSilent = newest!.atMs - last!.atMs > SILENT_PAUSES * pauseMs
  return slope(moves, isSilent ? newest!.atMs : undefined)
}

/** The rates of several partitions together; null when none is known. */
export function sumRates(rates: readonly Rates[]): Rates {
  const sum = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : rounded(known.reduce((total, value) => total + value, 0))
  }
  return {
    inPerSecond: sum(rates.map(({ inPerSecond }) => inPerSecond)),
    outPerSecond: sum(rates.map(({ outPerSecond }) => outPerSecond)),
  }
}

/** Records a second by which the lag grows; below 0 where it shrinks. */
export function growthOf({ inPerSecond, outPerSecond }: Rates): number | null {
  return inPerSecond === null || outPerSecond === null ? null : rounded(inPerSecond - outPerSecond)
}

/** Time until nothing is left to read at these rates, ms: 0 when caught up, null when that is never or not known. */
export function catchUpMs(lag: number | null, rates: Rates): number | null {
  if (lag === 0) return 0
  const growth = growthOf(rates)
  if (lag === null || growth === null || growth >= 0) return null
  return Math.round((lag / -growth) * 1000)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
