/**
 * One broker process in the background: spawned detached with its own log file, watched until it says that it is ready
 * and answers, or ends. Another node on the same port cannot be taken for it. The caller records the pid and its start
 * token before anything else can fail.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDirectory } from '../platform/make-directory.ts'
import { processToken } from '../platform/process-info.ts'
import { probeBroker } from './probe.ts'

export interface NodeProcess {
  readonly pid: number
  readonly token: string
  readonly hasEnded: () => boolean
  /** Everything the process itself printed; server.log is the broker's own. */
  readonly outputFile: string
}

export type StartOutcome = 'ready' | 'ended' | 'timeout'

const POLL_MS = 20
const PROBE_TIMEOUT_MS = 1000

/** Starts `program` (the broker's script) with the given configuration file. Throws what spawn throws. */
export function spawnNode(options: {
  program: string
  configFile: string
  logDir: string
  clusterId: string | undefined
  /** More arguments for the program. */
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
}): NodeProcess {
  makeDirectory(options.logDir)
  const outputFile = join(options.logDir, 'broker.out')
  const output = openSync(outputFile, 'w')
  // The settings in KAFKA_* are in the configuration file already; given twice, a later restart would differ.
  const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => !name.startsWith('KAFKA_')))
  const child = spawn(process.execPath, [options.program, '--config', options.configFile, ...options.args], {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: options.logDir,
    env: {
      ...env,
      LOG_DIR: options.logDir,
      ...(options.clusterId === undefined ? {} : { CLUSTER_ID: options.clusterId }),
    },
  })
  closeSync(output)
  child.on('error', () => {})
  child.unref()
  const pid = child.pid
  const token = pid === undefined ? undefined : processToken(pid)
  if (pid === undefined) throw new Error('the broker process could not be started')
  return {
    pid,
    token: token ?? '',
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    outputFile,
  }
}

/**
 * Waits until the node has said so and answers clients at `address` (undefined: it has none), ends, or `timeoutMs` passed; an abort counts as the timeout.
 * `outputFile` is where its process prints: an answer alone could come from a stranger that took the port meanwhile.
 */
export async function awaitReady(
  hasEnded: () => boolean,
  outputFile: string,
  address: { host: string; port: number } | undefined,
  timeoutMs: number,
  aborted: AbortSignal,
): Promise<StartOutcome> {
  const deadlineMs = performance.now() + timeoutMs
  while (performance.now() < deadlineMs && !aborted.aborted) {
    const isReady =
      saysReady(outputFile) &&
      (address === undefined || (await probeBroker(address.host, address.port, PROBE_TIMEOUT_MS)))
    if (hasEnded()) return 'ended'
    if (isReady) return 'ready'
    await sleep(POLL_MS)
  }
  if (hasEnded()) return 'ended'
  return 'timeout'
}

/** The broker prints one line `ready {…}` when all its listeners are open. */
function saysReady(outputFile: string): boolean {
  try {
    return /^ready /m.test(readFileSync(outputFile, 'utf8'))
  } catch {
    return false
  }
}

/** Why a node ended: the last lines that say so, without stack frames; empty when it said nothing. */
export function lastWords(...files: readonly string[]): string[] {
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      continue
    }
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    const telling = lines.filter((line) => /\b(ERROR|FATAL|error:|Error:|hint:)/.test(line))
    const chosen = (telling.length > 0 ? telling : lines).slice(-3)
    if (chosen.length > 0) return chosen
  }
  return []
}
