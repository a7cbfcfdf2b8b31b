/**
 * Stops nodes that mq started: SIGTERM to the recorded process if it is still the same one, then waits for its end. A
 * foreign process on the recorded pid is never signalled. Stopping what is stopped is done already.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { MqError, TimeoutError } from '../base/errors.ts'
import { withClusterLock } from './lock.ts'
import { unknownCluster } from './registry.ts'
import {
  type ClusterState,
  type NodeState,
  readCluster,
  stopped as stoppedNode,
  withNode,
  writeCluster,
} from './state.ts'
import { type ClusterStatus, clusterStatus, foreignProcess, isNodeAlive } from './status.ts'

export interface StopRequest {
  readonly name: string
  /** Only these nodes; undefined: all. */
  readonly nodes: readonly number[] | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly note: (text: string) => void
}

export interface StopResult {
  readonly cluster: ClusterStatus
  /** Ids of the nodes that this call stopped. */
  readonly stopped: readonly number[]
}

const POLL_MS = 20

export async function stopCluster(request: StopRequest): Promise<StopResult> {
  const work = () => {
    const state = readCluster(request.name)
    if (state === undefined) throw unknownCluster(request.name)
    return stopNodes(request, state)
  }
  let isLocked = false
  try {
    return await withClusterLock(request.name, request.timeoutMs, () => {
      isLocked = true
      return work()
    })
  } catch (error) {
    // Where nothing can be written a node must still be stoppable.
    if (isLocked || !isUnwritable(error)) throw error
    request.note(`${(error as Error).message}; stopping without the lock`)
    return work()
  }
}

/** MQ_HOME takes nothing: its disk is full or read-only. */
function isUnwritable(error: unknown): boolean {
  const code = error instanceof MqError ? (error.cause as NodeJS.ErrnoException | undefined)?.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
}

async function stopNodes(request: StopRequest, before: ClusterState): Promise<StopResult> {
  let state = before
  const stopped: number[] = []
  const save = (node: NodeState) => {
    state = withNode(state, stoppedNode(node))
    try {
      writeCluster(state)
    } catch (error) {
      if (!isUnwritable(error)) throw error
      request.note(`${(error as Error).message}; the status will call node ${node.id} crashed`)
    }
  }
  const asked = before.nodes.filter(({ id, pid }) => pid !== null && request.nodes?.includes(id) !== false)
  const alive = asked.filter(isNodeAlive)
  for (const node of asked) {
    if (alive.includes(node)) continue
    noteStale(request, node)
    save(node)
  }
  const isLast = before.nodes.filter(isNodeAlive).length === alive.length
  const end = async (node: NodeState) => {
    await awaitEnd(node, request)
    stopped.push(node.id)
    save(node)
  }
  if (isLast && alive.length > 1) {
    // All go down together: each would wait for a leave that nobody is left to give.
    for (const node of alive) for (const name of ['SIGTERM', 'SIGINT'] as const) signal(node, name)
    await Promise.all(alive.map(end))
  } else {
    for (const node of alive) {
      signal(node, 'SIGTERM')
      await end(node)
    }
  }
  return { cluster: await clusterStatus(state), stopped: stopped.sort((one, other) => one - other) }
}

/** Signals the process of a node; one that is gone already needs none. */
export function signal(node: NodeState, name: NodeJS.Signals): void {
  try {
    process.kill(node.pid!, name)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return
    const why = code === 'EPERM' ? 'it belongs to another user' : message
    throw new MqError('MQ_STOP', `node ${node.id} (pid ${node.pid}) cannot be told to stop: ${why}`, { cause: error })
  }
}

async function awaitEnd(node: NodeState, request: StopRequest): Promise<void> {
  const deadlineMs = performance.now() + request.timeoutMs
  while (isNodeAlive(node)) {
    if (performance.now() > deadlineMs || request.signal.aborted) {
      throw new TimeoutError(
        `node ${node.id} (pid ${node.pid}) was told to stop and still runs`,
        `it may still be closing its logs; mq broker status --name ${request.name} shows when it is gone`,
      )
    }
    await sleep(POLL_MS)
  }
}

function noteStale(request: StopRequest, node: NodeState): void {
  const foreign = foreignProcess(node)
  request.note(
    foreign === undefined
      ? `node ${node.id} (pid ${node.pid}) had ended without a stop`
      : `node ${node.id} had ended without a stop; its pid ${foreign.pid} now belongs to ${foreign.name}, which is left alone`,
  )
}
