/**
 * AlterConfigs (API key 33): request and response, versions 0-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const AlterConfigsRequest = message(
  'AlterConfigsRequest',
  { versions: '0-2', flexible: '2+' },
  {
    resources: array({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array({
        name: string({ mapKey: true }),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  },
)
export type AlterConfigsRequest = MessageOf<typeof AlterConfigsRequest>

export const AlterConfigsResponse = message(
  'AlterConfigsResponse',
  { versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
)
export type AlterConfigsResponse = MessageOf<typeof AlterConfigsResponse>
