/** How even a cluster is, before moves and after them: the figures that a plan is judged by. */
import type { ClusterSnapshot, Move } from './model.ts'

export type Spread = {
  readonly least: number
  readonly most: number
  readonly mean: number
  /** 100: as even as whole numbers allow; 50: the fullest has twice its share. */
  readonly score: number
}

export type Score = {
  /** Mean of the three. */
  readonly score: number
  readonly replicas: Spread
  readonly leaders: Spread
  /** Null when no size is known. */
  readonly bytes: Spread | null
  /** Partitions in fewer racks than their replicas and the cluster's racks allow. */
  readonly rackViolations: number
}

/** The score of the cluster with `moves` carried out, over the brokers that serve and are not `without`. */
export function balanceScore(
  snapshot: ClusterSnapshot,
  moves: readonly Move[] = [],
  without: readonly number[] = [],
): Score {
  const brokers = snapshot.brokers.filter(({ id }) => !without.includes(id))
  const moved = new Map(moves.map((move) => [`${move.topic}-${move.partition}`, move.to]))
  const load = new Map(brokers.map(({ id }) => [id, { replicas: 0, leaders: 0, bytes: 0 }]))
  const rackById = new Map(brokers.map(({ id, rack }) => [id, rack]))
  const racks = new Set(rackById.values())
  const isRackAware = racks.size > 1 && !racks.has(null)
  let rackViolations = 0
  let isSizeKnown = false
  for (const { topic, partition, replicas: before, bytes } of snapshot.partitions) {
    const replicas = moved.get(`${topic}-${partition}`) ?? before
    if (bytes !== null) isSizeKnown = true
    for (const [place, id] of replicas.entries()) {
      const one = load.get(id)
      if (one === undefined) continue
      one.replicas += 1
      one.bytes += bytes ?? 0
      if (place === 0) one.leaders += 1
    }
    if (!isRackAware) continue
    const used = new Set(replicas.map((id) => rackById.get(id)).filter((rack) => rack !== undefined))
    if (used.size < Math.min(replicas.length, racks.size)) rackViolations += 1
  }
  const loads = [...load.values()]
  const replicas = spread(loads.map((one) => one.replicas))
  const leaders = spread(loads.map((one) => one.leaders))
  const bytes = isSizeKnown ? spread(loads.map((one) => one.bytes)) : null
  const parts = [replicas, leaders, ...(bytes === null ? [] : [bytes])].map(({ score }) => score)
  return {
    score: rounded(parts.reduce((sum, one) => sum + one, 0) / parts.length),
    replicas,
    leaders,
    bytes,
    rackViolations,
  }
}

function spread(values: readonly number[]): Spread {
  const sum = values.reduce((total, one) => total + one, 0)
  const mean = values.length === 0 ? 0 : sum / values.length
  const most = values.reduce((max, one) => Math.max(max, one), 0)
  const least = values.reduce((min, one) => Math.min(min, one), most)
  return { least, most, mean: rounded(mean), score: most === 0 ? 100 : rounded((100 * Math.ceil(mean)) / most) }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
