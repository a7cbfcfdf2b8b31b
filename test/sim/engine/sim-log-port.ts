/** The log port of simulated nodes: nothing is kept, or each line goes to the trace when a person will read it. */
import type { Logger, LogLevel } from '../../../src/base/log.ts'

export class SimLogger implements Logger {
  private readonly sink: ((line: string) => void) | undefined

  constructor(sink?: (line: string) => void) {
    this.sink = sink
  }

  enabled(level: LogLevel): boolean {
    return this.sink !== undefined && level !== 'TRACE' && level !== 'DEBUG'
  }
  trace(_message: string): void {}
  debug(_message: string): void {}
  info(message: string): void {
    this.sink?.(`info ${message}`)
  }
  warn(message: string, error?: unknown): void {
    this.sink?.(`warn ${message}${error === undefined ? '' : `: ${String(error)}`}`)
  }
  error(message: string, error?: unknown): void {
    this.sink?.(
      `error ${message}${error === undefined ? '' : `: ${error instanceof Error ? error.stack : String(error)}`}`,
    )
  }
  named(_name: string): Logger {
    return this
  }
}
