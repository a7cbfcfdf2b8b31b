/**
 * A cluster of whole brokers with its clients and faults: one seed's run. After the faulty phase everything is healed, the
 * cluster must come back to full strength, and what clients saw is held against what every replica has.
 */
import { Prng } from '../../../src/base/prng.ts'
import { partitionForKey } from '../../../src/broker/coordinator/group/topics.ts'
import { parseInitialVoters } from '../../../src/broker/initial-voters.ts'
import { dataChecks } from '../checkers/data.ts'
import { groupChecks } from '../checkers/groups.ts'
import { emptyHistory, type History } from '../checkers/history.ts'
import { Engine, EVENT } from '../engine/engine.ts'
import { Violation } from '../engine/violation.ts'
import { uuidOf } from '../raft/ids.ts'
import { AdminClient } from './admin.ts'
import { BrokerNode } from './broker-node.ts'
import { SimClient } from './client.ts'
import { dumpsOf } from './dumps.ts'
import { Fabric } from './fabric.ts'
import { ImageChecks } from './image-checks.ts'
import { Faults } from './faults.ts'
import type { ClusterPlan } from './plan.ts'
import { watchTruncations } from './truncations.ts'
import { Member } from './members.ts'
import { consume, fetchOnce, watchEnds } from './readers.ts'
import { commitOffsets, partitionName, produce, readOffsetOnce, readOffsets, type Work } from './writers.ts'

const TOPIC = 'orders'
const TOTAL_MS_MIN = 60_000
const SAMPLE_MS = 100
const READY_MS = 30_000
/** After everything is healed: sessions, elections and replication begin anew. */
const RECOVERY_MS = 60_000

export class ClusterWorld {
  readonly plan: ClusterPlan
  readonly engine: Engine
  readonly fabric: Fabric
  readonly nodes = new Map<number, BrokerNode>()
  readonly history: History = emptyHistory()
  private readonly random: Prng
  private readonly clients: SimClient[] = []
  private readonly admin: AdminClient
  private readonly members: Member[] = []
  private readonly images = new ImageChecks()
  private readonly faultsOf: Faults
  private isHealing = false
  private isOver = false
  private nextValue = 1
  private nextClient = 101

  constructor(plan: ClusterPlan, isVerbose: boolean) {
    this.plan = plan
    this.engine = new Engine(plan.seed, isVerbose)
    this.random = new Prng(plan.seed ^ 0x6a09e667)
    this.fabric = new Fabric(this.engine, this.random.fork(), plan.delayMeanMs, plan.hearsDeaths)
    this.faultsOf = new Faults({
      plan,
      engine: this.engine,
      fabric: this.fabric,
      nodes: this.nodes,
      random: this.random.fork(),
      clients: this.clients,
      topic: TOPIC,
    })
    const voters = Array.from({ length: plan.controllers }, (_, index) => {
      return `${index + 1}@127.0.0.1:${9101 + index}:${uuidOf(index + 1, 1)}`
    })
    const settings = this.settings(voters.map((text) => text.replace(/^\d+@/, '').replace(/:[^:]*$/, '')).join(','))
    for (let id = 1; id <= plan.controllers + plan.extraBrokers; id++) {
      const isController = id <= plan.controllers
      const node = new BrokerNode({
        id,
        roles: isController ? 'broker,controller' : 'broker',
        engine: this.engine,
        fabric: this.fabric,
        random: this.random.fork(),
        settings,
        initialVoters: isController ? parseInitialVoters(voters.join(',')) : undefined,
      })
      node.host.rate = 1 + (plan.driftPpm[id - 1] ?? 0) / 1e6
      node.disk.syncMs = plan.syncMs
      node.disk.onSync = () => this.faultsOf.moment('synced', id)
      node.onCrash = () => this.faultsOf.survivors.died(id)
      this.nodes.set(id, node)
    }
    this.admin = new AdminClient(this.client('admin'), this.history, TOPIC, plan.controllers)
    this.faultsOf.begin(this.admin)
  }

  get faults(): number {
    return this.faultsOf.count
  }

  /** Runs the whole seed; throws the Violation. */
  run(): void {
    const { engine, plan } = this
    watchTruncations(engine)
    for (const node of this.nodes.values()) node.start()
    this.sampleLater()
    let isReady = false
    this.admin.client.run(async () => {
      await this.admin.createFirst(TOPIC, plan.partitions)
      isReady = true
    })
    if (!engine.run(READY_MS, () => isReady))
      throw new Violation('L1', 'no topic could be created on a healthy cluster')
    this.startClients()
    engine.run(Math.max(plan.safetyMs, engine.nowMs))
    this.heal()
    this.recover()
    if (engine.nowMs < TOTAL_MS_MIN) engine.run(TOTAL_MS_MIN)
    this.finalReads()
    this.check()
  }

  get acknowledgedCount(): number {
    const { sends, commits } = this.history
    return sends.filter(({ status }) => status === 'ok').length + commits.filter(({ status }) => status === 'ok').length
  }

  // ---- set up -------------------------------------------------------------------------------------------------

  private settings(bootstrap: string): Record<string, string> {
    const { plan } = this
    return {
      'controller.quorum.bootstrap.servers': bootstrap,
      'default.replication.factor': '3',
      'min.insync.replicas': '2',
      'broker.session.timeout.ms': String(plan.sessionTimeoutMs),
      'broker.heartbeat.interval.ms': '500',
      'replica.lag.time.max.ms': String(plan.replicaLagMs),
      'replica.fetch.wait.max.ms': '200',
      'replica.fetch.max.bytes': String(plan.fetchMaxBytes),
      'log.roll.ms': String(plan.segmentMs),
      'metadata.log.segment.ms': String(plan.segmentMs),
      'metadata.log.max.record.bytes.between.snapshots': String(plan.snapshotBytes),
      'metadata.max.retention.bytes': String(2 * plan.snapshotBytes),
      'controller.quorum.fetch.snapshot.max.bytes': '1000',
      'offsets.topic.replication.factor': '3',
      'group.initial.rebalance.delay.ms': '100',
      'log.index.size.max.bytes': '4096',
      ...(plan.crashes === 'power' ? { 'log.flush.interval.messages': '1' } : {}),
    }
  }

  private client(name: string): SimClient {
    const client = new SimClient({
      id: this.nextClient++,
      name,
      engine: this.engine,
      fabric: this.fabric,
      random: this.random.fork(),
      brokers: [...this.nodes.keys()],
    })
    this.clients.push(client)
    return client
  }

  private work(isOver: () => boolean): Work {
    const { history, plan } = this
    return {
      history,
      isOver,
      nextValue: () => this.nextValue++,
      moment: (moment, node) => this.faultsOf.moment(moment, node),
      paceMs: plan.paceMs,
      inFlight: plan.inFlight,
      coordinates: (broker, group) => {
        const parts = this.faultsOf.survivors.newest()?.topics.get('__consumer_offsets')?.partitions ?? []
        return parts.length > 0 && parts[partitionForKey(group, parts.length)]!.leader === broker
      },
      leads: (broker, topic, partition) =>
        this.faultsOf.survivors.newest()?.topics.get(topic)?.partitions[partition]?.leader === broker,
    }
  }

  private startClients(): void {
    const { plan } = this
    const writing = this.work(() => this.isHealing)
    const reading = this.work(() => this.isOver)
    for (let partition = 0; partition < plan.partitions; partition++) {
      for (let index = 0; index < plan.producers; index++) {
        const client = this.client(`producer-${partition}-${index}`)
        client.run(() => produce(client, TOPIC, partition, writing))
      }
      const consumer = this.client(`consumer-${partition}`)
      consumer.run(() => consume(consumer, TOPIC, partition, reading, plan.fetchMaxBytes))
      for (let index = 0; index < plan.followerReaders; index++) {
        const reader = this.client(`reader-${partition}-${index}`)
        reader.run(() => consume(reader, TOPIC, partition, reading, plan.fetchMaxBytes, true))
      }
    }
    const watcher = this.client('watcher')
    watcher.run(() => watchEnds(watcher, TOPIC, plan.partitions, reading))
    for (let index = 0; index < plan.groups; index++) {
      const group = `group-${index}`
      const [committer, reader] = [this.client(`committer-${index}`), this.client(`offset-reader-${index}`)]
      committer.run(() => commitOffsets(committer, group, TOPIC, writing))
      reader.run(() => readOffsets(reader, group, TOPIC, writing))
    }
    for (let index = 0; index < plan.members; index++) {
      const member = new Member(this.client(`member-${index}`), 'team', TOPIC, plan.partitions, reading)
      this.members.push(member)
      member.client.run(() => member.run())
    }
    this.admin.onTopic = (topic) => {
      const client = this.client(`producer-${topic}`)
      client.run(() => produce(client, topic, 0, writing))
    }
  }

  // ---- what is looked at all the time -------------------------------------------------------------------------

  private sampleLater(): void {
    this.engine.after(SAMPLE_MS, EVENT.check, () => {
      for (const node of this.nodes.values()) {
        const { broker } = node
        if (broker === undefined || !node.host.isUp) continue
        for (const moment of this.images.look(node.id, broker)) this.faultsOf.moment(moment, node.id)
      }
      this.sampleLater()
    })
  }

  // ---- the healed phase ---------------------------------------------------------------------------------------

  private heal(): void {
    this.isHealing = true
    this.engine.note(() => 'HEALED')
    for (const member of this.members) member.mayStall = false
    this.faultsOf.heal()
  }

  /** L1: every partition has a leader and all its replicas in sync again; admin operations come to their end. */
  private recover(): void {
    const client = this.client('recovery')
    let isWhole = false
    client.run(async () => {
      for (;;) {
        await client.refresh()
        const partitions = [...client.topics.values()].flat()
        isWhole =
          client.topics.has(TOPIC) &&
          this.admin.isIdle &&
          this.areMembersTogether() &&
          partitions.every(({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length) &&
          [...this.nodes.values()].every((node) => this.isFull(node))
        if (isWhole) return
        await client.sleep(200)
      }
    })
    if (this.engine.run(this.engine.nowMs + RECOVERY_MS, () => isWhole)) return
    const lacking = [...client.topics.values()].flat().filter(({ leader, isr, replicas }) => {
      return leader < 0 || isr.length < replicas.length
    })
    const down = [...this.nodes.values()].filter((node) => !this.isFull(node)).map(({ id }) => id)
    const texts = lacking.map(({ topic, partition, leader, isr, replicas }) => {
      return `${topic}-${partition} leader ${leader}, in sync ${isr.join('/')} of ${replicas.join('/')}`
    })
    const text = `${RECOVERY_MS} ms after everything was healed: ${texts.join('; ')}; not serving: ${down.join(',')}`
    if (lacking.length === 0 && down.length === 0 && this.admin.isIdle && !this.areMembersTogether()) {
      const generations = this.members.map(({ generation }) => generation).join(', ')
      throw new Violation(
        'G4',
        `${RECOVERY_MS} ms after everything was healed the members are in generations ${generations}`,
      )
    }
    throw new Violation('L1', this.admin.isIdle ? text : `${text}; an admin request has no end`)
  }

  /** G4: they are in one generation, once there is no more trouble. */
  private areMembersTogether(): boolean {
    const generations = new Set(this.members.map(({ generation }) => generation))
    return generations.size === 0 || (generations.size === 1 && !generations.has(-1))
  }

  private isFull(node: BrokerNode): boolean {
    const { broker } = node
    if (broker === undefined || !node.host.isUp) return false
    const own = broker.services.image.brokers.get(node.id)
    return own !== undefined && !own.fenced
  }

  private finalReads(): void {
    const { engine, history } = this
    this.isOver = true
    const client = this.client('final')
    const work = this.work(() => false)
    let isRead = false
    client.run(async () => {
      // The last sends come to their end before the last read begins.
      await client.sleep(1000)
      while (!(await client.refresh())) await client.sleep(100)
      for (const { topic, partition } of [...client.topics.values()].flat()) {
        if (topic.startsWith('__')) continue
        let position = 0
        for (let isAtEnd = false; !isAtEnd; ) {
          const result = await fetchOnce(client, 'final', { topic, partition, position, maxBytes: 1 << 20 }, work)
          if (result === undefined) continue
          isAtEnd = result.position >= result.highWatermark
          position = result.position
        }
        const at = client.at(topic, partition)!
        const dumps = dumpsOf(this.nodes.values(), at, position)
        history.dumps.push(...dumps)
      }
      for (let index = 0; index < this.plan.groups; index++) {
        while (!(await readOffsetOnce(client, `group-${index}`, TOPIC, work))) await client.sleep(100)
      }
      await this.admin.compare(client)
      isRead = true
    })
    if (!engine.run(engine.nowMs + RECOVERY_MS, () => isRead)) {
      throw new Violation('L1', `the last read has no end ${RECOVERY_MS} ms after the cluster was whole`)
    }
    // What the last read saw stands for everything that was acknowledged.
    for (const { topic, partition, topicId } of [...client.topics.values()].flat()) {
      if (!topic.startsWith('__')) this.compareRead(partitionName(topicId, topic, partition))
    }
  }

  /** D1: whatever was acknowledged is in the last read. */
  private compareRead(partition: string): void {
    const read = new Map<number, number>()
    for (const poll of this.history.polls) {
      if (poll.consumer !== 'final' || poll.partition !== partition) continue
      for (const { offset, value } of poll.records) read.set(offset, value)
    }
    for (const send of this.history.sends) {
      if (send.offset! < (this.history.floors.get(partition) ?? 0)) continue
      if (send.partition !== partition || send.status !== 'ok' || read.get(send.offset!) === send.value) continue
      const text = `value ${send.value} of ${send.client} was acknowledged at ${send.offset} of ${partition}`
      throw new Violation('D1', `${text}; the last read has ${read.get(send.offset!) ?? 'nothing'} there`)
    }
  }

  private check(): void {
    for (const check of [...dataChecks, ...groupChecks]) {
      const [first, ...more] = check(this.history)
      if (first === undefined) continue
      throw new Violation(first.invariant, `${first.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`)
    }
  }
}
