/**
 * ShareGroupDescribe (API key 77): request and response, versions 1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, list, object, string, struct, uuid, message, type MessageOf } from '../schema.ts'

export const ShareGroupDescribeRequest = message(
  'ShareGroupDescribeRequest',
  { versions: '1', flexible: '0+' },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool(),
  },
)
export type ShareGroupDescribeRequest = MessageOf<typeof ShareGroupDescribeRequest>

const ShareGroupDescribeResponseTopicPartitions = struct({
  topicId: uuid(),
  topicName: string(),
  partitions: list(int32()),
})

const ShareGroupDescribeResponseAssignment = struct({
  topicPartitions: array(ShareGroupDescribeResponseTopicPartitions),
})

export const ShareGroupDescribeResponse = message(
  'ShareGroupDescribeResponse',
  { versions: '1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: list(string()),
        assignment: object(ShareGroupDescribeResponseAssignment),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
)
export type ShareGroupDescribeResponse = MessageOf<typeof ShareGroupDescribeResponse>
