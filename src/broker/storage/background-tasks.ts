/** What a node's logs need now and then, with Kafka's keys for how often. */
import type { Clock, Timer } from '../../base/clock.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogEnvironment } from './log-environment.ts'

export interface BackgroundTask {
  readonly initialDelayMs: number
  readonly intervalMs: number
  run(): void
}

interface Logs {
  /** While it is active it looks after the retention of compacted logs too, between cleanings. */
  readonly cleaner: { readonly isActive: boolean }
  forEachDirectory(work: (directory: LogDirectory) => void): void
}

/** Memory for readers that keep up; who is further behind reads from files. */
const TAIL_AGE_MS = 10_000

export function backgroundTasks(config: BrokerConfig, environment: LogEnvironment, logs: Logs): BackgroundTask[] {
  const { clock, tailCache } = environment
  const initialDelayMs = config.get('log.initial.task.delay.ms')
  const every = (intervalMs: number, run: () => void, delayMs = initialDelayMs): BackgroundTask => ({
    initialDelayMs: delayMs,
    intervalMs,
    run,
  })
  const applyRetention = (directory: LogDirectory): void => {
    let removed = 0
    for (const log of [...directory.logs.values()]) {
      if (!(log.settings.compact && logs.cleaner.isActive)) removed += log.applyRetention(clock.nowMs())
    }
    if (removed > 0) environment.log.named('kafka.log.LogManager').info(`Retention removed ${removed} segments`)
  }
  return [
    every(config.get('log.retention.check.interval.ms'), () => logs.forEachDirectory(applyRetention)),
    every(config.get('log.flush.offset.checkpoint.interval.ms'), () =>
      logs.forEachDirectory((directory) => directory.writeRecoveryPoints({ sync: false })),
    ),
    every(config.get('log.flush.start.offset.checkpoint.interval.ms'), () =>
      logs.forEachDirectory((directory) => directory.writeLogStarts()),
    ),
    every(
      config.get('replica.high.watermark.checkpoint.interval.ms'),
      () => logs.forEachDirectory((directory) => directory.writeHighWatermarks({ sync: false })),
      config.get('replica.high.watermark.checkpoint.interval.ms'),
    ),
    every(config.get('producer.id.expiration.check.interval.ms'), () =>
      logs.forEachDirectory((directory) => {
        for (const log of directory.logs.values()) log.removeExpiredProducers(clock.nowMs())
      }),
    ),
    every(TAIL_AGE_MS / 2, () => tailCache.dropOlderThan(clock.nowMs(), TAIL_AGE_MS)),
  ]
}

/** Runs each task again and again until the function returned is called. */
export function repeat(tasks: readonly BackgroundTask[], clock: Clock): () => void {
  let stopped = false
  const timers: Timer[] = []
  const run = (task: BackgroundTask, index: number, delayMs: number): void => {
    timers[index] = clock.schedule(delayMs, () => {
      task.run()
      if (!stopped) run(task, index, task.intervalMs)
    })
  }
  for (const [index, task] of tasks.entries()) run(task, index, task.initialDelayMs)
  return () => {
    stopped = true
    for (const timer of timers) timer.cancel()
  }
}
