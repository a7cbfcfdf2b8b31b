/**
 * mq's commands against the node of a suite: from the build, as processes without a terminal, as scripts run them. Each suite has
 * its own MQ_HOME; the node's address comes through the environment.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { mq } from './bundled.ts'
import type { Engine } from './node.ts'
import type { Finished, RunOptions } from './process.ts'

/** What `--json` prints on stderr when a command fails as a whole. */
export interface ShownError {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export interface MqRunner {
  /** A directory of the suite for files; it is MQ_HOME too, and goes with the suite. */
  readonly folder: string
  run(args: string[], options?: RunOptions): Promise<Finished>
  /** Runs with `--json`, expects `code` (and an empty stderr with 0), and answers the one document on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of the document
  json(args: string[], code?: number, options?: RunOptions): Promise<any>
  /** Runs with `--json`, expects `code` and nothing on stdout; answers the error on stderr. */
  failure(args: string[], code: number): Promise<ShownError>
  /** Produces one record a line. */
  fill(topic: string, lines: string[], ...args: string[]): Promise<void>
}

/** Call inside a describe block: the directory is removed after it. */
export function mqRunner(engine: () => Pick<Engine, 'bootstrap'>): MqRunner {
  const folder = mkdtempSync(join(tmpdir(), 'compat-mq-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const run = (args: string[], options: RunOptions = {}): Promise<Finished> =>
    mq(args, { ...options, env: { MQ_HOME: folder, MQ_BOOTSTRAP_SERVER: engine().bootstrap, ...options.env } })
  return {
    folder,
    run,
    async json(args, code = 0, options = {}) {
      const done = await run([...args, '--json'], options)
      expect({ code: done.code, stderr: code === 0 ? done.stderr : '' }).toEqual({ code, stderr: '' })
      return JSON.parse(done.stdout)
    },
    async failure(args, code) {
      const done = await run([...args, '--json'])
      expect({ code: done.code, stdout: done.stdout }, done.stderr).toEqual({ code, stdout: '' })
      return JSON.parse(done.stderr).error
    },
    async fill(topic, lines, ...args) {
      const done = await run(['produce', topic, ...args], { input: `${lines.join('\n')}\n` })
      expect({ code: done.code, stdout: done.stdout }).toEqual({ code: 0, stdout: '' })
    },
  }
}
