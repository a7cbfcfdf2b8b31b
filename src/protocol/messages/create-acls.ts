/**
 * CreateAcls (API key 30): request and response, versions 1-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const CreateAclsRequest = message(
  'CreateAclsRequest',
  { versions: '1-3', flexible: '2+' },
  {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ versions: '1+', default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
)
export type CreateAclsRequest = MessageOf<typeof CreateAclsRequest>

export const CreateAclsResponse = message(
  'CreateAclsResponse',
  { versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
    }),
  },
)
export type CreateAclsResponse = MessageOf<typeof CreateAclsResponse>
