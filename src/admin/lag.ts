/**
 * Lag of groups, in records and in time. Time is the age of the first record that the group has not read, taken from
 * the record itself: 0 when caught up, null with a reason when it cannot be known.
 */
import type { ClusterClient } from '../client/cluster-client.ts'
import { fetchPartition } from '../client/fetcher.ts'
import { EARLIEST, listOffsets } from '../client/offsets.ts'
import { MqError } from '../base/errors.ts'
import type { GroupFilter } from './group-list.ts'
import { describeGroups, type GroupOffset } from './groups.ts'
import type { ItemError } from './items.ts'

export interface LagRow {
  topic: string
  partition: number
  committed: number | null
  logEnd: number | null
  lag: number | null
  timeLagMs: number | null
  /** Why a number is missing, or what else is wrong. */
  reason: string | null
}

export interface GroupLag {
  group: string
  state: string | null
  totalLag: number | null
  maxTimeLagMs: number | null
  partitions: LagRow[]
  error?: ItemError
}

export interface LagOptions extends GroupFilter {
  readonly names?: readonly string[] | undefined
  /** Only these topics. */
  readonly topics?: readonly string[] | undefined
  /** The present, ms since the epoch. */
  readonly nowMs: number
}

const PARALLEL_READS = 16
/** Batches of nothing but control records that are skipped to find the first unread record. */
const SKIPS_MAX = 8

/** The lag of each group, by name. Named groups that do not exist keep a row with an error. */
export async function groupLag(client: ClusterClient, options: LagOptions): Promise<{ groups: GroupLag[] }> {
  const { groups } = await describeGroups(client, options)
  const rows = groups.map((group): GroupLag => {
    const offsets = group.offsets.filter((row) => options.topics === undefined || options.topics.includes(row.topic))
    return {
      group: group.group,
      state: group.state,
      totalLag: null,
      maxTimeLagMs: null,
      partitions: offsets.map(lagRow),
      ...(group.error === undefined ? {} : { error: group.error }),
    }
  })
  await addTimes(client, rows, options.nowMs)
  for (const row of rows) {
    const lags = row.partitions.map((partition) => partition.lag).filter((lag) => lag !== null)
    const times = row.partitions.map((partition) => partition.timeLagMs).filter((time) => time !== null)
    row.totalLag = lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0)
    row.maxTimeLagMs = times.length === 0 ? null : Math.max(...times)
  }
  return { groups: rows }
}

function lagRow(offset: GroupOffset): LagRow {
  const { topic, partition, committed, logStart, logEnd, lag } = offset
  return {
    topic,
    partition,
    committed,
    logEnd,
    lag,
    timeLagMs: lag === 0 ? 0 : null,
    reason: reasonFor(offset, logStart),
  }
}

function reasonFor(offset: GroupOffset, logStart: number | null): string | null {
  if (offset.error !== undefined) return offset.error.message
  if (offset.committed === null) return 'no committed offset'
  if (offset.logEnd === null) return 'the log end is not known'
  if (offset.committed > offset.logEnd) return `committed beyond the log end: the topic was truncated or created anew`
  if (logStart !== null && offset.committed < logStart) {
    return `${logStart - offset.committed} records were deleted before the group read them`
  }
  return null
}

async function addTimes(client: ClusterClient, groups: readonly GroupLag[], nowMs: number): Promise<void> {
  const behind = groups.flatMap((group) => group.partitions.filter((row) => row.lag !== null && row.lag > 0))
  const waiting = behind.values()
  const ages = new Map<string, Promise<{ ms: number | null; reason: string | null }>>()
  const work = async () => {
    for (const row of waiting) {
      const key = `${row.topic}-${row.partition}@${row.committed}`
      let age = ages.get(key)
      if (age === undefined) {
        age = ageOfFirstUnread(client, row, nowMs)
        ages.set(key, age)
      }
      const { ms, reason } = await age
      row.timeLagMs = ms
      row.reason ??= reason
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_READS }, work))
}

/** Reads the first record at or after the committed offset; one batch at a time, whatever its size. */
async function ageOfFirstUnread(
  client: ClusterClient,
  row: LagRow,
  nowMs: number,
): Promise<{ ms: number | null; reason: string | null }> {
  try {
    let offset = await withinLog(client, row)
    for (let skips = 0; skips < SKIPS_MAX; skips += 1) {
      // One byte asks for the least the broker gives: one batch.
      const answer = await fetchPartition(client, row, offset, { maxBytes: 1 })
      const [first] = answer.records
      if (first !== undefined) {
        if (first.timestamp < 0) return { ms: null, reason: 'the records carry no timestamp' }
        return { ms: Math.max(0, nowMs - first.timestamp), reason: null }
      }
      if (answer.nextOffset === offset || answer.nextOffset >= row.logEnd!) break
      offset = answer.nextOffset
    }
    // Nothing left to read: either what was there is gone (the reason says so already), or it was for no reader.
    if (row.reason !== null) return { ms: null, reason: null }
    return { ms: 0, reason: 'only transaction markers or removed records are unread' }
  } catch (error) {
    if (!(error instanceof MqError)) throw error
    return { ms: null, reason: `the first unread record cannot be read: ${error.message}` }
  }
}

async function withinLog(client: ClusterClient, row: LagRow): Promise<number> {
  if (row.reason === null) return row.committed!
  const start = (await listOffsets(client, [{ ...row, timestamp: EARLIEST }])).get(`${row.topic}-${row.partition}`)
  return Math.max(row.committed!, start?.offset ?? 0)
}
