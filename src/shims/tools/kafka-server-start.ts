/**
 * kafka-server-start: runs the bundled broker with a server.properties in this process, until SIGTERM; with -daemon in one of its
 * own. Empty directories are formatted at the start, as Kafka's container does; those that another software wrote are refused.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeDirectory } from '../../platform/make-directory.ts'
import { mqHome } from '../../platform/mq-home.ts'
import { fileProperties } from '../cluster.ts'
import type { Options } from '../options.ts'
import { type ShimIo, type Tool, ToolExit } from '../tool.ts'
import { recordServer } from './server-record.ts'

const USAGE = 'USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n'

export const kafkaServerStart: Tool = {
  name: 'kafka-server-start',
  grammar: {
    kind: 'jopt',
    purpose: USAGE.trim(),
    emptyRuns: true,
    flags: [
      { name: 'daemon', help: 'Run in the background; what it prints goes to kafkaServer.out in LOG_DIR.' },
      { name: 'override', arg: 'required', argName: 'property=value', help: 'A setting that wins over the file.' },
      { name: 'name', arg: 'required', help: 'Taken for compatibility, as are -loggc and what it names.' },
      { name: 'loggc', help: 'Taken for compatibility.' },
    ],
  },
  run,
  failed(error, io) {
    io.stderr(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  },
}

async function run(options: Options, io: ShimIo): Promise<number> {
  const [file, stray] = options.words
  if (file === undefined) throw new ToolExit(1, { stdout: USAGE })
  if (stray !== undefined)
    throw new ToolExit(1, { stderr: `Found non argument parameters: ${options.words.slice(1).join(',')}\n` })
  if (!existsSync(file)) throw new ToolExit(1, { stderr: `cannot read ${file}: there is no such file\n` })
  const overrides = options.all('override')
  for (const override of overrides) {
    if (override.indexOf('=') < 1)
      throw new ToolExit(1, { stderr: `Command line arguments must be key=value, not ${override}\n` })
  }
  if (options.has('daemon')) return runInBackground(options, io)
  const properties: Record<string, string> = { ...fileProperties(file) }
  for (const override of overrides) {
    const at = override.indexOf('=')
    properties[override.slice(0, at)] = override.slice(at + 1)
  }
  const roles = (properties['process.roles'] ?? 'broker,controller').split(',').map((role) => role.trim())
  recordServer(Number(properties['node.id'] ?? properties['broker.id'] ?? 1), roles)
  // From here on signals are the broker's, which needs its time to stop.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal)
  const program = pathToFileURL(join(packageRoot(), 'dist', 'broker', 'main.js')).href
  const { main } = (await import(program)) as { main(args: readonly string[]): Promise<void> }
  await main([file, ...overrides.flatMap((override) => ['--override', override])])
  // The broker ends the process.
  return new Promise<number>(() => {})
}

/** The folder of this package, from the entry that was run. */
function packageRoot(): string {
  let folder = dirname(process.argv[1] ?? '')
  while (!existsSync(join(folder, 'dist', 'broker', 'main.js')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

function runInBackground(options: Options, io: ShimIo): number {
  const logDirectory = io.env.LOG_DIR ?? join(mqHome(), 'logs')
  makeDirectory(logDirectory)
  const out = openSync(join(logDirectory, 'kafkaServer.out'), 'w')
  const words = options.argv.filter((word) => !/^--?daemon$/.test(word))
  const child = spawn(process.execPath, [process.argv[1]!, 'kafka-server-start', ...words], {
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...io.env, LOG_DIR: logDirectory },
  })
  child.unref()
  return 0
}
