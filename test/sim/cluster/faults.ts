/**
 * Carries out the faults of a seed's plan: at their times, at the moments they are aimed at, and of the spare ones as many
 * as it takes that something happens in every seed.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { type Engine, EVENT } from '../engine/engine.ts'
import type { AdminClient } from './admin.ts'
import type { BrokerNode } from './broker-node.ts'
import type { SimClient } from './client.ts'
import type { Fabric } from './fabric.ts'
import { armLateJoin } from './late-join.ts'
import { FAULTS_MIN, type ClusterAction, type ClusterMoment, type ClusterPlan, type ClusterTarget } from './plan.ts'
import { flipBit } from './rot.ts'
import { Survivors } from './survivors.ts'

/** How long the others are away, and how long it may take until the controller knows of their new lives. */
const LAST_AWAY_MS = 30
const LAST_WAIT_MS = 10_000
/** One that cannot stop by then is killed, as a supervisor would. */
/** What may take its leaders from a node that lives. */
const UNSEATING: ReadonlySet<ClusterAction['kind']> = new Set(['stop', 'pause', 'isolate', 'cut'])
const STOP_MS = 20_000
/** From this part of the faulty phase on spare faults make up for those that found no target. */
const SPARES_FROM = 0.7

export interface FaultsOptions {
  readonly plan: ClusterPlan
  readonly engine: Engine
  readonly fabric: Fabric
  readonly nodes: ReadonlyMap<number, BrokerNode>
  readonly random: Prng
  readonly clients: readonly SimClient[]
  readonly topic: string
}

export class Faults {
  /** That were carried out. */
  count = 0
  isOver = false
  readonly nodes: ReadonlyMap<number, BrokerNode>
  readonly engine: Engine
  readonly fabric: Fabric
  readonly survivors: Survivors
  private readonly options: FaultsOptions
  private readonly moments = new Map<ClusterMoment, number>()
  private readonly aimed = new Map<ClusterMoment, { nth: number; afterMs: number; action: ClusterAction }[]>()
  private admin: AdminClient | undefined

  constructor(options: FaultsOptions) {
    this.options = options
    this.nodes = options.nodes
    this.engine = options.engine
    this.fabric = options.fabric
    this.survivors = new Survivors(options.nodes)
    const { plan, engine } = options
    for (const fault of plan.faults) {
      if ('atMs' in fault) engine.at(fault.atMs, EVENT.fault, () => this.carryOut(fault.action))
      else this.aimed.set(fault.moment, [...(this.aimed.get(fault.moment) ?? []), fault])
    }
    const from = plan.safetyMs * SPARES_FROM
    const step = (plan.safetyMs - from) / (plan.spares.length + 1)
    for (const [index, action] of plan.spares.entries()) {
      engine.at(from + index * step, EVENT.fault, () => {
        if (this.count < FAULTS_MIN) this.carryOut(action)
      })
    }
  }

  begin(admin: AdminClient): void {
    this.admin = admin
  }

  moment(moment: ClusterMoment, node: number): void {
    const waiting = this.aimed.get(moment)
    if (waiting === undefined || this.isOver) return
    const count = (this.moments.get(moment) ?? 0) + 1
    this.moments.set(moment, count)
    for (const { nth, afterMs, action } of waiting) {
      if (nth === count) this.engine.after(afterMs, EVENT.fault, () => this.carryOut(action, node))
    }
  }

  /** The node dies, as the plan lets nodes die, and comes back after a while. False when it must live. */
  down(node: BrokerNode, downMs: number, isSilent: boolean): boolean {
    const { survivors } = this
    survivors.remember()
    if (!node.host.isUp || !survivors.mayDie(node.id)) return false
    const { crashes } = this.options.plan
    const loses = crashes === 'unsynced' && survivors.mayLose([node.id], false)
    this.die(node, crashes === 'power' || loses, loses, isSilent)
    this.later(downMs, () => node.start())
    return true
  }

  private die(node: BrokerNode, isPowerCut: boolean, loses: boolean, isSilent: boolean): void {
    if (loses) this.survivors.lost(node.id)
    node.crash(isPowerCut, isSilent)
  }

  /** All at once; or, where machines may lose data, as many as may. */
  private allDown(downMs: number): boolean {
    const { random, plan, nodes } = this.options
    const { survivors } = this
    survivors.remember()
    const cut: BrokerNode[] = []
    if (plan.crashes === 'unsynced' && random.chance(0.7)) {
      const { isCalm } = this
      for (const node of nodes.values()) {
        const ids = [...cut, node].map(({ id }) => id)
        if (node.host.isUp && random.chance(0.8) && survivors.mayLose(ids, isCalm)) cut.push(node)
      }
      for (const node of cut) this.die(node, true, true, random.chance(0.5))
    } else {
      if (survivors.unknown().length > 0) return false
      cut.push(...nodes.values())
      for (const node of cut) this.die(node, plan.crashes === 'power', false, random.chance(0.5))
    }
    for (const node of cut) this.later(downMs * (0.5 + random.float()), () => node.start())
    return cut.length > 0
  }

  private get isCalm(): boolean {
    return !this.fabric.isTroubled && [...this.nodes.values()].every(({ host }) => host.isIdle)
  }

  /** See the plan. Whoever registered anew must not lead before it has everything again. */
  private lastOne(downMs: number): boolean {
    const { survivors, engine, nodes } = this
    const partition = survivors.newest()?.topics.get(this.options.topic)?.partitions[0]
    if (this.options.plan.crashes !== 'unsynced' || partition === undefined || partition.isr.length < 2) return false
    const last = this.options.random.pick(partition.isr)
    const others = partition.isr.filter((id) => id !== last)
    survivors.remember()
    if (!survivors.mayLose(others, this.isCalm)) return false
    for (const id of others) {
      const node = nodes.get(id)!
      this.die(node, true, true, false)
      this.later(LAST_AWAY_MS, () => node.start())
    }
    const untilMs = engine.nowMs + LAST_WAIT_MS
    const look = () => {
      if (this.isOver || engine.nowMs > untilMs) return
      if (survivors.unknown().length > 0) this.later(1, look)
      else this.down(nodes.get(last)!, downMs, false)
    }
    look()
    return true
  }

  /** Everything is as it should be again; nodes that are down start. */
  heal(): void {
    const { plan, fabric, nodes } = this.options
    this.isOver = true
    fabric.heal()
    fabric.onWrite = undefined
    fabric.delayMeanMs = Math.min(2, plan.delayMeanMs)
    for (const node of nodes.values()) {
      node.disk.slow = { syncMs: 0, untilMs: 0 }
      node.disk.bound(undefined)
      node.host.resume()
      if (node.isKept) node.start()
    }
  }

  private pick(target: ClusterTarget, self?: number): BrokerNode | undefined {
    const { nodes, topic } = this.options
    if (typeof target === 'number') return nodes.get(target)
    if (target === 'self' && self !== undefined) return nodes.get(self)
    if (target === 'controller') {
      return [...nodes.values()].find(({ broker }) => broker?.services.isActiveController?.() === true)
    }
    const name = target === 'coordinator' ? '__consumer_offsets' : topic
    const leader = this.survivors.newest()?.topics.get(name)?.partitions[0]?.leader
    return leader === undefined ? undefined : nodes.get(leader)
  }

  private later(forMs: number, undo: () => void): void {
    this.engine.after(forMs, EVENT.fault, undo)
  }

  private carryOut(action: ClusterAction, self?: number): void {
    if (this.isOver || this.admin === undefined) return
    // Two that lost their data, and are not known for it yet, are as much as the others can bear.
    if (this.survivors.unknown().length > 1) return
    const node = 'target' in action ? this.pick(action.target, self) : undefined
    if ('target' in action && (node === undefined || !node.host.isUp)) return
    // One that lost its data may be taken for in sync yet: it would lead instead of the one that is fenced or goes.
    if (UNSEATING.has(action.kind) && this.survivors.unknown().some((id) => id !== node?.id)) return
    this.engine.note(() => `FAULT ${JSON.stringify(action)}${node === undefined ? '' : ` hits ${node.id}`}`)
    if (this.happens(action, node)) this.count++
  }

  /** False when nothing came of it. */
  private happens(action: ClusterAction, node: BrokerNode | undefined): boolean {
    const { fabric, plan, clients, topic, nodes } = this.options
    switch (action.kind) {
      case 'crash':
        return this.down(node!, action.downMs, action.isSilent)
      case 'crashAll':
        return this.allDown(action.downMs)
      case 'stop':
        node!.isKept = false
        this.survivors.remember()
        node!.stop(() => this.later(action.downMs, () => this.revive(node!)))
        this.later(STOP_MS, () => this.revive(node!))
        return true
      case 'pause':
        node!.host.spend(action.forMs)
        return true
      case 'isolate':
        for (const other of nodes.keys()) {
          if (action.way !== 'in') fabric.cut(node!.id, other, action.forMs)
          if (action.way !== 'out') fabric.cut(other, node!.id, action.forMs)
        }
        return true
      case 'cut':
        fabric.cut(action.from, action.to, action.forMs)
        return action.from !== action.to
      case 'clients':
        for (const client of clients) {
          fabric.cut(client.host.id, node!.id, action.forMs)
          fabric.cut(node!.id, client.host.id, action.forMs)
        }
        return true
      case 'resets':
        fabric.resetChance = action.chance
        this.later(action.forMs, () => {
          fabric.resetChance = 0
        })
        return true
      case 'delay':
        fabric.delayMeanMs = action.meanMs
        this.later(action.forMs, () => {
          if (!this.isOver) fabric.delayMeanMs = plan.delayMeanMs
        })
        return true
      case 'slowDisk':
        node!.disk.slow = { syncMs: action.syncMs, untilMs: this.engine.nowMs + action.forMs }
        return true
      case 'fullDisk':
        node!.isDiskFaulty = true
        node!.disk.bound(action.roomBytes)
        this.later(action.forMs, () => {
          node!.disk.bound(undefined)
        })
        return true
      case 'wall':
        node!.host.wallOffsetMs += action.jumpMs
        return true
      case 'rot':
        return this.rot(node!, action.what, action.downMs)
      case 'lastOne':
        return this.lastOne(action.downMs)
      case 'lateJoin':
        armLateJoin(this, topic)
        return false
      default:
        this.admin!.carryOut(action.kind, [...nodes.keys()])
        return true
    }
  }

  /** A killed node finds flipped bits when it comes back. A log may lose by it what a power cut may take, no more. */
  private rot(node: BrokerNode, what: 'index' | 'log', downMs: number): boolean {
    const { survivors } = this
    survivors.remember()
    if (what === 'log' ? !survivors.mayLose([node.id], false) : !survivors.mayDie(node.id)) return false
    node.crash(false, false)
    const path = flipBit(node.disk, this.options.random, what)
    if (what === 'log' && path !== undefined) survivors.lost(node.id)
    this.engine.note(() => `a bit is flipped in ${path ?? 'nothing'} of ${node.id}`)
    this.later(downMs, () => node.start())
    return path !== undefined
  }

  private revive(node: BrokerNode): void {
    if (node.isKept) return
    this.survivors.remember()
    if (node.host.isUp && !this.isOver && !this.survivors.mayDie(node.id)) {
      this.later(1000, () => this.revive(node))
      return
    }
    node.isKept = true
    if (node.host.isUp) {
      node.crash(this.options.plan.crashes === 'power', false)
    }
    node.start()
  }
}
