/**
 * DeleteAcls (API key 31): request and response, versions 1-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const DeleteAclsRequest = message(
  'DeleteAclsRequest',
  { versions: '1-3', flexible: '2+' },
  {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: '0+' }),
      patternTypeFilter: int8({ versions: '1+', default: 3 }),
      principalFilter: string({ nullable: '0+' }),
      hostFilter: string({ nullable: '0+' }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
)
export type DeleteAclsRequest = MessageOf<typeof DeleteAclsRequest>

export const DeleteAclsResponse = message(
  'DeleteAclsResponse',
  { versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ versions: '1+', default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
)
export type DeleteAclsResponse = MessageOf<typeof DeleteAclsResponse>
