/**
 * The offsets that readers of a log go by: where it starts, how far it is committed, where the first undecided
 * transaction begins. Leader epochs and producers follow them.
 *
 * Invariants: start <= committed end <= log end; last stable offset <= committed end.
 */
import { rebuildProducerState } from './producer-rebuild.ts'
import type { LogState } from './log-types.ts'

export class LogBounds {
  /** First offset that may be read. */
  start: number
  /** The high watermark. */
  committedEnd: number
  /** Start of the first undecided transaction; undefined when there is none. */
  private unstable: number | undefined
  private readonly of: Pick<LogState, 'environment' | 'files' | 'producers' | 'epochs'>

  constructor(state: LogState) {
    this.of = state
    this.start = state.logStartOffset
    this.committedEnd = state.logStartOffset
    this.refreshUnstable()
  }

  /** What read_committed readers may see ends here. */
  get lastStable(): number {
    return this.unstable === undefined ? this.committedEnd : Math.min(this.unstable, this.committedEnd)
  }

  /** Sets the high watermark, bounded by log start and end. True when it changed. */
  commit(offset: number): boolean {
    const bounded = Math.min(Math.max(offset, this.start), this.of.files.endOffset)
    if (bounded === this.committedEnd) return false
    this.committedEnd = bounded
    this.of.producers.onHighWatermark(bounded)
    this.refreshUnstable()
    return true
  }

  /** What lies before `offset` is gone for readers. */
  startAt(offset: number): void {
    this.start = offset
    this.of.epochs.truncateFromStart(offset)
    this.of.producers.onLogStartOffset(offset)
    this.refreshUnstable()
  }

  /** The oldest segments were removed; the first one begins at `offset` now. */
  firstSegmentAt(offset: number): void {
    if (offset <= this.start) return
    if (this.committedEnd < offset) this.committedEnd = offset
    this.startAt(offset)
  }

  /** The files lost everything from `offset` on: epochs, bounds and producers do too. */
  truncatedTo(offset: number): void {
    const { epochs, producers, files, environment } = this.of
    epochs.truncateFromEnd(offset)
    this.start = Math.min(this.start, offset)
    this.committedEnd = Math.min(this.committedEnd, offset)
    rebuildProducerState(producers, files.segments, {
      logStartOffset: this.start,
      endOffset: offset,
      nowMs: environment.clock.nowMs(),
    })
    producers.onHighWatermark(this.committedEnd)
    this.refreshUnstable()
  }

  /** The files begin anew at `offset`. */
  emptiedAt(offset: number): void {
    this.of.epochs.clear()
    this.of.producers.resetTo(offset)
    this.start = offset
    this.committedEnd = offset
    this.refreshUnstable()
  }

  /** The producers changed. */
  refreshUnstable(): void {
    const first = this.of.producers.firstUnstableOffset()
    this.unstable = first === undefined ? undefined : Math.max(first, this.start)
  }
}
