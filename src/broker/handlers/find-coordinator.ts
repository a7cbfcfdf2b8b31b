/**
 * FindCoordinator, versions 0 to 6: which broker keeps a group. Creates `__consumer_offsets` when it is first needed.
 *
 * v4  Several keys at once (KIP-699).
 * v6  Key type 2, share groups (KIP-932): not served, and neither are transactions. Both answer UNSUPPORTED_VERSION, on
 *     which clients fail at once; they would ask for an unavailable coordinator again and again.
 */
import type { ErrorName } from '../../protocol/errors.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { createAutomatically } from './internal-topics.ts'
import { aliveNode, type ClientNode } from './nodes.ts'
import { plainAnswer } from './plain-answers.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2
const OFFSETS_TOPIC = '__consumer_offsets'

const NO_NODE: ClientNode = { id: -1, host: '', port: -1, rack: null }

export const findCoordinatorHandler: Handler<'FindCoordinator'> = {
  handle(request, context, services) {
    const keys = context.version < 4 ? [request.key] : request.coordinatorKeys
    const needsTopic = request.keyType === GROUP && keys.length > 0 && !services.image.topics.get(OFFSETS_TOPIC)
    const answer = () => {
      const found = keys.map((key) => ({ key, ...find(services, context, request.keyType, key) }))
      return context.version < 4 ? single(found[0]!) : { coordinators: found.map(toCoordinator) }
    }
    return needsTopic ? createAutomatically(services, context, [OFFSETS_TOPIC]).then(answer) : answer()
  },
}

interface Found {
  readonly key: string
  readonly error: ErrorName
  readonly node: ClientNode
}

function find(services: BrokerServices, context: RequestContext, keyType: number, key: string): Omit<Found, 'key'> {
  if (keyType === TRANSACTION || (keyType === SHARE && context.version >= 6)) {
    return { error: 'UNSUPPORTED_VERSION', node: NO_NODE }
  }
  if (keyType !== GROUP) return { error: 'INVALID_REQUEST', node: NO_NODE }
  const partition = services.image.topics.partition(OFFSETS_TOPIC, services.groups.partitionFor(key))
  const node = partition === undefined ? undefined : aliveNode(services.image, partition.leader, context.listenerName)
  return node === undefined ? { error: 'COORDINATOR_NOT_AVAILABLE', node: NO_NODE } : { error: 'NONE', node }
}

function single({ error, node }: Found) {
  return {
    errorCode: errorCode(error),
    errorMessage: messageOf(error),
    nodeId: node.id,
    host: node.host,
    port: node.port,
  }
}

function toCoordinator({ key, error, node }: Found) {
  return {
    key,
    errorCode: errorCode(error),
    errorMessage: error === 'NONE' ? '' : messageOf(error),
    nodeId: node.id,
    host: node.host,
    port: node.port,
  }
}

/** What clients print: Java's take it as the whole reason. */
function messageOf(error: ErrorName): string {
  if (error === 'INVALID_REQUEST') return plainAnswer('INVALID_REQUEST')
  return error === 'UNSUPPORTED_VERSION' ? 'this broker serves coordinators of consumer groups only' : error
}
