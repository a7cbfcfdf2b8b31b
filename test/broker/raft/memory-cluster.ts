/**
 * A quorum in memory: cores with array logs, a network that delays, reorders across peers, drops and partitions, disks
 * that lose what was not synced. After every event the invariants of consensus are checked; a violation throws with the
 * seed's trace. Time is virtual and chance is seeded, so a run can be repeated.
 */
import type { Random } from '../../../src/base/random.ts'
import { RaftCore } from '../../../src/broker/raft/core.ts'
import type { LogView, OffsetAndEpoch } from '../../../src/broker/raft/log.ts'
import type {
  FetchResponse,
  RaftEffect,
  RaftEvent,
  RaftRequest,
  RaftResponse,
} from '../../../src/broker/raft/messages.ts'
import { INITIAL_QUORUM_STATE, type QuorumState } from '../../../src/broker/raft/quorum-state.ts'
import { VoterHistory, VoterSet } from '../../../src/broker/raft/voters.ts'
import { ZERO_UUID } from '../../../src/base/uuid.ts'

export interface Entry {
  readonly epoch: number
  readonly text: string
}

/** Mulberry32: small, and good enough for schedules. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    int: (bound) => next() % bound,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => next() & 0xff)),
  }
}

export class ArrayLog implements LogView {
  entries: Entry[] = []
  readonly startOffset = 0

  endOffset(): OffsetAndEpoch {
    return { offset: this.entries.length, epoch: this.entries.at(-1)?.epoch ?? 0 }
  }

  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    let end = this.entries.length
    while (end > 0 && this.entries[end - 1]!.epoch > epoch) end--
    return { offset: end, epoch: this.entries[end - 1]?.epoch ?? 0 }
  }

  latestSnapshotId(): OffsetAndEpoch | undefined {
    return undefined
  }
}

export class Node {
  readonly id: number
  readonly log = new ArrayLog()
  core: RaftCore
  isUp = true
  /** What survives a crash. */
  durable: { state: QuorumState; entries: Entry[] } = { state: INITIAL_QUORUM_STATE, entries: [] }
  committed = 0
  private readonly cluster: MemoryCluster

  constructor(id: number, cluster: MemoryCluster) {
    this.id = id
    this.cluster = cluster
    this.core = this.newCore()
  }

  newCore(): RaftCore {
    const { ids, random } = this.cluster
    const voters = new VoterSet(
      ids.map((id) => ({ id, directoryId: ZERO_UUID, endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 })),
    )
    return new RaftCore({
      local: { id: this.id, directoryId: ZERO_UUID },
      canVote: true,
      log: this.log,
      voters: new VoterHistory(voters),
      kraftVersion: () => 0,
      state: this.durable.state,
      random,
      electionTimeoutMs: 1000,
      electionBackoffMaxMs: 1000,
      fetchTimeoutMs: 2000,
      requestTimeoutMs: 2000,
      fetchMaxWaitMs: 500,
    })
  }
}

interface Scheduled {
  readonly atMs: number
  readonly order: number
  readonly node: number
  readonly life: number
  readonly event: RaftEvent
}

/** Faults that consensus cannot survive: planted to see that the checks notice. */
export interface PlantedFaults {
  /** A sync reports success and keeps nothing. */
  readonly liesAboutSync?: boolean
}

export class MemoryCluster {
  readonly ids: readonly number[]
  readonly random: Random
  readonly nodes = new Map<number, Node>()
  readonly trace: string[] = []
  nowMs = 0
  /** Messages lost, in percent. */
  dropPercent = 0
  readonly isolated = new Set<number>()
  private readonly lives = new Map<number, number>()
  private readonly leaders = new Map<number, number>()
  /** Every entry that any node ever saw as committed. */
  readonly committed: Entry[] = []
  private queue: Scheduled[] = []
  private order = 0
  private token = 0
  private readonly askedBy = new Map<number, { from: number; correlation: number }>()

  private readonly planted: PlantedFaults

  constructor(size: number, seed: number, planted: PlantedFaults = {}) {
    this.planted = planted
    this.ids = Array.from({ length: size }, (_, index) => index + 1)
    this.random = seededRandom(seed)
    for (const id of this.ids) this.nodes.set(id, new Node(id, this))
  }

  start(): void {
    for (const id of this.ids) this.deliver(id, { kind: 'start' })
  }

  leader(): Node | undefined {
    const leaders = [...this.nodes.values()].filter((node) => node.isUp && node.core.role.kind === 'leader')
    return leaders.sort((one, other) => other.core.role.epoch - one.core.role.epoch)[0]
  }

  /** Appends through `node`, which must lead. */
  propose(node: Node, text: string): void {
    node.log.entries.push({ epoch: node.core.role.epoch, text })
    this.note(`${node.id} appends ${text}`)
    this.scheduleSync(node)
    this.deliver(node.id, { kind: 'appended' })
  }

  crash(id: number): void {
    const node = this.nodes.get(id)!
    this.note(`${id} crashes`)
    node.isUp = false
    this.lives.set(id, this.life(id) + 1)
  }

  restart(id: number): void {
    const node = this.nodes.get(id)!
    this.note(`${id} restarts with ${node.durable.entries.length} entries`)
    node.isUp = true
    if (this.planted.liesAboutSync === true) node.durable = { ...node.durable, entries: [] }
    node.log.entries = [...node.durable.entries]
    node.committed = 0
    node.core = node.newCore()
    this.deliver(id, { kind: 'start' })
  }

  /** Runs for `durationMs` of virtual time. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    for (;;) {
      const next = this.queue.reduce<Scheduled | undefined>(
        (best, one) =>
          best === undefined || one.atMs < best.atMs || (one.atMs === best.atMs && one.order < best.order) ? one : best,
        undefined,
      )
      const deadline = this.nextDeadline()
      const atMs = Math.min(next?.atMs ?? Infinity, deadline.atMs)
      if (atMs > endMs) break
      this.nowMs = Math.max(this.nowMs, atMs)
      if (next !== undefined && next.atMs <= deadline.atMs) {
        this.queue.splice(this.queue.indexOf(next), 1)
        if (next.life === this.life(next.node) && this.nodes.get(next.node)!.isUp) this.deliver(next.node, next.event)
      } else this.deliver(deadline.id, { kind: 'tick' })
    }
    this.nowMs = endMs
  }

  private nextDeadline(): { id: number; atMs: number } {
    let best = { id: 0, atMs: Infinity }
    for (const node of this.nodes.values()) {
      if (!node.isUp) continue
      const atMs = Math.max(node.core.deadlineMs(), this.nowMs + 1)
      if (atMs < best.atMs) best = { id: node.id, atMs }
    }
    return best
  }

  private deliver(id: number, event: RaftEvent): void {
    const node = this.nodes.get(id)!
    // Truncation and appends are durable together at the sync that follows them, whatever else happened since.
    if (event.kind === 'synced') this.syncDurable(node)
    const effects = node.core.step(
      event.kind === 'synced' ? { kind: 'synced', endOffset: node.log.entries.length } : event,
      this.nowMs,
    )
    for (const effect of effects) this.perform(node, effect)
    this.check(node)
  }

  private perform(node: Node, effect: RaftEffect): void {
    switch (effect.kind) {
      case 'persist':
        node.durable = { ...node.durable, state: effect.state }
        break
      case 'appendControl':
        node.log.entries.push({ epoch: effect.epoch, text: `leader ${node.id}` })
        this.scheduleSync(node)
        break
      case 'appendFetched':
        node.log.entries.push(...(JSON.parse(effect.records.toString()) as Entry[]))
        this.scheduleSync(node)
        break
      case 'truncate':
        if (effect.endOffset < node.committed) throw this.violation(`${node.id} truncates committed entries`)
        node.log.entries.length = effect.endOffset
        this.scheduleSync(node)
        break
      case 'send':
        this.send(node.id, effect.to, effect.correlation, effect.request)
        break
      case 'reply':
        this.reply(node, effect.token as number, effect.response)
        break
      case 'commit':
        this.commit(node, effect.offset)
        break
      case 'role':
        this.note(`${node.id} is ${effect.role} in epoch ${effect.epoch}, leader ${effect.leaderId}`)
        if (effect.role === 'leader') this.elected(node, effect.epoch)
        break
      default:
        break
    }
  }

  private elected(node: Node, epoch: number): void {
    const other = this.leaders.get(epoch)
    if (other !== undefined && other !== node.id) throw this.violation(`${other} and ${node.id} lead epoch ${epoch}`)
    this.leaders.set(epoch, node.id)
    // Leader completeness: what was ever committed is in the new leader's log.
    this.committed.forEach((entry, offset) => {
      const own = node.log.entries[offset]
      if (own === undefined || own.epoch !== entry.epoch || own.text !== entry.text) {
        throw this.violation(`${node.id} leads epoch ${epoch} without committed entry ${offset}`)
      }
    })
  }

  private commit(node: Node, offset: number): void {
    if (offset < node.committed) throw this.violation(`the high watermark of ${node.id} goes back to ${offset}`)
    for (let index = node.committed; index < offset; index++) {
      const entry = node.log.entries[index]
      if (entry === undefined) throw this.violation(`${node.id} commits ${index} without having it`)
      const known = this.committed[index]
      if (known === undefined) this.committed[index] = entry
      else if (known.epoch !== entry.epoch || known.text !== entry.text) {
        throw this.violation(`${node.id} commits ${entry.text} at ${index}, where ${known.text} was committed`)
      }
    }
    node.committed = offset
  }

  private scheduleSync(node: Node): void {
    const delay = 1 + this.random.int(5)
    this.queue.push(this.scheduled(node.id, delay, { kind: 'synced', endOffset: 0 }))
  }

  private send(from: number, to: number, correlation: number, request: RaftRequest): void {
    if (this.loses(from, to)) return
    const token = ++this.token
    this.askedBy.set(token, { from, correlation })
    this.queue.push(this.scheduled(to, this.delay(), { kind: 'request', token, request }))
  }

  private reply(node: Node, token: number, response: RaftResponse): void {
    const asked = this.askedBy.get(token)
    if (asked === undefined || this.loses(node.id, asked.from)) return
    this.askedBy.delete(token)
    const filled = response.type === 'fetch' ? this.withRecords(node, response) : response
    const { from, correlation } = asked
    const event = { kind: 'response', correlation, from: node.id, response: filled } as const
    this.queue.push(this.scheduled(from, this.delay(), event))
  }

  private withRecords(node: Node, response: FetchResponse): FetchResponse {
    if (response.readFrom === undefined) return { ...response, records: Buffer.alloc(0) }
    const entries = node.log.entries.slice(response.readFrom, response.readFrom + 1 + this.random.int(4))
    return { ...response, records: Buffer.from(JSON.stringify(entries)) }
  }

  private loses(from: number, to: number): boolean {
    if (this.isolated.has(from) !== this.isolated.has(to) || (this.isolated.has(from) && from !== to)) return true
    return this.random.int(100) < this.dropPercent
  }

  private delay(): number {
    return 1 + this.random.int(this.random.int(10) === 0 ? 300 : 20)
  }

  private scheduled(node: number, delayMs: number, event: RaftEvent): Scheduled {
    return { atMs: this.nowMs + delayMs, order: this.order++, node, life: this.life(node), event }
  }

  private life(id: number): number {
    return this.lives.get(id) ?? 0
  }

  private check(node: Node): void {
    const { state } = node.durable
    if (node.core.role.epoch !== state.epoch && node.core.role.epoch !== 0) {
      throw this.violation(`${node.id} acts in epoch ${node.core.role.epoch}, durable is ${state.epoch}`)
    }
  }

  note(line: string): void {
    this.trace.push(`${String(Math.round(this.nowMs)).padStart(6)} ${line}`)
  }

  private violation(text: string): Error {
    return new Error(`${text}\n${this.trace.slice(-40).join('\n')}`)
  }

  private syncDurable(node: Node): void {
    node.durable = { ...node.durable, entries: [...node.log.entries] }
  }
}
