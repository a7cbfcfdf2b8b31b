/**
 * What a seed of a whole cluster means: its nodes, how their disks fail, the load, and a list of faults. Limits are
 * shrunk and differ from seed to seed.
 */
import { Prng } from '../../../src/base/prng.ts'

export const CLUSTER_MOMENTS = [
  'leaderChanged',
  'isrChanged',
  'acknowledged',
  'synced',
  'controller',
  'committed',
] as const
export type ClusterMoment = (typeof CLUSTER_MOMENTS)[number]

/** A node by number, or whoever plays a part when the fault comes. */
export type ClusterTarget = number | 'controller' | 'leader' | 'coordinator' | 'self'

export type ClusterAction =
  | { readonly kind: 'crash'; readonly target: ClusterTarget; readonly downMs: number; readonly isSilent: boolean }
  | { readonly kind: 'crashAll'; readonly downMs: number }
  | { readonly kind: 'stop'; readonly target: ClusterTarget; readonly downMs: number }
  | { readonly kind: 'pause'; readonly target: ClusterTarget; readonly forMs: number }
  | {
      readonly kind: 'isolate'
      readonly target: ClusterTarget
      readonly forMs: number
      readonly way: 'both' | 'in' | 'out'
    }
  | { readonly kind: 'cut'; readonly from: number; readonly to: number; readonly forMs: number }
  | { readonly kind: 'clients'; readonly target: ClusterTarget; readonly forMs: number }
  | { readonly kind: 'resets'; readonly chance: number; readonly forMs: number }
  | { readonly kind: 'delay'; readonly meanMs: number; readonly forMs: number }
  | { readonly kind: 'slowDisk'; readonly target: ClusterTarget; readonly syncMs: number; readonly forMs: number }
  | { readonly kind: 'fullDisk'; readonly target: ClusterTarget; readonly forMs: number; readonly roomBytes: number }
  | { readonly kind: 'wall'; readonly target: ClusterTarget; readonly jumpMs: number }
  | { readonly kind: 'rot'; readonly target: ClusterTarget; readonly what: 'index' | 'log'; readonly downMs: number }
  | { readonly kind: 'lateJoin' }
  /** All but one in-sync replica lose their unsynced data and come back; then the last one that has everything dies. */
  | { readonly kind: 'lastOne'; readonly downMs: number }
  | { readonly kind: 'createTopic' }
  | { readonly kind: 'deleteTopic' }
  | { readonly kind: 'alterTopic' }
  | { readonly kind: 'electPreferred' }
  | { readonly kind: 'reassign' }
  | { readonly kind: 'deleteRecords' }
  | { readonly kind: 'removeVoter' }
  | { readonly kind: 'addVoter' }

export type ClusterFault = { readonly action: ClusterAction } & (
  | { readonly atMs: number }
  | { readonly moment: ClusterMoment; readonly nth: number; readonly afterMs: number }
)

export interface ClusterPlan {
  readonly seed: number
  readonly controllers: number
  /** Nodes beyond the controllers; these are brokers only. */
  readonly extraBrokers: number
  /**
   * kill: processes die, what they wrote stays. power: machines lose what was not synced, and every append is synced.
   * unsynced: machines lose what was not synced, nothing is synced for the producers' sake, and as many go at once as
   * replication promises to survive.
   */
  readonly crashes: 'kill' | 'power' | 'unsynced'
  readonly safetyMs: number
  readonly partitions: number
  readonly producers: number
  readonly groups: number
  /** Members of one more group, which share the partitions. */
  readonly members: number
  /** Batches of a producer on their way at once, at most. */
  readonly inFlight: number
  /** Consumers that read from any replica. */
  readonly followerReaders: number
  readonly paceMs: number
  readonly delayMeanMs: number
  readonly syncMs: number
  readonly sessionTimeoutMs: number
  readonly replicaLagMs: number
  /** Segments are rolled this often: in bytes they cannot be small. */
  readonly segmentMs: number
  readonly snapshotBytes: number
  readonly fetchMaxBytes: number
  readonly driftPpm: readonly number[]
  /** A refused connection proves a death, as on one machine; otherwise sessions alone end. */
  readonly hearsDeaths: boolean
  readonly faults: readonly ClusterFault[]
  /** Carried out one after another near the end of the faulty phase, until there were enough. */
  readonly spares: readonly ClusterAction[]
}

/** Carried out in every seed, at least. */
export const FAULTS_MIN = 10
const SPARES = 40
/** Nothing happens before the cluster is up. */
const CALM_MS = 6000
const SAFETY_MS = 45_000

const KINDS: readonly ClusterAction['kind'][] = [
  'crash',
  'crash',
  'crashAll',
  'stop',
  'pause',
  'isolate',
  'cut',
  'clients',
  'resets',
  'delay',
  'slowDisk',
  'fullDisk',
  'wall',
  'rot',
  'lateJoin',
  'lastOne',
  'createTopic',
  'deleteTopic',
  'alterTopic',
  'electPreferred',
  'reassign',
  'deleteRecords',
  'removeVoter',
  'addVoter',
]

/** Of these most find a target at any time. */
const SPARE_KINDS: readonly ClusterAction['kind'][] = [
  'crash',
  'stop',
  'pause',
  'isolate',
  'clients',
  'delay',
  'resets',
  'wall',
]

export function clusterPlan(seed: number): ClusterPlan {
  const random = new Prng(seed ^ 0x51ed270b)
  const controllers = random.pick([1, 3, 3, 3])
  const extraBrokers = controllers === 1 ? 2 : random.pick([0, 0, 1, 2])
  const nodes = controllers + extraBrokers
  const count = FAULTS_MIN + random.int(15)
  const kinds = KINDS.filter((kind) => random.chance(0.5) && (controllers > 1 || !kind.endsWith('Voter')))
  if (kinds.length === 0) kinds.push('crash')
  const aimed = random.pick([0, 0.5, 0.8])
  const faults: ClusterFault[] = []
  for (let index = 0; index < count; index++) {
    const isAimed = random.chance(aimed)
    const action = actionOf(random, random.pick(kinds), nodes, isAimed)
    faults.push(
      isAimed
        ? {
            action,
            moment: random.pick(CLUSTER_MOMENTS),
            nth: 1 + logInt(random, 100),
            afterMs: random.pick([0, 0, 1, 5, 100]),
          }
        : { action, atMs: CALM_MS + random.int(SAFETY_MS - CALM_MS) },
    )
  }
  const spares = Array.from({ length: SPARES }, () => actionOf(random, random.pick(SPARE_KINDS), nodes, false))
  return {
    seed,
    controllers,
    extraBrokers,
    crashes: random.pick(['kill', 'power', 'unsynced']),
    safetyMs: SAFETY_MS,
    partitions: random.pick([1, 2, 3]),
    producers: random.pick([1, 2, 3]),
    groups: random.pick([1, 2]),
    members: random.pick([0, 2, 3]),
    inFlight: random.pick([1, 2, 5]),
    followerReaders: random.pick([0, 0, 1]),
    paceMs: random.pick([100, 300, 800]),
    delayMeanMs: random.pick([0.3, 2, 10]),
    syncMs: random.pick([0.02, 0.5, 3]),
    sessionTimeoutMs: random.pick([1500, 3000, 9000]),
    replicaLagMs: random.pick([1000, 3000]),
    segmentMs: random.pick([1000, 5000, 1_000_000]),
    snapshotBytes: random.pick([3000, 20_000, 20_000_000]),
    fetchMaxBytes: random.pick([1, 400, 1 << 20]),
    driftPpm: Array.from({ length: nodes }, () => random.int(1001) - 500),
    faults,
    spares,
    hearsDeaths: random.chance(0.5),
  }
}

function actionOf(random: Prng, kind: ClusterAction['kind'], nodes: number, isAimed: boolean): ClusterAction {
  const target = isAimed
    ? random.pick<ClusterTarget>(['self', 'self', 'leader', 'controller'])
    : random.pick<ClusterTarget>(['leader', 'controller', 'coordinator', 1 + random.int(nodes)])
  const forMs = 100 + logInt(random, 10_000)
  switch (kind) {
    case 'crash':
      return { kind, target, downMs: 50 + logInt(random, 8000), isSilent: random.chance(0.3) }
    case 'crashAll':
      return { kind, downMs: 50 + logInt(random, 3000) }
    case 'stop':
      return { kind, target, downMs: 50 + logInt(random, 5000) }
    case 'isolate':
      return { kind, target, forMs, way: random.pick(['both', 'both', 'in', 'out']) }
    case 'cut':
      return { kind, from: 1 + random.int(nodes), to: 1 + random.int(nodes), forMs }
    case 'resets':
      return { kind, chance: random.pick([0.002, 0.02, 0.1]), forMs }
    case 'delay':
      return { kind, meanMs: random.pick([20, 100, 300]), forMs }
    case 'slowDisk':
      return { kind, target, syncMs: random.pick([20, 200, 1500]), forMs }
    case 'wall':
      return { kind, target, jumpMs: random.pick([-3_600_000, -500, 500, 3_600_000]) }
    case 'pause':
    case 'clients':
      return { kind, target, forMs }
    case 'fullDisk':
      return { kind, target, forMs, roomBytes: random.pick([0, 100, 2000]) }
    case 'lastOne':
      return { kind, downMs: 500 + logInt(random, 5000) }
    case 'rot':
      return { kind, target, what: random.pick(['index', 'index', 'log']), downMs: 50 + logInt(random, 5000) }
    default:
      return { kind }
  }
}

function logInt(random: Prng, bound: number): number {
  return Math.floor(Math.exp(random.float() * Math.log(bound + 1))) - 1
}
