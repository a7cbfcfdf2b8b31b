/**
 * ReadShareGroupState (API key 84): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, string, uuid, message, type MessageOf } from '../schema.ts'

export const ReadShareGroupStateRequest = message(
  'ReadShareGroupStateRequest',
  { versions: '0', flexible: '0+' },
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
export type ReadShareGroupStateRequest = MessageOf<typeof ReadShareGroupStateRequest>

export const ReadShareGroupStateResponse = message(
  'ReadShareGroupStateResponse',
  { versions: '0', flexible: '0+' },
  {
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        stateEpoch: int32(),
        startOffset: int64(),
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
export type ReadShareGroupStateResponse = MessageOf<typeof ReadShareGroupStateResponse>
