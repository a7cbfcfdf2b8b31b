/** What Kafka measures of its log cleaner (`kafka.log:type=LogCleaner` and `LogCleanerManager`), read when it is asked for. */
import type { CleaningStats } from './cleaner.ts'
import type { Log } from './log.ts'

/** The last cleaning of a worker. */
export interface FinishedCleaning {
  readonly stats: CleaningStats
  readonly seconds: number
}

export interface CleanerMetrics {
  /** `max-dirty-percent`: the share of dirty bytes of the dirtiest log, in whole percent. */
  readonly maxDirtyPercent: number
  /** `time-since-last-run-ms`: since the logs were looked at last. */
  readonly timeSinceLastRunMs: number
  /** `max-clean-time-secs`: of the last cleanings, one of each thread, the longest; whole seconds. */
  readonly maxCleanTimeSecs: number
  /** `cleaner-recopy-percent`: of what the last cleanings read, the share that they wrote again. */
  readonly recopyPercent: number
  /** `max-buffer-utilization-percent`: the share of `log.cleaner.dedupe.buffer.size` that a cleaning needed. */
  readonly maxBufferUtilizationPercent: number
  /** `max-compaction-delay-secs`: by how much `max.compaction.lag.ms` is exceeded at most. */
  readonly maxCompactionDelaySecs: number
  /** `DeadThreadCount`: always 0, since a failure concerns a log and never the cleaner. */
  readonly deadThreadCount: number
  /** `uncleanable-partitions-count` of the log directory. */
  uncleanablePartitionsCount(logDirectory: string): number
  /** `uncleanable-bytes` of the log directory: all bytes of those partitions. */
  uncleanableBytes(logDirectory: string): number
}

export interface CleanerState {
  readonly finished: readonly FinishedCleaning[]
  dirtiestRatio(): number
  overdueMs(): number
  sinceLastPassMs(): number
  uncleanable(logDirectory: string): readonly Log[]
}

export function cleanerMetrics(state: CleanerState): CleanerMetrics {
  const { finished } = state
  const sum = (of: (stats: CleaningStats) => number): number => finished.reduce((all, { stats }) => all + of(stats), 0)
  const max = (of: (one: FinishedCleaning) => number): number => Math.max(0, ...finished.map(of))
  return {
    get maxDirtyPercent() {
      return Math.trunc(100 * state.dirtiestRatio())
    },
    get timeSinceLastRunMs() {
      return state.sinceLastPassMs()
    },
    get maxCleanTimeSecs() {
      return Math.trunc(max((one) => one.seconds))
    },
    get recopyPercent() {
      return Math.trunc(
        (100 * sum((stats) => stats.bytesWritten)) /
          Math.max(
            sum((stats) => stats.bytesRead),
            1,
          ),
      )
    },
    get maxBufferUtilizationPercent() {
      return Math.trunc(100 * max(({ stats }) => stats.bufferUtilization))
    },
    get maxCompactionDelaySecs() {
      return Math.trunc(state.overdueMs() / 1000)
    },
    deadThreadCount: 0,
    uncleanablePartitionsCount: (logDirectory) => state.uncleanable(logDirectory).length,
    uncleanableBytes: (logDirectory) => state.uncleanable(logDirectory).reduce((all, log) => all + log.sizeBytes, 0),
  }
}
