/**
 * Tables for people: cli-table3 without boxes, headers in capitals without spaces (so that awk works), numbers to the
 * right, `-` for what is not there. Pure: the same rows give the same text.
 */
import Table from 'cli-table3'
import { colours } from './colours.ts'

export type Cell = string | number | boolean | null | undefined

export interface Column<T> {
  /** Shown in capitals; a unit belongs here: `SIZE`, `LAG`, `UPTIME`. */
  readonly header: string
  readonly value: (row: T) => Cell
  /** Numbers and sizes: right. Default left. */
  readonly align?: 'left' | 'right'
}

const NO_BOX = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

/** The rows as text, without a trailing newline; no rows give the header alone. */
export function renderTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const table = new Table({
    chars: NO_BOX,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map((column) => column.align ?? 'left'),
    head: columns.map((column) => colours.heading(column.header.toUpperCase())),
  })
  for (const row of rows) table.push(columns.map((column) => cellText(column.value(row))))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** `label: value` lines, the values in one column. */
export function renderFields(fields: readonly (readonly [label: string, value: Cell])[]): string {
  const width = Math.max(0, ...fields.map(([label]) => label.length + 1))
  return fields.map(([label, value]) => `${`${label}:`.padEnd(width + 1)}${cellText(value)}`).join('\n')
}

function cellText(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-'
  return String(value)
}
