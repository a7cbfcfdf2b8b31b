/** Why a node should not be sent clients: each reason in a few words, none when it is ready. */
import type { BrokerServices } from './handlers/context.ts'
import type { NodeHealth } from './metrics-endpoint.ts'
import type { BrokerState } from './node-metrics/node-metrics.ts'

const NOT_RUNNING: Partial<Record<BrokerState, string>> = {
  notRunning: 'the node is stopped',
  starting: 'the node is starting',
  recovery: 'the node recovers its logs',
  controlledShutdown: 'the node is shutting down',
  shuttingDown: 'the node is shutting down',
}

export function healthOf(
  { nodeId, image, logs, quorum }: Pick<BrokerServices, 'nodeId' | 'image' | 'logs' | 'quorum'>,
  state: BrokerState,
  metadataFailed: boolean,
): NodeHealth {
  const reasons: string[] = []
  const inTheWay = NOT_RUNNING[state]
  if (inTheWay !== undefined) reasons.push(inTheWay)
  if (metadataFailed) reasons.push('the metadata log failed')
  if (quorum.leaderId < 0) reasons.push('no active controller is known')
  const registered = image.brokers.get(nodeId)
  if (registered === undefined) reasons.push('the broker is not registered')
  else if (registered.fenced) reasons.push('the broker is fenced')
  for (const { path, state: directory } of logs.directories) {
    if (directory === 'offline') reasons.push(`log directory ${path} is offline`)
  }
  return { state, reasons }
}
