/** Kafka's `auto.offset.reset` as what ListOffsets is asked for. */
import { EARLIEST, LATEST } from './offsets.ts'

const DAY_MS = 86_400_000

/** A sentinel, or the time that `by_duration:P1DT2H3M4S` says; undefined for none. */
export function resetTimestamp(policy: string, nowMs: number): number | undefined {
  if (policy === 'earliest') return EARLIEST
  if (policy === 'latest') return LATEST
  const parts = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(policy)
  if (parts === null) return undefined
  const [days, hours, minutes, seconds] = parts.slice(1).map((text) => Number(text ?? 0))
  return Math.round(nowMs - (days! * DAY_MS + hours! * 3_600_000 + minutes! * 60_000 + seconds! * 1000))
}
