/**
 * DescribeCluster, versions 0 to 2 (KIP-700): the brokers, or on a controller listener the controllers (KIP-919). A
 * request for the other kind of endpoint is refused. v2 lists fenced brokers on request (KIP-1073).
 */
import { type ErrorName, errorCode } from '../../protocol/errors.ts'
import type { ResponseInput } from '../../protocol/apis.ts'
import { allClusterOperations, OPERATIONS_NOT_ASKED } from './authorized-operations.ts'
import type { BrokerServices, Handler, ListenerRole, RequestContext } from './context.ts'
import { controllerNodeId, nodeOnListener } from './nodes.ts'

type Node = NonNullable<ResponseInput<'DescribeCluster'>['brokers']>[number]

const ENDPOINT_TYPES: Readonly<Record<ListenerRole, number>> = { broker: 1, controller: 2 }

/** The handler for listeners of this role. */
export function describeClusterHandler(role: ListenerRole): Handler<'DescribeCluster'> {
  return {
    handle(request, context, services) {
      const refusal = refusalOf(role, request.endpointType, context.version)
      if (refusal !== undefined) return { ...refusal, clusterId: '' }
      return {
        endpointType: ENDPOINT_TYPES[role],
        clusterId: services.clusterId,
        controllerId: role === 'broker' ? controllerNodeId(services) : services.quorum.leaderId,
        brokers: role === 'broker' ? brokers(services, context, request.includeFencedBrokers) : controllers(services),
        clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
          ? allClusterOperations
          : OPERATIONS_NOT_ASKED,
      }
    },
  }
}

function refusalOf(role: ListenerRole, asked: number, version: number) {
  const expected = ENDPOINT_TYPES[role]
  if (asked === expected) return undefined
  const isKnown = asked === ENDPOINT_TYPES.broker || asked === ENDPOINT_TYPES.controller
  const error: ErrorName =
    version === 0 ? 'INVALID_REQUEST' : isKnown ? 'MISMATCHED_ENDPOINT_TYPE' : 'UNSUPPORTED_ENDPOINT_TYPE'
  const other = role === 'broker' ? 'CONTROLLER' : 'BROKER'
  const errorMessage = isKnown
    ? `The request was sent to an endpoint of type ${role.toUpperCase()}, but we wanted an endpoint of type ${other}`
    : `Unsupported endpoint type ${asked}`
  return { errorCode: errorCode(error), errorMessage }
}

function brokers(services: BrokerServices, context: RequestContext, withFenced: boolean): Node[] {
  const nodes: Node[] = []
  for (const broker of services.image.brokers.values()) {
    const node = nodeOnListener(broker, context.listenerName)
    if (node === undefined || (broker.fenced && !withFenced)) continue
    nodes.push({ brokerId: node.id, host: node.host, port: node.port, rack: node.rack, isFenced: broker.fenced })
  }
  return nodes.sort((a, b) => (a.brokerId ?? 0) - (b.brokerId ?? 0))
}

/** Controllers by their first controller listener, as they registered. */
function controllers(services: BrokerServices): Node[] {
  const listenerName = services.config.controllerListenerNames[0]
  const nodes: Node[] = []
  for (const { id, endpoints } of services.image.controllers.values()) {
    const endpoint = endpoints.find(({ name }) => name === listenerName)
    if (endpoint !== undefined) nodes.push({ brokerId: id, host: endpoint.host, port: endpoint.port })
  }
  return nodes.sort((a, b) => (a.brokerId ?? 0) - (b.brokerId ?? 0))
}
