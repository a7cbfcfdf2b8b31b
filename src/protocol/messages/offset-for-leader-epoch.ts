/**
 * OffsetForLeaderEpoch (API key 23): request and response, versions 2-4, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const OffsetForLeaderEpochRequest = message(
  'OffsetForLeaderEpochRequest',
  { versions: '2-4', flexible: '4+' },
  {
    replicaId: int32({ versions: '3+', default: -2, ignorable: true }),
    topics: array({
      topic: string({ mapKey: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: '2+', default: -1, ignorable: true }),
        leaderEpoch: int32(),
      }),
    }),
  },
)
export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>

export const OffsetForLeaderEpochResponse = message(
  'OffsetForLeaderEpochResponse',
  { versions: '2-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    topics: array({
      topic: string({ mapKey: true }),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ versions: '1+', default: -1, ignorable: true }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
)
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>
