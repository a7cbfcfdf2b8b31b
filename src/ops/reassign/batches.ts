/**
 * Which moves go together: at most so many partitions at once, and no broker that receives more than its share of them at
 * the same time. Moves that copy nothing (another order, fewer replicas) go first, then those that copy least, so that early
 * batches show soon whether it works.
 */
import { added, type Move, moveBytes } from './model.ts'

export interface BatchLimits {
  /** Partitions in a batch. */
  readonly partitions: number
  /** Replicas that one broker receives in a batch. */
  readonly perBroker: number
}

export function makeBatches(moves: readonly Move[], limits: BatchLimits): Move[][] {
  const ordered = [...moves].sort(
    (one, other) =>
      (added(one).length - added(other).length && (added(one).length === 0 ? -1 : added(other).length === 0 ? 1 : 0)) ||
      moveBytes(one) - moveBytes(other) ||
      (one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1),
  )
  const batches: { moves: Move[]; incoming: Map<number, number> }[] = []
  /** Batches before this one are full. */
  let open = 0
  /** The first batch in which a broker may have room. */
  const roomFrom = new Map<number, number>()
  for (const move of ordered) {
    const targets = added(move)
    let at = targets.reduce((latest, id) => Math.max(latest, roomFrom.get(id) ?? 0), open)
    for (; at < batches.length; at += 1) {
      const { moves: taken, incoming } = batches[at]!
      if (taken.length >= limits.partitions) continue
      if (targets.every((id) => (incoming.get(id) ?? 0) < limits.perBroker)) break
    }
    if (at === batches.length) batches.push({ moves: [], incoming: new Map() })
    const batch = batches[at]!
    batch.moves.push(move)
    for (const id of targets) {
      const count = (batch.incoming.get(id) ?? 0) + 1
      batch.incoming.set(id, count)
      if (count >= limits.perBroker && (roomFrom.get(id) ?? 0) === at) roomFrom.set(id, at + 1)
    }
    while (open < batches.length && batches[open]!.moves.length >= limits.partitions) open += 1
  }
  return batches.map((batch) => batch.moves)
}
