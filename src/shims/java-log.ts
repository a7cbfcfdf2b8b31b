/**
 * Lines as Kafka's tools log them to stderr (their log4j pattern): `[2026-01-31 10:20:30,123] ERROR message (logger)`. Only what
 * tells a user something is logged: errors, and warnings that explain a wait.
 */
import type { ShimIo } from './tool.ts'

/** One line of the log, and below it the exception when there is one. */
export function logLine(
  io: ShimIo,
  level: 'WARN' | 'ERROR',
  message: string,
  logger: string,
  exception?: string | undefined,
): void {
  const below = exception === undefined ? '' : `${exception}\n`
  io.stderr(`[${logTime(io.nowMs())}] ${level} ${message} (${logger})\n${below}`)
}

/** Local time to the millisecond, with a comma before the milliseconds. */
export function logTime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`
}
