/**
 * DescribeDelegationToken (API key 41): request and response, versions 1-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, bytes, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const DescribeDelegationTokenRequest = message(
  'DescribeDelegationTokenRequest',
  { versions: '1-3', flexible: '2+' },
  {
    owners: array(
      {
        principalType: string(),
        principalName: string(),
      },
      { nullable: '0+' },
    ),
  },
)
export type DescribeDelegationTokenRequest = MessageOf<typeof DescribeDelegationTokenRequest>

export const DescribeDelegationTokenResponse = message(
  'DescribeDelegationTokenResponse',
  { versions: '1-3', flexible: '2+' },
  {
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: '3+' }),
      tokenRequesterPrincipalName: string({ versions: '3+' }),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string(),
      }),
    }),
    throttleTimeMs: int32(),
  },
)
export type DescribeDelegationTokenResponse = MessageOf<typeof DescribeDelegationTokenResponse>
