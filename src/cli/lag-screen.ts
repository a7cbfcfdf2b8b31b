/**
 * What `mq lag watch` draws: a row a group with a sparkline of its lag, the worst first, as many as fit; below it why a
 * status is not OK, and hot partitions. Pure: the same groups give the same text.
 */
import { colours } from '../output/colours.ts'
import { sparkline } from '../output/sparkline.ts'
import { type Column, renderTable } from '../output/table.ts'
import { formatCount, formatDuration, formatTime } from '../output/units.ts'

/** A group of a look: what the screen needs of it. */
export interface ScreenGroup {
  readonly group: string
  readonly state: string | null
  readonly members: number | null
  readonly unread: number | null
  readonly maxTimeLagMs: number | null
  readonly inPerSecond: number | null
  readonly outPerSecond: number | null
  readonly growthPerSecond: number | null
  readonly catchUpMs: number | null
  readonly status: string | null
  readonly statusWhy: string | null
  readonly hot: readonly {
    readonly topic: string
    readonly partition: number
    readonly inShare: number | null
    readonly lagShare: number | null
    readonly times: number
  }[]
  readonly error?: { readonly message: string }
}

export interface Screen {
  readonly at: number
  readonly groups: readonly ScreenGroup[]
  /** The lags of a group in the looks so far. */
  readonly history: (group: string) => readonly (number | null)[]
  /** What could not be asked, a line each. */
  readonly failures: readonly string[]
  readonly intervalMs: number
}

/** Looks in a sparkline, where the terminal is wide and where it is not. */
const SPARK_WIDTH = 20
const SPARK_WIDTH_NARROW = 10
const WIDE = 110
/** Lines that are not groups: the headings and blank lines. */
const FRAME_LINES = 4
/** Lines for remarks below the table. */
const REMARKS_MAX = 8

/** `1,234`, `12.3`, `0`; null is `-`. */
export function formatPerSecond(rate: number | null): string {
  if (rate === null) return '-'
  return Math.abs(rate) >= 100 ? formatCount(Math.round(rate)) : String(Math.round(rate * 10) / 10)
}

/** The change of the lag a second, with its sign. */
export function formatGrowth(growth: number | null): string {
  return growth !== null && growth > 0 ? `+${formatPerSecond(growth)}` : formatPerSecond(growth)
}

/** Time to catch up; `never` where the lag does not shrink. */
export function formatCatchUp(group: Pick<ScreenGroup, 'unread' | 'growthPerSecond' | 'catchUpMs'>): string {
  if (group.catchUpMs !== null) return formatDuration(group.catchUpMs)
  return group.unread !== null && group.growthPerSecond !== null ? 'never' : '-'
}

const STATUS_ORDER = ['REWIND', 'STOP', 'STALL', 'WARN', null, 'OK']

/** A status in its colour. */
export function statusText(status: string | null): string {
  if (status === null) return '-'
  if (status === 'OK') return colours.success(status)
  return status === 'WARN' ? colours.warning(status) : colours.error(status)
}

/** The groups, what needs attention first: those that cannot be read, then by status and lag. */
export function worstFirst<T extends ScreenGroup>(groups: readonly T[]): T[] {
  const rank = (group: ScreenGroup) => (group.error === undefined ? STATUS_ORDER.indexOf(group.status) : -1)
  return [...groups].sort(
    (a, b) => rank(a) - rank(b) || (b.unread ?? 0) - (a.unread ?? 0) || (a.group < b.group ? -1 : 1),
  )
}

/** The text of a screen of `rows` lines at most, for a terminal of so many columns: what matters most comes first in a line. */
export function drawScreen(screen: Screen, rows: number, width = WIDE): string {
  const remarks = remarksOf(screen).slice(0, Math.min(REMARKS_MAX, Math.floor(rows / 4)))
  const room = Math.max(1, rows - FRAME_LINES - (remarks.length > 0 ? remarks.length + 1 : 0))
  const sorted = worstFirst(screen.groups)
  const shown = sorted.length > room ? sorted.slice(0, Math.max(1, room - 1)) : sorted
  const lines = [
    headline(screen),
    '',
    renderTable(columns(screen.history, width < WIDE ? SPARK_WIDTH_NARROW : SPARK_WIDTH), shown),
  ]
  if (shown.length < sorted.length) lines.push(colours.muted(`${sorted.length - shown.length} more groups`))
  if (remarks.length > 0) lines.push('', ...remarks)
  return lines.join('\n')
}

function headline({ at, groups, intervalMs }: Screen): string {
  const sum = (read: (group: ScreenGroup) => number | null) => {
    const known = groups.map(read).filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
  }
  const count = `${groups.length} group${groups.length === 1 ? '' : 's'}`
  const lag = `lag ${formatCount(sum(({ unread }) => unread))}`
  const rates = `in ${formatPerSecond(sum((one) => one.inPerSecond))}/s, out ${formatPerSecond(sum((one) => one.outPerSecond))}/s`
  return `${colours.heading(count)}  ${lag}  ${rates}  ${colours.muted(`${formatTime(at)}, every ${formatDuration(intervalMs)}`)}`
}

function columns(history: Screen['history'], spark: number): Column<ScreenGroup>[] {
  return [
    { header: 'GROUP', value: ({ group }) => group },
    { header: 'STATUS', value: ({ status }) => statusText(status) },
    { header: 'LAG', value: ({ unread }) => formatCount(unread), align: 'right' },
    { header: 'HISTORY', value: ({ group }) => sparkline(history(group), spark) },
    { header: 'TIME-LAG', value: ({ maxTimeLagMs }) => formatDuration(maxTimeLagMs), align: 'right' },
    { header: 'IN/S', value: ({ inPerSecond }) => formatPerSecond(inPerSecond), align: 'right' },
    { header: 'OUT/S', value: ({ outPerSecond }) => formatPerSecond(outPerSecond), align: 'right' },
    { header: 'TREND/S', value: ({ growthPerSecond }) => formatGrowth(growthPerSecond), align: 'right' },
    { header: 'CATCH-UP', value: formatCatchUp, align: 'right' },
    { header: 'MEMBERS', value: ({ members }) => members, align: 'right' },
    { header: 'STATE', value: ({ state }) => state },
  ]
}

function remarksOf({ groups, failures }: Screen): string[] {
  const remarks = failures.map((text) => `${colours.error('cannot ask:')} ${text}`)
  for (const { group, error, status, statusWhy, hot } of worstFirst(groups)) {
    if (error !== undefined) remarks.push(`${group}: ${colours.error(error.message)}`)
    else if (status !== null && status !== 'OK') remarks.push(`${group}: ${statusText(status)} on ${statusWhy}`)
    const [hottest] = hot
    if (hottest !== undefined) remarks.push(`${group}: ${hotText(hottest)}`)
  }
  return remarks
}

/** Why a partition counts as hot. */
export function hotText({ topic, partition, inShare, lagShare, times }: ScreenGroup['hot'][number]): string {
  const percent = (share: number) => `${Math.round(share * 100)}%`
  const byLag = (lagShare ?? 0) >= (inShare ?? 0)
  const what = byLag ? `${percent(lagShare ?? 0)} of the lag` : `${percent(inShare ?? 0)} of what comes in`
  return `${topic}-${partition} is hot: ${what}, ${times} times its share`
}
