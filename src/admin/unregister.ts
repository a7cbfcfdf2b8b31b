/** Unregistering a broker (KIP-500): what stands against it, the request, and whether the cluster has forgotten it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MqError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { describeNodes } from './cluster.ts'
import { codeError, itemError } from './items.ts'
import { voterSet } from './voters.ts'

export interface UnregisterPlan {
  broker: number
  /** It is registered and serves. */
  alive: boolean
  /** Partitions that have a replica on it. */
  replicas: number
  /** Some of them, `topic-partition`. */
  examples: string[]
  /** It is a voter of the metadata quorum, which unregistering does not change. */
  voter: boolean
}

const MOST_EXAMPLES = 3
const SHOWN_MS = 5000

/** Looks at what a broker still is to the cluster. Rejects with BROKER_ID_NOT_REGISTERED where the cluster lists it nowhere. */
export async function planUnregister(client: ClusterClient, broker: number): Promise<UnregisterPlan> {
  const { brokers } = await describeNodes(client, false)
  const { topics, brokers: serving } = await client.metadata(null)
  const held = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ replicaNodes }) => replicaNodes.includes(broker))
      .map(({ partitionIndex }) => `${name}-${partitionIndex}`),
  )
  const registered = brokers.find(({ id }) => id === broker)
  const tellsFenced = brokers.some(({ fenced }) => fenced !== null)
  if (registered === undefined && tellsFenced && held.length === 0) {
    throw new MqError('BROKER_ID_NOT_REGISTERED', `broker ${broker} is not registered`, {
      hint: `registered are ${brokers.map(({ id }) => id).join(', ')}`,
    })
  }
  return {
    broker,
    alive: registered !== undefined && registered.fenced !== true && serving.some(({ id }) => id === broker),
    replicas: held.length,
    examples: held.slice(0, MOST_EXAMPLES),
    voter: await isVoter(client, broker),
  }
}

async function isVoter(client: ClusterClient, id: number): Promise<boolean> {
  try {
    return (await voterSet(client)).voters.some((voter) => voter.id === id)
  } catch (error) {
    // It is a remark only; who may unregister brokers may not be allowed to see the quorum.
    itemError(error)
    return false
  }
}

/** Unregisters it; true when the cluster no longer lists it, or cannot tell. */
export async function unregisterBroker(client: ClusterClient, broker: number): Promise<boolean> {
  const answer = await client.request('UnregisterBroker', { brokerId: broker }, 'controller')
  if (answer.errorCode !== 0) {
    throw new ApiError(errorName(answer.errorCode), codeError(answer.errorCode, answer.errorMessage).message)
  }
  const until = performance.now() + SHOWN_MS
  for (;;) {
    const { brokers } = await describeNodes(client, false)
    if (!brokers.some(({ id }) => id === broker)) return true
    if (performance.now() > until) return false
    await sleep(100)
  }
}
