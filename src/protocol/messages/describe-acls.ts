/**
 * DescribeAcls (API key 29): request and response, versions 1-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const DescribeAclsRequest = message(
  'DescribeAclsRequest',
  { versions: '1-3', flexible: '2+' },
  {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: '0+' }),
    patternTypeFilter: int8({ versions: '1+', default: 3 }),
    principalFilter: string({ nullable: '0+' }),
    hostFilter: string({ nullable: '0+' }),
    operation: int8(),
    permissionType: int8(),
  },
)
export type DescribeAclsRequest = MessageOf<typeof DescribeAclsRequest>

export const DescribeAclsResponse = message(
  'DescribeAclsResponse',
  { versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ versions: '1+', default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
)
export type DescribeAclsResponse = MessageOf<typeof DescribeAclsResponse>
