/**
 * ListGroups (API key 16): request and response, versions 0-5, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const ListGroupsRequest = message(
  'ListGroupsRequest',
  { versions: '0-5', flexible: '3+' },
  {
    statesFilter: list(string(), { versions: '4+' }),
    typesFilter: list(string(), { versions: '5+' }),
  },
)
export type ListGroupsRequest = MessageOf<typeof ListGroupsRequest>

export const ListGroupsResponse = message(
  'ListGroupsResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: '4+', ignorable: true }),
      groupType: string({ versions: '5+', ignorable: true }),
    }),
  },
)
export type ListGroupsResponse = MessageOf<typeof ListGroupsResponse>
