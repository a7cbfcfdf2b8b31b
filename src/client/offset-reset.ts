/** Kafka's `auto.offset.reset`: what ListOffsets is asked for, and what there is to say when it is `none`. */
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

/** `auto.offset.reset` is none, and there is no commit to begin at. */
export class NoOffsetError extends Error {
  /** `t-0, t-1` */
  readonly partitions: string

  constructor(partitions: string) {
    super(`Undefined offset with no reset policy for partitions: [${partitions}]`)
    this.name = 'NoOffsetError'
    this.partitions = partitions
  }
}
