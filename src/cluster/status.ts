/**
 * What really runs of a recorded cluster. A node is `running` when the recorded process is still the one that was
 * started and it answered; `starting` while it has not; `crashed` when the process is gone without a stop; a foreign
 * process on the recorded pid counts as crashed, and is only ever mentioned, never touched.
 */
import { isSameProcess, processName, processToken } from '../platform/process-info.ts'
import { probeBroker } from './probe.ts'
import type { ClusterState, NodeState } from './state.ts'

export type NodeRunState = 'running' | 'stopped' | 'crashed' | 'starting'

export interface NodeStatus {
  id: number
  roles: readonly string[]
  state: NodeRunState
  pid: number | null
  port: number
  controllerPort: number | null
  metricsPort: number | null
  dataDir: string
  version: string
  startedAt: number | null
}

export interface ClusterStatus {
  name: string
  clusterId: string | null
  bootstrap: string
  engine: string
  nodes: NodeStatus[]
}

const PROBE_TIMEOUT_MS = 2000

/** True while the process that mq started for this node lives. */
export function isNodeAlive(node: NodeState): boolean {
  return node.pid !== null && node.processToken !== null && isSameProcess(node.pid, node.processToken)
}

/** Some other process has the recorded pid now: its name, for a note; undefined otherwise. */
export function foreignProcess(node: NodeState): { pid: number; name: string } | undefined {
  if (node.pid === null || isNodeAlive(node) || processToken(node.pid) === undefined) return undefined
  return { pid: node.pid, name: processName(node.pid) ?? 'another program' }
}

/** The state of one node, without asking it anything unless it is still starting. */
export async function nodeState(node: NodeState): Promise<NodeRunState> {
  if (node.pid === null) return 'stopped'
  if (!isNodeAlive(node)) return 'crashed'
  if (node.phase === 'running' || !node.roles.includes('broker')) return 'running'
  return (await probeBroker(node.host, node.port, PROBE_TIMEOUT_MS)) ? 'running' : 'starting'
}

/** `host:port,…` of the brokers. */
export function bootstrapOf(state: ClusterState): string {
  return state.nodes
    .filter((node) => node.roles.includes('broker'))
    .map((node) => `${node.host.includes(':') ? `[${node.host}]` : node.host}:${node.port}`)
    .join(',')
}

/** The document of `mq broker status --json` for one cluster. */
export async function clusterStatus(state: ClusterState): Promise<ClusterStatus> {
  const nodes = await Promise.all(
    state.nodes.map(async (node): Promise<NodeStatus> => {
      const run = await nodeState(node)
      const alive = run === 'running' || run === 'starting'
      return {
        id: node.id,
        roles: node.roles,
        state: run,
        pid: alive ? node.pid : null,
        port: node.port,
        controllerPort: node.controllerPort,
        metricsPort: node.metricsPort,
        dataDir: node.dataDir,
        version: node.version,
        startedAt: alive ? node.startedAt : null,
      }
    }),
  )
  return { name: state.name, clusterId: state.clusterId, bootstrap: bootstrapOf(state), engine: state.engine, nodes }
}
