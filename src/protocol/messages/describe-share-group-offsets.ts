/**
 * DescribeShareGroupOffsets (API key 90): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const DescribeShareGroupOffsetsRequest = message(
  'DescribeShareGroupOffsetsRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groups: array({
      groupId: string(),
      topics: array(
        {
          topicName: string(),
          partitions: list(int32()),
        },
        { nullable: '0+' },
      ),
    }),
  },
)
export type DescribeShareGroupOffsetsRequest = MessageOf<typeof DescribeShareGroupOffsetsRequest>

export const DescribeShareGroupOffsetsResponse = message(
  'DescribeShareGroupOffsetsResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64({ versions: '1+', default: -1, ignorable: true }),
          errorCode: int16(),
          errorMessage: string({ nullable: '0+', default: null }),
        }),
      }),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)
export type DescribeShareGroupOffsetsResponse = MessageOf<typeof DescribeShareGroupOffsetsResponse>
