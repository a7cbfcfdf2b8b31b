/** What is typed about a reassignment, as the goal that the planner takes. */
import { readFileSync } from 'node:fs'
import { parseScope } from '../../admin/partitions.ts'
import { MqError } from '../../base/errors.ts'
import { readTopicsToMove } from './kafka-json.ts'
import type { ReassignGoal } from './model.ts'

/**
 * `orders`, `orders:0-3`, several with commas, and the topics of a file of kafka-reassign-partitions; null: everything.
 * Throws UsageError for what is no topic.
 */
export function scopeOf(texts: readonly string[] | undefined, file: string | undefined): ReassignGoal['scope'] {
  // Commas stand between topics and between partitions of one: a piece that is a number goes on with the one before.
  const typed = (texts ?? []).flatMap((text) => text.split(/,(?![\d-]+(?:,|$))/))
  const listed = file === undefined ? [] : readTopicsToMove(readTextOf(file))
  const scope = [...typed, ...listed].map((text) => {
    const { topic, partitions } = parseScope(text)
    return { topic, partitions: partitions ?? null }
  })
  if (file !== undefined && scope.length === 0) throw new MqError('MQ_REASSIGN_FILE', `${file} names no topic`)
  return scope.length === 0 ? null : scope
}

/** The file's text. Throws MqError with the reason. */
export function readTextOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MqError('MQ_FILE', `cannot read ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause })
  }
}
