/**
 * AlterShareGroupOffsets (API key 91): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, uuid, message, type MessageOf } from '../schema.ts'

export const AlterShareGroupOffsetsRequest = message(
  'AlterShareGroupOffsetsRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicName: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64(),
      }),
    }),
  },
)
export type AlterShareGroupOffsetsRequest = MessageOf<typeof AlterShareGroupOffsetsRequest>

export const AlterShareGroupOffsetsResponse = message(
  'AlterShareGroupOffsetsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string({ mapKey: true }),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  },
)
export type AlterShareGroupOffsetsResponse = MessageOf<typeof AlterShareGroupOffsetsResponse>
