/**
 * OffsetCommit (API key 8): request and response, versions 2-10, flexible from 8. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, uuid, message, type MessageOf } from '../schema.ts'

export const OffsetCommitRequest = message(
  'OffsetCommitRequest',
  { versions: '2-10', flexible: '8+' },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ versions: '1+', default: -1, ignorable: true }),
    memberId: string({ versions: '1+', ignorable: true }),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    retentionTimeMs: int64({ versions: '2-4', default: -1, ignorable: true }),
    topics: array({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '6+', default: -1, ignorable: true }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  },
)
export type OffsetCommitRequest = MessageOf<typeof OffsetCommitRequest>

export const OffsetCommitResponse = message(
  'OffsetCommitResponse',
  { versions: '2-10', flexible: '8+' },
  {
    throttleTimeMs: int32({ versions: '3+', ignorable: true }),
    topics: array({
      name: string({ versions: '0-9', ignorable: true }),
      topicId: uuid({ versions: '10+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)
export type OffsetCommitResponse = MessageOf<typeof OffsetCommitResponse>
