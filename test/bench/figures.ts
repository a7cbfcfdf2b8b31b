/** A figure, what it is held against, and whether its goal is met. Pure. */

export interface Figure {
  /** The part of the benchmark that measured it. */
  readonly part: string
  readonly what: string
  readonly unit: string
  /** Which direction is better: a rate is, a cost is not. */
  readonly higherIsBetter: boolean
  readonly mq: number
  /** What mq is held against; undefined where only the bound counts. */
  readonly other: number | undefined
  /** Who `other` is. */
  readonly against: Against
  /** Met when mq is at least so many times better than `other`; for 'limit' an absolute bound in `unit`. */
  readonly goal: number | undefined
}

export type Against = 'kafka' | 'librdkafka' | 'node' | 'limit'

/** How many times better mq is than what it is held against; below 1 it is worse. */
export function advantage({ higherIsBetter, mq, other }: Figure): number | undefined {
  if (other === undefined) return undefined
  return higherIsBetter ? mq / other : other / mq
}

/** Undefined for figures without a goal. */
export function isMet(figure: Figure): boolean | undefined {
  const { goal, against, mq, higherIsBetter } = figure
  if (goal === undefined) return undefined
  if (against === 'limit') return higherIsBetter ? mq >= goal : mq <= goal
  const ratio = advantage(figure)
  return ratio !== undefined && ratio >= goal
}

export interface Measure {
  readonly part: string
  readonly what: string
  readonly unit: string
  readonly higherIsBetter?: boolean
  readonly against?: Against
  readonly goal?: number
}

/** The best round of each side. */
export function best(measure: Measure, mq: readonly number[], other?: readonly number[]): Figure {
  const higherIsBetter = measure.higherIsBetter ?? false
  const pick = (values: readonly number[]) => (higherIsBetter ? Math.max(...values) : Math.min(...values))
  return {
    part: measure.part,
    what: measure.what,
    unit: measure.unit,
    higherIsBetter,
    mq: pick(mq),
    other: other === undefined || other.length === 0 ? undefined : pick(other),
    against: measure.against ?? 'kafka',
    goal: measure.goal,
  }
}

/** The p-th share of ascending values. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))]!
}
