/**
 * RenewDelegationToken (API key 39): request and response, versions 1-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { bytes, int16, int32, int64, message, type MessageOf } from '../schema.ts'

export const RenewDelegationTokenRequest = message(
  'RenewDelegationTokenRequest',
  { versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    renewPeriodMs: int64(),
  },
)
export type RenewDelegationTokenRequest = MessageOf<typeof RenewDelegationTokenRequest>

export const RenewDelegationTokenResponse = message(
  'RenewDelegationTokenResponse',
  { versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export type RenewDelegationTokenResponse = MessageOf<typeof RenewDelegationTokenResponse>
