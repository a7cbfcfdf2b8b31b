/**
 * Compaction of all logs of a node: picks the dirtiest log, cleans it in slices of a few milliseconds between which
 * everything else gets its turn, keeps `cleaner-offset-checkpoint`, and remembers the logs that cannot be cleaned.
 *
 * Invariants: a log is cleaned by at most one worker, and not while it is paused; before the first swap of a log its
 * directory's checkpoint names it (recovery takes gaps between its segments for compaction's from then on), and the
 * checkpoint moves on only when all swaps of a cleaning are on stable storage.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { DiskError } from '../../base/disk.ts'
import type { Logger } from '../../base/log.ts'
import { partitionKey, type TopicPartition } from '../../base/topic-partition.ts'
import type { CurrentConfig } from '../../config/node-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import { CleaningAborted, type CleaningStats, type CleaningStep, cleanLog, SwapFailed } from './cleaner.ts'
import { type Candidate, CleaningChoice, type PlannedCleaning } from './cleaner-choice.ts'
import type { CleaningPlan } from './cleaner-plan.ts'
import { type CleanerMetrics, cleanerMetrics, type FinishedCleaning } from './cleaner-metrics.ts'
import { CleanerThrottle } from './cleaner-throttle.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import { isPassing } from './storage-guard.ts'

/** Work between two turns of everybody else, whichever ends it first. */
const SLICE_MS = 2
const SLICE_BYTES = 512 * 1024
/** Between slices at least this long, and as long as the slice took. */
const REST_MIN_MS = 1

const DYNAMIC_KEYS = ['log.cleaner.backoff.ms', 'log.cleaner.threads', 'log.cleaner.io.max.bytes.per.second'] as const

export interface CleanerOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly config: Pick<CurrentConfig, 'get' | 'onChange'>
  readonly directories: () => Iterable<LogDirectory>
  /** The partition is on its way to another directory: neither of its two logs is touched meanwhile. */
  readonly isMoving: (key: string) => boolean
  /** The directory's disk failed. */
  readonly onDirectoryFailure: (directory: LogDirectory, error: unknown) => void
}

interface Worker {
  readonly key: string
  readonly directory: LogDirectory
  readonly plan: CleaningPlan
  readonly steps: Generator<CleaningStep, CleaningStats, void>
  readonly startedMs: number
  /** Waits for work that goes on elsewhere. */
  waiting: boolean
  /** What that work failed with. */
  failure: unknown
  ended: boolean
}

export class CleanerManager {
  readonly metrics: CleanerMetrics
  private readonly o: CleanerOptions
  private readonly log: Logger
  private readonly throttle: CleanerThrottle
  private readonly workers = new Map<string, Worker>()
  /** How often each log was paused. */
  private readonly paused = new Map<string, number>()
  /** By directory. */
  private readonly uncleanable = new Map<LogDirectory, Set<string>>()
  private readonly finished: FinishedCleaning[] = []
  private readonly choice: CleaningChoice
  private timer: Timer | undefined
  private isRunning = false
  /** No log was due: until then nobody looks again, unless a cleaning ends before. */
  private nothingUntilMs = 0

  constructor(options: CleanerOptions) {
    this.o = options
    this.log = options.log.named('kafka.log.LogCleaner')
    this.throttle = new CleanerThrottle(() => options.config.get('log.cleaner.io.max.bytes.per.second'))
    this.choice = new CleaningChoice(options.clock, {
      candidates: () => this.compactedLogs(),
      isFree: (candidate) => this.isFree(candidate),
      correct: (candidate, plan) => this.correct(candidate, plan),
      failed: ({ key, directory }, error) => this.report(key, directory, error),
      beforeSurvey: () => this.applyRetention(),
    })
    // What was waited for may have been told to come sooner; who waits for its rate or for a sync finds out by itself.
    options.config.onChange(DYNAMIC_KEYS, () => {
      this.nothingUntilMs = 0
      this.again(REST_MIN_MS)
    })
    this.metrics = cleanerMetrics({
      finished: this.finished,
      dirtiestRatio: () => this.choice.dirtiestRatio,
      overdueMs: () => this.choice.overdueMs,
      sinceLastPassMs: () => options.clock.nowMs() - this.choice.surveyedMs,
      uncleanable: (path) => this.uncleanableLogs(path),
    })
  }

  /** Whether compacted logs are looked after, their retention included. */
  get isActive(): boolean {
    return this.isRunning
  }

  /** Begins, unless `log.cleaner.enable` says no; the first pass comes with the next turn. */
  start(): void {
    if (this.isRunning || !this.o.config.get('log.cleaner.enable')) return
    this.isRunning = true
    this.again(0)
  }

  /** Ends all cleanings; what they had not finished is done again after the next start. */
  stop(): void {
    this.isRunning = false
    this.choice.clear()
    this.timer?.cancel()
    for (const worker of [...this.workers.values()]) this.abort(worker)
  }

  /** Ends a cleaning of the log and begins none until `resume` was called as often. Nothing of it goes on afterwards. */
  abortAndPause(at: TopicPartition): void {
    const key = partitionKey(at.topic, at.partition)
    this.pause(key)
    this.abortKey(key)
  }

  resume(at: TopicPartition): void {
    this.resumeKey(partitionKey(at.topic, at.partition))
  }

  /** Ends a cleaning of the log, without a trace; another one may begin. */
  abortCleaning(at: TopicPartition): void {
    this.abortKey(partitionKey(at.topic, at.partition))
  }

  private pause(key: string): void {
    this.paused.set(key, (this.paused.get(key) ?? 0) + 1)
  }

  private resumeKey(key: string): void {
    const count = (this.paused.get(key) ?? 0) - 1
    if (count > 0) this.paused.set(key, count)
    else this.paused.delete(key)
  }

  /**
   * The logs are deleted, or moved to another directory: ends their cleanings and drops what is known of them, their
   * checkpoint entries in `directory` included. A pause stays. Throws DiskError.
   */
  forget(logs: readonly TopicPartition[], directory: LogDirectory): void {
    const keys = logs.map((at) => partitionKey(at.topic, at.partition))
    for (const key of keys) {
      this.abortKey(key)
      this.uncleanable.get(directory)?.delete(key)
    }
    if (directory.state === 'online') directory.dropCleanerOffsets(keys)
  }

  /**
   * The log goes on in another directory (its log must be there): so does the place that its cleaning has reached. Where the
   * checkpoints have no room it begins anew, and the old entry stays until a log of this name is made there again. Throws
   * DiskError when the disk of `to` fails.
   */
  moveCheckpoint(at: TopicPartition, from: LogDirectory, to: LogDirectory): void {
    const key = partitionKey(at.topic, at.partition)
    const offset = from.cleanerOffset(key)
    try {
      this.forget([at], from)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (!isPassing(error)) this.o.onDirectoryFailure(from, error)
    }
    try {
      if (offset !== undefined) to.setCleanerOffset(key, offset)
    } catch (error) {
      if (!isPassing(error)) throw error
    }
  }

  /** Logs that could not be cleaned and are left alone, of one directory or of all. */
  uncleanableLogs(path?: string): Log[] {
    const logs: Log[] = []
    for (const [directory, keys] of this.uncleanable) {
      if (path !== undefined && directory.path !== path) continue
      for (const key of keys) {
        const log = directory.logs.get(key)
        if (log === undefined) keys.delete(key)
        else logs.push(log)
      }
    }
    return logs
  }

  private again(delayMs: number): void {
    this.timer?.cancel()
    if (this.isRunning) this.timer = this.o.clock.schedule(delayMs, () => this.turn())
  }

  /** One slice: new cleanings where there is room for one, then some steps of each. */
  private turn(): void {
    const { clock, config } = this.o
    const startedMs = clock.monotonicMs()
    while (this.workers.size < config.get('log.cleaner.threads') && startedMs >= this.nothingUntilMs) {
      const picked = this.choice.next()
      if (picked === undefined) this.nothingUntilMs = startedMs + config.get('log.cleaner.backoff.ms')
      else this.begin(picked)
    }
    if (this.workers.size === 0) {
      this.nothingUntilMs = 0
      this.again(config.get('log.cleaner.backoff.ms'))
      return
    }
    this.slice(startedMs)
    const nowMs = clock.monotonicMs()
    // Whoever all are waiting for wakes the cleaner.
    if (this.workers.size > 0 && [...this.workers.values()].every((worker) => worker.waiting)) return
    this.again(Math.max(REST_MIN_MS, nowMs - startedMs, this.throttle.restMs(nowMs)))
  }

  private slice(startedMs: number): void {
    let bytes = 0
    for (let goOn = true; goOn && bytes < SLICE_BYTES; ) {
      goOn = false
      for (const worker of [...this.workers.values()]) {
        if (worker.waiting || worker.ended) continue
        bytes += this.step(worker)
        goOn = true
        const nowMs = this.o.clock.monotonicMs()
        if (nowMs - startedMs >= SLICE_MS || this.throttle.restMs(nowMs) > 0) return
      }
    }
  }

  /** Bytes moved. */
  private step(worker: Worker): number {
    try {
      const { failure } = worker
      worker.failure = undefined
      const step = failure === undefined ? worker.steps.next() : worker.steps.throw(failure)
      if (step.done === true) this.finish(worker, step.value)
      else if (typeof step.value === 'number') {
        this.throttle.moved(step.value)
        return step.value
      } else {
        worker.waiting = true
        step.value((error) => {
          worker.waiting = false
          worker.failure = error
          if (!worker.ended) this.again(REST_MIN_MS)
        })
      }
    } catch (error) {
      this.failed(worker, error)
    }
    return 0
  }

  private *compactedLogs(): Generator<Candidate> {
    for (const directory of this.o.directories()) {
      if (directory.state !== 'online') continue
      for (const [key, log] of directory.logs) {
        const candidate = { key, directory, log }
        if (this.isFree(candidate)) yield candidate
      }
    }
  }

  private isFree({ key, directory, log }: Candidate): boolean {
    if (!log.settings.compact || log.isOffline || this.workers.has(key) || this.paused.has(key)) return false
    return !this.o.isMoving(key) && this.uncleanable.get(directory)?.has(key) !== true
  }

  private correct({ key, directory, log }: Candidate, { firstDirtyOffset, correction }: CleaningPlan): void {
    // Retention moves the start of such a log past the checkpoint as a matter of course.
    if (!log.settings.delete) this.log.warn(`${key}: the cleaner checkpoint ${correction}; it is set right`)
    directory.setCleanerOffset(key, firstDirtyOffset)
  }

  private begin({ key, directory, plan }: PlannedCleaning): void {
    const { config, clock } = this.o
    const steps = cleanLog({
      plan,
      nowMs: clock.nowMs(),
      mapBytes: config.get('log.cleaner.dedupe.buffer.size') / config.get('log.cleaner.threads'),
      loadFactor: config.get('log.cleaner.io.buffer.load.factor'),
      readBytes: config.get('log.cleaner.io.buffer.size'),
      beforeSwap: () => {
        if (directory.cleanerOffset(key) === undefined) directory.setCleanerOffset(key, plan.firstDirtyOffset)
      },
    })
    const startedMs = clock.monotonicMs()
    this.workers.set(key, {
      key,
      directory,
      plan,
      steps,
      startedMs,
      waiting: false,
      failure: undefined,
      ended: false,
    })
  }

  private finish(worker: Worker, stats: CleaningStats): void {
    this.end(worker)
    const seconds = (this.o.clock.monotonicMs() - worker.startedMs) / 1000
    worker.directory.setCleanerOffset(worker.key, stats.endOffset)
    this.finished.push({ stats, seconds })
    if (this.finished.length > Math.max(1, this.o.config.get('log.cleaner.threads'))) this.finished.shift()
    const { plan } = worker
    this.log.info(
      `Cleaned ${worker.key}: dirty offsets ${plan.firstDirtyOffset} to ${stats.endOffset}, ${stats.bytesRead} bytes became ` +
        `${stats.bytesWritten}, ${stats.recordsRead} records ${stats.recordsWritten}, in ${seconds.toFixed(1)} s`,
    )
  }

  private failed(worker: Worker, error: unknown): void {
    this.end(worker)
    if (error instanceof CleaningAborted) this.log.info(`The cleaning of ${worker.key} was given up: ${error.message}`)
    else this.report(worker.key, worker.directory, error)
  }

  /** The disk failed, is full, or what the log holds cannot be cleaned: only the last is the log's own fault. */
  private report(key: string, directory: LogDirectory, error: unknown): void {
    if (error instanceof ApiError && error.error === 'KAFKA_STORAGE_ERROR') return
    if (error instanceof SwapFailed || (error instanceof DiskError && !isPassing(error))) {
      this.o.onDirectoryFailure(directory, error instanceof SwapFailed ? error.cause : error)
      return
    }
    if (error instanceof DiskError) {
      this.log.warn(`${key} is cleaned later`, error)
      this.holdBack(key)
      return
    }
    this.log.error(`${key} cannot be cleaned and is left alone until the next start`, error)
    const keys = this.uncleanable.get(directory) ?? new Set()
    this.uncleanable.set(directory, keys.add(key))
  }

  /** Not again before the next pass: the disk may have room by then. */
  private holdBack(key: string): void {
    this.pause(key)
    this.o.clock.schedule(this.o.config.get('log.cleaner.backoff.ms'), () => this.resumeKey(key))
  }

  private abortKey(key: string): void {
    const worker = this.workers.get(key)
    if (worker !== undefined) this.abort(worker)
  }

  private abort(worker: Worker): void {
    this.end(worker)
    try {
      worker.steps.return({} as CleaningStats)
    } catch (error) {
      this.report(worker.key, worker.directory, error)
    }
  }

  private end(worker: Worker): void {
    worker.ended = true
    this.workers.delete(worker.key)
    this.nothingUntilMs = 0
    this.again(REST_MIN_MS)
  }

  /** Compacted logs lose what lies before their start, or is too old for `compact,delete`, between cleanings only. */
  private applyRetention(): void {
    for (const { key, directory, log } of [...this.compactedLogs()]) {
      try {
        const removed = log.applyRetention(this.o.clock.nowMs())
        if (removed > 0) this.log.info(`Retention removed ${removed} segments of ${key}`)
      } catch (error) {
        this.report(key, directory, error)
      }
    }
  }
}
