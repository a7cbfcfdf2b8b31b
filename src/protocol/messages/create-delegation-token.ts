/**
 * CreateDelegationToken (API key 38): request and response, versions 1-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, bytes, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const CreateDelegationTokenRequest = message(
  'CreateDelegationTokenRequest',
  { versions: '1-3', flexible: '2+' },
  {
    ownerPrincipalType: string({ versions: '3+', nullable: '3+' }),
    ownerPrincipalName: string({ versions: '3+', nullable: '3+' }),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: int64(),
  },
)
export type CreateDelegationTokenRequest = MessageOf<typeof CreateDelegationTokenRequest>

export const CreateDelegationTokenResponse = message(
  'CreateDelegationTokenResponse',
  { versions: '1-3', flexible: '2+' },
  {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ versions: '3+' }),
    tokenRequesterPrincipalName: string({ versions: '3+' }),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32(),
  },
)
export type CreateDelegationTokenResponse = MessageOf<typeof CreateDelegationTokenResponse>
