/**
 * What a client metrics subscription may say (KIP-714): which metrics, how often, and from which clients. Kept and
 * described; nothing subscribes yet.
 */
import { ConfigError } from '../../base/errors.ts'
import { int, parseValue } from '../../config/key.ts'
import { ApiError } from '../../protocol/errors.ts'

const INTERVAL_MS_MIN = 100
const INTERVAL_MS_MAX = 3_600_000
const INTERVAL = int({ default: 300_000 })

/** What a client can be told by. */
const MATCHABLE: ReadonlySet<string> = new Set([
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
])

/** Checks all entries of the subscription `name`. Throws ApiError. */
export function checkClientMetrics(name: string, entries: ReadonlyMap<string, string>): void {
  if (name === '') throw new ApiError('INVALID_REQUEST', "Subscription name can't be empty")
  for (const [key, value] of entries) {
    if (key === 'interval.ms') checkInterval(value)
    else if (key === 'match') checkPatterns(value)
    else if (key !== 'metrics') {
      throw new ApiError('INVALID_REQUEST', `Unknown client metrics configuration: ${key}`)
    }
  }
}

function checkInterval(value: string): void {
  let interval: number
  try {
    interval = parseValue('interval.ms', INTERVAL, value)
  } catch (error) {
    if (error instanceof ConfigError) throw new ApiError('INVALID_CONFIG', error.message, { cause: error })
    throw error
  }
  if (interval < INTERVAL_MS_MIN || interval > INTERVAL_MS_MAX) {
    throw new ApiError(
      'INVALID_REQUEST',
      `Invalid value ${value} for interval.ms, interval must be between ${INTERVAL_MS_MIN} and ${INTERVAL_MS_MAX} (1 hour)`,
    )
  }
}

/** `what=regular expression` entries, separated by commas. */
function checkPatterns(value: string): void {
  for (const pattern of value.split(',').map((part) => part.trim())) {
    if (pattern === '') continue
    const parts = pattern.split('=')
    if (parts.length !== 2 || !MATCHABLE.has(parts[0]!.trim()) || !isExpression(parts[1]!.trim())) {
      throw new ApiError('INVALID_CONFIG', `Illegal client matching pattern: ${pattern}`)
    }
  }
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    // Not an expression: the caller says so.
    return false
  }
}
