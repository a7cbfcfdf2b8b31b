/**
 * Makes the log durable, once for all appends of a turn. A full disk is tried again until there is room; any other
 * failure is the node's end, which the caller is told of.
 */
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { ReplicatedLog } from './log.ts'

const RETRY_MS = 1000

export interface LogSyncOptions {
  readonly log: ReplicatedLog
  readonly clock: Clock
  readonly logger: Logger
  /** True when nothing may be written any more. */
  readonly isStopped: () => boolean
  readonly onSynced: () => void
  readonly onFatal: (error: unknown) => void
}

export class LogSync {
  private readonly options: LogSyncOptions
  private isScheduled = false

  constructor(options: LogSyncOptions) {
    this.options = options
  }

  /** To be called after each write to the log; at the end of the turn all of them are synced. */
  schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    this.options.clock.defer(() => this.sync())
  }

  /** To be called when the log had no room for a write: says a while later that nothing is under way, so that it is tried again. */
  scheduleLater(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    this.options.clock.schedule(RETRY_MS, () => this.sync())
  }

  private sync(): void {
    const { log, clock, logger, isStopped, onSynced, onFatal } = this.options
    if (isStopped()) return
    try {
      log.sync()
    } catch (error) {
      if (!(error instanceof ApiError)) {
        onFatal(error)
        return
      }
      logger.warn('The metadata log could not be synced; trying again.', error)
      clock.schedule(RETRY_MS, () => this.sync())
      return
    }
    this.isScheduled = false
    onSynced()
  }
}
