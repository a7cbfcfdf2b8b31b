/**
 * Removes the data of a stopped cluster, and of nothing that runs: whoever holds the lock of a directory keeps it. Under MQ_HOME the node's directory goes as a whole; in a directory that the user
 * chose only what Kafka keeps there goes, and whatever else is in it stays and is named.
 */
import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DiskError } from '../base/disk.ts'
import { MqError, RefusedError } from '../base/errors.ts'
import { lockDirectory } from '../platform/directory-lock.ts'
import { withClusterLock } from './lock.ts'
import { ClusterRecord } from './record.ts'
import { unknownCluster } from './registry.ts'
import { type ClusterState, clusterDirectory, readCluster, removeClusterState } from './state.ts'
import { isNodeAlive } from './status.ts'

export interface WipeResult {
  readonly name: string
  readonly removed: readonly string[]
  /** Directories that were not emptied, since they hold something that is not Kafka's. */
  readonly kept: readonly string[]
}

/** Kafka's own files in a log directory, and what is left of them when a crash or a full disk interrupts their writing. */
const KAFKA_FILE =
  /^((meta\.properties|bootstrap\.checkpoint|\.kafka_cleanshutdown|.*-checkpoint)(\.tmp)?|\.lock(\..+)?)$/

/** A partition's directory, with its `-delete`, `-future`, `-stray` forms; others may be called so as well. */
const PARTITION_NAME = /^.+-\d+(\.[0-9a-f-]+-(delete|future|stray))?$/
const PARTITION_FILE = /^(\d{20}\.|partition\.metadata$|leader-epoch-checkpoint$)/

/** What `wipe` would remove. Refuses (exit 4) while a node of the cluster lives, or anything else uses a directory. */
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
  const directories = [
    ...new Set(state.nodes.flatMap(({ dataDirs, logDir }) => dataDirs.map((path) => resolve(logDir, path)))),
  ]
  for (const directory of directories) refuseIfInUse(directory)
  return { state, directories }
}

/** A broker that the record does not know, Apache Kafka too, may run on the directory. */
function refuseIfInUse(directory: string): void {
  if (!existsSync(join(directory, '.lock'))) return
  try {
    lockDirectory(directory).release()
  } catch (error) {
    // Anything but a holder shows when the files are removed, with its own message.
    if (!(error instanceof DiskError) || error.errno !== 'ELOCKED') return
    throw new RefusedError(`${directory} is in use, ${(error.cause as Error).message}; its data stays`, 'stop it first')
  }
}

/** Removes data and record. The caller has asked. */
export async function wipeCluster(name: string, waitMs: number): Promise<WipeResult> {
  return withClusterLock(name, waitMs, async () => {
    const { state, directories } = wipeTargets(name)
    const result = removeAll(name, directories)
    for (const node of state.nodes)
      rmSync(join(clusterDirectory(name), `node-${node.id}`), { recursive: true, force: true })
    removeClusterState(name)
    return result
  })
}

/** Removes the data and the record of one node that is stopped. The caller has taken it out of the cluster. */
export async function wipeNode(name: string, id: number, waitMs: number): Promise<WipeResult> {
  return withClusterLock(name, waitMs, async () => {
    const record = new ClusterRecord(name, readCluster(name))
    const node = record.node(id)
    if (node === undefined) return { name, removed: [], kept: [] }
    if (isNodeAlive(node)) throw new RefusedError(`node ${id} runs (pid ${node.pid}); its data stays`, 'stop it first')
    const directories = [...new Set(node.dataDirs.map((path) => resolve(node.logDir, path)))]
    for (const directory of directories) refuseIfInUse(directory)
    const result = removeAll(name, directories)
    rmSync(join(clusterDirectory(name), `node-${id}`), { recursive: true, force: true })
    record.remove(id)
    return result
  })
}

function removeAll(name: string, directories: readonly string[]): WipeResult {
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
  return { name, removed, kept }
}

function isKafkas(directory: string, entry: string): boolean {
  const path = join(directory, entry)
  if (!statSync(path).isDirectory()) return KAFKA_FILE.test(entry)
  if (!PARTITION_NAME.test(entry)) return false
  const files = readdirSync(path)
  return files.length === 0 || files.some((file) => PARTITION_FILE.test(file))
}

/** True when the directory is gone. */
function removeData(directory: string, isOurs: boolean): boolean {
  if (isOurs) {
    rmSync(directory, { recursive: true, force: true })
    return true
  }
  for (const entry of readdirSync(directory)) {
    if (isKafkas(directory, entry)) rmSync(join(directory, entry), { recursive: true, force: true })
  }
  if (readdirSync(directory).length > 0) return false
  rmdirSync(directory)
  return true
}
