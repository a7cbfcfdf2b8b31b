/**
 * This broker's standing in the cluster: it registers, sends heartbeats, is unfenced when it has caught up with the
 * metadata, and asks leave before it goes down, so that its partitions have other leaders by then where others exist.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Uuid } from '../base/uuid.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import type { ControllerChannel } from './handlers/context.ts'
import type { BrokerImage, EndpointImage } from './metadata/cluster.ts'
import { supportedFeatures } from './metadata/features.ts'

const RETRY_MS = 100
/** Pieces of metadata that follow each other are told of together. */
const TELL_MS = 10
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }
/** Outcomes that no retry can change. */
const FATAL = new Set(['INCONSISTENT_CLUSTER_ID', 'UNSUPPORTED_VERSION', 'INVALID_REQUEST'])

export interface LifecycleOptions {
  readonly nodeId: number
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly rack: string | null
  readonly logDirs: readonly Uuid[]
  /** Epoch of the life before, when that ended cleanly; -1 otherwise. */
  readonly previousEpoch: number
  readonly channel: ControllerChannel
  readonly clock: Clock
  readonly logger: Logger
  /** Offset of the metadata that this broker has applied. */
  readonly metadataOffset: () => number
  readonly offlineLogDirs: () => readonly Uuid[]
  readonly heartbeatIntervalMs: number
}

export class BrokerLifecycle {
  private readonly options: LifecycleOptions
  private timer: Timer | undefined
  /** The logs are being loaded: alive, but not ready to lead. */
  private wantFence = false
  private wantShutDown = false
  private closed = false
  private isTelling = false
  private brokerEpoch = -1
  private onUnfenced: (() => void) | undefined
  private onReleased: (() => void) | undefined

  constructor(options: LifecycleOptions) {
    this.options = options
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
    const { channel, nodeId, clusterId, incarnationId, endpoints, rack, logDirs, previousEpoch } = this.options
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
          logDirs,
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
    this.timer?.cancel()
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
   * while there is one, this broker says so soon, not with its next heartbeat.
   */
  metadataMoved(brokers: Iterable<BrokerImage>): void {
    if (this.isTelling || this.wantShutDown || this.closed || this.brokerEpoch < 0) return
    let isAwaited = false
    for (const { id, fenced, inControlledShutdown } of brokers) {
      isAwaited ||= inControlledShutdown && !fenced && id !== this.options.nodeId
    }
    if (!isAwaited) return
    this.isTelling = true
    this.options.clock.schedule(TELL_MS, () => {
      this.isTelling = false
      if (!this.closed) this.beat()
    })
  }

  /** A log directory failed: the controller is to know now, not with the next heartbeat. */
  directoryFailed(): void {
    if (this.brokerEpoch >= 0 && !this.closed) this.beat()
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  private beat(): void {
    this.heartbeat().then(
      (delayMs) => this.next(delayMs),
      (error: unknown) => {
        if (!(error instanceof ApiError)) this.options.logger.error('A heartbeat failed.', error)
        this.next(RETRY_MS)
      },
    )
  }

  private next(delayMs: number): void {
    if (this.closed) return
    this.timer?.cancel()
    this.timer = this.options.clock.schedule(delayMs, () => this.beat())
  }

  private async heartbeat(): Promise<number> {
    const { channel, nodeId, metadataOffset, offlineLogDirs, heartbeatIntervalMs, logger } = this.options
    const answer = await channel.send(
      'BrokerHeartbeat',
      1,
      {
        brokerId: nodeId,
        brokerEpoch: this.brokerEpoch,
        currentMetadataOffset: metadataOffset(),
        wantFence: this.wantFence,
        wantShutDown: this.wantShutDown,
        offlineLogDirs: offlineLogDirs(),
      },
      SELF,
    )
    if (answer.errorCode !== 0) {
      logger.warn(`The controller answered a heartbeat with ${errorName(answer.errorCode)}.`)
      return RETRY_MS
    }
    if (answer.shouldShutDown) {
      this.onReleased?.()
      return heartbeatIntervalMs
    }
    if (!answer.isFenced) this.onUnfenced?.()
    // While something is wanted, the next step follows at once.
    return this.wantShutDown || (answer.isFenced && !this.wantFence) ? 10 : heartbeatIntervalMs
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.options.clock.schedule(delayMs, resolve))
  }
}
