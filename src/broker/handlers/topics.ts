/** What several data-path handlers ask about topics: internal ones, and where a partition's leader is to be found. */
import type { BrokerServices, RequestContext } from './context.ts'

const INTERNAL_TOPICS = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])
/** Client id under which Kafka's own administration tools write to internal topics. */
const ADMIN_CLIENT_ID = '__admin_client'

export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name)
}

export function mayWriteInternalTopics(context: RequestContext): boolean {
  return context.clientId === ADMIN_CLIENT_ID
}

export interface LeaderHint {
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/**
 * Who leads a partition now, for answers that turn a client away (KIP-951), noting the leader's address on the client's
 * listener in `endpoints`. Undefined when nobody is known to lead it.
 */
export function leaderHint(
  services: BrokerServices,
  context: RequestContext,
  topic: string,
  partition: number,
  endpoints: Map<number, NodeEndpoint>,
): LeaderHint | undefined {
  const image = services.image.topics.partition(topic, partition)
  if (image === undefined || image.leader < 0) return undefined
  const broker = services.image.brokers.get(image.leader)
  const endpoint = broker?.endpoints.find(({ name }) => name === context.listenerName)
  if (broker !== undefined && endpoint !== undefined) {
    endpoints.set(broker.id, { nodeId: broker.id, host: endpoint.host, port: endpoint.port, rack: broker.rack })
  }
  return { leaderId: image.leader, leaderEpoch: image.leaderEpoch }
}
