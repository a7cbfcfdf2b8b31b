/**
 * The checker: whether moves may be carried out on a cluster as it is now. Written apart from the planner and sharing no
 * code with it, so that a mistake in one is not a mistake in both; also what moves from a file by somebody else go through.
 * Works on plain sets, partition by partition, and says everything that is wrong.
 */
import type { ClusterSnapshot, Move, ReassignGoal } from './model.ts'

export interface Violation {
  readonly topic: string
  readonly partition: number
  readonly rule:
    | 'unknown-partition'
    | 'twice'
    | 'drift'
    | 'under-way'
    | 'no-leader'
    | 'empty'
    | 'duplicate-replica'
    | 'unknown-broker'
    | 'excluded-broker'
    | 'out-of-scope'
    | 'replication-factor'
    | 'racks'
    | 'in-sync'
    | 'preferred-leader'
  readonly message: string
}

/** What of the goal the moves have to respect. A file of somebody else's comes with fewer demands. */
export type Demands = Pick<ReassignGoal, 'scope' | 'brokers' | 'exclude' | 'replicationFactor' | 'allowRfChange'> & {
  /** Preferred leaders may change although they could stay. */
  readonly mayChangeLeaders: boolean
  /** A partition may end in fewer racks than it has. */
  readonly mayLoseRacks: boolean
}

export function checkMoves(snapshot: ClusterSnapshot, moves: readonly Move[], demands: Demands): Violation[] {
  const found: Violation[] = []
  const now = new Map(snapshot.partitions.map((one) => [nameOf(one), one]))
  const rackById = new Map(snapshot.brokers.map(({ id, rack }) => [id, rack]))
  const allowed = new Set(
    [...rackById.keys()].filter((id) => {
      if (demands.exclude.includes(id)) return false
      return demands.brokers === null || demands.brokers.includes(id)
    }),
  )
  const allRacked = [...allowed].every((id) => rackById.get(id) !== null)
  const racksThere = new Set([...allowed].map((id) => rackById.get(id)))
  const seen = new Set<string>()

  for (const move of moves) {
    const name = nameOf(move)
    const blame = (rule: Violation['rule'], message: string) =>
      void found.push({ topic: move.topic, partition: move.partition, rule, message: `${name}: ${message}` })
    if (seen.has(name)) blame('twice', 'it stands in the plan more than once')
    seen.add(name)
    const fact = now.get(name)
    if (fact === undefined) {
      blame('unknown-partition', 'there is no such partition')
      continue
    }
    if (String(fact.replicas) !== String(move.from)) {
      blame('drift', `its replicas are ${fact.replicas} now; the plan was made for ${move.from}`)
    }
    if (fact.isMoving) blame('under-way', 'a reassignment of it is under way')
    if (fact.leader < 0) blame('no-leader', 'it has no leader to copy from')
    if (!isInScope(demands, move)) blame('out-of-scope', 'nobody asked to change it')
    checkTargets(move, rackById, allowed, blame)
    checkFactor(move, fact.replicas.length, demands, blame)
    if (!demands.mayLoseRacks && allRacked) checkRacks(move, rackById, racksThere.size, blame)

    const dropped = fact.replicas.filter((id) => !move.to.includes(id))
    const kept = fact.replicas.filter((id) => move.to.includes(id))
    const isShrinking = move.to.length < fact.replicas.length
    const losesInSync = dropped.some((id) => fact.isr.includes(id) && allowed.has(id))
    if (isShrinking && losesInSync && kept.some((id) => !fact.isr.includes(id))) {
      blame('in-sync', 'an in-sync replica would go and one that is not in sync would stay')
    }
    const first = fact.replicas[0]
    if (!demands.mayChangeLeaders && first !== undefined && move.to.includes(first) && move.to[0] !== first) {
      blame('preferred-leader', `its preferred leader would change from ${first} to ${move.to[0]}`)
    }
  }
  return found
}

type Blame = (rule: Violation['rule'], message: string) => void

function checkTargets(move: Move, known: ReadonlyMap<number, unknown>, allowed: ReadonlySet<number>, blame: Blame) {
  if (move.to.length === 0) blame('empty', 'it would have no replica')
  if (new Set(move.to).size !== move.to.length) blame('duplicate-replica', `${move.to} names a broker twice`)
  for (const id of move.to) {
    if (!known.has(id)) blame('unknown-broker', `there is no broker ${id} that serves`)
    else if (!allowed.has(id)) blame('excluded-broker', `broker ${id} is to hold none of it`)
  }
}

function checkFactor(move: Move, now: number, demands: Demands, blame: Blame) {
  const wanted = demands.replicationFactor
  if (move.to.length !== now && !demands.allowRfChange) {
    blame('replication-factor', `its replication factor would change from ${now} to ${move.to.length}`)
  }
  if (wanted !== null && move.to.length !== wanted) {
    blame('replication-factor', `it would have ${move.to.length} replicas, not ${wanted}`)
  }
}

/** No fewer racks than before, as far as the brokers that may hold it and the number of replicas allow. */
function checkRacks(move: Move, rackById: ReadonlyMap<number, string | null>, racksThere: number, blame: Blame) {
  const count = (ids: readonly number[]) =>
    new Set(ids.flatMap((id) => (rackById.get(id) === undefined ? [] : [rackById.get(id)]))).size
  const least = Math.min(count(move.from), move.to.length, racksThere)
  if (count(move.to) < least) blame('racks', `it would lie in ${count(move.to)} racks; ${least} are possible`)
}

function isInScope({ scope }: Demands, { topic, partition }: Move): boolean {
  if (scope === null) return true
  return scope.some((one) => one.topic === topic && (one.partitions === null || one.partitions.includes(partition)))
}

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`
}
