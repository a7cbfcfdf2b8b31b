/**
 * Envelope (API key 58): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { bytes, int16, message, type MessageOf } from '../schema.ts'

export const EnvelopeRequest = message(
  'EnvelopeRequest',
  { versions: '0', flexible: '0+' },
  {
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: '0+' }),
    clientHostAddress: bytes(),
  },
)
export type EnvelopeRequest = MessageOf<typeof EnvelopeRequest>

export const EnvelopeResponse = message(
  'EnvelopeResponse',
  { versions: '0', flexible: '0+' },
  {
    responseData: bytes({ nullable: '0+', default: null }),
    errorCode: int16(),
  },
)
export type EnvelopeResponse = MessageOf<typeof EnvelopeResponse>
