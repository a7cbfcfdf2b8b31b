/**
 * The shell of consensus: runs the core's effects on the log, the quorum state and the network, keeps its timer, and
 * hands what is committed to the listener, in order and once. Appends of one turn share one sync; nothing is reported as
 * durable before it. A full disk refuses appends until there is room; any other failure is fatal for the node: the listener
 * is told, and nothing more is done.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { ApiError } from '../../protocol/errors.ts'
import { encodeBatch } from '../../protocol/records/record.ts'
import { controlBatch } from './control-batch.ts'
import { controlRecordsFrom } from './control-scan.ts'
import { RaftCore } from './core.ts'
import { Delivery } from './delivery.ts'
import type { RaftListener, RaftNetwork } from './driver-ports.ts'
import { checkFetched } from './fetched-records.ts'
import type { OffsetAndEpoch, ReplicatedLog } from './log.ts'
import { LogSync } from './log-sync.ts'
import type { RaftEffect, RaftEvent, RaftRequest, RaftResponse, VoterChange, VoterChangeAnswer } from './messages.ts'
import type { RaftOptions } from './options.ts'
import type { QuorumStateStore } from './quorum-state.ts'
import { INITIAL_QUORUM_STATE } from './quorum-state.ts'
import { type Snapshot, decodeSnapshot, snapshotFileName } from './snapshot.ts'
import { SnapshotServer } from './snapshot-server.ts'
import { writeSnapshot } from './snapshot-writer.ts'
import { refuseKnown, refuseNow } from './voter-changes.ts'
import { type ReplicaKey, VoterHistory, type VoterSet } from './voters.ts'

const FETCH_READ_BYTES = 1 << 20

export type { CommittedBatch, RaftListener, RaftNetwork } from './driver-ports.ts'

export interface RaftDriverOptions extends Omit<RaftOptions, 'log' | 'state' | 'voters' | 'kraftVersion'> {
  readonly log: ReplicatedLog
  readonly store: QuorumStateStore
  /** Voters of the configuration; in dynamic quorums those of the log or its snapshot take their place. */
  readonly staticVoters: VoterSet
  readonly listener: RaftListener
  readonly network: RaftNetwork
  /** Bytes of records that a replica gets at once. */
  readonly fetchMaxBytes?: number
  readonly clock: Clock
  readonly logger: Logger
}

export class RaftDriver {
  readonly core: RaftCore
  /** Gives pieces of snapshots to replicas that load them. */
  readonly snapshotServer: SnapshotServer
  private readonly options: RaftDriverOptions
  private readonly history: VoterHistory
  private readonly waiting = new Map<number, (response: RaftResponse) => void>()
  private readonly changing = new Map<number, (answer: VoterChangeAnswer) => void>()
  private nextToken = 1
  private readonly delivery: Delivery
  private readonly syncs: LogSync
  private timer: Timer | undefined
  private timerAtMs = Infinity
  private stopped = false
  private closed = false

  constructor(options: RaftDriverOptions) {
    this.options = options
    const { log } = options
    const id = log.latestSnapshotId()
    const bytes = id === undefined ? undefined : log.readSnapshot(id)
    let voters = options.staticVoters
    let kraft = 0
    let delivered = log.startOffset
    if (id !== undefined && bytes !== undefined) {
      const snapshot = decodeSnapshot(bytes, snapshotFileName(id))
      kraft = snapshot.kraftVersion
      voters = snapshot.voters ?? voters
      options.listener.onSnapshot(snapshot.values, id)
      delivered = id.offset
    }
    this.delivery = new Delivery(log, options.listener, delivered)
    this.syncs = new LogSync({
      ...options,
      isStopped: () => this.stopped,
      onSynced: () => this.step({ kind: 'synced', endOffset: this.endOffset }),
      onFatal: (error) => this.fail(error),
    })
    this.history = new VoterHistory(voters, id === undefined || id.offset === 0 ? -1 : id.offset - 1, kraft)
    this.core = new RaftCore({
      ...options,
      voters: this.history,
      kraftVersion: () => this.kraftVersion,
      state: options.store.read() ?? INITIAL_QUORUM_STATE,
    })
    this.snapshotServer = new SnapshotServer(this.core, log, options.clock)
    this.scanControlRecords(id !== undefined && id.offset > 0 ? id.offset : log.startOffset)
  }

  /** The kraft.version in force: 0 static voters, 1 voters in the log. */
  get kraftVersion(): number {
    return this.history.kraftVersion()
  }

  get voters(): VoterSet {
    return this.history.latest
  }

  /** Offset of the next record appended here. */
  get endOffset(): number {
    return this.options.log.endOffset().offset
  }

  get isLeader(): boolean {
    return this.core.role.kind === 'leader' && !this.stopped
  }

  /** First event; with a quorum of one this node leads when it returns, and is ready one turn later. */
  start(): void {
    this.step({ kind: 'start' })
  }

  /**
   * Appends one batch as leader of `epoch`; it is applied everywhere or nowhere. Returns the offset of its last record.
   * Throws ApiError: NOT_CONTROLLER when this node does not lead that epoch, KAFKA_STORAGE_ERROR when the disk refuses.
   */
  append(epoch: number, values: readonly Buffer[]): number {
    if (!this.isLeader || this.core.role.epoch !== epoch) throw new ApiError('NOT_CONTROLLER')
    const { log, clock } = this.options
    const timestamp = clock.nowMs()
    const baseOffset = this.endOffset
    const records = values.map((value) => ({ timestamp, key: null, value }))
    // On a full disk the log is as it was, and the caller hears why; the next append may go through.
    log.append(encodeBatch({ baseOffset, partitionLeaderEpoch: epoch }, records))
    this.syncs.schedule()
    this.step({ kind: 'appended' })
    return baseOffset + values.length - 1
  }

  /** A request of another replica; resolves with the answer, which may wait for records. */
  request(request: RaftRequest): Promise<RaftResponse> {
    const token = this.nextToken++
    return new Promise((resolve) => {
      this.waiting.set(token, resolve)
      try {
        this.step({ kind: 'request', token, request })
      } catch (error) {
        this.waiting.delete(token)
        throw error
      }
    })
  }

  /** See QuorumService. */
  refuseVoter(voter: ReplicaKey): VoterChangeAnswer | undefined {
    return refuseNow(this.core) ?? refuseKnown(this.core, voter)
  }

  /** A change of the voters; resolves when it is committed, or refused. */
  changeVoters(change: VoterChange): Promise<VoterChangeAnswer> {
    const token = this.nextToken++
    return new Promise((resolve) => {
      this.changing.set(token, resolve)
      this.step({ kind: 'changeVoters', token, change })
    })
  }

  /**
   * Raises kraft.version, which makes a quorum of static voters dynamic; `validateOnly`: says only whether it could. Returns
   * before it is committed.
   */
  upgradeKraftVersion(version: number, validateOnly: boolean): VoterChangeAnswer {
    let said: VoterChangeAnswer = { error: 'NOT_CONTROLLER' }
    const token = this.nextToken++
    this.changing.set(token, (answer) => {
      said = answer
    })
    this.step({ kind: 'changeVoters', token, change: { type: 'upgrade', version, validateOnly } })
    this.changing.delete(token)
    return said
  }

  respond(correlation: number, from: number, response: RaftResponse): void {
    this.step({ kind: 'response', correlation, from, response: this.checked(from, response) })
  }

  /** `refused`: nobody listens where the peer did. */
  requestFailed(correlation: number, refused = false): void {
    this.step({ kind: 'failed', correlation, refused })
  }

  /** Records that cannot be the leader's log are not taken, and the leader is asked again after a pause. */
  private checked(from: number, response: RaftResponse): RaftResponse {
    const { role } = this.core
    if (response.type !== 'fetch' || response.records === undefined || response.records.length === 0) return response
    if (role.kind !== 'follower' || role.epoch !== response.epoch || role.leaderId !== from) return response
    const { records, ...head } = response
    try {
      const { log, listener } = this.options
      const check = (values: readonly Buffer[]) => listener.checkValues?.(values)
      return { ...head, records: checkFetched(records, log.endOffset(), role.epoch, check) }
    } catch (error) {
      this.options.logger.error(`Node ${from} leads the metadata quorum and sent records that cannot be taken`, error)
      return { ...head, error: 'CORRUPT_MESSAGE' }
    }
  }

  /** A part of the snapshot arrived: the leader is there, however long the whole takes. */
  snapshotProgress(id: OffsetAndEpoch): void {
    this.step({ kind: 'snapshotProgress', snapshotId: id })
  }

  snapshotFailed(id: OffsetAndEpoch): void {
    this.step({ kind: 'snapshotFailed', snapshotId: id })
  }

  /** Puts the leader's snapshot in the place of the log and of the state. Passed over when nobody waits for it now. */
  installSnapshot(id: OffsetAndEpoch, bytes: Buffer): void {
    const { loading } = this.core
    if (this.stopped || loading?.offset !== id.offset || loading.epoch !== id.epoch) return
    const { log, listener, staticVoters, logger } = this.options
    const name = snapshotFileName(id)
    let snapshot: Snapshot
    try {
      snapshot = decodeSnapshot(bytes, name)
      listener.checkValues?.(snapshot.values)
      log.writeSnapshot(id, bytes)
    } catch (error) {
      logger.warn(`Snapshot ${name} of the leader could not be taken`, error)
      this.snapshotFailed(id)
      return
    }
    this.guard(() => {
      log.startAtSnapshot(id)
      log.updateHighWatermark(id.offset)
      this.history.reset(snapshot.voters ?? staticVoters, id.offset - 1, snapshot.kraftVersion)
      this.delivery.startAt(id.offset)
      listener.onSnapshot(snapshot.values, id)
    })
    logger.info(`Loaded snapshot ${name} of ${bytes.length} bytes from the leader`)
    this.step({ kind: 'snapshotLoaded', snapshotId: id })
  }

  /** Gives up leadership, if any, and tells the voters who should follow. */
  resign(): void {
    this.step({ kind: 'resign' })
  }

  /** Writes a snapshot of everything applied up to `lastOffset`, then drops what it replaces. */
  writeSnapshot(last: { offset: number; epoch: number; timestampMs: number }, values: Iterable<Buffer>): void {
    writeSnapshot({ ...this.options, history: this.history }, last, values)
  }

  /** Syncs what is pending and closes the log. */
  close(): void {
    this.timer?.cancel()
    const failed = this.stopped
    this.stopped = true
    if (this.closed) return
    this.closed = true
    // After a failure nothing more is written: what the log holds is what the next start recovers.
    if (!failed) this.options.log.sync()
    this.options.log.close()
  }

  private step(event: RaftEvent): void {
    if (this.stopped) return
    let effects: RaftEffect[]
    try {
      effects = this.core.step(event, this.options.clock.monotonicMs())
    } catch (error) {
      if (event.kind !== 'request') {
        this.fail(error)
        return
      }
      // A request that breaks a rule is its sender's fault: it is refused. What was decided before it broke one holds.
      this.guard(() => {
        for (const effect of this.core.takeEffects()) this.run(effect)
      })
      throw error
    }
    this.guard(() => {
      for (const effect of effects) this.run(effect)
    })
    this.armTimer()
  }

  private run(effect: RaftEffect): void {
    const { log, store, network, listener, clock } = this.options
    switch (effect.kind) {
      case 'persist':
        store.write(effect.state)
        break
      case 'appendControl': {
        const baseOffset = this.endOffset
        const place = { baseOffset, epoch: effect.epoch, timestampMs: clock.nowMs() }
        if (!this.appendIfRoom(controlBatch(effect.records, place))) {
          // An epoch without its first record, or a change of the voters half done: another node may have room.
          this.resign()
          break
        }
        for (const [index, record] of effect.records.entries()) this.history.learn(baseOffset + index, record)
        break
      }
      case 'appendFetched': {
        const from = this.endOffset
        if (this.appendIfRoom(effect.records)) this.scanControlRecords(from)
        break
      }
      case 'truncate':
        log.truncateTo(effect.endOffset)
        this.syncs.schedule()
        break
      case 'send':
        network.send(effect.to, effect.correlation, effect.request)
        break
      case 'reply':
        this.reply(effect.token as number, effect.response)
        break
      case 'votersAnswer':
        this.changing.get(effect.token as number)?.(effect.answer)
        this.changing.delete(effect.token as number)
        break
      case 'commit':
        log.updateHighWatermark(effect.offset)
        this.delivery.deliver(effect.offset)
        if (this.core.role.kind === 'leader') this.delivery.tellReady(this.core.role, effect.offset)
        break
      case 'role':
        listener.onRole(effect)
        break
      case 'contradiction': {
        const text = `Node ${effect.from} leads the metadata quorum and asks to truncate the log to ${effect.endOffset}`
        this.options.logger.error(`${text}, of which everything before ${this.core.highWatermark} is committed`)
        break
      }
      case 'loadSnapshot':
        network.loadSnapshot(effect.from, effect.snapshotId, effect.epoch)
        break
    }
  }

  /** False when the disk is full: the log is as it was, and the core tries again when it hears that nothing is under way. */
  private appendIfRoom(records: Buffer): boolean {
    try {
      this.options.log.append(records)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.options.logger.warn('The metadata log has no room; it will be tried again.', error)
      this.syncs.scheduleLater()
      return false
    }
    this.syncs.schedule()
    return true
  }

  private reply(token: number, response: RaftResponse): void {
    const resolve = this.waiting.get(token)
    if (resolve === undefined) return
    this.waiting.delete(token)
    if (response.type === 'fetch' && response.readFrom !== undefined) {
      const most = this.options.fetchMaxBytes ?? FETCH_READ_BYTES
      resolve({ ...response, records: this.options.log.read(response.readFrom, most, this.endOffset) })
    } else resolve(response)
  }

  /** Tells the core of voter sets and versions that stand in the log from `offset` on. */
  private scanControlRecords(offset: number): void {
    for (const { control, offset: at } of controlRecordsFrom(this.options.log, offset)) this.history.learn(at, control)
  }

  private armTimer(): void {
    const deadline = this.core.deadlineMs()
    if (deadline === this.timerAtMs && this.timer !== undefined) return
    this.timer?.cancel()
    this.timer = undefined
    this.timerAtMs = deadline
    if (deadline === Infinity || this.stopped) return
    const delay = Math.max(1, Math.ceil(deadline - this.options.clock.monotonicMs()))
    this.timer = this.options.clock.schedule(delay, () => {
      this.timer = undefined
      this.step({ kind: 'tick' })
    })
  }

  private guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    if (this.stopped) return
    this.stopped = true
    this.timer?.cancel()
    this.options.listener.onFatal(error)
  }
}
