/** Flags and texts that the `mq perf` commands share: how much, how fast, how it is told. */
import * as Flags from '@oclif/core/flags'
import { UsageError } from '../base/errors.ts'
import { parseRateBytes } from '../base/units.ts'
import { formatCount, formatDuration } from '../output/units.ts'
import { durationFlag, integerFlag } from './flags.ts'

export const perfIntervalFlag = durationFlag({
  default: 5000,
  defaultHelp: async () => '5s',
  summary: 'Time between two lines of figures.',
})
export const seedFlag = integerFlag({ max: 0xffffffff, default: 1, summary: 'The same seed sends the same values.' })
export const warmUpFlag = integerFlag({
  default: 0,
  summary: 'Leave so many records at the beginning out of the figures.',
})
export const perfRateFlag = Flags.string({
  helpValue: 'RATE',
  summary: 'At most 5000/s (records) or 10MB/s (bytes); default: as fast as it goes.',
})

/** Records a second of `--rate`, where a record has `recordBytes` bytes. Throws UsageError. */
export function recordsPerSecond(text: string | undefined, recordBytes: number): number | undefined {
  if (text === undefined) return undefined
  const records = /^(\d+(?:\.\d+)?)\/s$/.exec(text)
  const bytes = parseRateBytes(text)
  const rate = records !== null ? Number(records[1]) : bytes === undefined ? 0 : bytes / Math.max(1, recordBytes)
  if (rate > 0) return rate
  throw new UsageError(`--rate needs records or bytes a second, such as 5000/s or 10MB/s, not "${text}"`)
}

/** Latencies as the reports hold them. */
interface Latencies {
  readonly avg: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

interface Load {
  readonly records: number
  readonly durationMs: number
  readonly recordsPerSecond: number
  readonly mibPerSecond: number
}

/** `1,000,000 records in 2.3s: 434,782 records/s, 424.6 MiB/s`. */
export function loadText(load: Load): string {
  const { records, durationMs, mibPerSecond } = load
  return `${formatCount(records)} record${records === 1 ? '' : 's'} in ${formatDuration(durationMs)}: ${formatCount(Math.round(load.recordsPerSecond))} records/s, ${mibPerSecond.toFixed(2)} MiB/s`
}

/** One line of a window, short enough for a narrow terminal. */
export function windowText(load: Load & { readonly latencyMs?: Latencies }): string {
  const { records, durationMs, mibPerSecond, latencyMs } = load
  const rate = `${formatCount(Math.round(load.recordsPerSecond))}/s, ${mibPerSecond.toFixed(2)} MiB/s`
  const head = `${formatCount(records)} records in ${formatDuration(durationMs)}: ${rate}`
  if (latencyMs === undefined) return head
  return `${head}; avg ${ms(latencyMs.avg)} ms, 99th ${ms(latencyMs.p99)}, max ${ms(latencyMs.max)}`
}

/** `avg 1.23 ms, 50th 1.1, 95th 2.3, 99th 4.5, 99.9th 6.7, max 8.9`. */
export function latencyText({ avg, p50, p95, p99, p999, max }: Latencies): string {
  return `avg ${ms(avg)} ms, 50th ${ms(p50)}, 95th ${ms(p95)}, 99th ${ms(p99)}, 99.9th ${ms(p999)}, max ${ms(max)}`
}

/** Three digits that count, at least; a microsecond at most. */
function ms(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 1
        ? value.toFixed(2)
        : value.toFixed(3)
}
