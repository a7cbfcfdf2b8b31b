/** What the storage tests share: a log on a memory disk with small segments, and batches to put into it. */
import type { BrokerConfig } from '../../../src/config/broker-config.ts'
import { combinedNode } from '../../support/node-config.ts'
import type { Disk } from '../../../src/base/disk.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../src/broker/storage/log-config.ts'
import { logEnvironment } from '../../../src/broker/storage/log-environment.ts'
import { type OpenLogOptions, openLog } from '../../../src/broker/storage/log-loader.ts'
import type { Log } from '../../../src/broker/storage/log.ts'
import { TailCache } from '../../../src/broker/storage/tail-cache.ts'
import { type BatchOptions, decodeBatch, encodeBatch, type KafkaRecord } from '../../../src/protocol/records/record.ts'
import { eachBatch } from '../../../src/protocol/records/batch.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { MemoryDisk } from '../../support/memory-disk.ts'
import { QuietLog } from '../../support/quiet-log.ts'

export const TOPIC_ID = 'E9ZFpHovQzW2u6utZcwLtQ'
export const DIRECTORY = 'data/events-0'
export const START_MS = 1_700_000_000_000

/** Small segments and indexes, an index entry for nearly every batch. */
export const SMALL: LogConfig = { ...DEFAULT_LOG_CONFIG, segmentBytes: 4096, indexBytes: 1200, indexIntervalBytes: 100 }

export interface Bench {
  readonly disk: Disk
  readonly clock: ManualClock
  readonly lines: QuietLog
  readonly log: Log
  readonly failures: unknown[]
}

export interface BenchOptions extends Partial<Omit<OpenLogOptions, 'settings'>> {
  readonly disk?: Disk
  readonly clock?: ManualClock
  readonly settings?: Partial<LogConfig>
  /** Bytes that the tail cache may hold; 0 makes every read go to the files. */
  readonly tailBytes?: number
}

export function openBench(options: BenchOptions = {}): Bench {
  const { disk = new MemoryDisk(), clock = new ManualClock(START_MS), settings, tailBytes = 0, ...open } = options
  const lines = new QuietLog()
  const failures: unknown[] = []
  if (disk.stat('data') === undefined) disk.makeDirectory('data')
  const log = openLog(logEnvironment({ disk, clock, log: lines, tailCache: new TailCache(tailBytes) }), {
    directory: DIRECTORY,
    topic: 'events',
    partition: 0,
    topicId: TOPIC_ID,
    settings: { ...SMALL, ...settings },
    onFailure: (error) => failures.push(error),
    ...open,
  })
  return { disk, clock, lines, log, failures }
}

export interface BatchSpec extends BatchOptions {
  /** Values, one per record; a number makes that many. */
  readonly values?: readonly string[] | number
  readonly keys?: readonly (string | null)[]
  readonly timestamp?: number
  readonly timestamps?: readonly number[]
}

export function batchOf(spec: BatchSpec = {}): Buffer {
  const { values = 1, keys, timestamp = START_MS, timestamps, ...options } = spec
  const texts = typeof values === 'number' ? Array.from({ length: values }, (_, i) => `value-${i}`) : values
  return encodeBatch(
    options,
    texts.map((value, index) => {
      const key = keys?.[index]
      return {
        timestamp: timestamps?.[index] ?? timestamp,
        key: key === undefined || key === null ? null : Buffer.from(key),
        value: Buffer.from(value),
      }
    }),
  )
}

export function appendValues(log: Log, values: readonly string[], spec: BatchSpec = {}): number {
  return log.appendAsLeader(batchOf({ ...spec, values }), { leaderEpoch: 0, origin: 'client' }).firstOffset
}

/** All records from `offset` to the log end, read as a consumer would. */
export function readAll(log: Log, offset = log.logStartOffset, upTo = log.logEndOffset): KafkaRecord[] {
  const records: KafkaRecord[] = []
  let next = offset
  while (next < upTo) {
    const read = log.read(next, { maxBytes: 1000, minOneBatch: true, upTo })
    if (read.records.length === 0) break
    for (const piece of read.records) {
      for (const { header, position } of eachBatch(piece)) {
        for (const record of decodeBatch(piece.subarray(position, position + header.sizeBytes))) {
          if (record.offset >= next) records.push(record)
        }
      }
    }
    next = read.nextOffset
  }
  return records
}

export function valuesOf(log: Log, offset?: number): string[] {
  return readAll(log, offset).map((record) => record.value!.toString())
}

/** The error that `work` throws, by its protocol name; 'none' when it throws nothing. */
export function errorOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    return (error as { error?: string }).error ?? String(error)
  }
}

/** A combined node with logs in these directories; `more`: further settings. */
export function nodeConfig(logDirs: readonly string[], more: Readonly<Record<string, string>> = {}): BrokerConfig {
  return combinedNode({ 'log.dirs': logDirs.join(','), ...more })
}
