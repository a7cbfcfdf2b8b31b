/**
 * Brokers as clients may know them: those that are not fenced and have the listener that the client came in on, under
 * the address they advertise there.
 */
import type { BrokerImage, MetadataImage } from '../metadata/image.ts'
import type { BrokerServices } from './context.ts'

export interface ClientNode {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The broker's address on a listener, fenced or not; undefined when it has no such listener. */
export function nodeOnListener(broker: BrokerImage | undefined, listenerName: string): ClientNode | undefined {
  const endpoint = broker?.endpoints.find(({ name }) => name === listenerName)
  if (broker === undefined || endpoint === undefined) return undefined
  return { id: broker.id, host: endpoint.host, port: endpoint.port, rack: broker.rack }
}

/** The broker's address on a listener; undefined when it is fenced, unknown or not on that listener. */
export function aliveNode(image: MetadataImage, id: number, listenerName: string): ClientNode | undefined {
  const broker = image.brokers.get(id)
  return broker === undefined || broker.fenced ? undefined : nodeOnListener(broker, listenerName)
}

/** In order of their ids. */
export function aliveNodes(image: MetadataImage, listenerName: string): ClientNode[] {
  const nodes: ClientNode[] = []
  for (const broker of image.brokers.values()) {
    const node = aliveNode(image, broker.id, listenerName)
    if (node !== undefined) nodes.push(node)
  }
  return nodes.sort((a, b) => a.id - b.id)
}

/**
 * The broker that clients are told to send controller requests to. Any broker forwards them; Kafka names a random one.
 * Here all brokers name the same: the active controller where that is a broker too, else the lowest id. -1: none.
 */
export function controllerNodeId(services: BrokerServices): number {
  const { image, quorum } = services
  const leader = image.brokers.get(quorum.leaderId)
  if (leader !== undefined && !leader.fenced) return leader.id
  let lowest = -1
  for (const broker of image.brokers.values()) {
    if (!broker.fenced && (lowest < 0 || broker.id < lowest)) lowest = broker.id
  }
  return lowest
}
