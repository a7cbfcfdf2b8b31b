/**
 * DeleteGroups (API key 42): request and response, versions 0-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const DeleteGroupsRequest = message(
  'DeleteGroupsRequest',
  { versions: '0-2', flexible: '2+' },
  {
    groupsNames: list(string()),
  },
)
export type DeleteGroupsRequest = MessageOf<typeof DeleteGroupsRequest>

export const DeleteGroupsResponse = message(
  'DeleteGroupsResponse',
  { versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      groupId: string({ mapKey: true }),
      errorCode: int16(),
    }),
  },
)
export type DeleteGroupsResponse = MessageOf<typeof DeleteGroupsResponse>
