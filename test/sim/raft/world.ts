/**
 * A quorum of simulated replicas with its faults, its writers and its checks: one seed's run, first under faults, then
 * healed, when everything must come together within ten election timeouts.
 */
import { Prng } from '../../../src/base/prng.ts'
import { uuidOf } from './ids.ts'
import { ZERO_UUID } from '../../../src/base/uuid.ts'
import { encodeSnapshot } from '../../../src/broker/raft/snapshot.ts'
import { type ReplicaKey, sameReplica, VoterSet } from '../../../src/broker/raft/voters.ts'
import { Engine, EVENT } from '../engine/engine.ts'
import { Violation } from '../engine/violation.ts'
import { type CheckedNode, QuorumChecks } from './checks.ts'
import { RaftWire } from './network.ts'
import { RaftNode } from './node.ts'
import { FAULTS_MIN, type Action, type Moment, type RaftPlan, type Target } from './plan.ts'

const TOTAL_MS_MIN = 60_000
/** From this part of the faulty phase on spare faults make up for those that found no target. */
const SPARES_FROM = 0.7
/** However far behind a replica is, it has everything by then. */
const CATCH_UP_MS = 120_000
/** How long a leader that is cut off waits for its successor at most. */
const RIVAL_MS = 6000

export class RaftWorld {
  readonly plan: RaftPlan
  readonly engine: Engine
  readonly nodes = new Map<number, RaftNode>()
  readonly checks: QuorumChecks
  readonly wire: RaftWire
  readonly firstVoters: VoterSet
  readonly bootstrapIds: readonly number[]
  /** Pieces of snapshots are damaged on their way until then. */
  rotUntilMs = 0
  /** Faults that came about. */
  faults = 0
  readonly acked = new Map<number, number>()
  private readonly random: Prng
  private readonly moments = new Map<Moment, number>()
  private readonly aimed = new Map<Moment, { nth: number; afterMs: number; action: Action }[]>()
  private readonly lost: CheckedNode[] = []
  private nextValue = 1
  private disks = 0
  private isHealing = false
  private rival: { readonly node: RaftNode; readonly downMs: number; commitsLeft: number } | undefined

  constructor(plan: RaftPlan, isVerbose: boolean) {
    this.plan = plan
    this.engine = new Engine(plan.seed, isVerbose)
    this.random = new Prng(plan.seed ^ 0x2545f491)
    this.checks = new QuorumChecks(() => [...this.nodes.values(), ...this.lost])
    this.wire = new RaftWire(this.engine, this.random.fork(), this.nodes, {
      delayMeanMs: plan.delayMeanMs,
      requestTimeoutMs: 2 * plan.electionTimeoutMs,
    })
    for (let id = 1; id <= plan.voters + plan.observers; id++) {
      const node = new RaftNode(id, this.freshKey(id), this, this.random.fork())
      node.host.rate = 1 + (plan.driftPpm[id - 1] ?? 0) / 1e6
      this.nodes.set(id, node)
    }
    const first = [...this.nodes.values()].filter(({ id }) => id <= plan.voters)
    this.firstVoters = new VoterSet(first.map((node) => node.asVoter()))
    this.bootstrapIds = plan.isDynamic ? first.map(({ id }) => -1 - id) : []
    if (plan.isDynamic) {
      const contents = { lastContainedLogTimestamp: 0, kraftVersion: 1, voters: this.firstVoters, values: [] }
      const bytes = encodeSnapshot(contents, { epoch: 0, timestampMs: 0 })
      for (const node of first) node.disk.snapshots = [{ id: { offset: 0, epoch: 0 }, bytes }]
    }
    for (const fault of plan.faults) {
      if ('atMs' in fault) this.engine.at(fault.atMs, EVENT.fault, () => this.carryOut(fault.action))
      else {
        const list = this.aimed.get(fault.moment) ?? []
        list.push(fault)
        this.aimed.set(fault.moment, list)
      }
    }
    const from = plan.safetyMs * SPARES_FROM
    const step = (plan.safetyMs - from) / (plan.spares.length + 1)
    for (const [index, action] of plan.spares.entries()) {
      this.engine.at(from + index * step, EVENT.fault, () => {
        if (this.faults < FAULTS_MIN) this.carryOut(action)
      })
    }
  }

  /** Runs the whole seed; throws the Violation. */
  run(): void {
    const { engine, plan } = this
    for (const node of this.nodes.values()) node.start()
    this.engine.after(1, EVENT.client, () => this.propose())
    engine.run(plan.safetyMs)
    this.heal()
    this.converge()
    if (engine.nowMs < TOTAL_MS_MIN) engine.run(TOTAL_MS_MIN)
    this.compare()
  }

  /** A moment at which a fault may be waiting. */
  moment(moment: Moment, node: RaftNode, other?: number): void {
    if (moment === 'committed' && this.rival !== undefined) this.rivalGains(node)
    const waiting = this.aimed.get(moment)
    if (waiting === undefined || this.isHealing) return
    const count = (this.moments.get(moment) ?? 0) + 1
    this.moments.set(moment, count)
    for (const { nth, afterMs, action } of waiting) {
      if (nth !== count) continue
      if (afterMs === 0) this.carryOut(action, node, other)
      else this.engine.after(afterMs, EVENT.fault, () => this.carryOut(action, node, other))
    }
  }

  acknowledged(value: number, offset: number): void {
    this.acked.set(value, offset)
  }

  get acknowledgedCount(): number {
    return this.acked.size
  }

  leader(): RaftNode | undefined {
    let best: RaftNode | undefined
    for (const node of this.nodes.values())
      if (node.isLeader && (best === undefined || node.epoch > best.epoch)) best = node
    return best
  }

  // ---- writers ------------------------------------------------------------------------------------------------

  private propose(): void {
    const { plan, random, engine } = this
    // Whoever thinks that it leads is written to, also a leader that the others have left behind.
    const leaders = [...this.nodes.values()].filter((node) => node.isLeader)
    if (leaders.length > 0) {
      const node = random.pick(leaders)
      const values = Array.from({ length: 1 + random.int(plan.valuesPerBatchMax) }, () => this.nextValue++)
      node.host.run(node.host.life, () => node.propose(values))
    }
    if (!this.isHealing) {
      engine.after(plan.proposeEveryMs * (0.2 + 1.6 * random.float()), EVENT.client, () => this.propose())
    }
  }

  // ---- faults -------------------------------------------------------------------------------------------------

  private pick(target: Target, self?: RaftNode, other?: number): RaftNode | undefined {
    if (typeof target === 'number') return this.nodes.get(target)
    const up = [...this.nodes.values()].filter((node) => node.host.isUp)
    if (target === 'self' && self !== undefined) return self
    if (target === 'leader') return this.leader()
    if (target === 'other' && other !== undefined) return this.nodes.get(other)
    if (target === 'candidate') {
      return up.find((node) => ['candidate', 'prospective'].includes(node.driver.core.role.kind))
    }
    const choice = up.filter((node) => node !== self && !node.isLeader)
    return choice.length === 0 ? undefined : this.random.pick(choice)
  }

  private carryOut(action: Action, self?: RaftNode, other?: number): void {
    if (this.isHealing) return
    const { engine } = this
    const node = 'target' in action ? this.pick(action.target, self, other) : undefined
    if ('target' in action && node === undefined) return
    engine.note(() => `FAULT ${JSON.stringify(action)}${node === undefined ? '' : ` hits ${node.id}`}`)
    if (this.happens(action, node, self, other)) this.faults++
  }

  /** False when nothing came of it. */
  private happens(action: Action, node: RaftNode | undefined, self?: RaftNode, other?: number): boolean {
    const { engine, wire, random } = this
    switch (action.kind) {
      case 'crash':
        return this.crash(node!, action.keep, action.downMs)
      case 'crashAll':
        for (const each of this.nodes.values()) this.crash(each, action.keep, action.downMs * (0.5 + random.float()))
        return true
      case 'pause':
        node!.host.spend(action.forMs)
        return true
      case 'isolate':
        for (const each of this.nodes.values()) {
          if (action.way !== 'in') wire.cut(node!.id, each.id, action.forMs, random.chance(0.5))
          if (action.way !== 'out') wire.cut(each.id, node!.id, action.forMs, random.chance(0.5))
        }
        return true
      case 'cut': {
        const [from, to] = [this.pick(action.from, self, other), this.pick(action.to, self, other)]
        if (from === undefined || to === undefined || from === to) return false
        wire.cut(from.id, to.id, action.forMs, random.chance(0.5))
        return true
      }
      case 'split':
        for (const one of this.nodes.keys()) {
          for (const two of this.nodes.keys()) {
            const side = (id: number) => (action.mask >> (id - 1)) & 1
            if (side(one) !== side(two)) wire.cut(one, two, action.forMs, false)
          }
        }
        return true
      case 'loss':
        wire.lossChance = action.chance
        engine.after(action.forMs, EVENT.fault, () => {
          wire.lossChance = 0
        })
        return true
      case 'delay':
        wire.delayMeanMs = action.meanMs
        engine.after(action.forMs, EVENT.fault, () => {
          wire.delayMeanMs = this.plan.delayMeanMs
        })
        return true
      case 'slowDisk':
        node!.slowSync = { ms: action.syncMs, untilMs: engine.nowMs + action.forMs }
        return true
      case 'wall':
        node!.host.wallOffsetMs += action.jumpMs
        return true
      case 'rotSnapshot':
        this.rotUntilMs = engine.nowMs + action.forMs
        return true
      case 'addVoter':
        return this.changeVoters(node!, true)
      case 'removeVoter':
        return this.changeVoters(node!, false)
      case 'wipe':
        return this.wipe(node!)
      case 'rival': {
        const leader = this.leader()
        if (leader === undefined || this.rival !== undefined) return false
        this.rival = { node: leader, downMs: action.downMs, commitsLeft: action.commits }
        for (const other of this.nodes.keys()) {
          wire.cut(leader.id, other, RIVAL_MS, false)
          wire.cut(other, leader.id, RIVAL_MS, false)
        }
        engine.after(RIVAL_MS, EVENT.fault, () => {
          this.rival = undefined
        })
        return true
      }
    }
  }

  /** The successor of the leader that was cut off has committed something. */
  private rivalGains(node: RaftNode): void {
    const { rival } = this
    if (rival === undefined || rival.node === node || this.isHealing || --rival.commitsLeft > 0) return
    this.rival = undefined
    this.engine.note(() => `FAULT ${node.id} goes down, its rival ${rival.node.id} is let in`)
    this.crash(node, 1, rival.downMs)
    this.wire.join(rival.node.id)
  }

  private crash(node: RaftNode, keep: number, downMs: number): boolean {
    if (!node.host.isUp) return false
    node.crash(keep)
    this.engine.after(downMs, EVENT.fault, () => this.restart(node))
    return true
  }

  private restart(node: RaftNode): void {
    if (!node.host.isUp) node.start()
  }

  private changeVoters(node: RaftNode, isAdded: boolean): boolean {
    let isAsked = false
    for (const leader of this.nodes.values()) {
      if (!leader.isLeader) continue
      const { voters } = leader.driver
      // An operator does not take the quorum below what it can lose.
      if (!isAdded && this.livingVoters(voters, node) < voters.majority) continue
      const change = isAdded
        ? ({ type: 'add', voter: node.asVoter(), ackWhenCommitted: this.random.chance(0.5) } as const)
        : ({ type: 'remove', key: node.key } as const)
      const { life } = leader.host
      // As an event of its own: no request comes into the middle of a write.
      const ask = () => leader.host.run(life, () => void leader.driver.changeVoters(change))
      this.engine.after(0, EVENT.client, ask)
      isAsked = true
    }
    return isAsked
  }

  /** The disk is lost; the node comes back empty, as another replica. Only where the quorum can bear it. */
  private wipe(node: RaftNode): boolean {
    if (![...this.nodes.values()].some(({ host }) => host.isUp)) return false
    // One that is down counts as well, with what it had when it went: it may come back and hold to that.
    // At its first moments the world is made, but not every node has begun: it has the first voters.
    const sets = [...this.nodes.values()].flatMap(({ driver, writing }) => [driver?.voters, writing])
    const bearable = [this.firstVoters, ...sets].every(
      (voters) => voters === undefined || !node.isIn(voters) || this.livingVoters(voters, node) >= voters.majority,
    )
    if (!bearable) return false
    node.crash(0)
    // What it acknowledged before counts for what was committed then.
    this.lost.push({ id: node.id, key: node.key, disk: node.disk })
    node.key = this.freshKey(node.id)
    node.disk = new (node.disk.constructor as new () => RaftNode['disk'])()
    this.engine.after(100, EVENT.fault, () => this.restart(node))
    return true
  }

  /** Voters of the set whose disk there still is, but for `without`. */
  private livingVoters(voters: VoterSet, without: RaftNode): number {
    const living = [...this.nodes.values()].filter((node) => node !== without)
    return voters.values().filter((voter) => living.some((node) => sameReplica(node.key, voter))).length
  }

  private freshKey(id: number): ReplicaKey {
    return { id, directoryId: this.plan.isDynamic ? uuidOf(id, ++this.disks) : ZERO_UUID }
  }

  // ---- the healed phase ---------------------------------------------------------------------------------------

  private heal(): void {
    this.isHealing = true
    this.engine.note(() => 'HEALED')
    this.wire.heal()
    this.wire.delayMeanMs = Math.min(2, this.plan.delayMeanMs)
    this.rotUntilMs = 0
    for (const node of this.nodes.values()) {
      node.slowSync = { ms: 0, untilMs: 0 }
      node.host.resume()
      this.restart(node)
    }
  }

  /** M14: a leader within ten election timeouts, then a record of its own everywhere. */
  private converge(): void {
    const { engine, plan } = this
    const patience = 10 * plan.electionTimeoutMs
    // Requests that were sent before may hold a node for one timeout more.
    const settled = engine.run(engine.nowMs + 2 * plan.electionTimeoutMs + patience, () => this.isSettled())
    if (!settled) throw new Violation('M14', `no leader ${patience} ms after everything was healed: ${this.roles()}`)
    // A leader from before may still lose a follower whose last request was lost: the writer tries again then. Whoever lost
    // its disk may have a long way to go: as long as it comes nearer, it has time.
    let [endMs, appliedEnd] = [engine.nowMs + patience, 0]
    const lastMs = engine.nowMs + CATCH_UP_MS
    for (let isEverywhere = false; !isEverywhere; ) {
      const slowest = Math.min(...[...this.nodes.values()].map((node) => node.appliedEnd))
      if (slowest > appliedEnd) endMs = Math.min(lastMs, engine.nowMs + patience)
      appliedEnd = Math.max(appliedEnd, slowest)
      if (engine.nowMs >= endMs) {
        throw new Violation('M14', `a last record is not everywhere after ${patience} ms: ${this.roles()}`)
      }
      const value = this.nextValue++
      const leader = this.leader()
      leader?.host.run(leader.host.life, () => leader.propose([value]))
      isEverywhere = engine.run(Math.min(endMs, engine.nowMs + 2 * plan.electionTimeoutMs), () =>
        this.isEverywhere(value),
      )
    }
  }

  private isSettled(): boolean {
    const leader = this.leader()
    if (leader === undefined || leader.highWatermark < 0) return false
    for (const { driver } of this.nodes.values()) {
      if (driver.core.role.epoch !== leader.epoch || driver.core.role.leaderId !== leader.id) return false
    }
    return true
  }

  private isEverywhere(value: number): boolean {
    const offset = this.acked.get(value)
    if (offset === undefined) return false
    for (const node of this.nodes.values()) if (node.appliedEnd <= offset) return false
    return true
  }

  /** M3, D1: the logs agree, and what was acknowledged is in them. */
  private compare(): void {
    const { checks } = this
    for (const [value, offset] of this.acked) {
      if (checks.values[offset] !== value) {
        throw new Violation('D1', `value ${value} was acknowledged at ${offset}, where ${checks.values[offset]} is`)
      }
    }
    const end = checks.committedEnd
    for (const node of this.nodes.values()) {
      for (let offset = node.log.startOffset; offset < Math.min(end, node.log.endOffset().offset); offset++) {
        const epoch = node.log.epochAt(offset)
        if (epoch !== checks.epochs[offset]) {
          const text = `node ${node.id} has a record of epoch ${epoch} at ${offset}, committed was ${checks.epochs[offset]}`
          throw new Violation('M3', text)
        }
      }
    }
  }

  private roles(): string {
    const parts = [...this.nodes.values()].map((node) => {
      const { role } = node.driver.core
      const log = `${node.log.startOffset}..${node.log.endOffset().offset}`
      return `${node.id} ${role.kind} of ${role.epoch} under ${role.leaderId} with ${log}, applied ${node.appliedEnd}, voters ${node.driver.voters.ids().join('/')}`
    })
    return parts.join('; ')
  }
}
