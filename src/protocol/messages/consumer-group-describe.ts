/**
 * ConsumerGroupDescribe (API key 69): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
  int16,
  int32,
  int8,
  list,
  object,
  string,
  struct,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const ConsumerGroupDescribeRequest = message(
  'ConsumerGroupDescribeRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool(),
  },
)
export type ConsumerGroupDescribeRequest = MessageOf<typeof ConsumerGroupDescribeRequest>

const ConsumerGroupDescribeResponseTopicPartitions = struct({
  topicId: uuid(),
  topicName: string(),
  partitions: list(int32()),
})

const ConsumerGroupDescribeResponseAssignment = struct({
  topicPartitions: array(ConsumerGroupDescribeResponseTopicPartitions),
})

export const ConsumerGroupDescribeResponse = message(
  'ConsumerGroupDescribeResponse',
  { versions: '0-1', flexible: '0+' },
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
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: list(string()),
        subscribedTopicRegex: string({ nullable: '0+', default: null }),
        assignment: object(ConsumerGroupDescribeResponseAssignment),
        targetAssignment: object(ConsumerGroupDescribeResponseAssignment),
        memberType: int8({ versions: '1+', default: -1, ignorable: true }),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
)
export type ConsumerGroupDescribeResponse = MessageOf<typeof ConsumerGroupDescribeResponse>
