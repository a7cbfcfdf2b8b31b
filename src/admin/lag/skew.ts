/**
 * Partitions of a group that get, or keep back, far more than their share of a topic: records with one key all go to one
 * partition, and no further consumer helps there. Judged within a topic of two partitions or more.
 */
import type { LagRow } from '../lag.ts'
import type { Rates } from './rates.ts'

export interface HotPartition {
  topic: string
  partition: number
  /** Its share of what comes into the topic, 0 to 1; null while rates are not measured. */
  inShare: number | null
  /** Its share of the topic's lag, 0 to 1. */
  lagShare: number | null
  /** How many times the fair share the larger of the two is. */
  times: number
}

type Row = Pick<LagRow, 'topic' | 'partition' | 'lag'> & Rates

/** From so many times its fair share a partition counts as hot. */
const HOT_TIMES = 2
/** Below so many records, or records a second, chance makes any distribution. */
const LAG_MIN = 100
const RATE_MIN = 1
/** A topic's lag says something when it is more than what comes in within so many seconds. */
const MOMENTS_S = 5

/** The hot partitions of a group, the hottest first. */
export function hotPartitions(rows: readonly Row[]): HotPartition[] {
  const topics = new Map<string, Row[]>()
  for (const row of rows) {
    const list = topics.get(row.topic)
    if (list === undefined) topics.set(row.topic, [row])
    else list.push(row)
  }
  return [...topics.values()]
    .flatMap(hotOfTopic)
    .sort((a, b) => b.times - a.times || (a.topic < b.topic ? -1 : 1) || a.partition - b.partition)
}

function hotOfTopic(rows: readonly Row[]): HotPartition[] {
  if (rows.length < 2) return []
  const came = rows.map(({ inPerSecond }) => inPerSecond ?? 0)
  const total = came.reduce((sum, rate) => sum + rate, 0)
  const rates = sharesOf(came, RATE_MIN)
  // What came in the last moments went to whatever partition the producers were filling.
  const lags = sharesOf(
    rows.map(({ lag }) => lag ?? 0),
    Math.max(LAG_MIN, total * MOMENTS_S),
  )
  return rows.flatMap(({ topic, partition }, index) => {
    const [lagShare, inShare] = [lags?.[index] ?? null, rates?.[index] ?? null]
    // Two partitions can never be above twice the fair share: there nearly everything is hot.
    const limit = Math.min(HOT_TIMES, rows.length * 0.9)
    const times = Math.max(lagShare ?? 0, inShare ?? 0) * rows.length
    return times < limit ? [] : [{ topic, partition, inShare, lagShare, times: Math.round(times * 10) / 10 }]
  })
}

function sharesOf(values: readonly number[], least: number): number[] | undefined {
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0)
  return total < least ? undefined : values.map((value) => Math.round((Math.max(0, value) / total) * 1000) / 1000)
}
