/**
 * IncrementalAlterConfigs (API key 44): request and response, versions 0-1, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const IncrementalAlterConfigsRequest = message(
  'IncrementalAlterConfigsRequest',
  { versions: '0-1', flexible: '1+' },
  {
    resources: array({
      resourceType: int8({ mapKey: true }),
      resourceName: string({ mapKey: true }),
      configs: array({
        name: string({ mapKey: true }),
        configOperation: int8({ mapKey: true }),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  },
)
export type IncrementalAlterConfigsRequest = MessageOf<typeof IncrementalAlterConfigsRequest>

export const IncrementalAlterConfigsResponse = message(
  'IncrementalAlterConfigsResponse',
  { versions: '0-1', flexible: '1+' },
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
export type IncrementalAlterConfigsResponse = MessageOf<typeof IncrementalAlterConfigsResponse>
