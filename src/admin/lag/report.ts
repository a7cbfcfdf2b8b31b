/**
 * Groups as a look shows them, with what the looks before it tell: rates, trend, time to catch up, the verdict of the
 * window with its evidence, partitions that are hotter than the others. What `mq lag watch` draws and `mq lag check` judges.
 */
import type { GroupLag, LagRow } from '../lag.ts'
import { catchUpMs, growthOf, NO_RATES, type Rates, ratesOf, sumRates } from './rates.ts'
import { type HotPartition, hotPartitions } from './skew.ts'
import { compareStatus, type JudgeOptions, judge, type Verdict, type WindowStatus } from './verdict.ts'
import { type LagHistory, NO_SAMPLES, unreadOf } from './window.ts'

export interface PartitionReport extends LagRow, Rates {
  verdict: Verdict
}

export interface GroupReport extends Omit<GroupLag, 'partitions'>, Rates {
  /** Records that are still to be read: like the total lag, but without markers and gaps at the end; null when not known. */
  unread: number | null
  /** Records a second by which the lag grows; below 0 where it shrinks; null when not measured. */
  growthPerSecond: number | null
  /** Time until caught up at these rates; null when never, or not known. */
  catchUpMs: number | null
  /** That of its worst partition; null when none can be judged. */
  status: WindowStatus | null
  /** The partition and the reason behind the status; null without a status. */
  statusWhy: string | null
  /** Share of its partitions with a verdict, 0 to 1; null when it has none. */
  completeness: number | null
  hot: HotPartition[]
  partitions: PartitionReport[]
}

/** The groups of a look with what `history`, which has taken it in, knows of them. */
export function reportGroups(
  groups: readonly GroupLag[],
  history: LagHistory,
  options: JudgeOptions = {},
): GroupReport[] {
  return groups.map((group) => reportGroup(group, history, options))
}

/** One group of a look. */
export function reportGroup(found: GroupLag, history: LagHistory, options: JudgeOptions = {}): GroupReport {
  const { group, type, state, members, totalLag, maxTimeLagMs, error } = found
  const partitions = found.partitions.map((row) => {
    const samples = row.error === undefined ? history.samples(group, row.topic, row.partition) : NO_SAMPLES
    return reportRow(row, samples.length === 0 ? NO_RATES : ratesOf(samples), judge(samples, options))
  })
  const known = { group, type, state, members, totalLag, maxTimeLagMs }
  return { ...known, ...(error === undefined ? {} : { error }), ...summaryOf(partitions), partitions }
}

/** Written out: there are tens of thousands of rows, and an object made by spreading takes ten times the memory. */
function reportRow(row: LagRow, { inPerSecond, outPerSecond }: Rates, verdict: Verdict): PartitionReport {
  const { topic, partition, committed, logStart, logEnd, lag, timeLagMs, lost, memberId, clientId, reason, error } = row
  const report: PartitionReport = {
    topic,
    partition,
    committed,
    logStart,
    logEnd,
    lag,
    timeLagMs,
    lost,
    memberId,
    clientId,
    reason,
    inPerSecond,
    outPerSecond,
    verdict,
  }
  if (error !== undefined) report.error = error
  return report
}

function summaryOf(partitions: readonly PartitionReport[]): Omit<GroupReport, keyof GroupLag> {
  const rates = sumRates(partitions)
  const unread = partitions.map(unreadOf).filter((count) => count !== null)
  const total = unread.length === 0 ? null : unread.reduce((sum, count) => sum + count, 0)
  const judged = partitions.filter(({ verdict }) => verdict.status !== null)
  const worst = judged.reduce<PartitionReport | undefined>((most, one) => (isWorse(one, most) ? one : most), undefined)
  // One that lags and cannot be judged yet is not covered up by others that are caught up.
  const isOpen = partitions.some((row) => row.verdict.status === null && (unreadOf(row) ?? 0) > 0)
  const status = worst === undefined || (worst.verdict.status === 'OK' && isOpen) ? null : worst.verdict.status
  return {
    ...rates,
    unread: total,
    growthPerSecond: growthOf(rates),
    catchUpMs: catchUpMs(total, rates),
    status,
    statusWhy:
      worst === undefined || status === null ? null : `${worst.topic}-${worst.partition}: ${worst.verdict.why}`,
    completeness: partitions.length === 0 ? null : judged.length / partitions.length,
    hot: hotPartitions(partitions),
  }
}

/** The worse status, then the longer lag. */
function isWorse(one: PartitionReport, most: PartitionReport | undefined): boolean {
  if (most === undefined) return true
  const order = compareStatus(one.verdict.status, most.verdict.status)
  return order > 0 || (order === 0 && (one.lag ?? 0) > (most.lag ?? 0))
}
