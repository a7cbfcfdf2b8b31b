/**
 * What a kind of operation (reassign, rolling restart, upgrade, migrate) supplies to the engine, and what it gets from it.
 * The steps follow from the plan alone, so that a resumed run has the same ones; everything else is read from the world at the
 * moment it is needed, never remembered.
 */
import type { Clock } from '../../base/clock.ts'
import type { Json, Plan } from './plan.ts'

/** One step. Every method may be called again after a kill at any point: what is done already must count as done. */
export interface Step {
  /** Unique in the plan, and the same in every run of it. */
  readonly id: string
  /** What it does, for people. */
  readonly title: string
  /**
   * Reads the world and returns what undoing the step needs. Called once, before the first `apply`; its result is on disk
   * before anything is changed. Throws RefusedError when the step must not begin (the world is not what the plan expects).
   */
  prepare(control: Control): Promise<Json>
  /** Re-reads the world, makes the change where it is not made yet, and waits until it has settled. */
  apply(before: Json, control: Control): Promise<void>
  /** Puts back what `before` says, whether `apply` was begun, finished or never called. Waits until it has settled. */
  undo(before: Json, control: Control): Promise<void>
}

export interface Operation<Body extends Json = Json> {
  readonly kind: string
  /** The steps of a plan, in order. Must not look at anything but the plan. */
  steps(plan: Plan<Body>): readonly Step[]
  /** Whether the plan may (still) be carried out; throws RefusedError with the reason. Called before the first step only. */
  check(plan: Plan<Body>): Promise<void>
  /** What of the plan's goal does not hold now; none: it holds. */
  verify(plan: Plan<Body>): Promise<readonly string[]>
  /** Tries again to take away what a step had to leave behind; returns what is still there, null: nothing. */
  tidy?(left: Json): Promise<Json | null>
}

/** What a step may ask and say while it works. */
export interface Control {
  readonly clock: Clock
  /** Aborted when the run has to end at once; what waits must reject then. */
  readonly signal: AbortSignal
  /** Whether a stop was asked for: a step that has a safe point inside it may throw `Stopped` there. */
  readonly isStopping: boolean
  /** Resolves after `ms`; rejects when the run has to end at once. */
  sleep(ms: number): Promise<void>
  report(progress: StepProgress): void
  /** Writes down what the step could not put in order, so that `tidy` can later; null: it has all been put in order. */
  leave(left: Json | null): void
}

export interface StepProgress {
  readonly text: string
  /** Bytes or pieces of this step; absent when it cannot tell. */
  readonly done?: number
  readonly total?: number
}

/** A step has stopped at a safe point of its own, and says what goes on without it: `apply` is called again on resume. */
export class Stopped extends Error {}

/** The run was told to end at once. The journal says how far it was; resume goes on. */
export class Abandoned extends Error {}
