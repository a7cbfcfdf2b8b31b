/**
 * The planner: from what a cluster is and what is asked, which partitions get which replicas. Deterministic; what need not
 * move does not. Its result is checked by `checker.ts`, which shares nothing with it.
 */
import { RefusedError, UsageError } from '../../base/errors.ts'
import { balance } from './balance.ts'
import { mend } from './mend.ts'
import type { ClusterSnapshot, Move, Planned, ReassignGoal } from './model.ts'
import { Placement } from './placement.ts'

/** The moves, by topic and partition. Throws RefusedError where a rule forbids the goal, UsageError for unknown names. */
export function planReassignment(snapshot: ClusterSnapshot, goal: ReassignGoal): Planned {
  checkGoal(snapshot, goal)
  const board = new Placement(snapshot, goal)
  const skipped = mend(board, goal)
  if (goal.balance) balance(board)
  const moves: Move[] = []
  for (const [index, { topic, partition, replicas: from, bytes }] of board.partitions.entries()) {
    const to = board.replicas[index]!.map((broker) => board.ids[broker]!)
    if (to.length === from.length && to.every((id, place) => id === from[place])) continue
    moves.push({ topic, partition, from: [...from], to, bytes })
  }
  return { moves, skipped }
}

function checkGoal(snapshot: ClusterSnapshot, goal: ReassignGoal): void {
  const serving = new Set(snapshot.brokers.map(({ id }) => id))
  const missing = (goal.brokers ?? []).filter((id) => !serving.has(id))
  if (missing.length > 0) {
    throw new UsageError(
      `there is no broker ${missing.join(', ')}`,
      `brokers: ${[...serving].sort((a, b) => a - b).join(', ')}`,
    )
  }
  // A broker to be drained may be dead, but somebody must know it.
  const known = new Set([...serving, ...snapshot.partitions.flatMap(({ replicas }) => replicas)])
  const unheard = goal.exclude.filter((id) => !known.has(id))
  if (unheard.length > 0) throw new UsageError(`no broker ${unheard.join(', ')} serves or holds a replica`)
  const topics = new Set(snapshot.partitions.map(({ topic }) => topic))
  const strange = (goal.scope ?? []).filter(({ topic }) => !topics.has(topic))
  if (strange.length > 0) throw new UsageError(`there is no topic ${strange.map(({ topic }) => topic).join(', ')}`)
  const factor = goal.replicationFactor
  if (factor === null || goal.allowRfChange) return
  const differing = snapshot.partitions.filter(
    ({ topic, replicas }) =>
      replicas.length !== factor && (goal.scope === null || goal.scope.some((one) => one.topic === topic)),
  )
  if (differing.length > 0) {
    const { topic, partition, replicas } = differing[0]!
    throw new RefusedError(
      `the replication factor of ${topic}-${partition} would change from ${replicas.length} to ${factor}`,
      'add --allow-rf-change when that is meant',
    )
  }
}
