/**
 * Starts one planned node in the background: settings written, process spawned and recorded before anything else can
 * happen, then watched until it answers. A start that fails puts back the settings and the record from before it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MqError, TimeoutError } from '../base/errors.ts'
import type { MetricsPlan } from './metrics-port.ts'
import type { NodePlan } from './node-plan.ts'
import { type NodeStart, writeConfigFile } from './node-start.ts'
import type { ClusterRecord } from './record.ts'
import { awaitReady, lastWords, spawnNode } from './spawn-node.ts'
import { clusterDirectory, type NodeState, stopped } from './state.ts'
import { foreignProcess, isNodeAlive } from './status.ts'
import { signal } from './stop.ts'

export interface StartRequest extends NodeStart {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Remarks for people while it goes. */
  readonly note: (text: string) => void
  /** How far it is, for a spinner. */
  readonly onProgress?: (text: string) => void
}

export interface Spawned {
  readonly node: NodeState
  readonly process: ReturnType<typeof spawnNode>
  /** Puts the record back as it was before a start that failed. */
  readonly undo: () => void
}

export interface SpawnOptions {
  readonly request: StartRequest
  readonly plan: NodePlan
  readonly metrics: MetricsPlan
  readonly record: ClusterRecord
  readonly clusterId: string | undefined
  /** More arguments for the broker's program. */
  readonly args: readonly string[]
}

/** Writes the configuration, spawns, and records the process before anything else happens. */
export function spawnPlanned({ request, plan, metrics, record, clusterId, args }: SpawnOptions): Spawned {
  const id = plan.config.nodeId
  const home = join(clusterDirectory(request.name), `node-${id}`)
  const configFile = join(home, 'server.properties')
  const logDir = join(home, 'logs')
  const undo = undoOf(plan, configFile, record)
  writeConfigFile(configFile, plan)
  const spawned = spawnNode({
    program: request.program,
    configFile,
    logDir,
    clusterId,
    args: [...metrics.args, ...args],
    env: request.env,
  })
  const { rack } = plan.config
  const node: NodeState = {
    id,
    roles: plan.config.roles,
    host: plan.host,
    port: plan.port,
    controllerPort: plan.controllerPort,
    ...(rack === null ? {} : { rack }),
    metricsPort: metrics.port,
    ...(metrics.asked === undefined ? {} : { metricsAsked: metrics.asked }),
    dataDir: plan.config.logDirs[0]!,
    dataDirs: [...new Set([...plan.config.logDirs, plan.config.metadataLogDir])],
    logDir,
    configFile,
    pid: spawned.pid,
    processToken: spawned.token,
    phase: 'starting',
    startedAt: Date.now(),
    version: request.version,
  }
  try {
    record.put(node)
  } catch (error) {
    // A process that nobody knows of could not be stopped.
    signal(node, 'SIGTERM')
    throw error
  }
  return { node, process: spawned, undo }
}

/**
 * What a failed start is undone with: the settings and the record of the start before it, or none. A first start that has
 * formatted a directory stays on record, so that its data can be wiped; so does one of the nodes that found a quorum.
 */
function undoOf(plan: NodePlan, configFile: string, record: ClusterRecord): () => void {
  const id = plan.config.nodeId
  const before = record.node(id)
  const directories = [...new Set([...plan.config.logDirs, plan.config.metadataLogDir])]
  const isFormatted = () => directories.some((directory) => existsSync(join(directory, 'meta.properties')))
  const wasFormatted = isFormatted()
  const settings = before === undefined ? undefined : readFileIfPresent(configFile)
  return () => {
    if (settings !== undefined) writeFileSync(configFile, settings, { mode: 0o600 })
    if (before !== undefined) record.put(stopped(before))
    else if ((isFormatted() && !wasFormatted) || record.state.founders !== undefined) record.markStopped(id)
    else record.remove(id)
  }
}

function readFileIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Without it the settings of the failed start stay, which are all that is known.
    return undefined
  }
}

/** Resolves when the node answers and is on record as running. Throws with its last words, or TimeoutError. */
export async function awaitSpawned(request: StartRequest, plan: NodePlan, started: Spawned): Promise<void> {
  const { node } = started
  const { hasEnded, outputFile } = started.process
  const outcome = await awaitReady(hasEnded, outputFile, addressOf(plan), request.timeoutMs, request.signal)
  if (outcome === 'ready') return
  if (outcome === 'timeout') throw stillStarting(node.id, started.process.pid, request)
  try {
    started.undo()
  } catch (error) {
    request.note(`what was recorded before could not be put back: ${(error as Error).message}`)
  }
  throw endedError(node.id, lastWords(started.process.outputFile, join(node.logDir, 'server.log')), node.logDir)
}

/** A node that an earlier, interrupted start left behind: waits for it as if it were ours. */
export async function awaitRecorded(request: StartRequest, node: NodeState): Promise<void> {
  const output = join(node.logDir, 'broker.out')
  const address = node.roles.includes('broker') ? node : undefined
  const outcome = await awaitReady(() => !isNodeAlive(node), output, address, request.timeoutMs, request.signal)
  if (outcome === 'ended') throw endedError(node.id, lastWords(output), node.logDir)
  if (outcome === 'timeout') throw stillStarting(node.id, node.pid!, request)
}

/** Where it answers clients; a controller alone does not. */
function addressOf(plan: NodePlan): { host: string; port: number } | undefined {
  return plan.config.roles.includes('broker') ? plan : undefined
}

export function noteStale(request: StartRequest, node: NodeState): void {
  const foreign = foreignProcess(node)
  if (foreign !== undefined) {
    request.note(
      `node ${node.id} ended without a stop; its pid ${foreign.pid} now belongs to ${foreign.name}, which is left alone`,
    )
  } else if (node.pid !== null) {
    request.note(`node ${node.id} (pid ${node.pid}) ended without a stop; starting it again`)
  }
}

function endedError(id: number, words: readonly string[], logDir: string): MqError {
  const hint = words.find((line) => line.startsWith('hint: '))?.slice('hint: '.length)
  const reasons = words.filter((line) => !line.startsWith('hint: ')).map((line) => line.replace(/^error: /, ''))
  const because = reasons.length === 0 ? ', and said nothing' : `: ${reasons.join('; ')}`
  return new MqError('MQ_START_FAILED', `node ${id} ended while it started${because}`, {
    hint: `${hint === undefined ? '' : `${hint}; `}its logs are in ${logDir}`,
  })
}

function stillStarting(id: number, pid: number, request: StartRequest): TimeoutError {
  return new TimeoutError(
    `node ${id} (pid ${pid}) does not answer yet; it goes on starting`,
    `mq broker logs --name ${request.name} says what it waits for, mq broker stop --name ${request.name} stops it`,
  )
}
