/**
 * Whether a group gets on with a partition, told from a window of looks by the rules of LinkedIn's Burrow: OK, WARN (it reads,
 * but never gets nearer), STALL (it is there, and does not move), STOP (nobody commits any more), REWIND (it went back).
 * Two of Burrow's known faults are not here: the lag is that of the newest log end, not of the last commit, and a lag below
 * a floor is nothing. The evidence is part of the verdict.
 *
 * A coordinator does not say when an offset was committed. A commit is what two looks show: another offset, or the same
 * one where a member holds the partition.
 */
import type { SampleSeries } from './window.ts'

export type WindowStatus = 'OK' | 'WARN' | 'STOP' | 'STALL' | 'REWIND'
export type StatusLevel = 'OK' | 'WARN' | 'ERR'

export interface SeenCommit {
  /** When it was seen first, ms since the epoch. */
  at: number
  offset: number
  /** Records behind the log's end at that moment. */
  lag: number
}

export interface Verdict {
  /** Null: it cannot be judged. */
  status: WindowStatus | null
  why: string
  /** Looks that it rests on: those since something was committed. */
  samples: number
  /** Time that these looks span, ms. */
  spanMs: number
  firstCommit: SeenCommit | null
  lastCommit: SeenCommit | null
}

/** Looks below which there is no verdict. */
export const LOOKS_MIN = 3

export interface JudgeOptions {
  /** A lag up to this is fine. Default 0. */
  readonly allowedLag?: number
  /** Looks below which there is no verdict. Default LOOKS_MIN. */
  readonly minimumSamples?: number
  /** Time that the looks must span for a verdict, ms. Default 0. */
  readonly minimumSpanMs?: number
}

const LEVELS: Readonly<Record<WindowStatus, StatusLevel>> = {
  OK: 'OK',
  WARN: 'WARN',
  STOP: 'ERR',
  STALL: 'ERR',
  REWIND: 'ERR',
}
const RANK: readonly (StatusLevel | null)[] = [null, 'OK', 'WARN', 'ERR']

/** STOP, STALL and REWIND are ERR. */
export function levelOf(status: WindowStatus): StatusLevel {
  return LEVELS[status]
}

/** Above 0 when `a` is worse than `b`; what cannot be judged is worse than nothing and better than OK. */
export function compareStatus(a: WindowStatus | null, b: WindowStatus | null): number {
  const rank = (status: WindowStatus | null) => RANK.indexOf(status === null ? null : levelOf(status))
  return rank(a) - rank(b)
}

/** Places of the commits in the series that is judged; used again for each of tens of thousands. */
const places: number[] = []

/** The verdict on what was seen of one partition, oldest look first. The newest look is the present. */
export function judge(samples: SampleSeries, options: JudgeOptions = {}): Verdict {
  const { allowedLag = 0, minimumSamples = LOOKS_MIN, minimumSpanMs = 0 } = options
  // The looks before the first commit tell nothing of a group that begins.
  const count = findCommits(samples)
  const newest = samples.length - 1
  if (newest < 0) return verdict(null, 'not seen yet', 0, 0, null, null)
  if (places.length === 0) return verdict(null, 'nothing committed', count, 0, null, null)
  const first = commitAt(samples, 0)
  const last = commitAt(samples, places.length - 1)
  const nowMs = samples.atMs(newest)
  const spanMs = nowMs - first.at
  const say = (status: WindowStatus | null, why: string) => verdict(status, why, count, spanMs, first, last)
  const unread = samples.unread(newest)
  if (unread === null) return say(null, 'its lag is not known')
  // One look is enough to see that there is nothing to do.
  if (unread <= allowedLag) return say('OK', allowedLag === 0 ? 'caught up' : `lag within ${allowedLag}`)
  if (count < minimumSamples || spanMs < minimumSpanMs) return say(null, 'too few looks')
  const silentMs = nowMs - last.at
  if (silentMs > last.at - first.at && !wasReached(samples, last.offset)) {
    return say('STOP', `no commit for ${seconds(silentMs)}, and nobody reads it`)
  }
  const rewind = rewindOf(samples)
  if (rewind !== undefined) return say('REWIND', `went back from ${rewind.from} to ${rewind.to}`)
  let [moved, fell] = [false, false]
  let before = first.lag
  for (const place of places) {
    const lag = lagAt(samples, place)
    if (lag <= allowedLag) return say('OK', 'caught up within the window')
    if (samples.committed(place) !== first.offset) moved = true
    if (lag < before) fell = true
    before = lag
  }
  if (!moved) return say('STALL', `held by a member, and at ${first.offset} for ${seconds(spanMs)}`)
  return fell
    ? say('OK', 'it reads, and its lag falls at times')
    : say('WARN', `it reads, and its lag never fell in ${seconds(spanMs)}`)
}

function verdict(
  status: WindowStatus | null,
  why: string,
  samples: number,
  spanMs: number,
  firstCommit: SeenCommit | null,
  lastCommit: SeenCommit | null,
): Verdict {
  return { status, why, samples, spanMs, firstCommit, lastCommit }
}

/** Fills `places`; returns how many looks there are since something was committed. */
function findCommits(samples: SampleSeries): number {
  places.length = 0
  let count = 0
  let known: number | null = null
  for (let index = 0; index < samples.length; index += 1) {
    const offset = samples.committed(index)
    if (offset === null) continue
    count += 1
    if (offset !== known || samples.owned(index)) places.push(index)
    known = offset
  }
  return count
}

function commitAt(samples: SampleSeries, commit: number): SeenCommit {
  const place = places[commit]!
  return { at: samples.atMs(place), offset: samples.committed(place)!, lag: lagAt(samples, place) }
}

function lagAt(samples: SampleSeries, place: number): number {
  const offset = samples.committed(place)!
  return samples.unread(place) ?? Math.max(0, (samples.logEnd(place) ?? offset) - offset)
}

/** Whether the log ended no later than `offset` in one of the looks: then there was nothing to commit. */
function wasReached(samples: SampleSeries, offset: number): boolean {
  for (let index = 0; index < samples.length; index += 1) {
    const end = samples.logEnd(index)
    if (end !== null && end <= offset) return true
  }
  return false
}

/** A commit below the one before it that no later commit made good. */
function rewindOf(samples: SampleSeries): { from: number; to: number } | undefined {
  for (let index = 1; index < places.length; index += 1) {
    const from = samples.committed(places[index - 1]!)!
    const to = samples.committed(places[index]!)!
    if (to < from && !places.some((place, later) => later > index && samples.committed(place)! >= from)) {
      return { from, to }
    }
  }
  return undefined
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`
}
