/**
 * DescribeTopicPartitions (API key 75): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, list, object, string, uuid, message, type MessageOf } from '../schema.ts'

export const DescribeTopicPartitionsRequest = message(
  'DescribeTopicPartitionsRequest',
  { versions: '0', flexible: '0+' },
  {
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    cursor: object(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type DescribeTopicPartitionsRequest = MessageOf<typeof DescribeTopicPartitionsRequest>

export const DescribeTopicPartitionsResponse = message(
  'DescribeTopicPartitionsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '0+', mapKey: true }),
      topicId: uuid({ ignorable: true }),
      isInternal: bool({ ignorable: true }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1, ignorable: true }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        eligibleLeaderReplicas: list(int32(), { nullable: '0+', default: null }),
        lastKnownElr: list(int32(), { nullable: '0+', default: null }),
        offlineReplicas: list(int32(), { ignorable: true }),
      }),
      topicAuthorizedOperations: int32({ default: -2147483648 }),
    }),
    nextCursor: object(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type DescribeTopicPartitionsResponse = MessageOf<typeof DescribeTopicPartitionsResponse>
