/** How long a command takes from start to exit: `mq topics list`, Kafka's own tool, and the bare runtime below both. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from '../compat/support/peers.ts'
import { kafkaRun } from './engines.ts'

export interface CommandTimes {
  readonly mqMs: number
  readonly kafkaMs: number
  readonly nodeMs: number
}

/** Medians of `rounds` runs against one broker. */
export function commandTimes(bootstrap: string, rounds: number): CommandTimes {
  const tool = ['org.apache.kafka.tools.TopicCommand', '--bootstrap-server', bootstrap, '--list']
  return {
    mqMs: median(rounds, process.execPath, [
      join(repositoryRoot, 'bin', 'run.js'),
      'topics',
      'list',
      '--bootstrap-server',
      bootstrap,
    ]),
    // Kafka's script starts the tools with these flags for the JVM.
    kafkaMs: median(rounds, kafkaRun(), tool, { KAFKA_HEAP_OPTS: '-Xmx256M', KAFKA_JVM_OPTS: '-server -XX:+UseG1GC' }),
    nodeMs: median(rounds, process.execPath, ['-e', '0']),
  }
}

function median(rounds: number, command: string, args: readonly string[], env: Record<string, string> = {}): number {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    const { status, stderr } = spawnSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
    times.push(performance.now() - startedAt)
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`)
  }
  return medianOf(times)
}

export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
