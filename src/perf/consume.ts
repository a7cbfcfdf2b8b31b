/**
 * Reads topics as fast as they come, counts records and bytes, and measures rates, as kafka-consumer-perf-test does: batches are
 * fetched, checked, decompressed and walked through, and no record becomes an object. No group is joined and nothing committed.
 */
import { ClusterClient } from '../client/cluster-client.ts'
import { answerBatches, type IsolationLevel } from '../client/fetcher.ts'
import { type ReadRange, readRaw } from '../client/partition-reader.ts'
import { type LoadFigures, loadFigures } from './figures.ts'
import { type Counted, countRecords } from './record-walk.ts'

export interface ConsumePlan {
  /** Where each partition is read from and up to; null: on and on. */
  readonly ranges: readonly ReadRange[]
  /** Stops after so many records; undefined: at the ends of the ranges. */
  readonly records: number | undefined
  readonly isolation: IsolationLevel
  /** Gives up when no record has come for so long, in ms. */
  readonly idleMs: number
  /** ms between two windows. */
  readonly windowMs: number
}

export interface ConsumeHooks {
  readonly signal: AbortSignal
  /** Told of each window's figures, and of all records so far. */
  readonly onWindow: (window: LoadFigures, records: number) => void
  /** Told when records were gone before they could be read. */
  readonly onSkipped: (place: string, from: number, to: number) => void
}

export interface ConsumeReport extends LoadFigures {
  /** Whether reading ended since nothing came any more although there should have been more. */
  timedOut: boolean
  /** ms from the beginning to the first record. */
  firstRecordMs: number | null
  windows: LoadFigures[]
}

/** Reads until the plan is fulfilled, nothing comes any more, or the signal ends it. Throws what `readRaw` throws. */
export async function runConsume(
  client: ClusterClient,
  plan: ConsumePlan,
  hooks: ConsumeHooks,
): Promise<ConsumeReport> {
  const wanted = plan.records ?? Number.POSITIVE_INFINITY
  const ender = new AbortController()
  const end = () => ender.abort()
  hooks.signal.addEventListener('abort', end, { once: true })
  const counted: Counted = { records: 0, bytes: 0 }
  const window = { fromMs: performance.now(), records: 0, bytes: 0 }
  const windows: LoadFigures[] = []
  const startMs = performance.now()
  let lastMs = startMs
  let firstRecordMs: number | null = null
  let timedOut = false
  const watch = setInterval(
    () => {
      if (performance.now() - lastMs < plan.idleMs) return
      timedOut = true
      end()
    },
    Math.max(10, Math.min(1000, plan.idleMs / 4)),
  )
  const endWindow = (now: number) => {
    const figures = loadFigures(counted.records - window.records, counted.bytes - window.bytes, now - window.fromMs)
    windows.push(figures)
    hooks.onWindow(figures, counted.records)
    window.fromMs = now
    window.records = counted.records
    window.bytes = counted.bytes
  }
  // Each answer is counted before the one after the next comes.
  const own = await ClusterClient.connect({ ...client.options, recyclesFrames: true })
  const reader = readRaw(own, plan.ranges, {
    isolation: plan.isolation,
    signal: ender.signal,
    onSkipped: ({ topic, partition }, from, to) => hooks.onSkipped(`${topic}-${partition}`, from, to),
    onGone: () => {},
  })
  try {
    reading: for await (const { part, from, until } of reader) {
      const before = counted.records
      for (const { header, batch, isReadable } of answerBatches(part, from, plan.isolation)) {
        if (isReadable) countRecords(header, batch, from, until ?? Number.MAX_SAFE_INTEGER, counted)
        if (counted.records >= wanted) break reading
      }
      const now = performance.now()
      if (counted.records > before) {
        lastMs = now
        firstRecordMs ??= now - startMs
      }
      if (now - window.fromMs >= plan.windowMs) endWindow(now)
    }
  } finally {
    clearInterval(watch)
    hooks.signal.removeEventListener('abort', end)
    own.close()
  }
  // Time that passed while nothing came is none of the load's.
  const endMs = timedOut ? lastMs : performance.now()
  if (counted.records > window.records) endWindow(endMs)
  return { ...loadFigures(counted.records, counted.bytes, endMs - startMs), timedOut, firstRecordMs, windows }
}
