/**
 * What two things of one kind are set to differently, on one cluster or on two. Compared are the values in force, or only
 * what each sets itself. Secrets cannot be compared, and are named.
 */
import { type ConfigEntry, type EntityConfigs, isOwn } from './configs.ts'

export interface SideValue {
  value: string | null
  source: string
}

export interface ConfigDifference {
  key: string
  /** Null: the key is not there (or, of own settings, not set). */
  a: SideValue | null
  b: SideValue | null
}

export interface ConfigDiff {
  same: boolean
  differences: ConfigDifference[]
  /** Keys that hold a secret on one side at least; whether it is the same cannot be told. */
  secrets: string[]
}

/** Compares two descriptions, keys by name. */
export function diffConfigs(a: EntityConfigs, b: EntityConfigs, options: { ownOnly?: boolean } = {}): ConfigDiff {
  const left = byKey(a, options)
  const right = byKey(b, options)
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort()
  const isSecret = (key: string) => left.get(key)?.sensitive === true || right.get(key)?.sensitive === true
  const isSet = (entry: ConfigEntry | undefined) => entry !== undefined && entry.source !== 'default'
  const differences = keys
    .filter((key) => !isSecret(key))
    .map((key) => ({ key, a: side(left.get(key)), b: side(right.get(key)) }))
    .filter((row) => row.a === null || row.b === null || row.a.value !== row.b.value)
  return {
    same: differences.length === 0,
    differences,
    secrets: keys.filter((key) => isSecret(key) && (isSet(left.get(key)) || isSet(right.get(key)))),
  }
}

function byKey(side: EntityConfigs, options: { ownOnly?: boolean }): Map<string, ConfigEntry> {
  const entries = side.configs.filter((entry) => options.ownOnly !== true || isOwn(side.entity.type, entry.source))
  return new Map(entries.map((entry) => [entry.key, entry]))
}

function side(entry: ConfigEntry | undefined): SideValue | null {
  return entry === undefined ? null : { value: entry.value, source: entry.source }
}
