/**
 * Which log is cleaned next. One look at all logs serves for as many cleanings as it finds due, the dirtiest first: a node
 * may have thousands of small logs, and looking at all of them after each would cost more than the cleaning. Each is looked
 * at again when its turn comes.
 */
import type { Clock } from '../../base/clock.ts'
import { type CleaningPlan, isDue, planCleaning } from './cleaner-plan.ts'
import type { LogDirectory } from './log-directory.ts'
import type { Log } from './log.ts'

export interface Candidate {
  readonly key: string
  readonly directory: LogDirectory
  readonly log: Log
}

export interface PlannedCleaning extends Candidate {
  readonly plan: CleaningPlan
}

export interface CleaningChoiceHost {
  /** All compacted logs that are free. */
  candidates(): Iterable<Candidate>
  /** Whether the log may be cleaned now. */
  isFree(candidate: Candidate): boolean
  /** The checkpoint does not fit the log. Throws what writing it throws. */
  correct(candidate: Candidate, plan: CleaningPlan): void
  /** The log could not be looked at. */
  failed(candidate: Candidate, error: unknown): void
  /** All logs are about to be looked at. */
  beforeSurvey(): void
}

export class CleaningChoice {
  /** Of the last look at all logs. */
  dirtiestRatio = 0
  /** Of the last look at all logs: by how much the worst exceeded `max.compaction.lag.ms`. */
  overdueMs = 0
  /** Wall time of the last look at all logs; before the first one, of the start. */
  surveyedMs: number
  private readonly clock: Clock
  private readonly host: CleaningChoiceHost
  /** What the last look found due, the dirtiest last. */
  private due: Candidate[] = []

  constructor(clock: Clock, host: CleaningChoiceHost) {
    this.clock = clock
    this.host = host
    this.surveyedMs = clock.nowMs()
  }

  /** The log to clean now, with the plan for it; undefined when none is due. */
  next(): PlannedCleaning | undefined {
    if (this.due.length === 0) this.survey()
    for (let candidate = this.due.pop(); candidate !== undefined; candidate = this.due.pop()) {
      const plan = this.host.isFree(candidate) ? this.plan(candidate) : undefined
      if (plan !== undefined && isDue(plan)) return { ...candidate, plan }
    }
    return undefined
  }

  /** Forgets what was found due. */
  clear(): void {
    this.due = []
  }

  private survey(): void {
    this.host.beforeSurvey()
    this.surveyedMs = this.clock.nowMs()
    this.dirtiestRatio = 0
    this.overdueMs = 0
    const due: PlannedCleaning[] = []
    for (const candidate of [...this.host.candidates()]) {
      const plan = this.plan(candidate)
      if (plan === undefined) continue
      this.dirtiestRatio = Math.max(this.dirtiestRatio, plan.ratio)
      this.overdueMs = Math.max(this.overdueMs, plan.overdueMs)
      if (isDue(plan)) due.push({ ...candidate, plan })
    }
    this.due = due.sort((one, other) => one.plan.ratio - other.plan.ratio)
  }

  private plan(candidate: Candidate): CleaningPlan | undefined {
    const { key, directory, log } = candidate
    try {
      const plan = planCleaning(log, directory.cleanerOffset(key), this.clock.nowMs())
      if (plan.correction !== undefined) this.host.correct(candidate, plan)
      return plan
    } catch (error) {
      this.host.failed(candidate, error)
      return undefined
    }
  }
}
