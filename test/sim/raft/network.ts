/**
 * The way between the simulated replicas of the metadata log: requests and answers, in order on each connection and in
 * no order across them, late, lost, held back by a cut or dropped with it. As the real one does, it gives an error back
 * only after a pause, and stops waiting for an answer after the request timeout; what was sent may arrive all the same.
 */
import type { Prng } from '../../../src/base/prng.ts'
import type { RaftRequest } from '../../../src/broker/raft/messages.ts'
import { type Engine, EVENT } from '../engine/engine.ts'
import type { RaftNode } from './node.ts'

/** What a connection is for: each has one of its own, and one for the answers. */
const PURPOSE = { fetch: 0, raft: 1, snapshot: 2 } as const
const BACK = 3
const RETRY_BACKOFF_MS = 20
const REFUSED_MS = 30

interface Link {
  lastArrivalMs: number
  /** Not before this does anything arrive: the link is cut, and holds what is sent. */
  heldUntilMs: number
  /** What is sent before this is lost. */
  lostUntilMs: number
}

export class RaftWire {
  lossChance = 0
  delayMeanMs: number
  readonly requestTimeoutMs: number
  private readonly engine: Engine
  private readonly random: Prng
  private readonly nodes: ReadonlyMap<number, RaftNode>
  /** By purpose, sender and receiver; numbers, since names would be made for every message. */
  private readonly links = new Map<number, Link>()
  private readonly cuts = new Map<number, { untilMs: number; holds: boolean }>()

  constructor(
    engine: Engine,
    random: Prng,
    nodes: ReadonlyMap<number, RaftNode>,
    limits: { delayMeanMs: number; requestTimeoutMs: number },
  ) {
    this.engine = engine
    this.random = random
    this.nodes = nodes
    this.delayMeanMs = limits.delayMeanMs
    this.requestTimeoutMs = limits.requestTimeoutMs
  }

  /** From `from` to `to` nothing gets through for a while; `holds`: it comes afterwards. */
  cut(from: number, to: number, forMs: number, holds: boolean): void {
    if (from === to) return
    const untilMs = this.engine.nowMs + forMs
    const key = pair(from, to)
    const known = this.cuts.get(key)
    if (known === undefined || known.untilMs < untilMs) this.cuts.set(key, { untilMs, holds })
  }

  /** What is sent from now on gets through between this node and all others. */
  join(node: number): void {
    for (const other of this.nodes.keys()) {
      this.cuts.delete(pair(node, other))
      this.cuts.delete(pair(other, node))
    }
  }

  heal(): void {
    this.cuts.clear()
    // New connections: what a cut still holds of the former ones is in nobody's way.
    this.links.clear()
    this.lossChance = 0
  }

  /** When what leaves now arrives; undefined when it is lost. `purpose`: of PURPOSE, with BACK for answers. */
  private arrival(from: RaftNode, to: number, purpose: number): number | undefined {
    const { engine, random } = this
    const departs = from.host.localMs
    const delay = 0.1 - Math.log(1 - random.float()) * this.delayMeanMs
    const ends = pair(from.id, to)
    const key = ends * 2 * BACK + purpose
    let link = this.links.get(key)
    if (link === undefined) {
      link = { lastArrivalMs: 0, heldUntilMs: 0, lostUntilMs: 0 }
      this.links.set(key, link)
    }
    let atMs = departs + delay
    const cut = this.cuts.size === 0 ? undefined : this.cuts.get(ends)
    if (cut !== undefined) {
      if (cut.untilMs <= engine.nowMs) this.cuts.delete(ends)
      else if (!cut.holds) return undefined
      else atMs = Math.max(atMs, cut.untilMs + delay)
    }
    if (this.lossChance > 0 && random.chance(this.lossChance)) return undefined
    atMs = Math.max(atMs, link.lastArrivalMs + 0.001)
    link.lastArrivalMs = atMs
    return atMs
  }

  send(from: RaftNode, to: number, correlation: number, request: RaftRequest): void {
    const { engine } = this
    const life = from.host.life
    // A bootstrap server: its answers come from that name, not from the node's id.
    const target = this.nodes.get(to < 0 ? -1 - to : to)
    const exchange = { isSettled: false }
    const fails = (atMs: number, refused = false) =>
      engine.at(atMs, EVENT.timer, () => {
        if (exchange.isSettled) return
        exchange.isSettled = true
        from.host.run(life, () => from.driver.requestFailed(correlation, refused))
      })
    if (target === undefined || target === from) {
      fails(from.host.localMs + REFUSED_MS)
      return
    }
    const timeout = fails(from.host.localMs + this.requestTimeoutMs)
    const purpose = request.type === 'fetch' ? PURPOSE.fetch : PURPOSE.raft
    const atMs = this.arrival(from, target.id, purpose)
    if (atMs === undefined) {
      // Half of what is lost is noticed: the connection was reset.
      if (this.random.chance(0.5)) fails(from.host.localMs + this.random.int(200))
      return
    }
    engine.at(atMs, EVENT.message, () => {
      if (!target.host.isUp) {
        // Nobody listens there: the connection is refused.
        timeout.cancel()
        fails(engine.nowMs + REFUSED_MS, true)
        return
      }
      const targetLife = target.host.life
      target.host.run(targetLife, () => {
        target.receive(from.id, request, (response) => {
          if (target.host.life !== targetLife) return
          const backAt = this.arrival(target, from.id, purpose + BACK)
          if (backAt === undefined) return
          const pause = response.error === 'NONE' ? 0 : RETRY_BACKOFF_MS
          engine.at(backAt + pause, EVENT.message, () => {
            if (exchange.isSettled) return
            exchange.isSettled = true
            timeout.cancel()
            from.host.run(life, () => from.heard(correlation, to, response))
          })
        })
      })
    })
  }

  /** One exchange about a snapshot's pieces; `done` gets undefined when nothing came back. */
  exchange<T>(from: RaftNode, to: number, ask: (target: RaftNode) => T, done: (answer: T | undefined) => void): void {
    const { engine } = this
    const life = from.host.life
    let isSettled = false
    const settle = (answer: T | undefined) => {
      if (isSettled) return
      isSettled = true
      from.host.run(life, () => done(answer))
    }
    engine.at(from.host.localMs + this.requestTimeoutMs, EVENT.timer, () => settle(undefined))
    const target = this.nodes.get(to)
    const atMs = target === undefined ? undefined : this.arrival(from, to, PURPOSE.snapshot)
    if (target === undefined || atMs === undefined) return
    engine.at(atMs, EVENT.message, () => {
      if (!target.host.isUp) return
      target.host.run(target.host.life, () => {
        const answer = ask(target)
        const backAt = this.arrival(target, from.id, PURPOSE.snapshot + BACK)
        if (backAt !== undefined) engine.at(backAt, EVENT.message, () => settle(answer))
      })
    })
  }
}

function pair(from: number, to: number): number {
  return from * 64 + to
}
