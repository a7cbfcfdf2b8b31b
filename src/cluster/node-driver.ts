/**
 * How nodes are stopped and started, wherever and however they run: what a rolling restart needs of them, and nothing
 * about the cluster that they form. Every call may be made again; what is so already counts as done.
 */
import { type StartRequest, startCluster } from './start.ts'
import { readCluster } from './state.ts'
import { isNodeAlive } from './status.ts'
import { stopCluster } from './stop.ts'

export interface NodeDriver {
  /** Ends the node in an orderly way; resolves when it is gone. Throws TimeoutError when it is not in time. */
  stop(id: number, signal: AbortSignal): Promise<void>
  /** Starts the node with the settings it had; resolves when it answers. Throws with its last words when it ends. */
  start(id: number, signal: AbortSignal): Promise<void>
  /** Whether its process runs. */
  isUp(id: number): Promise<boolean>
  /** Names the present life of the node: another one after each start; null while it does not run. */
  life(id: number): Promise<string | null>
}

/** Nodes that `mq broker start` runs on this machine. `start` is the request for what is on record. */
export class LocalNodeDriver implements NodeDriver {
  readonly #start: Omit<StartRequest, 'signal'>

  constructor(start: Omit<StartRequest, 'signal'>) {
    this.#start = start
  }

  async stop(id: number, signal: AbortSignal): Promise<void> {
    const { name, timeoutMs, note } = this.#start
    await stopCluster({ name, nodes: [id], timeoutMs, signal, note })
  }

  async start(id: number, signal: AbortSignal): Promise<void> {
    // One that was taken out of the cluster meanwhile has nothing to be started.
    if (readCluster(this.#start.name)?.nodes.some((one) => one.id === id) !== true) return
    await startCluster({ ...this.#start, signal }, [id])
  }

  async isUp(id: number): Promise<boolean> {
    return (await this.life(id)) !== null
  }

  async life(id: number): Promise<string | null> {
    const node = readCluster(this.#start.name)?.nodes.find((one) => one.id === id)
    return node !== undefined && isNodeAlive(node) ? `${node.pid} ${node.processToken}` : null
  }
}
