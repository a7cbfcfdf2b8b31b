/**
 * The shell of the controller: appends what it decides to the metadata log, replays it, and lets each response go when
 * its records are committed. One decision is one batch, so it is applied as a whole or not at all, but for those that may be
 * divided: they are written in batches that every follower can fetch. Keeps the timers: broker sessions, elections that
 * nobody asked for, and a NoOpRecord at intervals so that the committed offset moves and followers can tell they are current.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { decodeMessage, encodeMessage } from '../../protocol/codec.ts'
import { type ApiName, type RequestInput, type RequestOf, type ResponseOf, apis } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { Message } from '../../protocol/schema.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, encodeRecord, metadataRecord } from '../metadata/records.ts'
import { Controller, type ControllerOptions } from './controller.ts'
import { type Decision, RECORDS_PER_REQUEST_MAX } from './decision.ts'
import { describeDecision } from './decision-log.ts'
import type { ElectionRound } from './periodic-elections.ts'
import { ProcessWatches, type WatchProcess } from './process-watches.ts'

/** The metadata log as its leader writes it. */
export interface QuorumLog {
  /** Offset of the next record. */
  readonly endOffset: number
  /** Appends one batch; returns the last offset. Throws ApiError NOT_CONTROLLER unless this node leads `epoch`. */
  append(epoch: number, values: readonly Buffer[]): number
  /** Gives up leadership of the quorum. */
  resign(): void
}

export interface ControllerRuntimeOptions extends ControllerOptions {
  readonly log: QuorumLog
  /** The committed metadata, kept by the node. */
  readonly committed: MetadataImage
  /** Records of bootstrap.checkpoint, for an empty log. */
  readonly bootstrap: readonly MetadataRecord[]
  readonly clock: Clock
  readonly logger: Logger
  /** Absent: the end of a session alone tells that a broker is gone. */
  readonly watchProcess?: WatchProcess
}

/** What may change who is up. */
const OF_BROKERS: ReadonlySet<string> = new Set([
  'RegisterBrokerRecord',
  'UnregisterBrokerRecord',
  'FenceBrokerRecord',
  'UnfenceBrokerRecord',
  'BrokerRegistrationChangeRecord',
])

/** Sessions are looked at no more often than this. */
const SESSION_CHECK_MIN_MS = 100
/** After a write that failed. */
const RETRY_MS = 1000
/** A timer that is later than this means that the process stood still (busy, or stopped by a signal). */
const STALL_MS = 1000

/** A round that left something to do is followed by the next after this time. */
const NEXT_ROUND_MS = 100

interface Waiting {
  readonly offset: number
  resolve(): void
  reject(error: ApiError): void
}

export class ControllerRuntime {
  private readonly options: ControllerRuntimeOptions
  private readonly controller: Controller
  private waiting: Waiting[] = []
  private committedOffset = -1
  private sessionTimer: Timer | undefined
  private idleTimer: Timer | undefined
  private electionTimers: { cancel(): void }[] = []
  private readonly watches: ProcessWatches
  private activationCount = 0
  private timeoutCount = 0

  constructor(options: ControllerRuntimeOptions) {
    this.options = options
    this.controller = new Controller(options)
    const { watchProcess = () => undefined } = options
    this.watches = new ProcessWatches(watchProcess, (id, epoch) => this.brokerDied(id, epoch))
  }

  get isActive(): boolean {
    return this.controller.epoch >= 0
  }

  /** How often this node became the active controller since it started. */
  get activations(): number {
    return this.activationCount
  }

  /** Brokers that this node fenced because they were silent too long. */
  get timeouts(): number {
    return this.timeoutCount
  }

  /** This node leads the quorum and has applied everything before its epoch. */
  activate(epoch: number): void {
    const { committed, bootstrap, clock, logger } = this.options
    const first = this.controller.activate(epoch, committed, bootstrap, clock.monotonicMs())
    logger.info(`Becoming the active controller at epoch ${epoch}, next write offset ${this.options.log.endOffset}.`)
    this.activationCount++
    if (first.length > 0) this.write(first)
    this.armSessionTimer()
    this.armIdleTimer()
    this.armElections()
    this.watches.look(this.controller.state.brokers.values())
  }

  /** Another node leads, or none: what waits is refused, since nobody knows yet whether it will be committed. */
  resign(): void {
    if (!this.isActive) return
    this.options.logger.info(`Resigning as the active controller at epoch ${this.controller.epoch}.`)
    this.controller.resign()
    this.watches.close()
    this.sessionTimer?.cancel()
    this.idleTimer?.cancel()
    for (const timer of this.electionTimers.splice(0)) timer.cancel()
    const waiting = this.waiting
    this.waiting = []
    for (const entry of waiting) entry.reject(lostLeadership())
  }

  /** Everything up to `offset` is committed and applied to the committed metadata. */
  committed(offset: number): void {
    this.committedOffset = offset
    let ready = 0
    while (ready < this.waiting.length && this.waiting[ready]!.offset <= offset) ready++
    for (const entry of this.waiting.splice(0, ready)) entry.resolve()
  }

  /**
   * Decides a request and resolves with the response once it is committed; a request that changes nothing waits for what
   * was decided before it. Rejects with ApiError. Request and response pass through their wire form, so that a local
   * caller sees just what a remote one would.
   */
  async send<A extends ApiName>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const complete = overTheWire(apis[api].request, version, request) as RequestOf<A>
    const decision = this.controller.decide(api, version, complete, this.place())
    await this.run(decision)
    return overTheWire(apis[api].response, version, decision.response) as ResponseOf<A>
  }

  private place(): { nextOffset: number; nowMs: number } {
    return { nextOffset: this.options.log.endOffset, nowMs: this.options.clock.monotonicMs() }
  }

  private run(decision: Decision<unknown>): Promise<void> {
    const offset = decision.records.length > 0 ? this.writeAll(decision) : (this.waiting.at(-1)?.offset ?? -1)
    if (decision.records.length > 0) this.armSessionTimer()
    if (offset <= this.committedOffset) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ offset, resolve, reject }))
  }

  /** Writes a decision in as many batches as it needs and may have; returns the last offset. */
  private writeAll({ records, divisible }: Decision<unknown>): number {
    if (divisible !== true) return this.write(records)
    let offset = -1
    for (let start = 0; start < records.length; start += RECORDS_PER_REQUEST_MAX) {
      offset = this.write(records.slice(start, start + RECORDS_PER_REQUEST_MAX))
    }
    return offset
  }

  /** Appends and replays in one step, so that the next decision sees it. */
  private write(records: readonly MetadataRecord[]): number {
    const { logger } = this.options
    const said = logger.enabled('INFO') ? describeDecision(records, this.controller.state) : []
    const { epoch } = this.controller
    const offset = this.options.log.append(epoch, records.map(encodeRecord))
    // With the write the log may find out that a majority is gone: the next leader says whether the write stays.
    if (this.controller.epoch !== epoch) throw lostLeadership()
    for (const line of said) logger.info(line)
    try {
      this.controller.replay(records)
    } catch (error) {
      // What was appended cannot be applied: this node must not go on deciding from a state that differs from the log.
      this.options.logger.error('A decision of the controller cannot be replayed; giving up leadership.', error)
      this.options.log.resign()
      throw error
    }
    if (records.some(({ name }) => OF_BROKERS.has(name))) this.watches.look(this.controller.state.brokers.values())
    return offset
  }

  /** Nothing listens any more where the broker did, on this very machine: its session is not waited for. */
  private brokerDied(id: number, epoch: number): void {
    if (!this.isActive) return
    this.options.logger.info(`The process of broker ${id} is gone.`)
    this.controller.brokerDied(id, epoch)
    this.expireSessions()
  }

  private armSessionTimer(leastMs = SESSION_CHECK_MIN_MS): void {
    this.sessionTimer?.cancel()
    const delay = this.controller.nextExpiryMs() - this.options.clock.monotonicMs()
    // Heartbeats move the end of a session; a timer that comes too early looks again.
    const most = this.options.config.get('broker.session.timeout.ms')
    const wait = Math.max(leastMs, Math.min(delay, most))
    const dueMs = this.options.clock.monotonicMs() + wait
    this.sessionTimer = this.options.clock.schedule(wait, () => {
      const lateMs = this.options.clock.monotonicMs() - dueMs
      if (lateMs > STALL_MS) this.controller.extendSessions(lateMs)
      this.expireSessions()
    })
  }

  private expireSessions(): void {
    if (!this.isActive) return
    const isDone = this.inBackground(() => {
      for (;;) {
        const decision = this.controller.expire(this.place())
        if (decision.response.fenced === undefined) break
        this.writeAll(decision)
        this.options.logger.info(`Fenced broker ${decision.response.fenced} because its session has timed out.`)
        this.timeoutCount++
      }
    })
    if (this.isActive) this.armSessionTimer(isDone ? SESSION_CHECK_MIN_MS : RETRY_MS)
  }

  private armIdleTimer(): void {
    const interval = this.options.config.get('metadata.max.idle.interval.ms')
    if (interval <= 0) return
    this.idleTimer = this.options.clock.schedule(interval, () => {
      if (!this.isActive) return
      this.inBackground(() => this.write([metadataRecord('NoOpRecord', 0, {})]))
      if (this.isActive) this.armIdleTimer()
    })
  }

  private armElections(): void {
    const { config } = this.options
    this.everyRound(config.get('unclean.leader.election.interval.ms'), () => this.controller.electUnclean(this.place()))
    if (!config.get('auto.leader.rebalance.enable')) return
    const intervalMs = config.get('leader.imbalance.check.interval.seconds') * 1000
    this.everyRound(intervalMs, () => this.controller.electPreferred(this.place()))
  }

  /** Runs `decide` each `intervalMs`, and soon again when it left something. */
  private everyRound(intervalMs: number, decide: () => Decision<ElectionRound>): void {
    const task = { timer: undefined as Timer | undefined, cancel: () => task.timer?.cancel() }
    const arm = (delayMs: number) => {
      task.timer = this.options.clock.schedule(delayMs, () => {
        if (!this.isActive) return
        let more = false
        this.inBackground(() => {
          const decision = decide()
          more = decision.response.more
          if (decision.records.length > 0) this.writeAll(decision)
        })
        if (this.isActive) arm(more ? NEXT_ROUND_MS : intervalMs)
      })
    }
    arm(intervalMs)
    this.electionTimers.push(task)
  }

  /** Work that nobody waits for: a full disk or lost leadership is the log's to report, and the next turn tries again. True: done. */
  private inBackground(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      this.options.logger.warn('The controller could not write to the metadata log.', error)
      return false
    }
  }
}

function lostLeadership(): ApiError {
  return new ApiError('NOT_CONTROLLER', 'The controller lost its leadership.')
}

function overTheWire(schema: Message, version: number, value: object): unknown {
  return decodeMessage(schema, version, encodeMessage(schema, version, value))
}
