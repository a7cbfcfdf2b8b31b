/**
 * Foreign programs for the compat suites: run one to its end, or keep one running and wait for what it prints. Every child that
 * is still there when the test process ends is killed by its pid, so that nothing is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'

/** What a program that ended left. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: Record<string, string | undefined>
  readonly cwd?: string
  /** The program is killed, and the promise rejected, after this time in ms; default 120,000. */
  readonly timeoutMs?: number
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

function track(child: ChildProcess): void {
  children.add(child)
  child.on('exit', () => children.delete(child))
}

/** Spawns `command`; the child dies with this process. */
export function start(command: string, args: readonly string[], options: RunOptions = {}): ChildProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  track(child)
  // a program that ends without reading its input closes the pipe under us: its exit code tells the story
  child.stdin?.on('error', () => {})
  return child
}

/** Runs `command` to its end with `input` as its whole standard input. Any exit code is an answer; running too long rejects. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(command, args, options)
  const limit = options.timeoutMs ?? 120_000
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin?.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${command} ${args.join(' ')} ran longer than ${limit} ms\n${stdout}\n${stderr}`))
    }, limit)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout, stderr })
    })
  })
}

/** As `run`, but anything other than exit code 0 rejects with the program's output. */
export async function runOk(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const done = await run(command, args, options)
  if (done.code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${done.code}\n${done.stdout}\n${done.stderr}`)
  }
  return done
}

/** A program that keeps running, with everything that it has printed so far. */
export class Running {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<Finished>
  readonly #what: string
  #listeners = new Set<() => void>()

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.#what = `${command} ${args.join(' ')}`
    this.child = start(command, args, options)
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#changed()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#changed()
    })
    if (options.input !== undefined) this.child.stdin?.end(options.input)
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
        this.#changed()
      })
    })
    this.ended.catch(() => this.#changed())
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Resolves when `condition` holds of the output; rejects after `timeoutMs`, or when the program ends without it, naming the condition. */
  until(condition: (output: { stdout: string; stderr: string }) => boolean, timeoutMs = 120_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        if (error === undefined) resolve()
        else reject(error)
      }
      const check = (): void => {
        if (condition(this)) finish()
        else if (this.#hasEnded())
          finish(new Error(`${this.#what} ended before ${condition}\n${this.stdout}\n${this.stderr}`))
      }
      const timer = setTimeout(
        () =>
          finish(new Error(`${this.#what}: not seen in ${timeoutMs} ms: ${condition}\n${this.stdout}\n${this.stderr}`)),
        timeoutMs,
      )
      this.#listeners.add(check)
      check()
    })
  }

  /** Sends `signal` and waits for the end; a program that stays for `timeoutMs` more is killed and the promise rejected. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 30_000): Promise<Finished> {
    if (!this.#hasEnded()) this.child.kill(signal)
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.child.kill('SIGKILL')
    }, timeoutMs)
    const done = await this.ended
    clearTimeout(timer)
    if (late) throw new Error(`${this.#what} was still there ${timeoutMs} ms after ${signal}`)
    return done
  }
}

/** Asks `condition` again and again until it answers with something; rejects with `what` and the last error after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const limit = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const found = await condition()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = error
    }
    if (Date.now() > limit) throw new Error(`not seen in ${timeoutMs} ms: ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
