/** A logger that keeps its lines for assertions and prints nothing. */
import type { Logger, LogLevel } from '../../src/base/log.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly name: string
  readonly message: string
  readonly error?: unknown
}

export class QuietLog implements Logger {
  readonly lines: LogLine[]
  readonly name: string

  constructor(name = 'test', lines: LogLine[] = []) {
    this.name = name
    this.lines = lines
  }

  enabled(_level: LogLevel): boolean {
    return true
  }
  trace(message: string): void {
    this.add('TRACE', message)
  }
  debug(message: string): void {
    this.add('DEBUG', message)
  }
  info(message: string): void {
    this.add('INFO', message)
  }
  warn(message: string, error?: unknown): void {
    this.add('WARN', message, error)
  }
  error(message: string, error?: unknown): void {
    this.add('ERROR', message, error)
  }
  named(name: string): Logger {
    return new QuietLog(name, this.lines)
  }

  /** Messages at `level`, oldest first. */
  messages(level: LogLevel): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.message)
  }

  private add(level: LogLevel, message: string, error?: unknown): void {
    this.lines.push(
      error === undefined ? { level, name: this.name, message } : { level, name: this.name, message, error },
    )
  }
}
