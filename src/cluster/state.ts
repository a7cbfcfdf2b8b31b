/**
 * What this machine knows of its local clusters: one JSON file a cluster under `$MQ_HOME/clusters/NAME/`, replaced
 * whole by a rename, so that a reader sees the old state or the new one. The file is a record of what was started, not
 * the truth about what runs: that is for `status.ts` to find out.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MqError, UsageError } from '../base/errors.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { mqHome } from '../platform/mq-home.ts'

export interface NodeState {
  readonly id: number
  readonly roles: readonly ('broker' | 'controller')[]
  /** The address clients use. */
  readonly host: string
  readonly port: number
  readonly controllerPort: number | null
  /** Absent: none was given. */
  readonly rack?: string
  readonly metricsPort: number | null
  /** What `--metrics-port` said; absent when it was not given. */
  readonly metricsAsked?: string
  /** The first log directory; all of them stand in the config file. */
  readonly dataDir: string
  /** Every directory that holds data of this node. */
  readonly dataDirs: readonly string[]
  /** server.log and its neighbours. */
  readonly logDir: string
  /** The properties file that the node was started with, written by mq. */
  readonly configFile: string
  /** Invariant: both set from the moment a process was spawned until it was seen to be gone after a stop. */
  readonly pid: number | null
  readonly processToken: string | null
  /** `starting` until the node answered once. */
  readonly phase: 'stopped' | 'starting' | 'running'
  /** ms since the epoch. */
  readonly startedAt: number | null
  readonly version: string
}

export interface ClusterState {
  readonly format: 1
  readonly name: string
  readonly clusterId: string | null
  readonly engine: 'bundled'
  /** The voters that the quorum of a cluster of several begins with; gone once every node has answered. */
  readonly founders?: string
  readonly nodes: readonly NodeState[]
}

export const DEFAULT_CLUSTER = 'local'

/** The directory of one cluster: its state, and its data unless it was told another place. */
export function clusterDirectory(name: string): string {
  return join(mqHome(), 'clusters', name)
}

/** Refuses names that would leave the directory or read badly in a shell. */
export function checkClusterName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) {
    throw new UsageError(
      `"${name}" cannot name a cluster`,
      'letters, digits, dot, dash and underscore; the first is a letter or a digit; at most 64',
    )
  }
}

/** The recorded state; undefined when there is no such cluster. A damaged file is an error that names it. */
export function readCluster(name: string): ClusterState | undefined {
  checkClusterName(name)
  const path = statePath(name)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw homeError(path, error)
  }
  try {
    const state = JSON.parse(text) as ClusterState
    if (state.format === 1 && state.name === name && Array.isArray(state.nodes)) return state
  } catch {
    // Falls through to the same message: the file is not what mq wrote.
  }
  throw new MqError('MQ_STATE', `${path} is not a cluster state that this mq can read`, {
    hint: `if nothing of it runs any more, remove the file; the data in ${clusterDirectory(name)} stays`,
  })
}

/** Names of all clusters on record, sorted. */
export function clusterNames(): string[] {
  try {
    return readdirSync(join(mqHome(), 'clusters'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .filter((name) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name) && hasState(name))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw homeError(join(mqHome(), 'clusters'), error)
  }
}

/** Replaces the state file in one step. */
export function writeCluster(state: ClusterState): void {
  const path = statePath(state.name)
  const next = `${path}.${process.pid}.new`
  try {
    makeDirectory(dirname(path))
    writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    renameSync(next, path)
  } catch (error) {
    rmSync(next, { force: true })
    throw homeError(path, error)
  }
}

/** The node without a process. */
export function stopped(node: NodeState): NodeState {
  return { ...node, pid: null, processToken: null, phase: 'stopped', startedAt: null }
}

/** The same cluster with one node replaced. */
export function withNode(state: ClusterState, node: NodeState): ClusterState {
  return { ...state, nodes: state.nodes.map((other) => (other.id === node.id ? node : other)) }
}

/** Forgets the cluster; its data is the caller's matter. */
export function removeClusterState(name: string): void {
  rmSync(statePath(name), { force: true })
}

/** A failure to read or write below MQ_HOME, with what to do about it. */
export function homeError(path: string, cause: unknown): MqError {
  const { code, message } = cause as NodeJS.ErrnoException
  const reason = { EACCES: 'no permission', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full' }[
    code ?? ''
  ]
  return new MqError('MQ_HOME', `cannot use ${path}: ${reason ?? message}`, {
    hint: 'MQ_HOME names the directory where mq keeps clusters; it must be writable',
    cause,
  })
}

function statePath(name: string): string {
  return join(clusterDirectory(name), 'cluster.json')
}

function hasState(name: string): boolean {
  try {
    readFileSync(statePath(name))
    return true
  } catch {
    return false
  }
}
