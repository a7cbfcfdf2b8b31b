/**
 * UnregisterBroker (API key 64): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { int16, int32, string, message, type MessageOf } from '../schema.ts'

export const UnregisterBrokerRequest = message(
  'UnregisterBrokerRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
  },
)
export type UnregisterBrokerRequest = MessageOf<typeof UnregisterBrokerRequest>

export const UnregisterBrokerResponse = message(
  'UnregisterBrokerResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type UnregisterBrokerResponse = MessageOf<typeof UnregisterBrokerResponse>
