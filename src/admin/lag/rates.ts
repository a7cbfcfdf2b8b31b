/**
 * How fast records come in, how fast a group reads them, and when it will have caught up, told from a window of looks.
 * Records a second; null while two looks have not been taken, or the numbers are not known.
 */
import type { SampleSeries } from './window.ts'

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
export function ratesOf(samples: SampleSeries): Rates {
  return { inPerSecond: inRate(samples), outPerSecond: commitRate(samples) }
}

function inRate(samples: SampleSeries): number | null {
  let first = 0
  let last = samples.length - 1
  while (first < last && samples.logEnd(first) === null) first += 1
  while (first < last && samples.logEnd(last) === null) last -= 1
  if (first >= last) return null
  return perSecond(samples.logEnd(last)! - samples.logEnd(first)!, samples.atMs(last) - samples.atMs(first))
}

function perSecond(records: number, ms: number): number | null {
  return ms <= 0 ? null : rounded((records / ms) * 1000)
}

/** A silence of so many usual pauses between commits belongs to the rate. */
const SILENT_PAUSES = 2

function commitRate(samples: SampleSeries): number | null {
  // The first and the newest look with a commit; the first and the last look that showed another offset than the one before.
  let [first, newest, firstMove, lastMove, moves] = [-1, -1, -1, -1, 0]
  for (let index = 0; index < samples.length; index += 1) {
    const offset = samples.committed(index)
    if (offset === null) continue
    if (first < 0) first = index
    else if (offset !== samples.committed(newest)) {
      if (firstMove < 0) firstMove = index
      lastMove = index
      moves += 1
    }
    newest = index
  }
  if (first < 0) return null
  const read = (from: number, to: number) => samples.committed(to)! - samples.committed(from)!
  const nowMs = samples.atMs(newest)
  if (moves < 2) return perSecond(read(first, newest), nowMs - samples.atMs(first))
  const begunMs = samples.atMs(firstMove)
  const endedMs = samples.atMs(lastMove)
  const isSilent = nowMs - endedMs > (SILENT_PAUSES * (endedMs - begunMs)) / (moves - 1)
  return perSecond(read(firstMove, lastMove), (isSilent ? nowMs : endedMs) - begunMs)
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
