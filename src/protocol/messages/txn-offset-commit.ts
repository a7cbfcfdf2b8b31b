/**
 * TxnOffsetCommit (API key 28): request and response, versions 0-5, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const TxnOffsetCommitRequest = message(
  'TxnOffsetCommitRequest',
  { versions: '0-5', flexible: '3+' },
  {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ versions: '3+', default: -1 }),
    memberId: string({ versions: '3+' }),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  },
)
export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>

export const TxnOffsetCommitResponse = message(
  'TxnOffsetCommitResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>
