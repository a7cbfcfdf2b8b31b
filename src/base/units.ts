/**
 * The texts people write for durations, sizes and rates, and the numbers that programs use: milliseconds and bytes.
 * One grammar for every command: `500ms 30s 5m 2h 7d`, `64KiB 10MB 1GiB`, `50MB/s`. K, M, G without a B are refused,
 * since some tools mean 1000 by them and others 1024.
 */

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
}

/**
 * Milliseconds of a duration such as `30s` or `1h30m`; undefined when the text is none. A unit is required, except
 * for a plain 0. Fractions (`1.5h`) are rounded to whole milliseconds.
 */
export function parseDurationMs(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '0') return 0
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) return undefined
  let totalMs = 0
  for (const [, count, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(count) * DURATION_MS[unit!]!
  }
  return Number.isSafeInteger(Math.round(totalMs)) ? Math.round(totalMs) : undefined
}

/** Bytes of a size such as `64KiB`, `10MB` or a plain number; undefined when the text is none. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  if (match === null) return undefined
  const unit = match[2] === '' ? 1 : SIZE_BYTES[match[2]!.toLowerCase()]
  if (unit === undefined) return undefined
  const bytes = Math.round(Number(match[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Bytes a second of a rate such as `50MB/s`; undefined when the text is none. The `/s` is required. */
export function parseRateBytes(text: string): number | undefined {
  const trimmed = text.trim()
  return trimmed.endsWith('/s') ? parseSizeBytes(trimmed.slice(0, -2)) : undefined
}
