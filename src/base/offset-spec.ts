/**
 * One grammar for places in a partition: `earliest`, `latest`, `N`, `+N`, `-N`, `@2026-01-01T00:00:00Z`, `@-1h`.
 * `+N` counts from the earliest record, `-N` back from the end (in a shift: from where the group stands). A time means
 * the first record at or after it. Nothing here asks a broker: resolving belongs to whoever reads.
 */
import { parseDurationMs } from './units.ts'

export type OffsetSpec =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** `count` records after the start of the partition. */
  | { readonly kind: 'after-earliest'; readonly count: number }
  /** `count` records before the end of the partition. */
  | { readonly kind: 'before-latest'; readonly count: number }
  /** The first record at or after this time, ms since the epoch. */
  | { readonly kind: 'time'; readonly timestampMs: number }

export const OFFSET_SPEC_GRAMMAR = 'earliest, latest, N, +N, -N, @2026-01-01T00:00:00Z or @-1h'

/** The place `text` names, relative times counted from `nowMs`; undefined when it is none. */
export function parseOffsetSpec(text: string, nowMs: number): OffsetSpec | undefined {
  const trimmed = text.trim()
  if (trimmed === 'earliest' || trimmed === 'beginning') return { kind: 'earliest' }
  if (trimmed === 'latest' || trimmed === 'end') return { kind: 'latest' }
  const number = /^([+-]?)(\d+)$/.exec(trimmed)
  if (number !== null) {
    const count = Number(number[2])
    if (!Number.isSafeInteger(count)) return undefined
    if (number[1] === '+') return { kind: 'after-earliest', count }
    if (number[1] === '-') return { kind: 'before-latest', count }
    return { kind: 'offset', offset: count }
  }
  if (!trimmed.startsWith('@')) return undefined
  const timestampMs = parseTimeMs(trimmed.slice(1), nowMs)
  return timestampMs === undefined ? undefined : { kind: 'time', timestampMs }
}

/**
 * Milliseconds since the epoch of a moment: ISO 8601 (a time without a zone is UTC, as Kafka's tools read it), epoch
 * milliseconds (13 digits), `-1h` back from `nowMs`, or `now`. Undefined when the text is none of them.
 */
export function parseTimeMs(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs
  if (text.startsWith('-')) {
    const backMs = parseDurationMs(text.slice(1))
    return backMs === undefined ? undefined : nowMs - backMs
  }
  if (/^\d{13}$/.test(text)) return Number(text)
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text)
  if (iso === null) return undefined
  const parsed = Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`)
  return Number.isNaN(parsed) ? undefined : parsed
}
