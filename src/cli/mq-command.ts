/**
 * What every mq command is: result, output discipline, deadline, signals, questions, failures and exit codes. A command
 * parses with `this.parse(Class)`, does one thing and returns a plain object, which is printed as the one JSON document
 * under `--json`; people get what `say` and `table` print. Failures print here and nowhere else: oclif's own way gives
 * different exit codes with and without `--json` and dumps argv and its whole configuration for a parse error.
 */
import { stripVTControlCharacters } from 'node:util'
import { Command } from '@oclif/core/command'
import { ExitError } from '@oclif/core/errors'
import * as Flags from '@oclif/core/flags'
import type { Interfaces } from '@oclif/core'
import { EXIT, type ExitCode, RefusedError, TimeoutError } from '../base/errors.ts'
import { useColour } from '../output/colours.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import { formatDuration } from '../output/units.ts'
import { writeCrashFile } from './crash-file.ts'
import { type Failure, InterruptedError, toFailure } from './failure.ts'
import { durationFlag } from './flags.ts'

export type FlagValues = Interfaces.OutputFlags<Interfaces.FlagInput>
export type ArgValues = Interfaces.OutputArgs<Interfaces.ArgInput>

export interface ConfirmOptions {
  /** The user must type this name (a topic, a cluster) instead of y: for what cannot be undone. */
  readonly danger?: string
  /** The value of `--yes`. */
  readonly yes: boolean | undefined
}

export abstract class MqCommand<R = unknown> extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    json: Flags.boolean({ helpGroup: 'GLOBAL', summary: 'Print one JSON document; errors as JSON on stderr.' }),
    timeout: durationFlag({
      env: 'MQ_TIMEOUT',
      helpGroup: 'GLOBAL',
      summary: 'Deadline of the whole command; passed: exit code 5.',
    }),
    quiet: Flags.boolean({ char: 'q', helpGroup: 'GLOBAL', summary: 'No notes or progress on stderr.' }),
    'no-color': Flags.boolean({ helpGroup: 'GLOBAL', summary: 'No colours; also the variable NO_COLOR.' }),
    // Taken by commands that never ask too, so that scripts can say it always; those that ask show it in their help.
    yes: Flags.boolean({
      char: 'y',
      env: 'MQ_YES',
      hidden: true,
      helpGroup: 'GLOBAL',
      summary: 'Yes to every question.',
    }),
  }

  /** Aborted when the command must end: interrupted, deadline passed, or another part failed. */
  protected readonly aborter = new AbortController()
  protected quiet = false
  /** The deadline in ms from the start, when one was given. */
  protected timeoutMs: number | undefined
  /** Exit code of a command that ran to its end: 1 when an item failed, 3 for a finding. */
  protected exitCode: ExitCode = EXIT.done
  private readonly atEnd: { close: () => Promise<void> | void; limitMs: number }[] = []
  private stopRunning: ((reason: Error) => void) | undefined
  private deadline: NodeJS.Timeout | undefined
  private isAsking = false
  private releaseSignals: () => void = () => {}
  private readonly startedMs = performance.now()

  abstract override run(): Promise<R>

  /** Parses argv once and applies the flags that every command has. */
  protected override async parse<F extends FlagValues, B extends FlagValues, A extends ArgValues>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    const flags: FlagValues = parsed.flags
    this.quiet = flags.quiet ?? false
    useColour(flags['no-color'] === true || this.jsonEnabled() ? 'never' : 'auto')
    if (flags.timeout !== undefined) this.startDeadline(flags.timeout)
    return parsed
  }

  /** Runs, prints, cleans up, and leaves with the right exit code. oclif calls this once. */
  protected override async _run<T>(): Promise<T> {
    this.releaseSignals = this.watchSignals()
    let result: R | undefined
    let failure: unknown
    try {
      await this.init()
      const stopped = new Promise<never>((_resolve, reject) => {
        this.stopRunning = reject
      })
      // The race reports it; without a listener of its own a late stop would count as unhandled.
      stopped.catch(() => {})
      result = await Promise.race([this.runAndPrint(), stopped])
    } catch (error) {
      failure = error ?? new Error('a command threw nothing')
    } finally {
      clearTimeout(this.deadline)
      this.aborter.abort()
      await this.cleanUp()
      this.releaseSignals()
    }
    if (failure !== undefined) this.leaveWith(failure)
    if (this.exitCode !== EXIT.done) process.exitCode = this.exitCode
    return result as T
  }

  /** What is printed has arrived before the command counts as done: a disk that is full is a failure, not a crash. */
  private async runAndPrint(): Promise<R> {
    const result = await this.run()
    if (this.jsonEnabled() && result !== undefined) this.logJson(this.toSuccessJson(result))
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    return result
  }

  /** Runs at the end in reverse order, also after a failure; each has its limit. */
  protected defer(close: () => Promise<void> | void, limitMs = 2000): void {
    this.atEnd.push({ close, limitMs })
  }

  /** Leaves signals, faults and the end of the process to what runs in it now. Never returns. */
  protected async handOver(): Promise<never> {
    this.releaseSignals()
    clearTimeout(this.deadline)
    return new Promise<never>(() => {})
  }

  /** A line of data for people on stdout; nothing under `--json`. */
  protected say(text = ''): void {
    if (!this.jsonEnabled()) process.stdout.write(`${text}\n`)
  }

  /** A remark on stderr: what was done, what to do next. Nothing under `--json` or `--quiet`. */
  protected note(text: string): void {
    if (!this.jsonEnabled() && !this.quiet) writeError(`${text}\n`)
  }

  /** Something the user should know although the command goes on; on stderr, also under `--json`, not with `--quiet`. */
  protected warning(text: string): void {
    if (!this.quiet) writeError(`warning: ${text}\n`)
  }

  /** A spinner on a terminal, silent elsewhere: off a terminal a command says what it did, not that it is busy. */
  protected async progress(text: string): Promise<Progress> {
    const progress = await startProgress(text, { silent: this.quiet || this.jsonEnabled() })
    // A command that is stopped from outside never comes to its own end.
    this.defer(() => progress.stop())
    return progress
  }

  /** Fails the command at its end with `code`, unless a worse one is already set. */
  protected finishWith(code: ExitCode): void {
    if (this.exitCode === EXIT.done) this.exitCode = code
  }

  /**
   * Returns when the user agrees (or said `--yes`). Off a terminal, and under `--json`, a dangerous change without
   * `--yes` is refused with exit 4; an answer of no ends the command with 130. Nothing has been changed either way.
   */
  protected async confirm(question: string, options: ConfirmOptions): Promise<void> {
    if (options.yes === true) return
    if (this.jsonEnabled() || process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
      throw new RefusedError(`${question} This needs a yes, and nobody can be asked here.`, 'add --yes to go ahead')
    }
    const { askToType, askYesNo } = await import('../output/prompt.ts')
    const { signal } = this.aborter
    const { danger } = options
    this.isAsking = true
    const agreed = danger === undefined ? await askYesNo(question, signal) : await askToType(question, danger, signal)
    this.isAsking = false
    if (!agreed) throw new InterruptedError('declined; nothing was changed')
  }

  override logJson(document: unknown): void {
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  }

  /** What `mq … --help` needs: the command as the user types it. */
  protected get typedId(): string | undefined {
    return this.id?.replaceAll(':', ' ')
  }

  private startDeadline(timeoutMs: number): void {
    this.timeoutMs = timeoutMs
    const leftMs = Math.max(0, timeoutMs - (performance.now() - this.startedMs))
    this.deadline = setTimeout(() => {
      const unanswered = `nobody answered within ${formatDuration(timeoutMs)}; nothing was changed`
      const message = this.isAsking ? unanswered : this.deadlineMessage(timeoutMs)
      this.stop(new TimeoutError(message, 'a longer --timeout waits longer'))
    }, leftMs)
  }

  /** Commands that know more about the state they leave behind say it here. */
  protected deadlineMessage(timeoutMs: number): string {
    return `not finished after ${formatDuration(timeoutMs)}; what was sent before may have been done`
  }

  /** Ends the command from outside: `run` is abandoned, what was deferred still runs. */
  protected stop(reason: Error): void {
    this.aborter.abort(reason)
    this.stopRunning?.(reason)
  }

  /** The first signal ends the command in order, the second one at once by its default action. */
  private watchSignals(): () => void {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const handlers = signals.map((signal) => {
      let count = 0
      const handler = () => {
        // It stays after the first one: a spinner's library ends the process at once when it finds itself the only listener.
        if (++count === 1) return this.stop(new InterruptedError(this.interruptMessage()))
        process.removeListener(signal, handler)
        process.kill(process.pid, signal)
      }
      process.on(signal, handler)
      return [signal, handler] as const
    })
    const fault = (error: unknown) => this.stop(error instanceof Error ? error : new Error(String(error)))
    process.on('uncaughtException', fault)
    return () => {
      for (const [signal, handler] of handlers) process.removeListener(signal, handler)
      process.removeListener('uncaughtException', fault)
    }
  }

  protected interruptMessage(): string {
    return 'interrupted'
  }

  private async cleanUp(): Promise<void> {
    for (const { close, limitMs } of this.atEnd.reverse()) {
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs)
      })
      try {
        await Promise.race([close(), limit])
      } catch {
        // The outcome of the command is decided; a connection that does not close cleanly does not change it.
      } finally {
        clearTimeout(timer)
      }
    }
  }

  /** Prints the failure and throws what makes oclif exit with its code, printing nothing itself. */
  private leaveWith(error: unknown): never {
    if (error instanceof ExitError) throw error
    const failure = toFailure(error, this.typedId)
    // A reader that went away (`| head`) is a good end, and there is nothing to say about it.
    if (failure.exitCode !== EXIT.done)
      process.stderr.write(this.jsonEnabled() ? failureJson(failure) : failureText(failure))
    const exit = new ExitError(failure.exitCode)
    process.exitCode = failure.exitCode
    throw Object.assign(exit, { exitCode: failure.exitCode, cause: error })
  }
}

/** Colours follow stdout; a stderr that goes elsewhere gets plain text. */
function writeError(text: string): void {
  process.stderr.write(process.stderr.isTTY ? text : stripVTControlCharacters(text))
}

/** The error document of `--json`, one line. */
export function failureJson(failure: Failure): string {
  const file = failure.stack === undefined ? undefined : writeCrashFile(failure.stack)
  const hint = failure.hint ?? (file === undefined ? null : `the stack trace is in ${file}`)
  return `${JSON.stringify({ error: { code: failure.code, message: failure.message, hint } })}\n`
}

/** The same for people. */
export function failureText(failure: Failure): string {
  const file = failure.stack === undefined ? undefined : writeCrashFile(failure.stack)
  // Who interrupted or said no knows it: that is no error to them.
  const lines = [failure.exitCode === EXIT.interrupted ? failure.message : `error: ${failure.message}`]
  if (failure.hint !== undefined) lines.push(`hint: ${failure.hint}`)
  if (file !== undefined) lines.push(`the stack trace is in ${file}`)
  return `${lines.join('\n')}\n`
}
