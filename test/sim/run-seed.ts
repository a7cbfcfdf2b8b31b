/** One seed of either kind, run once: how it ended, and what it took. */
import { type ClusterPlan, clusterPlan } from './cluster/plan.ts'
import { ClusterWorld } from './cluster/world.ts'
import { Violation } from './engine/violation.ts'
import { type RaftPlan, raftPlan } from './raft/plan.ts'
import { RaftWorld } from './raft/world.ts'

export type Kind = 'raft' | 'cluster'

export interface SeedResult {
  readonly seed: number
  readonly events: number
  readonly faults: number
  readonly simulatedMs: number
  /** Writes that were acknowledged. */
  readonly acknowledged: number
  readonly hash: string
  readonly violation: Violation | undefined
  /** The last lines of the trace; empty unless asked for. */
  readonly lines: readonly string[]
}

export type Plan = RaftPlan | ClusterPlan

export function planOf(kind: Kind, seed: number): Plan {
  return kind === 'raft' ? raftPlan(seed) : clusterPlan(seed)
}

/** Must be called where promise reactions can be drained: not inside of one. `keptLines`: of the trace, of verbose runs. */
export function runPlan(kind: Kind, plan: Plan, isVerbose = false, keptLines = 400): SeedResult {
  const world =
    kind === 'raft' ? new RaftWorld(plan as RaftPlan, isVerbose) : new ClusterWorld(plan as ClusterPlan, isVerbose)
  world.engine.keptLines = keptLines
  let violation: Violation | undefined
  try {
    world.run()
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    violation = error instanceof Violation ? error : new Violation('thrown', text)
  }
  const { engine } = world
  return {
    seed: plan.seed,
    events: engine.events,
    faults: world.faults,
    simulatedMs: engine.nowMs,
    acknowledged: world.acknowledgedCount,
    hash: engine.hash,
    violation,
    lines: engine.lines,
  }
}
