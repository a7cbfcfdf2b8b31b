/**
 * The log port on files: Kafka's logs of a node (`server.log`, `controller.log`, `state-change.log`, and once there is
 * something to say in them `kafka-request.log` and `log-cleaner.log`), Kafka's line format `[time] LEVEL message (logger)`,
 * rolled as `rolling-file.ts` says. Levels can be changed per logger while the node runs. Lines of one turn are written
 * together; what is queued is written when the process exits. A log that cannot be written never takes the node down; its
 * lines wait, and the newest of them are written when there is room again.
 */
import { mkdirSync } from 'node:fs'
import { inspect } from 'node:util'
import { LOG_LEVELS, type Logger, type LogLevel, type LogLevels, ROOT_LOGGER } from '../base/log.ts'
import { RollingFile, stamp } from './rolling-file.ts'

const PENDING_BYTES_MAX = 1 << 20
const RETRY_MS = 2000

/** First match wins: a logger's name prefix and the file its lines go to. The rest goes to server.log. */
const ROUTES: readonly [prefix: string, file: string][] = [
  ['kafka.controller', 'controller.log'],
  ['org.apache.kafka.controller', 'controller.log'],
  ['state.change.logger', 'state-change.log'],
  ['kafka.request.logger', 'kafka-request.log'],
  ['kafka.network.RequestChannel$', 'kafka-request.log'],
  ['kafka.log.LogCleaner', 'log-cleaner.log'],
]

/** Loggers that have a level from the start, as in the configuration that Kafka comes with. */
const CONFIGURED: readonly [name: string, level: LogLevel | undefined][] = [
  ['kafka', undefined],
  ['kafka.authorizer.logger', undefined],
  ['kafka.network.RequestChannel$', 'WARN'],
  ['kafka.request.logger', 'WARN'],
  ['org.apache.kafka', undefined],
  ['org.apache.kafka.controller', undefined],
  ['state.change.logger', undefined],
]

export interface NodeLogOptions {
  /** Where the log files go; absent: no files. Created when missing. */
  readonly directory?: string
  /** Also writes every line to this stream (`process.stderr`, a test's array). */
  readonly echo?: { write(text: string): unknown }
  /** Level of loggers without one of their own. Default INFO. */
  readonly level?: LogLevel
}

/** The root of a node's loggers: hands out loggers, holds their levels, owns the files. */
export class NodeLog implements LogLevels {
  readonly #options: NodeLogOptions
  readonly #files = new Map<string, RollingFile>()
  readonly #loggers = new Map<string, NamedLogger>()
  readonly #levels = new Map<string, LogLevel>()
  readonly #onExit = () => this.flush()
  #flushScheduled = false
  #pendingBytes = 0
  #retry: NodeJS.Timeout | undefined

  constructor(options: NodeLogOptions = {}) {
    this.#options = options
    const level = options.level ?? 'INFO'
    this.#levels.set(ROOT_LOGGER, level)
    for (const [name, own] of CONFIGURED) this.#levels.set(name, own ?? level)
    if (options.directory !== undefined) {
      mkdirSync(options.directory, { recursive: true })
      process.once('exit', this.#onExit)
    }
  }

  /** The logger of that name; the same object for the same name. */
  logger(name: string): Logger {
    let logger = this.#loggers.get(name)
    if (logger === undefined) {
      logger = new NamedLogger(this, name)
      this.#loggers.set(name, logger)
      logger.threshold = LOG_LEVELS.indexOf(this.#levelOf(name))
    }
    return logger
  }

  list(): ReadonlyMap<string, LogLevel> {
    const names = [...new Set([...this.#levels.keys(), ...this.#loggers.keys()])].sort()
    return new Map(names.map((name) => [name, this.#levelOf(name)]))
  }

  get(name: string): LogLevel | undefined {
    return this.#isKnown(name) ? this.#levelOf(name) : undefined
  }

  set(name: string, level: LogLevel): boolean {
    if (!this.#isKnown(name)) return false
    this.#levels.set(name, level)
    this.#renew()
    return true
  }

  unset(name: string): boolean {
    if (name === ROOT_LOGGER || !this.#isKnown(name)) return false
    // A name that no logger has used would leave the list for good.
    if (!this.#loggers.has(name)) this.logger(name)
    this.#levels.delete(name)
    this.#renew()
    return true
  }

  #isKnown(name: string): boolean {
    return this.#levels.has(name) || this.#loggers.has(name)
  }

  #renew(): void {
    for (const logger of this.#loggers.values()) logger.threshold = LOG_LEVELS.indexOf(this.#levelOf(logger.name))
  }

  /** Writes what is queued; what cannot be written now is tried again with the next line, and a little later. */
  flush(): void {
    this.#flushScheduled = false
    this.#pendingBytes = 0
    let isBehind = false
    for (const file of this.#files.values()) if (!file.flush()) isBehind = true
    if (!isBehind || this.#retry !== undefined) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.flush()
    }, RETRY_MS).unref()
  }

  close(): void {
    process.removeListener('exit', this.#onExit)
    this.flush()
    clearTimeout(this.#retry)
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }

  /** For loggers only. */
  emit(name: string, level: LogLevel, message: string, error: unknown): void {
    const now = new Date()
    const text = error === undefined ? message : `${message}\n${describe(error)}`
    const line = `[${stamp(now)}] ${level} ${text} (${name})\n`
    this.#options.echo?.write(line)
    if (this.#options.directory === undefined) return
    this.#fileOf(name).add(line, now)
    this.#pendingBytes += line.length
    if (this.#pendingBytes > PENDING_BYTES_MAX) this.flush()
    else if (!this.#flushScheduled) {
      this.#flushScheduled = true
      setImmediate(() => this.flush())
    }
  }

  #fileOf(name: string): RollingFile {
    const fileName = ROUTES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'server.log'
    let file = this.#files.get(fileName)
    if (file === undefined) {
      file = new RollingFile(this.#options.directory!, fileName)
      this.#files.set(fileName, file)
    }
    return file
  }

  #levelOf(name: string): LogLevel {
    for (let scope = name; scope !== ''; scope = scope.slice(0, Math.max(scope.lastIndexOf('.'), 0))) {
      const level = this.#levels.get(scope)
      if (level !== undefined) return level
    }
    return this.#levels.get(ROOT_LOGGER)!
  }
}

class NamedLogger implements Logger {
  readonly name: string
  readonly #root: NodeLog
  /** Index into LOG_LEVELS: lines below it are dropped. */
  threshold = 0

  constructor(root: NodeLog, name: string) {
    this.#root = root
    this.name = name
  }

  enabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.threshold
  }

  trace(message: string): void {
    if (this.enabled('TRACE')) this.#root.emit(this.name, 'TRACE', message, undefined)
  }

  debug(message: string): void {
    if (this.enabled('DEBUG')) this.#root.emit(this.name, 'DEBUG', message, undefined)
  }

  info(message: string): void {
    if (this.enabled('INFO')) this.#root.emit(this.name, 'INFO', message, undefined)
  }

  warn(message: string, error?: unknown): void {
    if (this.enabled('WARN')) this.#root.emit(this.name, 'WARN', message, error)
  }

  error(message: string, error?: unknown): void {
    if (this.enabled('ERROR')) this.#root.emit(this.name, 'ERROR', message, error)
  }

  named(name: string): Logger {
    return this.#root.logger(name)
  }
}

/** The stack with its causes, or the value as text. */
function describe(error: unknown): string {
  return error instanceof Error ? inspect(error) : String(error)
}

/** A logger that says nothing. */
export const silentLog: Logger = {
  enabled: () => false,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  named: () => silentLog,
}
