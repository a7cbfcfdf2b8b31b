/**
 * What both ways of starting a node are asked for, in the background and in the foreground, and the steps they share:
 * the plan from file, environment and overrides, and the checks before a process is started.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseProperties } from '../config/broker-config.ts'
import { makeDirectory } from '../platform/make-directory.ts'
import { type NodePlan, type NodeRequest, planNode, renderProperties } from './node-plan.ts'
import { checkPorts, prepareDirectory, readConfigFile } from './preflight.ts'
import { homeError, type NodeState } from './state.ts'

export interface NodeStart {
  readonly name: string
  readonly port: number | undefined
  readonly dataDir: string | undefined
  readonly configFile: string | undefined
  readonly overrides: Readonly<Record<string, string>>
  readonly clusterId: string | undefined
  /** How many brokers there shall be; undefined: those on record, else one. */
  readonly nodes?: number | undefined
  /** How many controllers of their own; undefined: those on record, else brokers are the controllers. */
  readonly controllers?: number | undefined
  /** Racks of the brokers, round robin. */
  readonly racks?: readonly string[] | undefined
  /** `--metrics-port`, as it was given. */
  readonly metrics: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** The broker's built program. */
  readonly program: string
  readonly version: string
}

/** The node that the request describes; `recorded`: what an earlier start of the same node left. */
export function planRequested(request: NodeStart, recorded: NodeRequest['recorded']): Promise<NodePlan> {
  return planNode({
    clusterName: request.name,
    port: request.port,
    dataDir: request.dataDir,
    properties: request.configFile === undefined ? undefined : readConfigFile(request.configFile),
    overrides: request.overrides,
    env: request.env,
    recorded,
  })
}

/** Throws when a port is busy or a log directory cannot be used; makes the directories. */
export async function prepareNode(plan: NodePlan, clusterName: string): Promise<void> {
  await checkPorts(plan, clusterName)
  for (const directory of plan.config.logDirs) prepareDirectory(directory)
}

/** The settings that a recorded node was started with last; without its file, what the record says of its data. */
export function readRecorded(node: NodeState): Record<string, string> {
  try {
    return parseProperties(readFileSync(node.configFile, 'utf8'))
  } catch {
    return { 'log.dirs': node.dataDirs.join(','), 'node.id': String(node.id) }
  }
}

/** Writes the settings down for the node, and for the next start. */
export function writeConfigFile(path: string, plan: NodePlan): void {
  try {
    makeDirectory(dirname(path))
    writeFileSync(path, renderProperties(plan.properties), { mode: 0o600 })
  } catch (error) {
    throw homeError(path, error)
  }
}

/** The id of the cluster that the node's directories belong to; null when they do not say. */
export function readClusterId(plan: NodePlan): string | null {
  return readClusterIdIn(plan.config.metadataLogDir) ?? readClusterIdIn(plan.config.logDirs[0]!)
}

export function readClusterIdIn(directory: string): string | null {
  try {
    return parseProperties(readFileSync(join(directory, 'meta.properties'), 'utf8'))['cluster.id'] ?? null
  } catch {
    return null
  }
}
