/**
 * What every answer about several things shares: an item that failed keeps its row with code and message; names that
 * nobody knows get the ones that look like them.
 */
import { MqError } from '../base/errors.ts'
import { editDistance } from '../base/similar.ts'
import { ApiError, errorMessage, errorName } from '../protocol/errors.ts'

export interface ItemError {
  readonly code: string
  readonly message: string
  /** What to do about it, where there is something. */
  readonly hint?: string
}

/** Names of internal topics, which are left alone unless named. */
export const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
  '__cluster_metadata',
])

/** An error code of the protocol with the broker's own words, or ours where it says nothing. */
export function codeError(code: number, message?: string | null): ItemError {
  const name = errorName(code)
  const silent = message === null || message === undefined || message === ''
  return { code: name, message: silent ? errorMessage(name) : message }
}

/** Anything thrown, as the error of an item. Bugs go on. */
export function itemError(error: unknown): ItemError {
  if (!(error instanceof MqError)) throw error
  const bare = error instanceof ApiError && error.message.endsWith(error.error)
  return {
    code: error.code,
    message: bare ? errorMessage(error.error) : error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}

/** Throws what a list of item errors becomes when nothing else is to be shown. */
export function throwItem(error: ItemError): never {
  throw new MqError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint })
}

/** Up to three of `known` that look like `name`, the likeliest first. */
export function similarNames(name: string, known: Iterable<string>): string[] {
  const lower = name.toLowerCase()
  return [...known]
    .map((candidate) => {
      const other = candidate.toLowerCase()
      const within = other.includes(lower) || lower.includes(other)
      return { candidate, score: within && other !== lower && lower.length > 2 ? 1 : editDistance(lower, other) }
    })
    .filter(({ score }) => score <= Math.min(3, Math.max(1, Math.floor(name.length / 3))))
    .sort((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** The error of a name that does not exist, with suggestions. */
export function unknownName(what: 'topic' | 'group', name: string, known: Iterable<string>): ItemError {
  const similar = similarNames(name, known)
  return {
    code: what === 'topic' ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'GROUP_ID_NOT_FOUND',
    message: `there is no ${what} ${name}`,
    hint: similar.length === 0 ? `mq ${what}s list shows the ${what}s` : `did you mean ${similar.join(' or ')}?`,
  }
}

/** Compiles a pattern that must match a whole name. Throws MqError (usage) on a bad one. */
export function wholeName(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new MqError('MQ_USAGE', `"${pattern}" is not a regular expression`, { exitCode: 2 })
  }
}
