/**
 * What must move: replicas on brokers that are to hold none, and as many as the replication factor asks for. Large
 * partitions first, so that the small ones fill what is left; everything that may stay stays where it is, in its place in
 * the list.
 */
import { RefusedError } from '../../base/errors.ts'
import type { ReassignGoal, Skipped } from './model.ts'
import type { Placement } from './placement.ts'

const UNDER_WAY = 'a reassignment of it is under way'

/** Changes the board as the goal demands; returns the partitions that have to wait. */
export function mend(board: Placement, goal: ReassignGoal): Skipped[] {
  const skipped: Skipped[] = board.partitions.flatMap(({ topic, partition, isMoving }, index) =>
    isMoving && board.inScope[index] ? [{ topic, partition, reason: UNDER_WAY }] : [],
  )
  for (const partition of needing(board, goal)) {
    const { topic, partition: number, replicas } = board.partitions[partition]!
    const wanted = goal.replicationFactor ?? replicas.length
    const reason = obstacle(board, partition, wanted)
    if (reason !== undefined) skipped.push({ topic, partition: number, reason })
    else board.assign(partition, mended(board, partition, wanted))
  }
  return skipped.sort((one, other) =>
    one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1,
  )
}

function needing(board: Placement, { replicationFactor }: ReassignGoal): number[] {
  const found: number[] = []
  for (const [partition, replicas] of board.replicas.entries()) {
    if (!board.inScope[partition] || board.partitions[partition]!.isMoving) continue
    const hasWrongCount = replicationFactor !== null && replicas.length !== replicationFactor
    if (hasWrongCount || replicas.some((broker) => !board.eligible[broker])) found.push(partition)
  }
  return found.sort((one, other) => board.sizeOf(other) - board.sizeOf(one) || one - other)
}

/** Why the partition cannot be changed now. */
function obstacle(board: Placement, partition: number, wanted: number): string | undefined {
  const { leader, isr } = board.partitions[partition]!
  if (leader < 0) return 'it has no leader to copy from'
  const eligible = board.eligibleIndexes.length
  if (eligible < wanted) {
    throw new RefusedError(
      `${wanted} replicas need ${wanted} brokers, and only ${eligible} may hold them`,
      'allow more brokers, or a smaller replication factor (--allow-rf-change)',
    )
  }
  const staying = board.replicas[partition]!.filter((broker) => board.eligible[broker])
  const isShrinking = staying.length > wanted
  if (isShrinking && staying.some((broker) => !isr.includes(board.ids[broker]!))) {
    return 'a replica is out of sync: fewer of them would be less safe than it looks'
  }
  return undefined
}

function mended(board: Placement, partition: number, wanted: number): number[] {
  const now = board.replicas[partition]!
  const isNew = new Set<number>()
  // Undefined: a place that somebody has to take.
  const slots: (number | undefined)[] = now.map((broker) => (board.eligible[broker] ? broker : undefined))
  const staying = () => slots.filter((broker) => broker !== undefined)
  while (slots.length > wanted) slots.splice(leastNeeded(board, slots), 1)
  while (slots.length < wanted) slots.push(undefined)
  for (const [place, broker] of slots.entries()) {
    if (broker !== undefined) continue
    // There are enough: `obstacle` has counted them.
    const found = board.pick(partition, staying())!
    isNew.add(found)
    slots[place] = found
  }
  const next = staying()
  spreadRacks(board, partition, next, isNew)
  if (isNew.has(next[0]!)) promote(board, partition, next, isNew)
  return next
}

/** A drained broker may have been the only one of its rack: where two of what stays share one, the last of them goes too. */
function spreadRacks(board: Placement, partition: number, next: number[], isNew: Set<number>): void {
  const racks = (brokers: readonly number[]) => new Set(brokers.map((broker) => board.rackOf[broker])).size
  const wanted = Math.min(racks(board.replicas[partition]!), next.length, board.rackCount)
  while (racks(next) < wanted) {
    const place = next.findLastIndex(
      (broker, at) => at > 0 && racks(next.filter((one) => one !== broker)) === racks(next),
    )
    const others = next.filter((_broker, at) => at !== place)
    const to = place < 0 ? undefined : board.pick(partition, others)
    if (to === undefined || racks([...others, to]) <= racks(next)) return
    isNew.add(to)
    next[place] = to
  }
}

/** The place to give up: an empty one, else one whose rack is there twice, else the fullest broker's; never the first. */
function leastNeeded(board: Placement, slots: readonly (number | undefined)[]): number {
  const empty = slots.lastIndexOf(undefined)
  if (empty >= 0) return empty
  const brokers = slots as readonly number[]
  const rackUse = (broker: number) => brokers.filter((one) => board.rackOf[one] === board.rackOf[broker]).length
  let worst = 1
  for (let place = 2; place < brokers.length; place += 1) {
    const [one, other] = [brokers[place]!, brokers[worst]!]
    const twice = Math.min(rackUse(one), 2) - Math.min(rackUse(other), 2)
    const fuller = board.replicaCount[one]! - board.replicaCount[other]! || board.bytes[one]! - board.bytes[other]!
    if (twice > 0 || (twice === 0 && fuller >= 0)) worst = place
  }
  return worst
}

/** The preferred leader is gone: of the replicas that are in sync already the one that leads least takes its place. */
function promote(board: Placement, partition: number, next: number[], isNew: ReadonlySet<number>): void {
  const { isr } = board.partitions[partition]!
  let best = -1
  for (const [place, broker] of next.entries()) {
    if (isNew.has(broker) || !isr.includes(board.ids[broker]!)) continue
    if (best < 0 || board.leaderCount[broker]! < board.leaderCount[next[best]!]!) best = place
  }
  if (best > 0) [next[0], next[best]] = [next[best]!, next[0]!]
}
