/**
 * The bundled broker for the compat suites, as users run it: the built `bin/broker.js` as a process of its own on a
 * server.properties. It formats its empty folder itself.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { jsonProblems } from '../../support/json-schemas.ts'
import { type Engine, type EngineOptions, type Launcher, startNode } from './node.ts'
import { repositoryRoot } from './peers.ts'
import { type Finished, type RunOptions, Running, run } from './process.ts'

const brokerFile = join(repositoryRoot, 'bin', 'broker.js')
const commandFile = join(repositoryRoot, 'bin', 'run.js')

function requireBuild(): void {
  if (!existsSync(join(repositoryRoot, 'dist'))) throw new Error('dist is missing: run npm run build')
}

const launcher: Launcher = {
  kind: 'bundled',
  async format() {},
  launch(propertiesFile) {
    requireBuild()
    return new Running(process.execPath, [brokerFile, '--config', propertiesFile])
  },
  // what it prints is for people; that it answers is asked over the wire
  isReady: () => true,
}

/** Starts the bundled broker on free ports and an empty folder. */
export function startBundled(options: EngineOptions = {}): Promise<Engine> {
  return startNode(launcher, '', options)
}

/**
 * Runs one `mq` command of the build to its end; any exit code is an answer. `MQ_HOME` and bootstrap come from `options.env`.
 * With `--json` what it prints is checked against the published schema, and a difference is thrown.
 */
export async function mq(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  requireBuild()
  const done = await run(process.execPath, [commandFile, ...args], options)
  const problems = jsonProblems(args, done.stdout, done.stderr)
  if (problems.length > 0)
    throw new Error(`mq ${args.join(' ')}\n${problems.join('\n')}\n${done.stdout.slice(0, 2000)}`)
  return done
}
