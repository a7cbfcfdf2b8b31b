/**
 * One simulated replica of the metadata log: the driver with its core, a log on a simulated disk, and a state machine
 * that folds every value into a hash, so that two nodes that applied the same have the same state.
 */
import type { Prng } from '../../../src/base/prng.ts'
import { ApiError } from '../../../src/protocol/errors.ts'
import { decodeBatch } from '../../../src/protocol/records/record.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { quorumControlRecord } from '../../../src/broker/raft/control-batch.ts'
import { RaftDriver } from '../../../src/broker/raft/driver.ts'
import type { OffsetAndEpoch } from '../../../src/broker/raft/log.ts'
import type { RaftRequest, RaftResponse } from '../../../src/broker/raft/messages.ts'
import { sameReplica, type ReplicaKey, VoterSet, type Voter } from '../../../src/broker/raft/voters.ts'
import { Host } from '../engine/host.ts'
import { Violation } from '../engine/violation.ts'
import { SimLogger } from '../engine/sim-log-port.ts'
import type { RaftWorld } from './world.ts'
import { DiskImage, SimLog } from './sim-log.ts'

const VALUE_BYTES = 4
const PIECE_TRIES = 3
const QUIET = new SimLogger()

export class RaftNode {
  readonly id: number
  readonly host: Host
  key: ReplicaKey
  disk = new DiskImage()
  /** Voters that are about to be in its log, and in force with that. */
  writing: VoterSet | undefined
  driver!: RaftDriver
  log!: SimLog
  /** Slower than the plan says, until then. */
  slowSync = { ms: 0, untilMs: 0 }
  /** Of this life, as far as the node said. */
  highWatermark = -1
  appliedEnd = 0
  private state = 0
  private recordsSinceSnapshot = 0
  private readonly world: RaftWorld
  private readonly random: Prng
  private proposals: { readonly value: number; readonly offset: number; readonly epoch: number }[] = []

  constructor(id: number, key: ReplicaKey, world: RaftWorld, random: Prng) {
    this.id = id
    this.key = key
    this.world = world
    this.random = random
    this.host = new Host(id, world.engine)
  }

  get isLeader(): boolean {
    return this.host.isUp && this.driver.isLeader
  }

  get epoch(): number {
    return this.driver.core.role.epoch
  }

  start(): void {
    const { world, host } = this
    const { plan } = world
    host.boot()
    const life = host.life
    const isAlive = () => life === host.life
    this.highWatermark = -1
    this.state = 0
    this.appliedEnd = 0
    this.recordsSinceSnapshot = 0
    this.proposals = []
    const aim = (moment: Parameters<RaftWorld['moment']>[0]) => {
      if (isAlive()) world.moment(moment, this)
    }
    const log = new SimLog(this.disk, {
      beforeSync: () => {
        aim('sync')
        if (!isAlive()) return
        host.spend(host.engine.nowMs < this.slowSync.untilMs ? this.slowSync.ms : plan.syncMs * this.random.float())
      },
      afterSync: () => aim('synced'),
      beforeSnapshot: () => aim('snapshotWritten'),
      beforePersist: () => aim('persist'),
      afterPersist: (state) => {
        if (!isAlive()) return
        world.checks.persists(this, state)
        aim('persisted')
      },
    })
    this.log = log
    const driver: RaftDriver = new RaftDriver({
      local: this.key,
      canVote: this.id <= plan.voters || plan.isDynamic,
      bootstrapIds: world.bootstrapIds,
      log: this.watched(log, life),
      store: log.store(),
      staticVoters: plan.isDynamic ? new VoterSet([]) : world.firstVoters,
      listener: {
        onSnapshot: (values, id) => this.loaded(values, id),
        onCommitted: (batch) => {
          if (isAlive()) this.committed(batch)
        },
        onRole: ({ role, epoch, leaderId }) => {
          if (!isAlive()) return
          world.engine.note(() => `${this.id} is ${role} in epoch ${epoch}, leader ${leaderId}`)
          world.engine.mix(epoch * 8 + role.length)
          world.checks.says(this, epoch)
          if (role === 'leader') {
            const end = log.endOffset().offset
            const { snapshots } = this.disk
            const start = Math.max(log.startOffset, 0)
            world.checks.elected(this, epoch, (offset, of) => {
              if (offset < start) return snapshots.some(({ id }) => id.offset > offset)
              return offset < end && log.epochAt(offset) === of
            })
            world.moment('elected', this)
          } else if (role === 'candidate') world.moment('candidate', this)
        },
        onLeaderReady: () => {},
        onFatal: (error) => {
          if (isAlive()) this.host.thrown(error, 'fatal')
        },
      },
      network: {
        send: (to, correlation, request) => {
          if (isAlive()) this.send(to, correlation, request)
        },
        loadSnapshot: (from, id, epoch) => {
          if (!isAlive()) return
          if (driver.isLeader) throw new Violation('M8', `leader ${this.id} loads a snapshot`)
          world.moment('snapshotLoading', this)
          if (isAlive()) this.download(from, id, epoch, [], 0, 0)
        },
      },
      clock: host.clock(),
      random: this.random,
      logger: QUIET,
      fetchMaxBytes: plan.fetchMaxBytes,
      electionTimeoutMs: plan.electionTimeoutMs,
      electionBackoffMaxMs: plan.electionTimeoutMs,
      fetchTimeoutMs: 2 * plan.electionTimeoutMs,
      requestTimeoutMs: 2 * plan.electionTimeoutMs,
      fetchMaxWaitMs: plan.electionTimeoutMs / 2,
    })
    this.driver = driver
    world.engine.note(
      () => `${this.id} starts with ${log.startOffset}..${log.endOffset().offset} in epoch ${this.epoch}`,
    )
    driver.start()
  }

  /** `keep`: how much of what was not synced is on the disk all the same, 0 to 1. */
  crash(keep: number): void {
    if (!this.host.isUp) return
    this.host.halt()
    this.log.crash(keep)
    const image = new DiskImage()
    Object.assign(image, this.disk)
    image.batches = [...this.disk.batches]
    // What the dead process still does reaches the former image only.
    this.disk = image
    this.world.engine.note(() => `${this.id} crashes with ${image.startOffset}..${image.endOffset} on its disk`)
  }

  propose(values: readonly number[]): void {
    const { driver } = this
    const { epoch } = this
    try {
      const offset = driver.append(
        epoch,
        values.map((value) => {
          const bytes = Buffer.allocUnsafe(VALUE_BYTES)
          bytes.writeUInt32BE(value)
          return bytes
        }),
      )
      this.world.engine.note(() => `${this.id} appends ${values.join(',')} up to ${offset} in epoch ${epoch}`)
      const first = offset - values.length + 1
      // Of a former epoch, and truncated since.
      while (this.proposals.length > 0 && this.proposals.at(-1)!.offset >= first) this.proposals.pop()
      for (const [index, value] of values.entries()) this.proposals.push({ value, offset: first + index, epoch })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  receive(from: number, request: RaftRequest, reply: (response: RaftResponse) => void): void {
    const { checks } = this.world
    const life = this.host.life
    const answered = this.driver.request(request).then((response) => {
      if (life !== this.host.life) return
      if (request.type === 'vote' && response.type === 'vote') {
        checks.grants(this, request, response)
        if (response.granted && !request.preVote) this.world.moment('voteGranted', this, from)
      }
      if (life === this.host.life) reply(response)
    })
    answered.catch((error: unknown) => this.host.thrown(error))
  }

  heard(correlation: number, from: number, response: RaftResponse): void {
    this.driver.respond(correlation, from, response)
  }

  private send(to: number, correlation: number, request: RaftRequest): void {
    const { checks, wire, engine } = this.world
    checks.says(this, request.epoch)
    if (request.type === 'vote') {
      checks.asksForVotes(this, request)
      engine.note(() => `${this.id} asks ${to} for a ${request.preVote ? 'pre-vote' : 'vote'} in ${request.epoch}`)
    }
    if (request.type === 'fetch') this.acknowledges(request.fetchOffset, to)
    if (this.host.isUp) wire.send(this, to, correlation, request)
  }

  /** A fetch says that everything before is durable here. */
  private acknowledges(fetchOffset: number, to: number): void {
    if (fetchOffset === 0) return
    if (this.disk.durableEnd < fetchOffset) {
      const text = `node ${this.id} says it holds ${fetchOffset} records, on its disk are ${this.disk.durableEnd}`
      throw new Violation('M7', text)
    }
    this.world.moment('acknowledged', this, to)
  }

  private watched(log: SimLog, life: number): SimLog {
    const { world } = this
    const isAlive = () => life === this.host.life
    const { append, truncateTo, updateHighWatermark } = log
    log.append = (records) => {
      if (!isAlive()) return append.call(log, records)
      const { core } = this.driver
      this.writing = undefined
      for (const { header, position } of eachBatch(records)) {
        if (!header.isControl || core.role.kind !== 'leader') continue
        decodeBatch(records.subarray(position, position + header.sizeBytes)).forEach((record, index) => {
          const control = quorumControlRecord(record)
          if (control?.type !== 'voters') return
          const { role } = core
          if (role.kind !== 'leader') return
          world.engine.note(
            () => `${this.id} writes voters ${control.voters.ids().join(',')} at ${header.baseOffset + index}`,
          )
          world.checks.changesVoters(this, {
            before: this.driver.voters,
            after: control.voters,
            formerOffset: core.options.voters.latestOffset,
            highWatermark: role.highWatermark,
            epochStart: role.epochStartOffset,
          })
          this.writing = control.voters
          world.moment('votersChanged', this)
        })
      }
      append.call(log, records)
      this.writing = undefined
      world.moment('appended', this)
    }
    log.truncateTo = (endOffset) => {
      if (isAlive()) {
        if (endOffset < this.highWatermark) {
          throw new Violation('M3', `node ${this.id} truncates to ${endOffset}, ${this.highWatermark} were committed`)
        }
        world.engine.note(() => `${this.id} truncates to ${endOffset}`)
        if (this.driver.isLeader) throw new Violation('M3', `leader ${this.id} truncates its log`)
      }
      truncateTo.call(log, endOffset)
      if (isAlive()) world.moment('truncated', this)
    }
    log.updateHighWatermark = (offset) => {
      updateHighWatermark.call(log, offset)
      if (!isAlive()) return
      if (offset < this.highWatermark) {
        throw new Violation('M7', `the high watermark of node ${this.id} falls from ${this.highWatermark} to ${offset}`)
      }
      this.highWatermark = offset
      // At the start of a life nothing is known of roles yet.
      const role = this.driver?.core.role
      if (role?.kind !== 'leader') return
      world.checks.commits(this, offset, role.epoch, this.driver.voters, log.epochAt(offset - 1))
      world.moment('committed', this)
    }
    return log
  }

  private committed(batch: { baseOffset: number; lastOffset: number; epoch: number; values: readonly Buffer[] }): void {
    const { world } = this
    const numbers = batch.values.map((bytes) => bytes.readUInt32BE(0))
    world.checks.applies(this, batch, numbers)
    for (const value of numbers) this.state = (Math.imul(this.state ^ value, 0x01000193) ^ (this.state >>> 13)) >>> 0
    this.appliedEnd = batch.lastOffset + 1
    world.engine.mix(batch.lastOffset)
    world.checks.reached(this, batch.lastOffset, this.state, 'M9')
    while (this.proposals.length > 0 && this.proposals[0]!.offset <= batch.lastOffset) {
      const { value, offset, epoch } = this.proposals.shift()!
      if (epoch === batch.epoch && numbers[offset - batch.baseOffset] === value) world.acknowledged(value, offset)
    }
    this.recordsSinceSnapshot += batch.lastOffset - batch.baseOffset + 1
    if (this.recordsSinceSnapshot < world.plan.snapshotEveryRecords) return
    this.recordsSinceSnapshot = 0
    const bytes = Buffer.allocUnsafe(VALUE_BYTES)
    bytes.writeUInt32BE(this.state)
    world.engine.note(() => `${this.id} writes a snapshot of ${batch.lastOffset}`)
    this.driver.writeSnapshot({ offset: batch.lastOffset, epoch: batch.epoch, timestampMs: 0 }, [bytes])
  }

  private loaded(values: readonly Buffer[], id: OffsetAndEpoch): void {
    const { world } = this
    this.state = values[0]?.readUInt32BE(0) ?? 0
    this.appliedEnd = id.offset
    world.engine.note(() => `${this.id} has the snapshot of ${id.offset} in ${id.epoch}`)
    if (id.offset > 0) world.checks.reached(this, id.offset - 1, this.state, 'M8')
  }

  private download(
    from: number,
    id: OffsetAndEpoch,
    epoch: number,
    pieces: Buffer[],
    bytes: number,
    fails: number,
  ): void {
    const { wire, plan, engine } = this.world
    const { driver, host } = this
    const life = host.life
    const question = { replica: this.key, epoch, snapshotId: id, position: bytes, maxBytes: plan.snapshotPieceBytes }
    const giveUp = () => host.clock().schedule(20, () => driver.snapshotFailed(id))
    wire.exchange(
      this,
      from,
      (target) => target.driver.snapshotServer.piece(question),
      (piece) => {
        if (life !== host.life) return
        if (piece === undefined) {
          if (fails + 1 >= PIECE_TRIES) giveUp()
          else this.download(from, id, epoch, pieces, bytes, fails + 1)
          return
        }
        if (piece.error !== 'NONE' || piece.bytes.length === 0) {
          giveUp()
          return
        }
        const copy = Buffer.from(piece.bytes)
        if (engine.nowMs < this.world.rotUntilMs) copy[this.random.int(copy.length)]! ^= 1 << this.random.int(8)
        const all = [...pieces, copy]
        const size = bytes + copy.length
        if (size >= piece.sizeBytes) driver.installSnapshot(id, Buffer.concat(all))
        else {
          driver.snapshotProgress(id)
          this.download(from, id, epoch, all, size, 0)
        }
      },
    )
  }

  /** True when `voters` has this very replica. */
  isIn(voters: VoterSet): boolean {
    return voters.values().some((voter) => sameReplica(voter, this.key))
  }

  asVoter(): Voter {
    return { ...this.key, endpoints: [], kraftVersionMin: 0, kraftVersionMax: 1 }
  }
}
