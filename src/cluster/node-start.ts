/**
 * What both ways of starting a node are asked for, in the background and in the foreground, and the steps they share:
 * the plan from file, environment and overrides, and the checks before a process is started.
 */
import { type NodePlan, type NodeRequest, planNode } from './node-plan.ts'
import { checkPorts, prepareDirectory, readConfigFile } from './preflight.ts'

export interface NodeStart {
  readonly name: string
  readonly port: number | undefined
  readonly dataDir: string | undefined
  readonly configFile: string | undefined
  readonly overrides: Readonly<Record<string, string>>
  readonly clusterId: string | undefined
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
