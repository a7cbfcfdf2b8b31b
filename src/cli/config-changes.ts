/** How changed configuration keys read to people. */
import { renderTable } from '../output/table.ts'

export interface ShownChange {
  readonly key: string
  readonly before: string | null
  readonly after: string | null
}

/** One row a key: before and after. */
export function renderChanges(changes: readonly ShownChange[]): string {
  return renderTable(
    [
      { header: 'KEY', value: (row) => row.key },
      { header: 'BEFORE', value: (row) => row.before },
      { header: 'AFTER', value: (row) => row.after },
    ],
    changes,
  )
}
