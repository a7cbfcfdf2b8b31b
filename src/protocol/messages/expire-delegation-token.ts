/**
 * ExpireDelegationToken (API key 40): request and response, versions 1-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { bytes, int16, int32, int64, message, type MessageOf } from '../schema.ts'

export const ExpireDelegationTokenRequest = message(
  'ExpireDelegationTokenRequest',
  { versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  },
)
export type ExpireDelegationTokenRequest = MessageOf<typeof ExpireDelegationTokenRequest>

export const ExpireDelegationTokenResponse = message(
  'ExpireDelegationTokenResponse',
  { versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export type ExpireDelegationTokenResponse = MessageOf<typeof ExpireDelegationTokenResponse>
