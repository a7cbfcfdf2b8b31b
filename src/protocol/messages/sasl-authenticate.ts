/**
 * SaslAuthenticate (API key 36): request and response, versions 0-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { bytes, int16, int64, string, message, type MessageOf } from '../schema.ts'

export const SaslAuthenticateRequest = message(
  'SaslAuthenticateRequest',
  { versions: '0-2', flexible: '2+' },
  {
    authBytes: bytes(),
  },
)
export type SaslAuthenticateRequest = MessageOf<typeof SaslAuthenticateRequest>

export const SaslAuthenticateResponse = message(
  'SaslAuthenticateResponse',
  { versions: '0-2', flexible: '2+' },
  {
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: '1+', ignorable: true }),
  },
)
export type SaslAuthenticateResponse = MessageOf<typeof SaslAuthenticateResponse>
