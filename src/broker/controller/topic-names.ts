/** Kafka's rules for the names of topics. */
import { ApiError } from '../../protocol/errors.ts'

const TOPIC_NAME_LENGTH_MAX = 249

/** Throws ApiError INVALID_TOPIC_EXCEPTION unless `name` may name a topic. */
export function checkTopicName(name: string): void {
  const reason = topicNameProblem(name)
  if (reason !== undefined) throw new ApiError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${reason}`)
}

/** Why `name` may not name a topic; undefined when it may. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > TOPIC_NAME_LENGTH_MAX) {
    return `the length of '${name}' is longer than the max allowed length ${TOPIC_NAME_LENGTH_MAX}`
  }
  if (/[^a-zA-Z0-9._-]/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/** Dots and underscores fall together in metric names, so two topics may not differ in them alone. */
export function collidingTopic(name: string, existing: Iterable<string>): string | undefined {
  if (!/[._]/.test(name)) return undefined
  const unified = unify(name)
  for (const other of existing) if (other !== name && unify(other) === unified) return other
  return undefined
}

function unify(name: string): string {
  return name.replaceAll('.', '_')
}
