/**
 * Whether a group gets on with a partition, told from a window of looks by the rules of LinkedIn's Burrow: OK, WARN (it reads,
 * but never gets nearer), STALL (it is there, and does not move), STOP (nobody commits any more), REWIND (it went back).
 * Two of Burrow's known faults are not here: the lag is that of the newest log end, not of the last commit, and a lag below
 * a floor is nothing. The evidence is part of the verdict.
 *
 * A coordinator does not say when an offset was committed. A commit is what two looks show: another offset, or the same
 * one where a member holds the partition.
 */
import type { LagSample } from './window.ts'

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

/** The verdict on what was seen of one partition, oldest look first. The newest look is the present. */
export function judge(samples: readonly LagSample[], options: JudgeOptions = {}): Verdict {
  const { allowedLag = 0, minimumSamples = LOOKS_MIN, minimumSpanMs = 0 } = options
  const commits = seenCommits(samples)
  const [first, last, newest] = [commits[0], commits.at(-1), samples.at(-1)]
  // The looks before the first commit tell nothing of a group that begins.
  const count = samples.filter(({ committed }) => committed !== null).length
  const spanMs = newest === undefined || first === undefined ? 0 : newest.atMs - first.at
  const verdict = (status: WindowStatus | null, why: string): Verdict => {
    return { status, why, samples: count, spanMs, firstCommit: first ?? null, lastCommit: last ?? null }
  }
  if (newest === undefined) return verdict(null, 'not seen yet')
  if (first === undefined || last === undefined) return verdict(null, 'nothing committed')
  if (newest.unread === null) return verdict(null, 'its lag is not known')
  // One look is enough to see that there is nothing to do.
  if (newest.unread <= allowedLag) return verdict('OK', allowedLag === 0 ? 'caught up' : `lag within ${allowedLag}`)
  if (count < minimumSamples || spanMs < minimumSpanMs) return verdict(null, 'too few looks')
  const silentMs = newest.atMs - last.at
  if (silentMs > last.at - first.at && samples.every(({ logEnd }) => logEnd === null || logEnd > last.offset)) {
    return verdict('STOP', `no commit for ${seconds(silentMs)}, and nobody reads it`)
  }
  const rewind = rewindOf(commits)
  if (rewind !== undefined) return verdict('REWIND', `went back from ${rewind.from} to ${rewind.to}`)
  if (commits.some(({ lag }) => lag <= allowedLag)) return verdict('OK', 'caught up within the window')
  if (commits.every(({ offset }) => offset === first.offset)) {
    return verdict('STALL', `held by a member, and at ${first.offset} for ${seconds(spanMs)}`)
  }
  const fell = commits.some(({ lag }, index) => index > 0 && lag < commits[index - 1]!.lag)
  if (!fell) return verdict('WARN', `it reads, and its lag never fell in ${seconds(spanMs)}`)
  return verdict('OK', 'it reads, and its lag falls at times')
}

function seenCommits(samples: readonly LagSample[]): SeenCommit[] {
  const commits: SeenCommit[] = []
  for (const { atMs, committed, logEnd, unread, owned } of samples) {
    if (committed === null) continue
    if (commits.at(-1)?.offset === committed && !owned) continue
    commits.push({ at: atMs, offset: committed, lag: unread ?? Math.max(0, (logEnd ?? committed) - committed) })
  }
  return commits
}

/** A commit below the one before it that no later commit made good. */
function rewindOf(commits: readonly SeenCommit[]): { from: number; to: number } | undefined {
  for (let index = 1; index < commits.length; index += 1) {
    const [from, to] = [commits[index - 1]!.offset, commits[index]!.offset]
    if (to < from && !commits.slice(index + 1).some(({ offset }) => offset >= from)) return { from, to }
  }
  return undefined
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10}s`
}
