/** One seed of either kind, run once: how it ended, and what it took. */
import { raftPlan, type RaftPlan } from './raft/plan.ts'
import { RaftWorld } from './raft/world.ts'
import { Violation } from './engine/violation.ts'

export type Kind = 'raft' | 'cluster'

export interface SeedResult {
  readonly seed: number
  readonly events: number
  readonly faults: number
  readonly simulatedMs: number
  readonly hash: string
  readonly violation: Violation | undefined
  /** The last lines of the trace; empty unless asked for. */
  readonly lines: readonly string[]
}

export type Plan = RaftPlan

export function planOf(_kind: Kind, seed: number): Plan {
  return raftPlan(seed)
}

export function runPlan(_kind: Kind, plan: Plan, isVerbose = false): SeedResult {
  const world = new RaftWorld(plan, isVerbose)
  let violation: Violation | undefined
  try {
    world.run()
  } catch (error) {
    violation =
      error instanceof Violation
        ? error
        : new Violation('thrown', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const { engine } = world
  return {
    seed: plan.seed,
    events: engine.events,
    faults: world.faults,
    simulatedMs: engine.nowMs,
    hash: engine.hash,
    violation,
    lines: engine.lines,
  }
}
