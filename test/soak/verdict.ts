/**
 * What the samples of one undisturbed stretch say: does memory grow, do descriptors leak? A line is laid through the second
 * half and more of the stretch, when caches are full; what counts is how much it rises from end to end.
 */
import type { Sample } from './node.ts'

/** The first part of a stretch in which a process is still growing into its work. */
const WARM_UP_SHARE = 0.35
const SAMPLES_MIN = 6
/** A process grows through its first minutes: memory of a shorter stretch is told, and not judged. */
const JUDGED_S_MIN = 120
const RISE_SHARE = 0.15
const RISE_BYTES_MIN = 32 << 20
const DESCRIPTORS_SPARE = 16
/** A log keeps a segment's file open, and some of its indexes. */
const DESCRIPTORS_A_SEGMENT = 4

export interface Verdict {
  readonly findings: string[]
  /** One line a figure, for people. */
  readonly report: string[]
}

export function judge(samples: readonly Sample[]): Verdict {
  const steady = samples.slice(Math.floor(samples.length * WARM_UP_SHARE))
  if (steady.length < SAMPLES_MIN) {
    return { findings: [], report: [`memory: ${steady.length} samples are too few to judge`] }
  }
  const findings: string[] = []
  const report: string[] = []
  const memory = (name: string, read: (sample: Sample) => number | undefined): void => {
    const points = steady.flatMap((sample) => {
      const value = read(sample)
      return value === undefined ? [] : [{ x: sample.atS, y: value }]
    })
    if (points.length < SAMPLES_MIN) return
    const { rise, mean } = line(floors(points))
    const limit = Math.max(RISE_BYTES_MIN, mean * RISE_SHARE)
    const hours = (points.at(-1)!.x - points[0]!.x) / 3600
    report.push(`${name}: mean ${mb(mean)} MB, rise ${mb(rise)} MB in the stretch (${mb(rise / hours)} MB/h)`)
    const isLong = points.at(-1)!.x - points[0]!.x >= JUDGED_S_MIN
    if (rise > limit && isLong) findings.push(`${name} rises by ${mb(rise)} MB, more than ${mb(limit)} MB`)
  }
  memory('resident memory', (sample) => sample.rssBytes)
  memory('heap', (sample) => sample.heapBytes)
  const quarter = Math.max(2, Math.floor(steady.length / 4))
  const first = steady.slice(0, quarter)
  const last = steady.slice(-quarter)
  const grown = median(last, (one) => one.descriptors) - median(first, (one) => one.descriptors)
  const segments = median(last, (one) => one.segments) - median(first, (one) => one.segments)
  const allowed = DESCRIPTORS_SPARE + Math.max(0, segments) * DESCRIPTORS_A_SEGMENT
  report.push(`descriptors: ${grown >= 0 ? '+' : ''}${grown} while segments went by ${segments}`)
  if (grown > allowed) findings.push(`${grown} more descriptors are open, ${allowed} can be explained by segments`)
  return { findings, report }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** The lowest of each few samples: what is left when garbage has been collected. */
function floors(points: readonly Point[]): Point[] {
  const each = Math.max(1, Math.floor(points.length / 12))
  const result: Point[] = []
  for (let index = 0; index + each <= points.length; index += each) {
    result.push(points.slice(index, index + each).reduce((low, one) => (one.y < low.y ? one : low)))
  }
  return result
}

/** Least squares: how much the line rises from the first to the last point, and the mean. */
function line(points: readonly Point[]): { rise: number; mean: number } {
  const n = points.length
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n
  const mean = points.reduce((sum, { y }) => sum + y, 0) / n
  let above = 0
  let below = 0
  for (const { x, y } of points) {
    above += (x - meanX) * (y - mean)
    below += (x - meanX) ** 2
  }
  return { rise: below === 0 ? 0 : (above / below) * (points.at(-1)!.x - points[0]!.x), mean }
}

function median(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const sorted = samples.map(read).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
