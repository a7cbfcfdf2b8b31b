/**
 * The offsets CSV of Kafka's own tools, both ways: `topic,partition,offset` lines for one group,
 * `group,topic,partition,offset` for several; no header; names with commas or quotes are quoted.
 */
import { UsageError } from '../base/errors.ts'

export interface CsvOffset {
  /** Undefined: the line names no group. */
  readonly group: string | undefined
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Reads both forms, also mixed. Throws UsageError with the number of the line. */
export function parseOffsetsCsv(text: string): CsvOffset[] {
  const rows: CsvOffset[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue
    const cells = splitLine(line)
    const [topic, partition, offset] = cells?.slice(-3) ?? []
    const isWhole = [partition, offset].every((cell) => cell !== undefined && /^\d{1,18}$/.test(cell))
    if (cells === undefined || ![3, 4].includes(cells.length) || !isWhole || topic === '') {
      throw new UsageError(
        `line ${index + 1} of the offsets file is neither topic,partition,offset nor group,topic,partition,offset`,
      )
    }
    const group = cells.length === 4 ? cells[0]! : undefined
    rows.push({ group, topic: topic!, partition: Number(partition), offset: Number(offset) })
  }
  return rows
}

/** Cells without the blanks around them; undefined when a quote is left open. */
function splitLine(line: string): string[] | undefined {
  const cells: string[] = []
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (;;) {
    const match = cell.exec(line)
    if (match === null) return undefined
    cells.push(match[1] === undefined ? match[2]!.trim() : match[1].replaceAll('""', '"'))
    if (match[3] === '') return cells
  }
}

/** One line a row, as Kafka's tools write and read them; with the group in front where `withGroup`. */
export function offsetsCsv(rows: readonly CsvOffset[], withGroup: boolean): string {
  return rows
    .map(({ group, topic, partition, offset }) =>
      [...(withGroup ? [quoted(group ?? '')] : []), quoted(topic), partition, offset].join(','),
    )
    .join('\n')
}

function quoted(name: string): string {
  return /[",\s]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}
