/**
 * What other nodes ask of the active controller, on the controller listener: BrokerRegistration, BrokerHeartbeat,
 * ControllerRegistration, AllocateProducerIds, AlterPartition, AssignReplicasToDirs. It decides; a node that is not
 * active says so, and the other looks for the one that is.
 */
import type { ApiName, ResponseInput } from '../../protocol/apis.ts'
import type { Handler } from './context.ts'
import { askController } from './forward.ts'

function decidedHere<A extends ApiName>(api: A): Handler<A> {
  return {
    handle: (request, context, services) =>
      askController(api, request, context, services, (error) => ({ errorCode: error.errorCode }) as ResponseInput<A>),
  }
}

export const brokerRegistrationHandler = decidedHere('BrokerRegistration')
export const brokerHeartbeatHandler = decidedHere('BrokerHeartbeat')
export const controllerRegistrationHandler = decidedHere('ControllerRegistration')
export const allocateProducerIdsHandler = decidedHere('AllocateProducerIds')
export const alterPartitionHandler = decidedHere('AlterPartition')
export const assignReplicasToDirsHandler = decidedHere('AssignReplicasToDirs')
