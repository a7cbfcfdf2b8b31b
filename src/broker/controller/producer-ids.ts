/** Hands out blocks of producer ids. A block is gone when it was given, used or not: an id never repeats. */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, checkBrokerEpoch } from './decision.ts'

export const PRODUCER_ID_BLOCK = 1000

export function allocateProducerIds(
  context: ControllerContext,
  request: RequestOf<'AllocateProducerIds'>,
): Decision<ResponseInput<'AllocateProducerIds'>> {
  const { state } = context
  checkBrokerEpoch(state, request.brokerId, request.brokerEpoch)
  const producerIdStart = state.producerIds.next
  const record = metadataRecord('ProducerIdsRecord', 0, {
    brokerId: request.brokerId,
    brokerEpoch: request.brokerEpoch,
    nextProducerId: producerIdStart + PRODUCER_ID_BLOCK,
  })
  return { records: [record], response: { producerIdStart, producerIdLen: PRODUCER_ID_BLOCK } }
}
