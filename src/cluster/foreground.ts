/**
 * One node in the foreground, for terminals, containers and service managers: the broker's program runs in this process,
 * its log goes to stderr, and SIGTERM or Ctrl-C ends it. With `--config` exactly the node of that file runs and nothing
 * is recorded; without, it is the node of the named local cluster, which other commands then find.
 */
import { pathToFileURL } from 'node:url'
import { processToken } from '../platform/process-info.ts'
import { withClusterLock } from './lock.ts'
import { type MetricsPlan, planMetrics } from './metrics-port.ts'
import type { NodePlan } from './node-plan.ts'
import { type NodeStart, planRequested, prepareNode } from './node-start.ts'
import { clusterDirectory, type NodeState, readCluster, writeCluster } from './state.ts'
import { isNodeAlive } from './status.ts'
import { MqError } from '../base/errors.ts'

/** `program` exports `main(args)`. */
export type ForegroundRequest = NodeStart

const LOCK_WAIT_MS = 10_000

/** Resolves when the node answers; the process then belongs to the broker, which ends it. */
export async function runForeground(request: ForegroundRequest): Promise<void> {
  const plan = await planRequested(request, undefined)
  const metrics = await planMetrics(request.metrics, plan.port, null)
  const run = () => runProgram(request, plan, metrics)
  if (request.configFile !== undefined) return run()
  return withClusterLock(request.name, LOCK_WAIT_MS, async () => {
    const running = readCluster(request.name)?.nodes.find(isNodeAlive)
    if (running !== undefined) {
      throw new MqError('MQ_RUNNING', `the local cluster ${request.name} runs already (pid ${running.pid})`, {
        hint: `mq broker stop --name ${request.name} first, or another --name`,
      })
    }
    await run()
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

/** Makes the node known while it runs, and stopped when this process ends. */
function record(request: ForegroundRequest, plan: NodePlan, metrics: MetricsPlan): void {
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
    logDir: clusterDirectory(request.name),
    configFile: '',
    pid: process.pid,
    processToken: processToken(process.pid) ?? '',
    phase: 'running',
    startedAt: Date.now(),
    version: request.version,
  }
  const state = { format: 1, name: request.name, clusterId: null, engine: 'bundled' } as const
  writeCluster({ ...state, nodes: [node] })
  process.on('exit', () => {
    writeCluster({ ...state, nodes: [{ ...node, pid: null, processToken: null, phase: 'stopped', startedAt: null }] })
  })
}
