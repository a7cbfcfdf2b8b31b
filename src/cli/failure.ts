/**
 * What a command says when it fails: one code, one message, perhaps a hint, and the exit code of the contract, the same
 * for people and for `--json`. A message never holds more than the user's own words; a bug keeps its stack for the
 * crash file. Nothing here prints.
 */
import { stripVTControlCharacters } from 'node:util'
import { EXIT, type ExitCode, MqError } from '../base/errors.ts'
import { similarText } from '../base/similar.ts'

export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode
  /** Set for a bug in mq only: what goes to the crash file. */
  readonly stack: string | undefined
}

/** The user stopped the command, or answered no. */
export class InterruptedError extends MqError {
  constructor(message: string) {
    super('MQ_INTERRUPTED', message, { exitCode: EXIT.interrupted })
  }
}

interface AnyError {
  name?: string
  message?: string
  code?: unknown
  type?: unknown
  syscall?: unknown
  hint?: unknown
  stack?: string
  /** What oclif's parser was given. */
  parse?: { input?: { flags?: Record<string, unknown> } }
  /** Flags that do not exist, of oclif's error about them. */
  flags?: unknown
  oclif?: { exit?: number }
  cause?: unknown
  originalError?: unknown
}

/** Reads any thrown value. `commandId` (as typed: `topics list`) goes into the hint of a usage error. */
export function toFailure(error: unknown, commandId?: string): Failure {
  if (error instanceof MqError) {
    const { code, hint, exitCode } = error
    return { code, message: unwrapped(error.message), hint, exitCode, stack: undefined }
  }
  const any: AnyError = typeof error === 'object' && error !== null ? error : { message: String(error) }
  const message = any.message ?? 'unknown failure'
  if (any.oclif !== undefined) return usageFailure(message, commandId, suggestedFlags(any))
  if (any.name?.startsWith('KafkaJS') === true) return kafkaJsFailure(any)
  if (typeof any.syscall === 'string' && typeof any.code === 'string') {
    return { code: `MQ_${any.code}`, message, hint: undefined, exitCode: EXIT.failed, stack: undefined }
  }
  if (any.name === 'ExitPromptError') {
    return {
      code: 'MQ_INTERRUPTED',
      message: 'stopped at the question; nothing was changed',
      hint: undefined,
      exitCode: EXIT.interrupted,
      stack: undefined,
    }
  }
  return {
    code: 'MQ_BUG',
    message: `a bug in mq: ${message}`,
    hint: undefined,
    exitCode: EXIT.bug,
    stack: any.stack ?? String(error),
  }
}

/** oclif puts its own words around what a flag's parser throws. */
function unwrapped(message: string): string {
  return message.replace(/^Parsing --\S+ \n\t/, '').replace(/\nSee more help with --help$/, '')
}

/** `did you mean --partitions?`, for flags that nearly exist. */
function suggestedFlags({ flags, parse }: AnyError): string | undefined {
  const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`)
  if (!Array.isArray(flags) || known.length === 0) return undefined
  const meant = flags.map((flag) => {
    const typed = String(flag).replace(/=.*$/, '')
    const longer = known.filter((name) => typed.length > 4 && name.startsWith(typed))
    return similarText(typed, known) ?? (longer.length === 1 ? longer[0] : undefined)
  })
  const found = meant.filter((name) => name !== undefined)
  return found.length === 0 ? undefined : `did you mean ${found.join(' and ')}?`
}

/** oclif's parser speaks in its own way: several lines, a help section, the whole argv attached. Keep the sentence. */
function usageFailure(message: string, commandId: string | undefined, meant: string | undefined): Failure {
  const text = unwrapped(stripVTControlCharacters(message))
    .replace(/\n\nNote: [\s\S]*$/, '')
    .replace(/^The following errors? occurred:\n\s*/, '')
    .replace(/^Nonexistent flags?: /, 'unknown flag ')
    .replace(/^Unexpected arguments?: /, 'unexpected argument ')
    .replace(/^Missing \d+ required args?:\n/, 'missing argument: ')
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s{2,}/g, ': '))
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/^Missing required flag (\S+)$/, 'missing flag --$1')
        .replace(/^(--[\w-]+)=.* cannot also be provided when using (--[\w-]+)$/, '$1 and $2 do not go together')
        .replace(/^Flag (--[\w-]+) expects a value$/, '$1 needs a value'),
    )
    .join('; ')
  return {
    code: 'MQ_USAGE',
    message: text,
    hint:
      meant ??
      (commandId === undefined ? 'mq --help lists the commands' : `mq ${commandId} --help shows what it takes`),
    exitCode: EXIT.usage,
    stack: undefined,
  }
}

/** kafkajs wraps the cause several times; the innermost error says what happened. */
function kafkaJsFailure(error: AnyError): Failure {
  let inner = error
  for (let depth = 0; depth < 8; depth++) {
    const next = inner.originalError ?? inner.cause
    if (typeof next !== 'object' || next === null) break
    inner = next as AnyError
  }
  const code = typeof inner.type === 'string' ? inner.type : typeof inner.code === 'string' ? inner.code : 'MQ_KAFKA'
  const timedOut = inner.name === 'KafkaJSRequestTimeoutError'
  return {
    code: timedOut ? 'MQ_TIMEOUT' : code.startsWith('E') ? `MQ_${code}` : code,
    message: inner.message ?? error.message ?? 'the Kafka client failed',
    hint: undefined,
    exitCode: timedOut ? EXIT.timeout : EXIT.failed,
    stack: undefined,
  }
}
