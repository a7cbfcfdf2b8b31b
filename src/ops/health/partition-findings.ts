/**
 * What a look finds about partitions: leaders, replicas, moves. Pure. A partition counts once among those that are offline, under
 * and at the minimum of in-sync replicas; under-replicated are all that lack one and have a leader.
 */
import type { Finding, HealthSnapshot, MoveLook, PartitionLook } from './model.ts'
import { counted, idsText, nameSome } from './words.ts'

/** Kafka's own leader.imbalance.per.broker.percentage: what a broker may lack of the leaders that it should have. */
export const IMBALANCE_PERCENT = 10
/** A move that copies nothing for so long does not go on by itself. */
export const STUCK_MS = 2000

/** The findings about partitions, the gravest first. */
export function partitionFindings(now: HealthSnapshot, before: HealthSnapshot | undefined): Finding[] {
  return [
    offline(now),
    underMinimum(now),
    atMinimum(now),
    underReplicated(now),
    ...stuckMoves(now, before),
    ...unbalanced(now),
  ].filter((finding) => finding !== undefined)
}

const lacks = ({ isr, replicas }: PartitionLook) => isr.length < replicas.length

function missingFrom(partitions: readonly PartitionLook[]): number[] {
  const missing = partitions.flatMap(({ isr, replicas }) => replicas.filter((id) => !isr.includes(id)))
  return [...new Set(missing)].sort((one, other) => one - other)
}

function places(partitions: readonly { topic: string; partition: number }[]) {
  return partitions.map(({ topic, partition }) => ({ topic, partition }))
}

function offline({ partitions }: HealthSnapshot): Finding | undefined {
  const found = partitions.filter(({ leader }) => leader === null)
  if (found.length === 0) return undefined
  // Whoever was in sync last has everything that was acknowledged.
  const last = found.flatMap(({ isr, elr, replicas }) =>
    isr.length > 0 ? isr : elr !== null && elr.length > 0 ? elr : replicas,
  )
  const nodes = [...new Set(last)].sort((one, other) => one - other)
  return {
    code: 'offline-partitions',
    severity: 'critical',
    message: `${counted(found.length, 'partition has', 'partitions have')} no leader: ${nameSome(found)}`,
    hint: `bring back ${idsText('broker', nodes)}: in sync last; mq leaders elect --unclean shows what giving them up would lose`,
    nodes,
    partitions: places(found),
  }
}

function underMinimum({ partitions }: HealthSnapshot): Finding | undefined {
  const found = partitions.filter(({ leader, isr, minIsr }) => leader !== null && isr.length < minIsr)
  if (found.length === 0) return undefined
  const nodes = missingFrom(found)
  const tooFew = found.filter(({ replicas, minIsr }) => replicas.length < minIsr)
  const hint =
    tooFew.length === found.length
      ? 'they have fewer replicas than min.insync.replicas: mq reassign rf TOPIC N, or a lower minimum'
      : `bring back ${idsText('broker', nodes)}; until then producers with acks=all are refused`
  return {
    code: 'under-min-isr',
    severity: 'critical',
    message: `${counted(found.length, 'partition is', 'partitions are')} under the minimum of in-sync replicas: ${nameSome(found)}`,
    hint,
    nodes,
    partitions: places(found),
  }
}

function atMinimum({ partitions }: HealthSnapshot): Finding | undefined {
  const found = partitions.filter((one) => one.leader !== null && one.isr.length === one.minIsr && lacks(one))
  if (found.length === 0) return undefined
  const nodes = missingFrom(found)
  const sum = counted(found.length, 'partition is', 'partitions are')
  return {
    code: 'at-min-isr',
    severity: 'warning',
    message: `${sum} at the minimum of in-sync replicas, and another broker's end stops producers: ${nameSome(found)}`,
    hint: `bring back ${idsText('broker', nodes)} before anything else is restarted`,
    nodes,
    partitions: places(found),
  }
}

function underReplicated({ partitions }: HealthSnapshot): Finding | undefined {
  const found = partitions.filter((one) => one.leader !== null && lacks(one))
  if (found.length === 0) return undefined
  const nodes = missingFrom(found)
  return {
    code: 'under-replicated',
    severity: 'warning',
    message: `${counted(found.length, 'partition lacks', 'partitions lack')} in-sync replicas on ${idsText('broker', nodes)}: ${nameSome(found)}`,
    hint: `bring back ${idsText('broker', nodes)}, or wait until ${nodes.length === 1 ? 'it has' : 'they have'} caught up`,
    nodes,
    partitions: places(found),
  }
}

/** Moves to brokers that are not there, at once; others when two looks show no progress. */
function stuckMoves(now: HealthSnapshot, before: HealthSnapshot | undefined): (Finding | undefined)[] {
  const serving = new Set(now.brokers.filter(({ fenced }) => fenced !== true).map(({ id }) => id))
  const toNowhere = now.moves.filter(({ adding }) => adding.some((id) => !serving.has(id)))
  const standing = now.moves.filter((move) => !toNowhere.includes(move) && isStanding(move, now, before))
  const gone = toNowhere.flatMap(({ adding }) => adding.filter((id) => !serving.has(id)))
  const goneIds = [...new Set(gone)].sort((one, other) => one - other)
  const targets = [...new Set(standing.flatMap(({ adding }) => adding))].sort((one, other) => one - other)
  return [
    toNowhere.length === 0
      ? undefined
      : {
          code: 'stuck-move',
          severity: 'warning',
          message: `${counted(toNowhere.length, 'partition moves', 'partitions move')} to ${idsText('broker', goneIds)}, not there: ${nameSome(toNowhere)}`,
          hint: `bring back ${idsText('broker', goneIds)}, or give the move up: mq reassign cancel`,
          nodes: goneIds,
          partitions: places(toNowhere),
        },
    standing.length === 0
      ? undefined
      : {
          code: 'stuck-move',
          severity: 'warning',
          message: `${counted(standing.length, 'partition does', 'partitions do')} not move on: nothing was copied between two looks: ${nameSome(standing)}`,
          hint: 'look at the throttles (mq config describe --broker ID) and the logs of the brokers; mq reassign cancel gives it up',
          nodes: targets,
          partitions: places(standing),
        },
  ]
}

function isStanding(move: MoveLook, now: HealthSnapshot, before: HealthSnapshot | undefined): boolean {
  if (before === undefined || now.atMs - before.atMs < STUCK_MS || move.copied === null) return false
  const was = before.moves.find(({ topic, partition }) => topic === move.topic && partition === move.partition)
  const same = (one: readonly number[], other: readonly number[]) => one.join() === other.join()
  return (
    was !== undefined &&
    was.copied === move.copied &&
    same(was.adding, move.adding) &&
    same(was.removing, move.removing) &&
    same(was.isr, move.isr)
  )
}

export interface Imbalance {
  readonly broker: number
  /** Partitions whose first replica it is, and which of them it could lead and does not. */
  readonly preferred: number
  readonly led: number
  readonly elsewhere: readonly PartitionLook[]
}

/** How each serving broker stands to the leaders that it should have. One that is not in sync could not lead: not counted. */
export function imbalances({ brokers, partitions }: Pick<HealthSnapshot, 'brokers' | 'partitions'>): Imbalance[] {
  return brokers.map(({ id }) => {
    const preferred = partitions.filter(({ replicas }) => replicas[0] === id)
    return {
      broker: id,
      preferred: preferred.length,
      led: partitions.filter(({ leader }) => leader === id).length,
      elsewhere: preferred.filter(({ leader, isr }) => leader !== id && isr.includes(id)),
    }
  })
}

function unbalanced(now: HealthSnapshot): (Finding | undefined)[] {
  const moving = new Set(now.moves.map(({ topic, partition }) => `${topic}-${partition}`))
  const settled = now.partitions.filter(({ topic, partition }) => !moving.has(`${topic}-${partition}`))
  const over = imbalances({ brokers: now.brokers, partitions: settled }).filter(
    ({ preferred, elsewhere }) => elsewhere.length * 100 > preferred * IMBALANCE_PERCENT,
  )
  if (over.length === 0) return [undefined]
  const nodes = over.map(({ broker }) => broker)
  const parts = over.map(({ broker, elsewhere, preferred }) => `${broker} lacks ${elsewhere.length} of ${preferred}`)
  return [
    {
      code: 'unbalanced-leaders',
      severity: 'warning',
      message: `brokers do not lead what they are preferred for: ${parts.join(', ')}`,
      hint: 'mq leaders balance',
      nodes,
      partitions: places(over.flatMap(({ elsewhere }) => elsewhere)),
    },
  ]
}
