/**
 * Runs that once failed, by their reduced plans, so that they outlive the meaning of a seed; and a few fresh seeds, run
 * twice, so that every test run looks at the simulator itself.
 */
import { describe, expect, it } from 'vitest'
import { raftPlan, type RaftPlan } from './raft/plan.ts'
import { type Plan, runPlan, type SeedResult } from './run-seed.ts'

/** The simulator drains promise reactions and so must not run inside one. */
const simulate = (plan: Plan): Promise<SeedResult> =>
  new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(runPlan('raft', plan))
      } catch (error) {
        reject(error as Error)
      }
    })
  })

const QUIET: Omit<RaftPlan, 'seed' | 'faults'> = {
  voters: 3,
  observers: 0,
  isDynamic: true,
  safetyMs: 3000,
  proposeEveryMs: 20,
  valuesPerBatchMax: 1,
  fetchMaxBytes: 300,
  snapshotEveryRecords: 100,
  snapshotPieceBytes: 1 << 20,
  electionTimeoutMs: 300,
  delayMeanMs: 2,
  syncMs: 0.05,
  driftPpm: [],
  spares: [],
}

const scenarios: Record<string, RaftPlan> = {
  'a leader that was voted out follows its successor': {
    ...QUIET,
    seed: 114,
    faults: [{ action: { kind: 'removeVoter', target: 1 }, moment: 'acknowledged', nth: 5, afterMs: 0 }],
  },
  'a leader whose log was cut leads again, and what it takes then is acknowledged': {
    ...QUIET,
    seed: 734,
    isDynamic: false,
    safetyMs: 50_000,
    proposeEveryMs: 200,
    valuesPerBatchMax: 3,
    fetchMaxBytes: 1,
    snapshotEveryRecords: 1e9,
    snapshotPieceBytes: 100,
    electionTimeoutMs: 1000,
    driftPpm: [-139, 116, 113],
    faults: [
      { action: { kind: 'rival', commits: 3, downMs: 5431 }, atMs: 47_966 },
      { action: { kind: 'pause', target: 'leader', forMs: 386 }, atMs: 8723 },
      { action: { kind: 'rival', commits: 1, downMs: 500 }, atMs: 44_477 },
      { action: { kind: 'delay', meanMs: 100, forMs: 1037 }, atMs: 3869 },
      { action: { kind: 'pause', target: 'leader', forMs: 2791 }, atMs: 32_049 },
      { action: { kind: 'crashAll', downMs: 57, keep: 0.8033990631811321 }, atMs: 21_691 },
    ],
  },
  // Nobody follows it: what its successor has committed meanwhile is nothing that it must have.
  'a candidate that stood still hears late that it was elected': {
    ...QUIET,
    seed: 666,
    isDynamic: false,
    safetyMs: 10_000,
    proposeEveryMs: 126,
    fetchMaxBytes: 1,
    snapshotPieceBytes: 100,
    delayMeanMs: 20,
    syncMs: 1,
    driftPpm: [291, -486, -135],
    faults: [
      { action: { kind: 'delay', meanMs: 500, forMs: 86 }, atMs: 1487 },
      { action: { kind: 'delay', meanMs: 100, forMs: 399 }, moment: 'appended', nth: 1, afterMs: 0 },
      {
        action: { kind: 'crash', target: 'self', downMs: 27, keep: 0.13969758641906083 },
        moment: 'persisted',
        nth: 6,
        afterMs: 2,
      },
      { action: { kind: 'pause', target: 'self', forMs: 2728 }, moment: 'candidate', nth: 2, afterMs: 2 },
      { action: { kind: 'crash', target: 'leader', downMs: 676, keep: 0.07174952886998653 }, atMs: 4232 },
      { action: { kind: 'loss', chance: 0.02, forMs: 85 }, moment: 'persisted', nth: 2, afterMs: 2 },
    ],
  },
}

describe('the metadata quorum under virtual time', () => {
  for (const [name, plan] of Object.entries(scenarios)) {
    it(name, async () => {
      expect((await simulate(plan)).violation?.message).toBeUndefined()
    })
  }

  it('keeps its promises, and one seed gives one run', async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const [first, second] = [await simulate(raftPlan(seed)), await simulate(raftPlan(seed))]
      expect(first.violation?.message, `seed ${seed}`).toBeUndefined()
      expect(second.hash, `seed ${seed}`).toBe(first.hash)
      expect(first.simulatedMs).toBeGreaterThanOrEqual(60_000)
    }
  })
})
