/**
 * DescribeUserScramCredentials (API key 50): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const DescribeUserScramCredentialsRequest = message(
  'DescribeUserScramCredentialsRequest',
  { versions: '0', flexible: '0+' },
  {
    users: array(
      {
        name: string(),
      },
      { nullable: '0+' },
    ),
  },
)
export type DescribeUserScramCredentialsRequest = MessageOf<typeof DescribeUserScramCredentialsRequest>

export const DescribeUserScramCredentialsResponse = message(
  'DescribeUserScramCredentialsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  },
)
export type DescribeUserScramCredentialsResponse = MessageOf<typeof DescribeUserScramCredentialsResponse>
