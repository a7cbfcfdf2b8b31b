/**
 * The vocabulary of the config tables: one `Key` is the type, default, bounds and update rule of one Kafka key, and
 * from it come the TypeScript type of a value, the parser, the refusals (worded like Kafka's) and what DescribeConfigs
 * says. LONG values are numbers: exact within +-(2^53-1); the two extremes of int64 survive parse and render.
 */
import { ConfigError } from '../base/errors.ts'

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW'
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/** The greatest int64, as a number (rounded up to 2^63); renders as Kafka prints it. */
export const MAX_LONG = 2 ** 63
export const MIN_LONG = -(2 ** 63)

/** What a value may be beyond its type. */
export interface Constraint {
  readonly min?: number
  readonly max?: number
  /** Allowed texts (of a list: of each element). */
  readonly oneOf?: readonly string[]
  /** `oneOf` ignores case; the value keeps the case it was given in. */
  readonly ignoreCase?: boolean
  /** One number outside the bounds that is allowed too. */
  readonly orExactly?: number
  /** An empty list or string is refused. */
  readonly nonEmpty?: boolean
  /** Of a list: an empty element is refused; the same element twice counts once. */
  readonly distinct?: boolean
  /** Further rule: the reason why the value is refused, or undefined. */
  readonly check?: (value: unknown, name: string) => string | undefined
}

export interface Key<T = unknown> extends Constraint {
  readonly type: ConfigType
  /** Value when nothing is given; meaningless while `required`. */
  readonly default: T
  readonly required: boolean
  readonly importance: Importance
  /** Of broker keys: whether and how it may change while a broker runs. Topic and group keys always may. */
  readonly update: UpdateMode
  /** Hidden from DescribeConfigs. */
  readonly internal: boolean
  /** Never shown. */
  readonly sensitive: boolean
  /** Broker keys that stand behind this one when it is not set, first wins. */
  readonly fallbacks: readonly Fallback[]
}

/** A broker key behind a topic or group key (or a finer-grained sibling), with the factor to this key's unit. */
export interface Fallback {
  readonly key: string
  readonly factor: number
}

export interface KeyOptions extends Constraint {
  /** Absent: the key must be given. */
  readonly default?: unknown
  readonly importance?: Importance
  readonly update?: UpdateMode
  readonly internal?: true
  /** Broker key (or keys, with factors) that a topic or group key falls back to. */
  readonly from?: string | readonly (readonly [string, number])[]
}

type Value<T, O> = O extends { readonly default: null } ? T | null : T

function key<T, const O extends KeyOptions>(type: ConfigType, options: O): Key<Value<T, O>> {
  const { default: initial, importance, update, internal, from, ...constraint } = options
  const fallbacks = from === undefined ? [] : typeof from === 'string' ? ([[from, 1]] as const) : from
  return {
    type,
    default: initial as Value<T, O>,
    required: initial === undefined,
    importance: importance ?? 'MEDIUM',
    update: update ?? 'read-only',
    internal: internal ?? false,
    sensitive: type === 'PASSWORD',
    fallbacks: fallbacks.map(([name, factor]) => ({ key: name, factor })),
    ...(constraint as Constraint),
  }
}

export const bool = <const O extends KeyOptions>(options: O) => key<boolean, O>('BOOLEAN', options)
export const int = <const O extends KeyOptions>(options: O) => key<number, O>('INT', options)
export const short = <const O extends KeyOptions>(options: O) => key<number, O>('SHORT', options)
export const long = <const O extends KeyOptions>(options: O) => key<number, O>('LONG', options)
export const double = <const O extends KeyOptions>(options: O) => key<number, O>('DOUBLE', options)
export const text = <const O extends KeyOptions>(options: O) => key<string, O>('STRING', options)
export const className = <const O extends KeyOptions>(options: O) => key<string, O>('CLASS', options)
export const password = <const O extends KeyOptions>(options: O) => key<string, O>('PASSWORD', options)

/** A string out of a few; its TypeScript type is their union. */
export const choice = <const V extends readonly string[], const O extends KeyOptions>(values: V, options: O) =>
  key<V[number], O & { oneOf: V }>('STRING', { ...options, oneOf: values })

/** A comma-separated list. */
export const list = <const O extends KeyOptions>(options: O) => key<string[], O>('LIST', options as O)

/** A list whose elements are out of a few. */
export const listOf = <const V extends readonly string[], const O extends KeyOptions>(values: V, options: O) =>
  key<V[number][], O & { oneOf: V }>('LIST', { ...options, oneOf: values })

/** The type of a key's value. */
export type ValueOf<K> = K extends Key<infer T> ? T : never

export type KeyTable = { readonly [name: string]: Key }

const BOUNDS = {
  INT: [-2_147_483_648, 2_147_483_647],
  SHORT: [-32_768, 32_767],
} as const
const GREATEST_LONG = 9_223_372_036_854_775_807n
const LEAST_LONG = -9_223_372_036_854_775_808n

function invalid(name: string, key: Key, shown: string, reason: string): ConfigError {
  const value = key.sensitive ? '[hidden]' : shown
  return new ConfigError(name, `Invalid value ${value} for configuration ${name}: ${reason}`)
}

function parseNumber(name: string, key: Key, given: string, shown: string): number {
  const bad = () => invalid(name, key, shown, `Not a number of type ${key.type}`)
  if (key.type === 'DOUBLE') {
    const value = Number(given)
    if (given === '' || Number.isNaN(value)) throw bad()
    return value
  }
  if (!/^[+-]?\d{1,20}$/.test(given)) throw bad()
  if (key.type === 'LONG') {
    const exact = BigInt(given.replace('+', ''))
    if (exact > GREATEST_LONG || exact < LEAST_LONG) throw bad()
    return Number(exact)
  }
  const value = Number(given)
  const [least, greatest] = key.type === 'SHORT' ? BOUNDS.SHORT : BOUNDS.INT
  if (value < least || value > greatest) throw bad()
  return value
}

/** Splits a comma-separated list as Kafka does: blanks around the commas do not count, an empty text is no element. */
export function splitList(given: string): string[] {
  const trimmed = given.trim()
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
}

/** Reads a text as the key's type, without its bounds. Throws ConfigError. */
function parseType(name: string, key: Key, given: string): unknown {
  const trimmed = given.trim()
  switch (key.type) {
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase()
      if (lower === 'true') return true
      if (lower === 'false') return false
      throw invalid(name, key, given, 'Expected value to be either true or false')
    }
    case 'INT':
    case 'SHORT':
    case 'LONG':
    case 'DOUBLE':
      return parseNumber(name, key, trimmed, given)
    case 'LIST':
      return key.distinct === true ? [...new Set(splitList(given))] : splitList(given)
    default:
      return trimmed
  }
}

function numberReason(key: Key, value: number): string | undefined {
  if (key.orExactly !== undefined) {
    if (value === key.orExactly || (value >= key.min! && value <= key.max!)) return undefined
    return `Value must be between ${key.min} and ${key.max} or equal to ${key.orExactly}`
  }
  if (key.min !== undefined && value < key.min) return `Value must be at least ${key.min}`
  if (key.max !== undefined && value > key.max) return `Value must be no more than ${key.max}`
  return undefined
}

function textReason(key: Key, value: string): string | undefined {
  if (key.nonEmpty === true && value === '') return 'String must be non-empty'
  if (key.oneOf === undefined) return undefined
  if (key.ignoreCase === true) {
    if (key.oneOf.some((allowed) => allowed.toLowerCase() === value.toLowerCase())) return undefined
    return `String must be one of (case insensitive): ${key.oneOf.join(', ')}`
  }
  return key.oneOf.includes(value) ? undefined : `String must be one of: ${key.oneOf.join(', ')}`
}

function checkList(name: string, key: Key, values: readonly string[]): void {
  if (values.length === 0 && key.nonEmpty === true) {
    const allowed = key.oneOf === undefined ? 'any non-empty value' : `[${key.oneOf.join(', ')}]`
    throw new ConfigError(name, `Configuration '${name}' must not be empty. Valid values include: ${allowed}`)
  }
  for (const value of values) {
    if (key.distinct === true && value === '') {
      throw new ConfigError(name, `Configuration '${name}' values must not be empty.`)
    }
    if (key.oneOf !== undefined && !key.oneOf.includes(value)) {
      throw invalid(name, key, value, `String must be one of: ${key.oneOf.join(', ')}`)
    }
  }
}

function shownValue(key: Key, value: unknown, given: string): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  return key.type === 'DOUBLE' ? (renderValue(key, value) ?? given) : given.trim()
}

/** Reads and checks the text of one key. Throws ConfigError worded like Kafka's; secrets are shown as `[hidden]`. */
export function parseValue<T>(name: string, key: Key<T>, given: string): T {
  const value = parseType(name, key, given)
  let reason: string | undefined
  if (typeof value === 'number') reason = numberReason(key, value)
  else if (typeof value === 'string') reason = textReason(key, value)
  else if (Array.isArray(value)) checkList(name, key, value)
  reason ??= key.check?.(value, name)
  if (reason !== undefined) {
    throw invalid(name, key, shownValue(key, value, given), reason)
  }
  return value as T
}

/** The text of a value as Kafka prints it in DescribeConfigs; null stays null. */
export function renderValue(key: Pick<Key, 'type'>, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'number') {
    if (key.type === 'DOUBLE') return renderDouble(value)
    if (value >= MAX_LONG) return '9223372036854775807'
    if (value <= MIN_LONG) return '-9223372036854775808'
  }
  return String(value)
}

/** Java's text of a double: always a decimal point, exponent form from 10^7 up and below 10^-3. */
function renderDouble(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** How the bounds read to a person: `[1,...]`, `[a, b]`; undefined when any value of the type will do. */
export function renderConstraint(key: Key): string | undefined {
  if (key.oneOf !== undefined) return `[${key.oneOf.join(', ')}]`
  if (key.orExactly !== undefined) return `[${key.min},...,${key.max}] or ${key.orExactly}`
  if (key.min !== undefined || key.max !== undefined) {
    return `[${key.min ?? ''},...${key.max === undefined ? '' : `,${key.max}`}]`
  }
  return key.nonEmpty === true ? 'not empty' : undefined
}
