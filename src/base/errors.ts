/**
 * The root of mq's errors. A bug is an `AssertionError` from `assert`; a protocol outcome is `ApiError` (protocol/errors);
 * a failure of the world is a subclass with what the catcher needs. Exit codes are those of the command contract.
 */

/** Exit codes, the same in human and JSON mode. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  finding: 3,
  refused: 4,
  timeout: 5,
  bug: 70,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface MqErrorOptions {
  /** What the user can do about it. */
  hint?: string
  exitCode?: ExitCode
  cause?: unknown
}

export class MqError extends Error {
  readonly code: string
  readonly hint: string | undefined
  /** Exit code of a command that fails with this error. */
  readonly exitCode: ExitCode

  constructor(code: string, message: string, options: MqErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode ?? EXIT.failed
  }
}

/** What the user typed cannot be done; nothing was sent. */
export class UsageError extends MqError {
  constructor(message: string, hint?: string) {
    super('MQ_USAGE', message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) })
  }
}

/** A safety rule says no; nothing was changed. */
export class RefusedError extends MqError {
  constructor(message: string, hint?: string) {
    super('MQ_REFUSED', message, { exitCode: EXIT.refused, ...(hint === undefined ? {} : { hint }) })
  }
}

/** A deadline passed. The message states what is known of the state. */
export class TimeoutError extends MqError {
  constructor(message: string, hint?: string) {
    super('MQ_TIMEOUT', message, { exitCode: EXIT.timeout, ...(hint === undefined ? {} : { hint }) })
  }
}

/** A configuration value that cannot be used: the key, and why. */
export class ConfigError extends MqError {
  readonly key: string
  constructor(key: string, message: string, hint?: string) {
    super('MQ_CONFIG', message, { exitCode: EXIT.failed, ...(hint === undefined ? {} : { hint }) })
    this.key = key
  }
}
