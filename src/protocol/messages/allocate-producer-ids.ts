/**
 * AllocateProducerIds (API key 67): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { int16, int32, int64, message, type MessageOf } from '../schema.ts'

export const AllocateProducerIdsRequest = message(
  'AllocateProducerIdsRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
  },
)
export type AllocateProducerIdsRequest = MessageOf<typeof AllocateProducerIdsRequest>

export const AllocateProducerIdsResponse = message(
  'AllocateProducerIdsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  },
)
export type AllocateProducerIdsResponse = MessageOf<typeof AllocateProducerIdsResponse>
