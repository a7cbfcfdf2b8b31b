/**
 * The log port: what a node says, and how loud. Level, logger name and format are Kafka's; the platform writes the files.
 * `Logger` is what a component writes to; `LogLevels` is the registry behind all loggers of a node, whose levels may be
 * looked at and changed while it runs (the BROKER_LOGGER resource of DescribeConfigs and IncrementalAlterConfigs).
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

/** The name under which the level of every logger without one of its own is known. */
export const ROOT_LOGGER = 'root'

/** The levels of a node's loggers, by logger name. A level holds for the loggers below it in dotted names as well. */
export interface LogLevels {
  /** The level in force of every logger: `root`, those that Kafka's own configuration names, and all used so far. */
  list(): ReadonlyMap<string, LogLevel>
  /** The level in force of a logger in `list`; undefined when there is none of that name. */
  get(name: string): LogLevel | undefined
  /** Sets a level, at once. False, and nothing is changed, when `list` has no logger of that name. */
  set(name: string, level: LogLevel): boolean
  /** Takes away a level that was set, so that the one above holds again. False for `root` and for unknown names. */
  unset(name: string): boolean
}
