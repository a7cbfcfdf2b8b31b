/** Numbers for people: durations, sizes, rates, counts, times. Programs get the raw numbers under `--json`. */

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.5 GiB`; sizes below 1 KiB are exact. Null is `-`. */
export function formatSize(bytes: number | null): string {
  if (bytes === null) return '-'
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? String(value) : trimFraction(value)} ${SIZE_UNITS[unit]}`
}

/** Bytes a second: `12.3 MiB/s`. */
export function formatRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '-' : `${formatSize(Math.round(bytesPerSecond))}/s`
}

/** `350ms`, `4.2s`, `3m20s`, `2h5m`, `3d4h`: the two largest units. Null is `-`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '-'
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${trimFraction(Math.floor(ms / 100) / 10)}s`
  const seconds = Math.floor(ms / 1000)
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}

/** A count with thin grouping: `1,234,567`. Null is `-`. */
export function formatCount(count: number | null): string {
  return count === null ? '-' : count.toLocaleString('en-US')
}

/** `2026-01-31 09:30:00.250Z`; null, and Kafka's -1 for "no time", are `-`. */
export function formatTime(ms: number | null): string {
  return ms === null || ms < 0 ? '-' : new Date(ms).toISOString().replace('T', ' ')
}

function trimFraction(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}
