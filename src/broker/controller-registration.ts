/**
 * Tells the cluster where this controller listens and what it supports, and tells it again whenever the metadata do not say so:
 * when they did not know of controllers before (metadata.version up to 3.6), or another life of this node stands there.
 */
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Uuid } from '../base/uuid.ts'
import { ApiError } from '../protocol/errors.ts'
import type { ControllerChannel } from './handlers/context.ts'
import type { EndpointImage } from './metadata/cluster.ts'
import { supportedFeatures } from './metadata/features.ts'
import type { MetadataImage } from './metadata/image.ts'

const RETRY_MS = 100
const SELF = { principal: 'User:ANONYMOUS', clientHost: '127.0.0.1' }

export interface ControllerRegistrationOptions {
  readonly nodeId: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly channel: ControllerChannel & { readonly isOpen: boolean }
  /** The committed metadata. */
  readonly image: MetadataImage
  readonly clock: Clock
  readonly logger: Logger
}

export class ControllerRegistration {
  private readonly options: ControllerRegistrationOptions
  private timer: Timer | undefined
  private isSending = false
  private isClosed = false

  constructor(options: ControllerRegistrationOptions) {
    this.options = options
    options.image.subscribe(() => this.look())
  }

  /** True when the cluster knows this life of the controller, or knows no controllers at all. */
  get isKnown(): boolean {
    const { image, nodeId, incarnationId } = this.options
    if (!image.features.recordVersions.controllerRegistration) return true
    return image.controllers.get(nodeId)?.incarnationId === incarnationId
  }

  /** Sends the registration if it is wanted and can be heard; tries again until the metadata have it. */
  look(): void {
    const { image, channel } = this.options
    if (this.isClosed || this.isSending || this.timer !== undefined) return
    if (!image.features.isFinalised || this.isKnown) return
    if (!channel.isOpen) {
      this.later()
      return
    }
    this.isSending = true
    this.send().then(
      () => {
        this.isSending = false
        // The record is applied with the next batch; if it is not, the next look finds out.
        this.later()
      },
      (error: unknown) => {
        this.isSending = false
        if (!(error instanceof ApiError)) this.options.logger.error('The controller could not be registered.', error)
        this.later()
      },
    )
  }

  close(): void {
    this.isClosed = true
    this.timer?.cancel()
  }

  private later(): void {
    if (this.isClosed || this.isKnown) return
    this.timer ??= this.options.clock.schedule(RETRY_MS, () => {
      this.timer = undefined
      this.look()
    })
  }

  private async send(): Promise<void> {
    const { channel, nodeId, incarnationId, endpoints, logger } = this.options
    const request = {
      controllerId: nodeId,
      incarnationId,
      zkMigrationReady: false,
      listeners: endpoints,
      features: supportedFeatures.map(({ name, minVersion, maxVersion }) => ({
        name,
        minSupportedVersion: minVersion,
        maxSupportedVersion: maxVersion,
      })),
    }
    const { errorCode } = await channel.send('ControllerRegistration', 0, request, SELF)
    if (errorCode === 0) logger.info(`Registered controller ${nodeId} with incarnation ${incarnationId}`)
  }
}
