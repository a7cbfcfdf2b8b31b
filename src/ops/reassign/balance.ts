/**
 * Evening out: racks first, then the number of replicas, then bytes, then leaders; a later one never undoes an earlier one.
 * Each step goes from a broker with too much to one with too little, so no replica moves twice for nothing, and without racks
 * the number of moves is the least possible. Partitions that are not fully in sync are left alone.
 */
import type { Placement } from './placement.ts'

/** A broker may hold this much more than the mean before bytes are moved for it. */
const BYTES_OVER_MEAN = 1.1
/** Partners that are tried for one broker that holds too many bytes. */
const SWAP_PARTNERS = 20

export function balance(board: Placement): void {
  const movable = Uint8Array.from(board.partitions, (_one, index) =>
    board.inScope[index]! && board.isHealthy(index) ? 1 : 0,
  )
  mendRacks(board, movable)
  evenCounts(board, movable)
  evenBytes(board, movable)
  evenLeaders(board, movable)
}

/** Partitions that lie in fewer racks than they could: one of two in the same rack moves. */
function mendRacks(board: Placement, movable: Uint8Array): void {
  if (board.rackCount < 2) return
  for (const [partition, can] of movable.entries()) {
    for (let round = 0; can === 1 && round < board.rackCount; round += 1) {
      const replicas = board.replicas[partition]!
      const racks = replicas.map((broker) => board.rackOf[broker]!)
      if (new Set(racks).size >= Math.min(racks.length, board.rackCount)) break
      let worst = -1
      for (let place = racks.length - 1; place > 0; place -= 1) {
        if (racks.indexOf(racks[place]!) === racks.lastIndexOf(racks[place]!)) continue
        const isFuller = worst < 0 || board.replicaCount[replicas[place]!]! > board.replicaCount[replicas[worst]!]!
        if (isFuller) worst = place
      }
      const others = replicas.filter((_broker, place) => place !== worst)
      const to = worst < 0 ? undefined : board.pick(partition, others)
      if (to === undefined || replicas.includes(to)) break
      board.replace(partition, replicas[worst]!, to)
    }
  }
}

/** Until no broker has two replicas more than one that could take one of them. */
function evenCounts(board: Placement, movable: Uint8Array): void {
  // A broker that had nothing to give to a rack has nothing until it gets something new.
  const exhausted = new Map<number, Set<number>>()
  for (let hasMoved = false; ; ) {
    const move = widestMove(board, movable) ?? nextCountMove(board, movable, exhausted)
    if (move !== undefined) {
      board.replace(move.partition, move.from, move.to)
      exhausted.delete(move.from)
      exhausted.delete(move.to)
      hasMoved = true
      continue
    }
    if (!hasMoved) return
    // Moves of other brokers may have opened a rack: only a look without memory says that it is over.
    exhausted.clear()
    hasMoved = false
  }
}

interface Shift {
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** From the fullest broker to the emptiest, which is possible nearly always and found without sorting. */
function widestMove(board: Placement, movable: Uint8Array): Shift | undefined {
  const { replicaCount: count } = board
  const from = extreme(board.eligibleIndexes, (broker) => count[broker]!)
  const to = extreme(board.eligibleIndexes, (broker) => -count[broker]!)
  if (from === undefined || to === undefined || count[from]! < count[to]! + 2) return undefined
  const partition = bestToGive(board, movable, from, to)
  return partition === undefined ? undefined : { partition, from, to }
}

/** Between any two brokers, fullest and emptiest first. */
function nextCountMove(board: Placement, movable: Uint8Array, exhausted: Map<number, Set<number>>): Shift | undefined {
  const { replicaCount: count } = board
  const brokers = sortedBy(board.eligibleIndexes, (broker) => count[broker]!)
  for (let high = brokers.length - 1; high > 0; high -= 1) {
    const from = brokers[high]!
    if (count[from]! < count[brokers[0]!]! + 2) return undefined
    const dead = exhausted.get(from) ?? new Set<number>()
    for (const to of brokers) {
      if (count[from]! < count[to]! + 2) break
      const rack = board.rackOf[to]!
      if (dead.has(rack)) continue
      const partition = bestToGive(board, movable, from, to)
      if (partition !== undefined) return { partition, from, to }
      dead.add(rack)
    }
    exhausted.set(from, dead)
  }
  return undefined
}

/** Which of `from`'s partitions goes to `to`: of the topic that is least even between them, of a size that evens bytes. */
function bestToGive(board: Placement, movable: Uint8Array, from: number, to: number): number | undefined {
  const half = (board.bytes[from]! - board.bytes[to]!) / 2
  const [here, there] = [board.topicCounts(from), board.topicCounts(to)]
  const { topicOf, sizes, first } = board
  let [best, bestUneven, bestLeads, bestDistance] = [-1, Number.NEGATIVE_INFINITY, 0, 0]
  // Runs for each move over all that a broker holds: the cheap questions come first, and nothing is allocated.
  for (const partition of board.held[from]!) {
    const topic = topicOf[partition]!
    const uneven = here[topic]! - there[topic]!
    if (uneven < bestUneven || !movable[partition]) continue
    const leads = first[partition] === from ? 1 : 0
    const distance = Math.abs(half - sizes[partition]!)
    if (uneven === bestUneven) {
      if (leads > bestLeads) continue
      if (leads === bestLeads && (distance > bestDistance || (distance === bestDistance && partition > best))) continue
    }
    if (board.replicas[partition]!.includes(to) || !board.keepsRacks(partition, from, to)) continue
    best = partition
    bestUneven = uneven
    bestLeads = leads
    bestDistance = distance
  }
  return best < 0 ? undefined : best
}

/** Swaps between brokers that hold too many bytes and brokers that hold few; the numbers of replicas stay. */
function evenBytes(board: Placement, movable: Uint8Array): void {
  const { bytes } = board
  const brokers = board.eligibleIndexes
  const mean = brokers.reduce((sum, broker) => sum + bytes[broker]!, 0) / Math.max(1, brokers.length)
  const stuck = new Set<number>()
  let swapsInPass = 0
  for (let swaps = 0; swaps < board.partitions.length; ) {
    const from = extreme(brokers, (broker) => (stuck.has(broker) ? -1 : bytes[broker]!))
    if (from === undefined || stuck.has(from) || bytes[from]! <= mean * BYTES_OVER_MEAN) {
      if (swapsInPass === 0) return
      // What had no partner may have one now.
      stuck.clear()
      swapsInPass = 0
      continue
    }
    const to = extreme(brokers, (broker) => -bytes[broker]!)!
    if (trySwap(board, movable, from, to) || swapWithAny(board, movable, from, mean)) {
      swaps += 1
      swapsInPass += 1
    } else stuck.add(from)
  }
}

function swapWithAny(board: Placement, movable: Uint8Array, from: number, mean: number): boolean {
  const order = sortedBy(board.eligibleIndexes, (broker) => board.bytes[broker]!)
  return order.slice(1, SWAP_PARTNERS).some((to) => board.bytes[to]! < mean && trySwap(board, movable, from, to))
}

function trySwap(board: Placement, movable: Uint8Array, from: number, to: number): boolean {
  const pair = from === to ? undefined : bestSwap(board, movable, from, to)
  if (pair === undefined) return false
  board.replace(pair[0], from, to)
  board.replace(pair[1], to, from)
  return true
}

function bestSwap(
  board: Placement,
  movable: Uint8Array,
  from: number,
  to: number,
): readonly [number, number] | undefined {
  const gap = board.bytes[from]! - board.bytes[to]!
  const fits = (partition: number, here: number, there: number) =>
    movable[partition] === 1 && !board.replicas[partition]!.includes(there) && board.keepsRacks(partition, here, there)
  const bySize = (list: number[]) => list.sort((a, b) => board.sizeOf(a) - board.sizeOf(b) || a - b)
  const giving = bySize(board.held[from]!.filter((partition) => fits(partition, from, to)))
  const taking = bySize(board.held[to]!.filter((partition) => fits(partition, to, from)))
  let best: readonly [number, number] | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const give of giving) {
    const size = board.sizeOf(give)
    // The partner whose size differs by about half the gap.
    let low = 0
    for (let high = taking.length; low < high; ) {
      const middle = (low + high) >> 1
      if (board.sizeOf(taking[middle]!) < size - gap / 2) low = middle + 1
      else high = middle
    }
    for (const take of [taking[low - 1], taking[low]]) {
      if (take === undefined) continue
      const shift = size - board.sizeOf(take)
      const distance = Math.abs(gap / 2 - shift)
      // Worth its copying only when it takes off a real part of the gap.
      if (shift > gap * 0.05 && shift < gap && distance < bestDistance) [best, bestDistance] = [[give, take], distance]
    }
  }
  return best
}

/** Another order of the replicas costs no copying: leaders go from brokers that have two more than another replica's. */
function evenLeaders(board: Placement, movable: Uint8Array): void {
  const { leaderCount: leads } = board
  const stuck = new Set<number>()
  for (let shiftsInPass = 0; ; ) {
    const from = extreme(board.eligibleIndexes, (broker) => (stuck.has(broker) ? -1 : leads[broker]!))
    if (from === undefined || stuck.has(from)) {
      if (shiftsInPass === 0) return
      // Brokers that could give nothing before may now.
      stuck.clear()
      shiftsInPass = 0
      continue
    }
    const shift = bestLeaderShift(board, movable, from)
    if (shift === undefined) {
      stuck.add(from)
      continue
    }
    const next = [...board.replicas[shift.partition]!]
    ;[next[0], next[shift.place]] = [next[shift.place]!, next[0]!]
    board.assign(shift.partition, next)
    shiftsInPass += 1
  }
}

function bestLeaderShift(
  board: Placement,
  movable: Uint8Array,
  from: number,
): { partition: number; place: number } | undefined {
  const { leaderCount: leads } = board
  let best: { partition: number; place: number } | undefined
  let least = leads[from]! - 1
  for (const partition of board.held[from]!) {
    if (!movable[partition] || board.first[partition] !== from) continue
    const replicas = board.replicas[partition]!
    for (let place = 1; place < replicas.length; place += 1) {
      const broker = replicas[place]!
      if (!board.eligible[broker] || leads[broker]! > least) continue
      const isBetter = leads[broker]! < least || (best !== undefined && partition < best.partition)
      if (!isBetter) continue
      best = { partition, place }
      least = leads[broker]!
    }
  }
  return best
}

/** The broker with the largest key; of equal ones the first. */
function extreme(brokers: readonly number[], key: (broker: number) => number): number | undefined {
  let best: number | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const broker of brokers) {
    const value = key(broker)
    if (value > most) [best, most] = [broker, value]
  }
  return best
}

function sortedBy(brokers: readonly number[], key: (broker: number) => number): number[] {
  return [...brokers].sort((one, other) => key(one) - key(other) || one - other)
}
