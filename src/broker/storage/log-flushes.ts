/**
 * When a log is brought to stable storage: after so many records (`flush.messages`), so many milliseconds after the first
 * one that is not there yet (`flush.ms`), or when somebody asks. Errors go through the log's guard.
 */
import type { Timer } from '../../base/clock.ts'
import type { LogState } from './log-types.ts'

export class LogFlushes {
  private readonly of: Pick<LogState, 'environment' | 'files' | 'epochs' | 'guard'>
  private unflushedRecords = 0
  private timer: Timer | undefined

  constructor(state: LogState) {
    this.of = state
  }

  /** So many records were appended. */
  appended(recordCount: number): void {
    this.unflushedRecords += recordCount
    this.flushIfDue()
  }

  flushIfDue(): void {
    const { files, environment, guard } = this.of
    const { flushMessages, flushMs } = files.config
    if (this.unflushedRecords >= flushMessages) this.flush()
    else if (this.timer === undefined && flushMs < Number.MAX_SAFE_INTEGER) {
      this.timer = environment.clock.schedule(flushMs, () => guard.inBackground(() => this.flush()))
    }
  }

  /** Returns when everything appended is on stable storage; throws KAFKA_STORAGE_ERROR. */
  flush(): void {
    this.stop()
    this.of.guard.run(() => {
      this.of.epochs.flush()
      this.of.files.sync()
      this.unflushedRecords = 0
    })
  }

  /** Nothing is flushed by time any more. */
  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
  }
}
