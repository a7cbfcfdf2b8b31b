/** How long programs take from start to exit, as whoever calls them in a loop waits for them. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { kafkaHome, repositoryRoot } from '../compat/support/peers.ts'

export interface Timed {
  /** Milliseconds of each run. */
  readonly taken: number[]
  readonly status: number | null
  readonly stdout: string
}

/** Runs it `rounds` times with nothing on stdin. Throws when it cannot be started, or its runs end differently. */
export function time(
  rounds: number,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Timed {
  const taken: number[] = []
  let first: { status: number | null; stdout: string } | undefined
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      env: { ...process.env, ...env },
      input: '',
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    taken.push(performance.now() - startedAt)
    if (error !== undefined) throw error
    first ??= { status, stdout }
    if (status !== first.status) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`)
  }
  return { taken, ...first! }
}

/** The times of what must end well. */
export function times(
  rounds: number,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): number[] {
  const { taken, status, stdout } = time(rounds, command, args, env)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}`)
  return taken
}

/** One of Kafka's tools as its own script runs it (scripts/peers/kafka-tool), for `time` and `times`. */
export function kafkaTool(
  rounds: number,
  args: readonly string[],
): [number, string, readonly string[], Readonly<Record<string, string>>] {
  const home = kafkaHome()
  if (home === undefined) throw new Error('Apache Kafka is not installed: run scripts/peers/install.sh --kafka')
  return [rounds, join(repositoryRoot, 'scripts', 'peers', 'kafka-tool'), args, { KAFKA_HOME: home }]
}

export function mqProgram(): string {
  return process.env.MQ_BENCH_CLI ?? join(repositoryRoot, 'bin', 'run.js')
}

export function shown(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(' ')
}
