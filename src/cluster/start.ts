/**
 * Starts what is missing of a local cluster and returns when every node answers. Under the cluster's lock: two starts
 * at once make one node. Every way to fail has its own message; a node that was started and is not ready in time is left
 * running and said to be so.
 */
import { MqError, UsageError } from '../base/errors.ts'
import { isSeveral } from './layout.ts'
import { withClusterLock } from './lock.ts'
import { planMetrics } from './metrics-port.ts'
import { planRequested, prepareNode, readClusterId, readClusterIdIn, readRecorded } from './node-start.ts'
import { ClusterRecord } from './record.ts'
import { awaitRecorded, awaitSpawned, noteStale, spawnPlanned, type StartRequest } from './start-node.ts'
import { startSeveral } from './start-several.ts'
import { type ClusterState, type NodeState, readCluster } from './state.ts'
import { type ClusterStatus, clusterStatus, isNodeAlive } from './status.ts'

export type { StartRequest }

export interface StartResult {
  readonly cluster: ClusterStatus
  /** Ids of the nodes that this call started; empty when all ran already. */
  readonly started: readonly number[]
  readonly tookMs: number
}

/** `only`: start none but these nodes of the cluster on record. */
export async function startCluster(request: StartRequest, only?: readonly number[]): Promise<StartResult> {
  const beganMs = performance.now()
  return withClusterLock(request.name, request.timeoutMs, async () => {
    const before = readCluster(request.name)
    checkClusterId(request, before)
    const record = new ClusterRecord(request.name, before)
    const started = isSeveral(request, before)
      ? await startSeveral(request, record, only)
      : await startOne(request, record, only)
    return { cluster: await clusterStatus(record.state), started, tookMs: performance.now() - beganMs }
  })
}

/** A cluster of the one node that file, environment and flags describe. */
async function startOne(
  request: StartRequest,
  record: ClusterRecord,
  only: readonly number[] | undefined,
): Promise<number[]> {
  const recorded = record.state.nodes[0]
  const strange = only?.filter((id) => id !== recorded?.id) ?? []
  if (strange.length > 0) throw new UsageError(`no node ${strange.join(', ')} in ${request.name}`)
  if (recorded !== undefined && isNodeAlive(recorded)) {
    await alreadyRunning(request, record, recorded)
    return []
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
  const clusterId = request.clusterId ?? record.state.clusterId ?? undefined
  // Another node.id makes another node of it: the one before is not part of the cluster any more.
  const replaced = recorded !== undefined && recorded.id !== plan.config.nodeId ? recorded : undefined
  const started = spawnPlanned({ request, plan, metrics, record, clusterId, args: [] })
  await awaitSpawned(request, plan, started)
  try {
    if (replaced !== undefined) record.remove(replaced.id)
    record.put({ ...started.node, phase: 'running' })
    record.setClusterId(readClusterId(plan) ?? record.state.clusterId)
  } catch (error) {
    // It runs, and is on record as starting: the next command that looks will see it answer.
    request.note((error as Error).message)
  }
  return [started.node.id]
}

async function alreadyRunning(request: StartRequest, record: ClusterRecord, node: NodeState): Promise<void> {
  if (request.port !== undefined && request.port !== 0 && request.port !== node.port) {
    request.note(`it keeps port ${node.port}; stop it first to start it with --port ${request.port}`)
  }
  if (request.configFile !== undefined || Object.keys(request.overrides).length > 0 || request.dataDir !== undefined) {
    request.note('its settings stay as they are; mq broker stop first to start it with others')
  }
  if (node.phase !== 'starting') return
  await awaitRecorded(request, node)
  record.put({ ...node, phase: 'running' })
  record.setClusterId(readClusterIdIn(node.dataDir))
}

/** A cluster that runs with one id cannot be started with another. */
function checkClusterId(request: StartRequest, before: ClusterState | undefined): void {
  const alive = before?.nodes.find(isNodeAlive)
  if (request.clusterId === undefined || before === undefined || alive === undefined) return
  const clusterId = before.clusterId ?? readClusterIdIn(alive.dataDir)
  if (clusterId === null || clusterId === request.clusterId) return
  throw new MqError('MQ_CLUSTER_ID', `the local cluster ${request.name} runs with the cluster id ${clusterId}`, {
    hint: 'leave --cluster-id out, or start another cluster with another --name',
  })
}
