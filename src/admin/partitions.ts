/**
 * The grammar for partitions of a topic, `topic` or `topic:0,3-5`, and the offsets CSV of Kafka's own tools.
 */
import { UsageError } from '../base/errors.ts'

export interface TopicScope {
  readonly topic: string
  /** Undefined: all partitions. */
  readonly partitions: readonly number[] | undefined
}

const MOST_PARTITIONS = 200_000

/** Parses `topic` or `topic:0,3-5`. Throws UsageError. */
export function parseScope(text: string): TopicScope {
  const colon = text.indexOf(':')
  if (colon < 0) return { topic: text, partitions: undefined }
  const partitions = new Set<number>()
  for (const part of text.slice(colon + 1).split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (match === null || last < first || last > MOST_PARTITIONS) {
      throw new UsageError(`"${text}" is no list of partitions`, 'write topic, topic:0 or topic:0,3-5')
    }
    for (let partition = first; partition <= last; partition += 1) partitions.add(partition)
  }
  return { topic: text.slice(0, colon), partitions: [...partitions].sort((a, b) => a - b) }
}

export interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Reads `topic,partition,offset` lines, or `group,topic,partition,offset` of which those of `group` count. Throws
 * UsageError with the line number.
 */
export function parseOffsetsCsv(text: string, group: string): OffsetRow[] {
  const rows: OffsetRow[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    const [topic, partition, offset] = cells.length === 4 ? cells.slice(1) : cells
    const good =
      (cells.length === 3 || cells.length === 4) && /^\d+$/.test(partition ?? '') && /^\d+$/.test(offset ?? '')
    if (!good || topic === undefined || topic === '') {
      throw new UsageError(`line ${index + 1} of the offsets file is not topic,partition,offset`)
    }
    if (cells.length === 4 && cells[0] !== group) continue
    rows.push({ topic, partition: Number(partition), offset: Number(offset) })
  }
  return rows
}

/** The same lines as Kafka's tools write them. */
export function offsetsCsv(rows: readonly OffsetRow[]): string {
  return rows.map(({ topic, partition, offset }) => `${topic},${partition},${offset}`).join('\n')
}
