/**
 * Starts what is missing of a local cluster and returns when every node answers. Under the cluster's lock: two starts
 * at once make one node. Every way to fail has its own message; a node that was started and is not ready in time is left
 * running and said to be so.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MqError, TimeoutError } from '../base/errors.ts'
import { withClusterLock } from './lock.ts'
import { type MetricsPlan, planMetrics } from './metrics-port.ts'
import type { NodePlan } from './node-plan.ts'
import {
  type NodeStart,
  planRequested,
  prepareNode,
  readClusterId,
  readClusterIdIn,
  readRecorded,
  writeConfigFile,
} from './node-start.ts'
import { awaitReady, lastWords, spawnNode } from './spawn-node.ts'
import {
  type ClusterState,
  clusterDirectory,
  type NodeState,
  readCluster,
  removeClusterState,
  stopped,
  withNode,
  writeCluster,
} from './state.ts'
import { type ClusterStatus, clusterStatus, foreignProcess, isNodeAlive } from './status.ts'
import { signal } from './stop.ts'

export interface StartRequest extends NodeStart {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Remarks for people while it goes. */
  readonly note: (text: string) => void
}

export interface StartResult {
  readonly cluster: ClusterStatus
  /** Ids of the nodes that this call started; empty when all ran already. */
  readonly started: readonly number[]
  readonly tookMs: number
}

export async function startCluster(request: StartRequest): Promise<StartResult> {
  const beganMs = performance.now()
  return withClusterLock(request.name, request.timeoutMs, async () => {
    const before = readCluster(request.name)
    const recorded = before?.nodes[0]
    if (before !== undefined && recorded !== undefined && isNodeAlive(recorded)) {
      return alreadyRunning(request, before, recorded, beganMs)
    }
    if (recorded !== undefined) noteStale(request, recorded)
    const leftBehind = recorded === undefined ? undefined : { node: recorded, properties: readRecorded(recorded) }
    const plan = await planRequested(request, leftBehind)
    if (plan.config.unknownKeys.length > 0) {
      request.note(`Kafka knows no setting ${plan.config.unknownKeys.join(', ')}; ignored`)
    }
    await prepareNode(plan, request.name)
    const asked = request.metrics ?? recorded?.metricsAsked
    const metrics = await planMetrics(asked, plan.port, recorded?.metricsPort ?? null)
    const started = spawn(request, plan, metrics, before)
    await waitFor(request, plan, started)
    const node: NodeState = { ...started.node, phase: 'running' }
    const state = { ...withNode(started.state, node), clusterId: readClusterId(plan) ?? started.state.clusterId }
    try {
      writeCluster(state)
    } catch (error) {
      // It runs, and is on record as starting: the next command that looks will see it answer.
      request.note((error as Error).message)
    }
    return { cluster: await clusterStatus(state), started: [node.id], tookMs: performance.now() - beganMs }
  })
}

async function alreadyRunning(
  request: StartRequest,
  state: ClusterState,
  node: NodeState,
  beganMs: number,
): Promise<StartResult> {
  const clusterId = state.clusterId ?? readClusterIdIn(node.dataDir)
  if (request.clusterId !== undefined && clusterId !== null && clusterId !== request.clusterId) {
    throw new MqError('MQ_CLUSTER_ID', `the local cluster ${request.name} runs with the cluster id ${clusterId}`, {
      hint: 'leave --cluster-id out, or start another cluster with another --name',
    })
  }
  if (request.port !== undefined && request.port !== 0 && request.port !== node.port) {
    request.note(`it keeps port ${node.port}; stop it first to start it with --port ${request.port}`)
  }
  if (request.configFile !== undefined || Object.keys(request.overrides).length > 0 || request.dataDir !== undefined) {
    request.note('its settings stay as they are; mq broker stop first to start it with others')
  }
  if (node.phase === 'starting') {
    const ready = await awaitRecorded(request, node)
    const now = { ...withNode(state, { ...node, phase: 'running' }), clusterId: readClusterIdIn(node.dataDir) }
    if (ready) writeCluster(now)
    return { cluster: await clusterStatus(now), started: [], tookMs: performance.now() - beganMs }
  }
  return { cluster: await clusterStatus(state), started: [], tookMs: performance.now() - beganMs }
}

/** A node that an earlier, interrupted start left behind: waits for it as if it were ours. */
async function awaitRecorded(request: StartRequest, node: NodeState): Promise<boolean> {
  const output = join(node.logDir, 'broker.out')
  const outcome = await awaitReady(() => !isNodeAlive(node), output, node, request.timeoutMs, request.signal)
  if (outcome === 'ready') return true
  if (outcome === 'ended') throw endedError(node.id, lastWords(output), node.logDir)
  throw stillStarting(node.id, node.pid!, request)
}

function noteStale(request: StartRequest, node: NodeState): void {
  const foreign = foreignProcess(node)
  if (foreign !== undefined) {
    request.note(
      `node ${node.id} ended without a stop; its pid ${foreign.pid} now belongs to ${foreign.name}, which is left alone`,
    )
  } else if (node.pid !== null) {
    request.note(`node ${node.id} (pid ${node.pid}) ended without a stop; starting it again`)
  }
}

interface Spawned {
  readonly state: ClusterState
  readonly node: NodeState
  readonly process: ReturnType<typeof spawnNode>
  /** Puts the record back as it was before a start that failed. */
  readonly undo: () => void
}

/** Writes the configuration, spawns, and records the process before anything else happens. */
function spawn(request: StartRequest, plan: NodePlan, metrics: MetricsPlan, before: ClusterState | undefined): Spawned {
  const id = plan.config.nodeId
  const home = join(clusterDirectory(request.name), `node-${id}`)
  const configFile = join(home, 'server.properties')
  const logDir = join(home, 'logs')
  const undo = undoOf(request.name, plan, configFile, before)
  writeConfigFile(configFile, plan)
  const clusterId = request.clusterId ?? before?.clusterId ?? undefined
  const spawned = spawnNode({
    program: request.program,
    configFile,
    logDir,
    clusterId,
    args: metrics.args,
    env: request.env,
  })
  const node: NodeState = {
    id,
    roles: plan.config.roles,
    host: plan.host,
    port: plan.port,
    controllerPort: plan.controllerPort,
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
  const state: ClusterState = {
    format: 1,
    name: request.name,
    clusterId: before?.clusterId ?? null,
    engine: 'bundled',
    nodes: [node],
  }
  try {
    writeCluster(state)
  } catch (error) {
    // A process that nobody knows of could not be stopped.
    signal(node, 'SIGTERM')
    throw error
  }
  return { state, node, process: spawned, undo }
}

/**
 * What a failed start is undone with: the settings and the record of the start before it, or none. A first start that has
 * formatted a directory stays on record: its data can be wiped then.
 */
function undoOf(name: string, plan: NodePlan, configFile: string, before: ClusterState | undefined): () => void {
  const directories = [...new Set([...plan.config.logDirs, plan.config.metadataLogDir])]
  const isFormatted = () => directories.some((directory) => existsSync(join(directory, 'meta.properties')))
  const wasFormatted = isFormatted()
  const settings = before === undefined ? undefined : readFileIfPresent(configFile)
  return () => {
    if (settings !== undefined) writeFileSync(configFile, settings, { mode: 0o600 })
    if (before !== undefined) writeCluster({ ...before, nodes: before.nodes.map(stopped) })
    else if (isFormatted() && !wasFormatted) writeCluster(recordedAsStopped(name))
    else removeClusterState(name)
  }
}

function recordedAsStopped(name: string): ClusterState {
  const state = readCluster(name)!
  return { ...state, nodes: state.nodes.map(stopped) }
}

function readFileIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Without it the settings of the failed start stay, which are all that is known.
    return undefined
  }
}

async function waitFor(request: StartRequest, plan: NodePlan, started: Spawned): Promise<void> {
  const { node } = started
  const { hasEnded, outputFile } = started.process
  const outcome = await awaitReady(hasEnded, outputFile, plan, request.timeoutMs, request.signal)
  if (outcome === 'ready') return
  if (outcome === 'timeout') throw stillStarting(node.id, started.process.pid, request)
  try {
    started.undo()
  } catch (error) {
    request.note(`what was recorded before could not be put back: ${(error as Error).message}`)
  }
  throw endedError(node.id, lastWords(started.process.outputFile, join(node.logDir, 'server.log')), node.logDir)
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
