/**
 * WriteShareGroupState (API key 85): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, string, uuid, message, type MessageOf } from '../schema.ts'

export const WriteShareGroupStateRequest = message(
  'WriteShareGroupStateRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32({ versions: '1+', default: -1, ignorable: true }),
        stateBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryState: int8(),
          deliveryCount: int16(),
        }),
      }),
    }),
  },
)
export type WriteShareGroupStateRequest = MessageOf<typeof WriteShareGroupStateRequest>

export const WriteShareGroupStateResponse = message(
  'WriteShareGroupStateResponse',
  { versions: '0-1', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  },
)
export type WriteShareGroupStateResponse = MessageOf<typeof WriteShareGroupStateResponse>
