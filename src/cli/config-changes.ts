/** How changed configuration keys read to people. */
import { renderTable } from '../output/table.ts'

export interface ShownChange {
  readonly key: string
  readonly before: string | null
  readonly after: string | null
  readonly sensitive?: boolean
}

/** Keys of a change that was carried out and does not show. */
export function unverified(result: {
  readonly dryRun: boolean
  readonly changes: readonly { readonly key: string; readonly verified: boolean }[]
}): string[] {
  return result.dryRun ? [] : result.changes.filter((change) => !change.verified).map((change) => change.key)
}

/** One row a key: before and after. */
export function renderChanges(changes: readonly ShownChange[]): string {
  return renderTable(
    [
      { header: 'KEY', value: (row) => row.key },
      { header: 'BEFORE', value: (row) => (row.sensitive === true ? '(secret)' : row.before) },
      { header: 'AFTER', value: (row) => (row.sensitive === true ? '(secret)' : row.after) },
    ],
    changes,
  )
}
