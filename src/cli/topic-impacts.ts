/** How the consequences of a change of topics read to people: what they hold, and who reads them. */
import { renderTable } from '../output/table.ts'
import { formatCount, formatSize } from '../output/units.ts'

export interface ShownReader {
  readonly group: string
  readonly state: string | null
}

export interface ShownImpact {
  readonly name: string
  readonly partitions: number
  readonly records: number | null
  readonly bytes: number | null
  readonly groups: readonly ShownReader[] | null
}

const GROUPS_SHOWN = 4

/** `billing (Stable), audit (Empty)`; long lists are cut with their number. Unknown is `?`. */
export function readersText(groups: readonly ShownReader[] | null): string {
  if (groups === null) return '?'
  const shown = groups.slice(0, GROUPS_SHOWN).map(({ group, state }) => `${group} (${state ?? 'unknown'})`)
  return [...shown, ...(groups.length > GROUPS_SHOWN ? [`and ${groups.length - GROUPS_SHOWN} more`] : [])].join(', ')
}

/** One row a topic, and a row of sums when there are several. */
export function renderImpacts(impacts: readonly ShownImpact[]): string {
  const sum = (value: (impact: ShownImpact) => number | null): number | null =>
    impacts.reduce<number | null>((total, impact) => {
      const count = value(impact)
      return total === null || count === null ? null : total + count
    }, 0)
  const rows = impacts.map((impact) => ({ ...impact, readers: readersText(impact.groups) }))
  if (impacts.length > 1) {
    const groups = new Set(impacts.flatMap((impact) => (impact.groups ?? []).map((reader) => reader.group)))
    rows.push({
      name: `${impacts.length} topics`,
      partitions: sum((impact) => impact.partitions) ?? 0,
      records: sum((impact) => impact.records),
      bytes: sum((impact) => impact.bytes),
      groups: null,
      readers: groups.size === 0 ? '' : `${groups.size} group${groups.size === 1 ? '' : 's'}`,
    })
  }
  return renderTable(
    [
      { header: 'TOPIC', value: (row) => row.name },
      { header: 'PARTITIONS', value: (row) => row.partitions, align: 'right' },
      { header: 'RECORDS', value: (row) => formatCount(row.records), align: 'right' },
      { header: 'SIZE', value: (row) => formatSize(row.bytes), align: 'right' },
      { header: 'READ-BY', value: (row) => row.readers },
    ],
    rows,
  )
}

/** The groups that are at work on these topics, which a change would disturb at once. */
export function activeReaders(impacts: readonly { readonly groups: readonly ShownReader[] | null }[]): string[] {
  const idle: ReadonlySet<string | null> = new Set(['Empty', 'Dead', null])
  const readers = impacts.flatMap((impact) => impact.groups ?? [])
  return [...new Set(readers.filter((reader) => !idle.has(reader.state)).map((reader) => reader.group))].sort()
}
