/**
 * One node in the foreground, for terminals, containers and service managers: the broker's program runs in this process,
 * its log goes to stderr, and SIGTERM or Ctrl-C ends it. With `--config` exactly the node of that file runs and nothing
 * is recorded; without, it is the node of the named local cluster, which other commands then find.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { processToken } from '../platform/process-info.ts'
import { withClusterLock } from './lock.ts'
import { type MetricsPlan, planMetrics } from './metrics-port.ts'
import type { NodePlan } from './node-plan.ts'
import {
  type NodeStart,
  planRequested,
  prepareNode,
  readClusterId,
  readRecorded,
  writeConfigFile,
} from './node-start.ts'
import { clusterDirectory, type NodeState, readCluster, stopped, writeCluster } from './state.ts'
import { isNodeAlive } from './status.ts'
import { MqError, UsageError } from '../base/errors.ts'

/** `program` exports `main(args)`. */
export type ForegroundRequest = NodeStart

const LOCK_WAIT_MS = 10_000

/** Resolves when the node answers; the process then belongs to the broker, which ends it. */
export async function runForeground(request: ForegroundRequest): Promise<void> {
  if (request.configFile !== undefined) {
    const plan = await planRequested(request, undefined)
    return runProgram(request, plan, await planMetrics(request.metrics, plan.port, null))
  }
  return withClusterLock(request.name, LOCK_WAIT_MS, async () => {
    const before = readCluster(request.name)
    if ((before?.nodes.length ?? 0) > 1) {
      throw new UsageError(
        `the local cluster ${request.name} has ${before?.nodes.length} nodes, and --foreground runs one`,
        'leave --foreground out, take another --name, or start a node with --foreground --config FILE',
      )
    }
    const running = before?.nodes.find(isNodeAlive)
    if (running !== undefined) {
      throw new MqError('MQ_RUNNING', `the local cluster ${request.name} runs already (pid ${running.pid})`, {
        hint: `mq broker stop --name ${request.name} first, or another --name`,
      })
    }
    // What a start in the background would take up again counts here too: above all where the data lies.
    const node = before?.nodes[0]
    const plan = await planRequested(request, node && { node, properties: readRecorded(node) })
    const metrics = await planMetrics(request.metrics ?? node?.metricsAsked, plan.port, node?.metricsPort ?? null)
    await runProgram(request, plan, metrics)
    record(request, plan, metrics)
  })
}

async function runProgram(request: ForegroundRequest, plan: NodePlan, metrics: MetricsPlan): Promise<void> {
  await prepareNode(plan, request.name)
  const { main } = (await import(pathToFileURL(request.program).href)) as { main(args: string[]): Promise<void> }
  const settings = Object.entries(plan.properties).flatMap(([key, value]) => ['--override', `${key}=${value}`])
  await main([
    ...settings,
    ...metrics.args,
    ...(request.clusterId === undefined ? [] : ['--cluster-id', request.clusterId]),
  ])
}

/** Makes the node known while it runs, and stopped when this process ends; its settings count for the next start. */
function record(request: ForegroundRequest, plan: NodePlan, metrics: MetricsPlan): void {
  const home = join(clusterDirectory(request.name), `node-${plan.config.nodeId}`)
  const configFile = join(home, 'server.properties')
  writeConfigFile(configFile, plan)
  const node: NodeState = {
    id: plan.config.nodeId,
    roles: plan.config.roles,
    host: plan.host,
    port: plan.port,
    controllerPort: plan.controllerPort,
    metricsPort: metrics.port,
    ...(metrics.asked === undefined ? {} : { metricsAsked: metrics.asked }),
    dataDir: plan.config.logDirs[0]!,
    dataDirs: [...new Set([...plan.config.logDirs, plan.config.metadataLogDir])],
    // Its log goes to stderr: there is no file.
    logDir: clusterDirectory(request.name),
    configFile,
    pid: process.pid,
    processToken: processToken(process.pid) ?? '',
    phase: 'running',
    startedAt: Date.now(),
    version: request.version,
  }
  const state = { format: 1, name: request.name, clusterId: readClusterId(plan), engine: 'bundled' } as const
  writeCluster({ ...state, nodes: [node] })
  process.on('exit', () => {
    try {
      writeCluster({ ...state, nodes: [stopped(node)] })
    } catch {
      // A record that cannot be written now shows the node as crashed, and the next start takes it up.
    }
  })
}
