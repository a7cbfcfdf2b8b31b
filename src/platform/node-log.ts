/**
 * The log port on files: Kafka's three logs of a node (`server.log`, `controller.log`, `state-change.log`), Kafka's line
 * format `[time] LEVEL message (logger)`, rolled every hour as Kafka's own configuration does, the oldest removed beyond
 * a fixed number. Levels can be changed per logger while the node runs. Lines of one turn are written together; what is
 * queued is written when the process exits. A log that cannot be written never takes the node down.
 */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { LOG_LEVELS, type Logger, type LogLevel, type LogLevels, ROOT_LOGGER } from '../base/log.ts'

const ROLLED_FILES_MAX = 72
const PENDING_BYTES_MAX = 1 << 20

/** First match wins: a logger's name prefix and the file its lines go to. The rest goes to server.log. */
const ROUTES: readonly [prefix: string, file: string][] = [
  ['kafka.controller', 'controller.log'],
  ['org.apache.kafka.controller', 'controller.log'],
  ['state.change.logger', 'state-change.log'],
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

  /** Writes what is queued. */
  flush(): void {
    this.#flushScheduled = false
    this.#pendingBytes = 0
    for (const file of this.#files.values()) file.flush()
  }

  close(): void {
    process.removeListener('exit', this.#onExit)
    this.flush()
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

/** One log file: `name`, and `name.yyyy-MM-dd-HH` for the hours before. */
class RollingFile {
  readonly #directory: string
  readonly #name: string
  #descriptor: number | undefined
  #hour: string | undefined
  #lines: string[] = []

  constructor(directory: string, name: string) {
    this.#directory = directory
    this.#name = name
    this.#hour = hourOfExisting(join(directory, name))
  }

  add(line: string, now: Date): void {
    const hour = hourOf(now)
    if (this.#hour !== hour) {
      if (this.#hour !== undefined) this.#roll(this.#hour)
      this.#hour = hour
    }
    this.#lines.push(line)
  }

  flush(): void {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    try {
      this.#descriptor ??= openSync(join(this.#directory, this.#name), 'a')
      writeSync(this.#descriptor, text)
    } catch {
      // A full or broken disk is reported by the storage that depends on it; losing log lines is the lesser harm.
    }
  }

  close(): void {
    this.flush()
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #roll(hour: string): void {
    this.close()
    try {
      renameSync(join(this.#directory, this.#name), join(this.#directory, `${this.#name}.${hour}`))
      const rolled = readdirSync(this.#directory).filter((entry) => entry.startsWith(`${this.#name}.`))
      for (const entry of rolled.sort().slice(0, -ROLLED_FILES_MAX)) rmSync(join(this.#directory, entry))
    } catch {
      // Without a rename the lines go on in the same file.
    }
  }
}

function hourOfExisting(path: string): string | undefined {
  try {
    return hourOf(statSync(path).mtime)
  } catch {
    return undefined
  }
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

function hourOf(at: Date): string {
  return `${day(at)}-${two(at.getHours())}`
}

function stamp(at: Date): string {
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${ms}`
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
