/**
 * DescribeGroups (API key 15): request and response, versions 0-6, flexible from 5. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, bytes, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const DescribeGroupsRequest = message(
  'DescribeGroupsRequest',
  { versions: '0-6', flexible: '5+' },
  {
    groups: list(string()),
    includeAuthorizedOperations: bool({ versions: '3+' }),
  },
)
export type DescribeGroupsRequest = MessageOf<typeof DescribeGroupsRequest>

export const DescribeGroupsResponse = message(
  'DescribeGroupsResponse',
  { versions: '0-6', flexible: '5+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ versions: '6+', nullable: '6+', default: null }),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ versions: '4+', nullable: '4+', default: null, ignorable: true }),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ versions: '3+', default: -2147483648 }),
    }),
  },
)
export type DescribeGroupsResponse = MessageOf<typeof DescribeGroupsResponse>
