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
  const laidOut = columns.map((column) => {
    const cells = rows.map((row) => cellText(column.value(row)))
    // One look at a whole column: most have nothing but letters and digits.
    const widthOf = PLAIN.test(cells.join('')) ? (cell: string) => cell.length : displayWidth
    const head = colours.heading(column.header.toUpperCase())
    const width = cells.reduce((most, cell) => Math.max(most, widthOf(cell)), displayWidth(head))
    const pad = (cell: string, taken: number) => {
      const padding = ' '.repeat(width - taken)
      return column.align === 'right' ? padding + cell : cell + padding
    }
    return { head: pad(head, displayWidth(head)), cells, cell: (cell: string) => pad(cell, widthOf(cell)) }
  })
  const lines = [
    laidOut
      .map(({ head }) => head)
      .join('  ')
      .trimEnd(),
  ]
  for (let row = 0; row < rows.length; row += 1) {
    lines.push(
      laidOut
        .map(({ cells, cell }) => cell(cells[row]!))
        .join('  ')
        .trimEnd(),
    )
  }
  return lines.join('\n')
}

/** A text that takes as many columns as it has characters. */
const PLAIN = /^[\x20-\x7e]*$/
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** Columns that a text takes on a terminal. */
function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
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
