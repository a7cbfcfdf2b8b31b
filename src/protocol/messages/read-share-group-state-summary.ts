/**
 * ReadShareGroupStateSummary (API key 87): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, uuid, message, type MessageOf } from '../schema.ts'

export const ReadShareGroupStateSummaryRequest = message(
  'ReadShareGroupStateSummaryRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32(),
      }),
    }),
  },
)
export type ReadShareGroupStateSummaryRequest = MessageOf<typeof ReadShareGroupStateSummaryRequest>

export const ReadShareGroupStateSummaryResponse = message(
  'ReadShareGroupStateSummaryResponse',
  { versions: '0-1', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
      }),
    }),
  },
)
export type ReadShareGroupStateSummaryResponse = MessageOf<typeof ReadShareGroupStateSummaryResponse>
