/**
 * What a seed means: the shape of the quorum, its limits (shrunk, so that rare turns are common), and a list of faults at
 * times or aimed at moments. Faults are data, so that a failing run can be tried again with fewer of them.
 */
import { Prng } from '../../../src/base/prng.ts'

/** Moments at which a fault can be aimed. */
export const MOMENTS = [
  'elected',
  'candidate',
  'voteGranted',
  'persist',
  'persisted',
  'sync',
  'synced',
  'acknowledged',
  'committed',
  'truncated',
  'snapshotWritten',
  'snapshotLoading',
  'votersChanged',
  'appended',
] as const
export type Moment = (typeof MOMENTS)[number]

/** Who a fault hits: a node by number, or whoever plays a part when it comes. */
export type Target = number | 'leader' | 'follower' | 'self' | 'other' | 'candidate'

export type Action =
  | { readonly kind: 'crash'; readonly target: Target; readonly downMs: number; readonly keep: number }
  | { readonly kind: 'crashAll'; readonly downMs: number; readonly keep: number }
  | { readonly kind: 'pause'; readonly target: Target; readonly forMs: number }
  | { readonly kind: 'isolate'; readonly target: Target; readonly forMs: number; readonly way: 'both' | 'in' | 'out' }
  | { readonly kind: 'cut'; readonly from: Target; readonly to: Target; readonly forMs: number }
  | { readonly kind: 'split'; readonly mask: number; readonly forMs: number }
  | { readonly kind: 'loss'; readonly chance: number; readonly forMs: number }
  | { readonly kind: 'delay'; readonly meanMs: number; readonly forMs: number }
  | { readonly kind: 'slowDisk'; readonly target: Target; readonly syncMs: number; readonly forMs: number }
  | { readonly kind: 'wall'; readonly target: Target; readonly jumpMs: number }
  | { readonly kind: 'rotSnapshot'; readonly forMs: number }
  | { readonly kind: 'addVoter'; readonly target: Target }
  | { readonly kind: 'removeVoter'; readonly target: Target }
  | { readonly kind: 'wipe'; readonly target: Target }
  /**
   * The leader is cut off and goes on writing; after `commits` of its successor that one goes down, and the former leader,
   * whose log may be the longer one of an older epoch, is let in again.
   */
  | { readonly kind: 'rival'; readonly commits: number; readonly downMs: number }

export type Fault = { readonly action: Action } & (
  | { readonly atMs: number }
  /** At the `nth` time that this moment comes, `afterMs` later. */
  | { readonly moment: Moment; readonly nth: number; readonly afterMs: number }
)

export interface RaftPlan {
  readonly seed: number
  readonly voters: number
  readonly observers: number
  /** Voters stand in the log and can change (kraft.version 1). */
  readonly isDynamic: boolean
  readonly safetyMs: number
  readonly proposeEveryMs: number
  readonly valuesPerBatchMax: number
  readonly fetchMaxBytes: number
  readonly snapshotEveryRecords: number
  readonly snapshotPieceBytes: number
  readonly electionTimeoutMs: number
  readonly delayMeanMs: number
  readonly syncMs: number
  readonly driftPpm: readonly number[]
  readonly faults: readonly Fault[]
  /** Carried out one after another near the end of the faulty phase, until there were enough. */
  readonly spares: readonly Action[]
}

/** Carried out in every seed, at least. */
export const FAULTS_MIN = 10
const SPARES = 30

export function raftPlan(seed: number): RaftPlan {
  const random = new Prng(seed)
  const voters = random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5])
  const observers = random.pick([0, 0, 1, 2])
  const isDynamic = random.chance(0.5)
  const safetyMs = 50_000
  const count = FAULTS_MIN + random.int(25)
  // Each seed has faults of some kinds only: few at a time find what all together hide.
  const kinds = KINDS.filter((kind) => (isDynamic || !VOTER_KINDS.includes(kind)) && random.chance(0.5))
  if (kinds.length === 0) kinds.push('crash')
  const aimed = random.pick([0, 0.5, 0.9])
  const faults: Fault[] = []
  for (let index = 0; index < count; index++) {
    const isAimed = random.chance(aimed)
    const action = actionOf(random, random.pick(kinds), voters + observers, isAimed)
    faults.push(
      isAimed
        ? { action, moment: random.pick(MOMENTS), nth: 1 + logInt(random, 40), afterMs: random.pick([0, 0, 0, 2, 20]) }
        : { action, atMs: random.int(safetyMs) },
    )
  }
  const spares = Array.from({ length: SPARES }, () => {
    return actionOf(random, random.pick(SPARE_KINDS), voters + observers, false)
  })
  const fetchMaxBytes = random.pick([1, 1, 300, 1 << 20])
  const delayMeanMs = random.pick([0.3, 2, 20])
  const syncMs = random.pick([0.05, 1, 10])
  // A follower that gets one batch at a time must be able to keep up.
  const paceMs = fetchMaxBytes > 300 ? 0 : 3 * (2 * delayMeanMs + 2 * syncMs)
  return {
    seed,
    voters,
    observers,
    isDynamic,
    safetyMs,
    proposeEveryMs: Math.max(paceMs, random.pick([20, 50, 200])),
    valuesPerBatchMax: random.pick([1, 1, 3]),
    fetchMaxBytes,
    snapshotEveryRecords: random.pick([4, 20, 100, 1e9]),
    snapshotPieceBytes: random.pick([20, 100, 1 << 20]),
    electionTimeoutMs: random.pick([300, 1000]),
    delayMeanMs,
    syncMs,
    driftPpm: Array.from({ length: voters + observers }, () => random.int(1001) - 500),
    faults,
    spares,
  }
}

/** Of these most find a target at any time. */
const SPARE_KINDS: readonly Action['kind'][] = [
  'crash',
  'crash',
  'pause',
  'isolate',
  'loss',
  'delay',
  'slowDisk',
  'wall',
]
const VOTER_KINDS: readonly Action['kind'][] = ['addVoter', 'removeVoter', 'wipe']
const KINDS: readonly Action['kind'][] = [
  'crash',
  'crash',
  'crashAll',
  'pause',
  'isolate',
  'cut',
  'split',
  'loss',
  'delay',
  'slowDisk',
  'wall',
  'rotSnapshot',
  'rival',
  ...VOTER_KINDS,
]

function actionOf(random: Prng, kind: Action['kind'], nodes: number, isAimed: boolean): Action {
  const target: Target = isAimed
    ? random.pick<Target>(['self', 'self', 'other', 'leader'])
    : random.pick<Target>(['leader', 'leader', 'follower', 'candidate', 1 + random.int(nodes)])
  const forMs = 50 + logInt(random, 8000)
  switch (kind) {
    case 'crash':
      return { kind, target, downMs: 10 + logInt(random, 10_000), keep: random.pick([0, 0, random.float(), 1]) }
    case 'crashAll':
      return { kind, downMs: 10 + logInt(random, 3000), keep: random.pick([0, random.float()]) }
    case 'pause':
      return { kind, target, forMs }
    case 'isolate':
      return { kind, target, forMs, way: random.pick(['both', 'both', 'in', 'out']) }
    case 'cut':
      return { kind, from: target, to: random.pick<Target>(['leader', 'other', 1 + random.int(nodes)]), forMs }
    case 'split':
      return { kind, mask: random.int(1 << nodes), forMs }
    case 'loss':
      return { kind, chance: random.pick([0.02, 0.1, 0.3]), forMs }
    case 'delay':
      return { kind, meanMs: random.pick([20, 100, 500]), forMs }
    case 'slowDisk':
      return { kind, target, syncMs: random.pick([20, 200, 2000]), forMs }
    case 'wall':
      return { kind, target, jumpMs: random.pick([-3_600_000, -500, 500, 3_600_000]) }
    case 'rotSnapshot':
      return { kind, forMs }
    case 'rival':
      return { kind, commits: 1 + random.int(3), downMs: 500 + logInt(random, 8000) }
    default:
      return { kind, target: random.pick<Target>(['leader', 'follower', 1 + random.int(nodes)]) }
  }
}

/** Log-uniform over 0 to `bound`, so that small is common and large happens. */
function logInt(random: Prng, bound: number): number {
  return Math.floor(Math.exp(random.float() * Math.log(bound + 1))) - 1
}
