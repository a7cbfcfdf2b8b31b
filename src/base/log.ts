/**
 * The log port: what a node says. Level, logger name and format are Kafka's; the platform writes the files.
 */

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Logger {
  /** True when a line at `level` would be written: ask before building an expensive message. */
  enabled(level: LogLevel): boolean
  trace(message: string): void
  debug(message: string): void
  info(message: string): void
  warn(message: string, error?: unknown): void
  error(message: string, error?: unknown): void
  /** A logger with this name: a component (`kafka.log.LogManager`, `state.change.logger`), as Kafka names it. */
  named(name: string): Logger
}
