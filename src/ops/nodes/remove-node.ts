/**
 * Takes a node out of a local cluster for good: refused while it holds replicas; then its vote, its process, its
 * registration and its data, in the order in which the quorum keeps its majority. Each part that is gone already is passed
 * over, so that a removal that was interrupted is made again.
 */
import { codeError } from '../../admin/items.ts'
import { quorumInfo } from '../../admin/cluster.ts'
import { findVoter, voterSet, voterSigns } from '../../admin/voters.ts'
import { MqError, RefusedError } from '../../base/errors.ts'
import { ClusterClient } from '../../client/cluster-client.ts'
import { resolveClientOptions } from '../../client/options.ts'
import { type ClusterState, type NodeState, readCluster } from '../../cluster/state.ts'
import { bootstrapOf, isNodeAlive } from '../../cluster/status.ts'
import { stopCluster } from '../../cluster/stop.ts'
import { wipeNode, type WipeResult } from '../../cluster/wipe.ts'
import { unfinishedError } from '../engine/engine.ts'
import { type OpenEngine, openEngine } from '../engine/open.ts'
import { StopControl } from '../engine/stop-control.ts'
import { ApiError, errorName } from '../../protocol/errors.ts'

export interface RemovalRequest {
  readonly name: string
  readonly node: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly note: (text: string) => void
}

/** Throws RefusedError when the node cannot go: it is the last one, it holds replicas, or nobody can be asked. */
export async function checkRemoval(state: ClusterState, id: number): Promise<NodeState> {
  const node = state.nodes.find((one) => one.id === id)!
  const others = state.nodes.filter((one) => one.id !== id)
  if (!others.some(({ roles }) => roles.includes('broker'))) {
    throw new RefusedError(`node ${id} is all there is of ${state.name}`, `mq broker wipe --name ${state.name}`)
  }
  await withClient(state, id, async (client) => {
    await checkEmpty(client, id)
    await checkQuorum(client, id)
  })
  return node
}

/** Throws while a partition has a replica on the node. */
async function checkEmpty(client: ClusterClient, id: number): Promise<void> {
  const { topics } = await client.metadata(null)
  const held = topics.flatMap(({ name, partitions }) =>
    partitions.filter(({ replicaNodes }) => replicaNodes.includes(id)).map((one) => `${name}-${one.partitionIndex}`),
  )
  if (held.length > 0) {
    throw new RefusedError(
      `node ${id} holds ${held.length === 1 ? 'a replica' : `${held.length} replicas`}, ${held[0]} among them`,
      `mq reassign drain ${id} moves them first`,
    )
  }
}

/** Throws where the quorum would stand still between the node's end and the end of its vote. */
async function checkQuorum(client: ClusterClient, id: number): Promise<void> {
  const set = await voterSet(client)
  if (!set.voters.some((voter) => voter.id === id)) return
  findVoter(set, id)
  const ids = set.voters.map((voter) => voter.id)
  const danger = quorumDanger(ids, await voterSigns(client, set), id)
  if (danger !== undefined) {
    throw new RefusedError(`without node ${id} the metadata quorum would stand still: ${danger}`, OTHERS_HINT)
  }
}

const OTHERS_HINT = 'bring the others back, or take the vote of those that are gone: mq cluster quorum remove'

/**
 * Why the vote of `id` cannot be taken while it is down; undefined: it can. A quorum of one or two is another matter: there the node has
 * to agree itself.
 */
export function quorumDanger(voters: readonly number[], alive: ReadonlySet<number>, id: number): string | undefined {
  if (voters.length <= 2) return undefined
  const left = voters.filter((one) => one !== id && alive.has(one)).length
  const majority = Math.floor(voters.length / 2) + 1
  return left >= majority ? undefined : `${left} other of ${voters.length} voters run, and ${majority} are needed`
}

/** The node is gone when it returns. The caller has asked. */
export async function removeNode(request: RemovalRequest): Promise<WipeResult> {
  const { name, node: id, note } = request
  const state = readCluster(name)!
  const node = await checkRemoval(state, id)
  const stop = () => stopCluster({ ...request, nodes: [id] })
  await withClient(state, id, async (client) => {
    const { engine, store, clock } = await opened(client, note)
    await engine.exclusively(new StopControl(clock), async () => {
      const open = store.unfinished()
      if (open !== undefined) throw unfinishedError(open)
      // Once more: the lock's group may have brought __consumer_offsets into being, here too.
      await checkEmpty(client, id)
      await takeOut(client)
    })
  })
  return wipeNode(name, id, request.timeoutMs)

  async function takeOut(client: ClusterClient): Promise<void> {
    const { voters } = await quorumInfo(client)
    const own = voters.filter((voter) => voter.id === id)
    // Of two voters one cannot decide alone that the other is none: that one has to say yes itself.
    const isNeeded = isNodeAlive(node) && voters.length <= 2
    if (!isNeeded) await stop()
    for (const { directoryId } of own) await removeVoter(client, id, directoryId)
    if (own.length > 0) note(`node ${id} is no voter of the quorum any more`)
    await stop()
    if (node.roles.includes('broker')) await unregister(client, id, note)
  }
}

/** What is under way on the cluster counts on the node: both locks are taken, and no operation may be unfinished. */
async function opened(client: ClusterClient, warn: (text: string) => void): Promise<OpenEngine> {
  const { clusterId } = await client.metadata()
  return openEngine(client, { cluster: clusterId ?? 'unknown', work: 'mq broker wipe --node', warn })
}

async function removeVoter(client: ClusterClient, id: number, directoryId: string | null): Promise<void> {
  const { clusterId } = await client.metadata()
  await client.retry(async () => {
    const body = { clusterId, voterId: id, voterDirectoryId: directoryId ?? '' }
    const answer = await client.request('RemoveRaftVoter', body)
    if (answer.errorCode === 0 || errorName(answer.errorCode) === 'VOTER_NOT_FOUND') return
    throw new ApiError(errorName(answer.errorCode), codeError(answer.errorCode, answer.errorMessage).message)
  })
}

async function unregister(client: ClusterClient, id: number, note: (text: string) => void): Promise<void> {
  if (client.bootstrap.version('UnregisterBroker') === undefined) {
    note(`the cluster goes on listing broker ${id} as fenced: it does not take back registrations`)
    return
  }
  await client.retry(async () => {
    const answer = await client.request('UnregisterBroker', { brokerId: id })
    if (answer.errorCode === 0 || errorName(answer.errorCode) === 'BROKER_ID_NOT_REGISTERED') return
    throw new ApiError(errorName(answer.errorCode), codeError(answer.errorCode, answer.errorMessage).message)
  })
}

/** A client of the brokers that stay. */
async function withClient<T>(state: ClusterState, id: number, work: (client: ClusterClient) => Promise<T>): Promise<T> {
  const alive = state.nodes.filter((one) => one.id !== id && one.roles.includes('broker') && isNodeAlive(one))
  if (alive.length === 0) {
    throw new RefusedError(
      `no other broker of ${state.name} runs: whether node ${id} holds replicas cannot be known`,
      `mq broker start --name ${state.name} first`,
    )
  }
  const client = await ClusterClient.connect(
    resolveClientOptions({ bootstrapServer: bootstrapOf({ ...state, nodes: alive }) }),
  )
  try {
    return await work(client)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new MqError(error.error, `node ${id} stays: ${error.message}`, { cause: error })
  } finally {
    await client.close()
  }
}
