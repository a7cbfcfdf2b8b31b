/**
 * This broker's standing in the cluster: it registers, sends heartbeats, is unfenced when it has caught up with the
 * metadata, and asks leave before it goes down, so that its partitions have other leaders by then where others exist. A
 * controller that fenced it while it was silent unfences it with its next heartbeats; one that had it unregistered does not
 * take it back in this life, as in Kafka.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Uuid } from '../base/uuid.ts'
import type { CurrentConfig } from '../config/node-config.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ControllerChannel } from './handlers/context.ts'
import type { EndpointImage } from './metadata/cluster.ts'
import { supportedFeatures } from './metadata/features.ts'
import type { MetadataImage } from './metadata/image.ts'

const RETRY_MS = 100
/** Pieces of metadata that follow each other are told of together. */
const TELL_MS = 10
/** While something is wanted of the controller, the next step follows at once. */
const NEXT_STEP_MS = 10
/** Going down, so long without a controller: nobody is left who could elect other leaders. */
const NO_CONTROLLER_MS = 2000
/** Going down, so long without an answer: the controller that is left cannot commit anything. */
const NO_ANSWER_MS = 3000
/** metadata.version from which registrations name log directories (3.7-IV2), and cordoned ones (4.3-IV0). */
const DIRECTORIES_VERSION = 17
const CORDONED_VERSION = 30
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
/** Outcomes that no retry can change. */
const FATAL = new Set(['INCONSISTENT_CLUSTER_ID', 'INVALID_REGISTRATION', 'INVALID_REQUEST', 'UNSUPPORTED_VERSION'])

/** The log directories of the node. */
export interface DirectoryStates {
  readonly directories: readonly { readonly path: string; readonly id: Uuid }[]
  directoryIds(state: 'online' | 'offline'): Uuid[]
}

export interface LifecycleOptions {
  readonly nodeId: number
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly rack: string | null
  readonly directories: DirectoryStates
  /** Epoch of the life before, when that ended cleanly; -1 otherwise. */
  readonly previousEpoch: number
  readonly channel: ControllerChannel
  readonly clock: Clock
  readonly logger: Logger
  /** The metadata that this broker has applied. */
  readonly image: MetadataImage
  readonly settings: CurrentConfig
}

export class BrokerLifecycle {
  private readonly options: LifecycleOptions
  private timer: Timer | undefined
  /** The logs are being loaded: alive, but not ready to lead. */
  private wantFence = false
  private wantShutDown = false
  private closed = false
  private isTelling = false
  private isBeating = false
  /** Heartbeats sent or settled: an answer to one that is not the last counts no more. */
  private beats = 0
  private beatAgain = false
  private isRefreshing = false
  private hasCaughtUp = false
  private brokerEpoch = -1
  private failingSinceMs: number | undefined
  private lastRefusal = 'NONE'
  private onUnfenced: (() => void) | undefined
  private onReleased: (() => void) | undefined

  constructor(options: LifecycleOptions) {
    this.options = options
    options.settings.onChange(['cordoned.log.dirs'], () => this.directoriesChanged())
  }

  /** The epoch of the registration; -1 before it. */
  get epoch(): number {
    return this.brokerEpoch
  }

  /** Registers, trying again while there is no controller or the former life's session still runs. */
  async register(timeoutMs: number): Promise<void> {
    const { clock, logger, nodeId } = this.options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    for (;;) {
      const outcome = await this.tryRegister()
      if (outcome === 'NONE') return
      if (FATAL.has(outcome))
        throw new MqError('MQ_REGISTRATION', `the controller refused broker ${nodeId}: ${outcome}`)
      if (this.closed || clock.monotonicMs() >= deadlineMs) {
        throw new MqError('MQ_REGISTRATION', `broker ${nodeId} could not register within ${timeoutMs} ms: ${outcome}`)
      }
      logger.info(`Registration of broker ${nodeId} will be tried again: ${outcome}`)
      await this.pause(RETRY_MS)
    }
  }

  private async tryRegister(): Promise<string> {
    const { channel, nodeId, clusterId, incarnationId, endpoints, rack, directories, previousEpoch } = this.options
    const features = supportedFeatures.map(({ name, minVersion, maxVersion }) => ({
      name,
      minSupportedVersion: minVersion,
      maxSupportedVersion: maxVersion,
    }))
    try {
      const answer = await channel.send(
        'BrokerRegistration',
        4,
        {
          brokerId: nodeId,
          clusterId,
          incarnationId,
          listeners: endpoints,
          features,
          rack,
          logDirs: directories.directoryIds('online'),
          previousBrokerEpoch: previousEpoch,
        },
        SELF,
      )
      if (answer.errorCode === 0) this.brokerEpoch = answer.brokerEpoch
      return errorName(answer.errorCode)
    } catch (error) {
      if (error instanceof ApiError) return error.error
      throw error
    }
  }

  /** Begins the heartbeats; the controller keeps this broker fenced until `unfence`. */
  stayFenced(): void {
    this.wantFence = true
    this.beat()
  }

  /** Begins the heartbeats; resolves when the controller has unfenced this broker. */
  unfence(): Promise<void> {
    return new Promise((resolve) => {
      this.onUnfenced = resolve
      this.wantFence = false
      this.beat()
    })
  }

  /** Asks to go down; resolves when the controller lets go, or after `timeoutMs` in any case. */
  async shutDown(timeoutMs: number): Promise<void> {
    if (this.brokerEpoch < 0 || this.closed) return
    this.wantShutDown = true
    const released = new Promise<void>((resolve) => {
      this.onReleased = resolve
    })
    const timer = this.options.clock.schedule(timeoutMs, () => {
      this.options.logger.warn(`The controller did not release this broker within ${timeoutMs} ms; going down anyway.`)
      this.onReleased?.()
    })
    // What was asked before is of no interest any more.
    this.isBeating = false
    this.beat()
    await released
    timer.cancel()
    this.close()
  }

  /** Ends the wait of `shutDown`: whoever stops this broker knows that nobody is left to release it. */
  stopWaiting(): void {
    this.onReleased?.()
  }

  /**
   * Metadata were applied. A broker on its way down is let go when all others have said that they know their new leaders:
   * while there is one, this broker says so soon, not with its next heartbeat. A registration from before log directories
   * had ids is made good when the cluster has come to know them.
   */
  metadataMoved(): void {
    if (this.wantShutDown || this.closed || this.brokerEpoch < 0) return
    const { image, nodeId, clock } = this.options
    let isAwaited = false
    for (const { id, fenced, inControlledShutdown } of image.brokers.values()) {
      isAwaited ||= inControlledShutdown && !fenced && id !== nodeId
    }
    if (isAwaited && !this.isTelling) {
      this.isTelling = true
      clock.schedule(TELL_MS, () => {
        this.isTelling = false
        if (!this.closed) this.beat()
      })
    }
    const own = image.brokers.get(nodeId)
    if (own?.epoch !== this.brokerEpoch || own.logDirs.length > 0 || this.isRefreshing) return
    if (image.features.metadataVersion >= DIRECTORIES_VERSION) this.refresh()
  }

  /** Registers once more in this life. */
  private refresh(): void {
    this.isRefreshing = true
    this.tryRegister().then(
      (outcome) => {
        this.isRefreshing = false
        if (outcome !== 'NONE' && !this.closed) this.options.clock.schedule(RETRY_MS, () => this.metadataMoved())
      },
      (error: unknown) => this.options.logger.error('The registration could not be renewed.', error),
    )
  }

  /** A log directory failed, or other ones are cordoned: the controller is to know now, not with the next heartbeat. */
  directoriesChanged(): void {
    if (this.brokerEpoch >= 0 && !this.closed) this.beat()
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  /** One heartbeat at a time: what is to be told meanwhile goes with the next, which follows at once. */
  private beat(): void {
    this.timer?.cancel()
    if (this.isBeating) {
      this.beatAgain = true
      return
    }
    this.isBeating = true
    this.beats += 1
    const { beats } = this
    const { clock, settings, logger } = this.options
    const sentMs = clock.monotonicMs()
    // A controller that does not answer may have been followed by another one: half a session is left to ask that one.
    const limitMs = this.wantShutDown ? NO_ANSWER_MS : settings.get('broker.session.timeout.ms') / 2
    const limit = clock.schedule(limitMs, () => end(() => this.failed(sentMs)))
    const end = (settle: () => number): void => {
      limit.cancel()
      if (beats !== this.beats) return
      this.beats += 1
      this.next(settle())
    }
    this.heartbeat().then(
      (delayMs) =>
        end(() => {
          this.failingSinceMs = undefined
          return delayMs
        }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) logger.error('A heartbeat failed.', error)
        end(() => this.failed(clock.monotonicMs()))
      },
    )
  }

  private next(delayMs: number): void {
    this.isBeating = false
    if (this.closed) return
    const wait = this.beatAgain ? 0 : delayMs
    this.beatAgain = false
    this.timer = this.options.clock.schedule(wait, () => this.beat())
  }

  private failed(sinceMs: number): number {
    const nowMs = this.options.clock.monotonicMs()
    this.failingSinceMs ??= sinceMs
    if (this.wantShutDown && nowMs - this.failingSinceMs >= NO_CONTROLLER_MS) {
      this.options.logger.warn('No controller is left to release this broker; going down anyway.')
      this.onReleased?.()
    }
    return RETRY_MS
  }

  private async heartbeat(): Promise<number> {
    const { channel, nodeId, image, directories, settings, logger } = this.options
    const intervalMs = settings.get('broker.heartbeat.interval.ms')
    const knowsCordoned = image.features.metadataVersion >= CORDONED_VERSION
    const answer = await channel.send(
      'BrokerHeartbeat',
      knowsCordoned ? 2 : 1,
      {
        brokerId: nodeId,
        brokerEpoch: this.brokerEpoch,
        currentMetadataOffset: image.offset,
        wantFence: this.wantFence,
        wantShutDown: this.wantShutDown,
        offlineLogDirs: directories.directoryIds('offline'),
        ...(knowsCordoned && this.hasCaughtUp ? { cordonedLogDirs: this.cordoned() } : {}),
      },
      SELF,
    )
    const outcome = errorName(answer.errorCode)
    if (outcome !== this.lastRefusal && outcome !== 'NONE') {
      logger.warn(`The controller answered a heartbeat with ${outcome}.`)
    }
    this.lastRefusal = outcome
    // An epoch that is not known any more stays unknown: there is no hurry to hear it again.
    if (outcome !== 'NONE') return outcome === 'STALE_BROKER_EPOCH' && !this.wantShutDown ? intervalMs : RETRY_MS
    this.hasCaughtUp ||= answer.isCaughtUp
    if (answer.shouldShutDown) {
      this.onReleased?.()
      return intervalMs
    }
    if (!answer.isFenced) this.onUnfenced?.()
    return this.wantShutDown || (answer.isFenced && !this.wantFence) ? NEXT_STEP_MS : intervalMs
  }

  /** The directories that get no new replicas, by id. */
  private cordoned(): Uuid[] {
    const { directories, settings } = this.options
    const paths = settings.get('cordoned.log.dirs')
    return directories.directories.filter(({ path }) => paths.includes('*') || paths.includes(path)).map(({ id }) => id)
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.options.clock.schedule(delayMs, resolve))
  }
}
