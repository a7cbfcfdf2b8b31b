/**
 * Removes the data of a stopped cluster. Under MQ_HOME the node's directory goes as a whole; in a directory that the user
 * chose only what Kafka keeps there goes, and whatever else is in it stays and is named.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MqError, RefusedError } from '../base/errors.ts'
import { withClusterLock } from './lock.ts'
import { unknownCluster } from './registry.ts'
import { type ClusterState, clusterDirectory, readCluster, removeClusterState } from './state.ts'
import { isNodeAlive } from './status.ts'

export interface WipeResult {
  readonly name: string
  readonly removed: readonly string[]
  /** Directories that were not emptied, since they hold something that is not Kafka's. */
  readonly kept: readonly string[]
}

/** Kafka's own files in a log directory, and partition directories with their `-delete`, `-future`, `-stray` forms. */
const KAFKA_ENTRY =
  /^(meta\.properties|bootstrap\.checkpoint|\.lock|\.kafka_cleanshutdown|.*-checkpoint|.+-\d+(\.[0-9a-f-]+-(delete|future|stray))?)$/

/** What `wipe` would remove. Refuses (exit 4) while a node of the cluster lives. */
export function wipeTargets(name: string): { state: ClusterState; directories: string[] } {
  const state = readCluster(name)
  if (state === undefined) throw unknownCluster(name)
  const alive = state.nodes.find(isNodeAlive)
  if (alive !== undefined) {
    throw new RefusedError(
      `cluster ${name} is running (node ${alive.id}, pid ${alive.pid}); its data stays`,
      `mq broker stop --name ${name} first`,
    )
  }
  return { state, directories: [...new Set(state.nodes.flatMap((node) => node.dataDirs))] }
}

/** Removes data and record. The caller has asked. */
export async function wipeCluster(name: string, waitMs: number): Promise<WipeResult> {
  return withClusterLock(name, waitMs, async () => {
    const { state, directories } = wipeTargets(name)
    const removed: string[] = []
    const kept: string[] = []
    const own = clusterDirectory(name)
    for (const directory of directories) {
      if (!existsSync(directory)) continue
      try {
        ;(removeData(directory, directory.startsWith(`${own}/`)) ? removed : kept).push(directory)
      } catch (error) {
        throw new MqError('MQ_DIRECTORY', `cannot remove the data in ${directory}: ${(error as Error).message}`, {
          cause: error,
        })
      }
    }
    for (const node of state.nodes) rmSync(join(own, `node-${node.id}`), { recursive: true, force: true })
    removeClusterState(name)
    return { name, removed, kept }
  })
}

/** True when the directory is gone. */
function removeData(directory: string, isOurs: boolean): boolean {
  if (isOurs) {
    rmSync(directory, { recursive: true, force: true })
    return true
  }
  for (const entry of readdirSync(directory)) {
    if (KAFKA_ENTRY.test(entry)) rmSync(join(directory, entry), { recursive: true, force: true })
  }
  if (readdirSync(directory).length > 0) return false
  rmdirSync(directory)
  return true
}
