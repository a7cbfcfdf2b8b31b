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

export interface SampledKeys {
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly keyless: number
  readonly distinct: number
  readonly frequent: readonly { readonly key: string | null; readonly keyBase64?: string; readonly share: number }[]
}

/** A row a partition: how many keys, and those that many records have. Empty without partitions. */
export function keysText(partitions: readonly SampledKeys[]): string {
  if (partitions.length === 0) return ''
  return renderTable(
    [
      { header: 'TOPIC', value: ({ topic }) => topic },
      { header: 'PARTITION', value: ({ partition }) => partition, align: 'right' },
      { header: 'READ', value: ({ records }) => records, align: 'right' },
      { header: 'KEYLESS', value: ({ keyless }) => keyless, align: 'right' },
      { header: 'KEYS', value: ({ distinct }) => distinct, align: 'right' },
      {
        header: 'FREQUENT',
        value: ({ frequent }) =>
          frequent
            .map(
              ({ key, keyBase64, share }) =>
                `${key === null ? `base64:${keyBase64}` : shown(key)} ${Math.round(share * 100)}%`,
            )
            .join(', '),
      },
    ],
    partitions,
  )
}

/** A key on one line, and not longer than a table bears. */
function shown(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that a terminal obeys them is the reason
  const plain = key.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain
}
