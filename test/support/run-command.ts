/**
 * Runs one command class in this process, as oclif would: what it printed, how it ended. Nothing is spawned, stdin is
 * no terminal. One command at a time.
 */
import { join } from 'node:path'
import { Config } from '@oclif/core/config'
import type { Command } from '@oclif/core/command'

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** stdout as JSON. Throws when it is not exactly one document. */
  readonly json: unknown
}

type CommandClass = new (argv: string[], config: Config) => Command

let loading: Promise<Config> | undefined

/** Runs `command` with these words. Environment variables that mq reads are not passed on. */
export async function runCommand(command: CommandClass & typeof Command, ...argv: string[]): Promise<Ran> {
  loading ??= Config.load(join(import.meta.dirname, '..', '..'))
  const config = await loading
  const kept = Object.entries(process.env).filter(([name]) => name.startsWith('MQ_'))
  for (const [name] of kept) delete process.env[name]
  const out: string[] = []
  const err: string[] = []
  const streams = [
    [process.stdout, out, process.stdout.write],
    [process.stderr, err, process.stderr.write],
  ] as const
  for (const [stream, lines] of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      lines.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      for (const callback of rest) if (typeof callback === 'function') callback()
      return true
    }) as typeof stream.write
  }
  const before = process.exitCode
  process.exitCode = undefined
  let exitCode = 0
  try {
    const instance = new command(argv, config)
    await (instance as unknown as { _run(): Promise<unknown> })._run()
    exitCode = Number(process.exitCode ?? 0)
  } catch (error) {
    const { exitCode: code, oclif } = error as { exitCode?: number; oclif?: { exit?: number } }
    const known = code ?? oclif?.exit
    if (known === undefined) throw error
    exitCode = known
  } finally {
    for (const [stream, , write] of streams) stream.write = write
    process.exitCode = before
    for (const [name, value] of kept) process.env[name] = value
  }
  const stdout = out.join('')
  return {
    stdout,
    stderr: err.join(''),
    exitCode,
    get json(): unknown {
      return JSON.parse(stdout)
    },
  }
}
