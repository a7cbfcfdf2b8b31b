/**
 * AlterUserScramCredentials (API key 51): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bytes, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const AlterUserScramCredentialsRequest = message(
  'AlterUserScramCredentialsRequest',
  { versions: '0', flexible: '0+' },
  {
    deletions: array({
      name: string(),
      mechanism: int8(),
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  },
)
export type AlterUserScramCredentialsRequest = MessageOf<typeof AlterUserScramCredentialsRequest>

export const AlterUserScramCredentialsResponse = message(
  'AlterUserScramCredentialsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
    }),
  },
)
export type AlterUserScramCredentialsResponse = MessageOf<typeof AlterUserScramCredentialsResponse>
