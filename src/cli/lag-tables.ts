/** What `mq lag show` prints of groups that were measured: rates and status, hot partitions, advice. Pure. */
import { renderTable } from '../output/table.ts'
import { formatCount, formatDuration } from '../output/units.ts'
import { formatCatchUp, formatGrowth, formatPerSecond, hotText, type ScreenGroup, statusText } from './lag-screen.ts'

export interface MeasuredGroup extends ScreenGroup {
  readonly advice?: {
    readonly consumers: number
    readonly partitions: number
    readonly perConsumer: number | null
    readonly neededPerSecond: number | null
    readonly advised: number | null
    readonly catchUpMs: number | null
    readonly text: string
  }
}

/** Tables of the groups, and below them a line for what is to be said. */
export function measuredText(groups: readonly MeasuredGroup[]): string {
  const rates = renderTable(
    [
      { header: 'GROUP', value: ({ group }) => group },
      { header: 'LAG', value: ({ unread }) => unread, align: 'right' },
      { header: 'IN/S', value: ({ inPerSecond }) => formatPerSecond(inPerSecond), align: 'right' },
      { header: 'OUT/S', value: ({ outPerSecond }) => formatPerSecond(outPerSecond), align: 'right' },
      { header: 'TREND/S', value: ({ growthPerSecond }) => formatGrowth(growthPerSecond), align: 'right' },
      { header: 'CATCH-UP', value: formatCatchUp, align: 'right' },
      { header: 'STATUS', value: ({ status }) => statusText(status) },
      { header: 'WHY', value: ({ statusWhy }) => statusWhy },
    ],
    groups,
  )
  const hot = groups.flatMap(({ group, hot: partitions }) => partitions.map((one) => `${group}: ${hotText(one)}`))
  const parts = [rates, ...(hot.length > 0 ? [hot.join('\n')] : []), ...adviceText(groups)]
  return parts.join('\n\n')
}

function adviceText(groups: readonly MeasuredGroup[]): string[] {
  const advised = groups.flatMap(({ group, advice }) => (advice === undefined ? [] : [{ group, ...advice }]))
  if (advised.length === 0) return []
  const table = renderTable(
    [
      { header: 'GROUP', value: ({ group }) => group },
      { header: 'PARTITIONS', value: ({ partitions }) => partitions, align: 'right' },
      { header: 'CONSUMERS', value: ({ consumers }) => consumers, align: 'right' },
      { header: 'EACH/S', value: ({ perConsumer }) => formatPerSecond(perConsumer), align: 'right' },
      { header: 'NEEDED/S', value: ({ neededPerSecond }) => formatPerSecond(neededPerSecond), align: 'right' },
      { header: 'ADVISED', value: ({ advised: count }) => formatCount(count), align: 'right' },
      {
        header: 'THEN-CAUGHT-UP-IN',
        value: (one) => (one.advised !== null && one.catchUpMs === null ? 'never' : formatDuration(one.catchUpMs)),
        align: 'right',
      },
    ],
    advised,
  )
  return [table, advised.map(({ group, text }) => `${group}: ${text}`).join('\n')]
}
