/**
 * Tables for people: cli-table3 without boxes, headers in capitals without spaces (so that awk works), numbers to the
 * right, `-` for what is not there. Pure: the same rows give the same text.
 */
import { stripVTControlCharacters } from 'node:util'
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

/** cli-table3 takes time with the square of the rows; from here on the same text is laid out row by row. */
const LONG_TABLE = 200

/** The rows as text, without a trailing newline; no rows give the header alone. */
export function renderTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  /** Rows on the whole, where this is one of many tables. */
  rowsInAll = rows.length,
): string {
  if (rowsInAll > LONG_TABLE) return renderLong(columns, rows)
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

/** What `renderTable` gives, for many rows of one line each. */
function renderLong<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const heads = columns.map((column) => colours.heading(column.header.toUpperCase()))
  const lines = [heads, ...rows.map((row) => columns.map((column) => cellText(column.value(row))))]
  const widths = columns.map((_, index) =>
    lines.reduce((most, cells) => Math.max(most, displayWidth(cells[index]!)), 0),
  )
  const shown = lines.map((cells) =>
    cells
      .map((cell, index) => {
        const padding = ' '.repeat(widths[index]! - displayWidth(cell))
        return columns[index]!.align === 'right' ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
  return shown.join('\n')
}

const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** Columns that a text takes on a terminal. */
function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (!NO_WIDTH.test(character)) width += WIDE.test(character) ? 2 : 1
  }
  return width
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
