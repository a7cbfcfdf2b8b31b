/**
 * ListConfigResources (API key 74): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, list, string, message, type MessageOf } from '../schema.ts'

export const ListConfigResourcesRequest = message(
  'ListConfigResourcesRequest',
  { versions: '0-1', flexible: '0+' },
  {
    resourceTypes: list(int8(), { versions: '1+' }),
  },
)
export type ListConfigResourcesRequest = MessageOf<typeof ListConfigResourcesRequest>

export const ListConfigResourcesResponse = message(
  'ListConfigResourcesResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: '1+', default: 16, ignorable: true }),
    }),
  },
)
export type ListConfigResourcesResponse = MessageOf<typeof ListConfigResourcesResponse>
