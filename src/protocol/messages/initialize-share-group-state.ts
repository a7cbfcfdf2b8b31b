/**
 * InitializeShareGroupState (API key 83): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, uuid, message, type MessageOf } from '../schema.ts'

export const InitializeShareGroupStateRequest = message(
  'InitializeShareGroupStateRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: int64(),
      }),
    }),
  },
)
export type InitializeShareGroupStateRequest = MessageOf<typeof InitializeShareGroupStateRequest>

export const InitializeShareGroupStateResponse = message(
  'InitializeShareGroupStateResponse',
  { versions: '0', flexible: '0+' },
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
export type InitializeShareGroupStateResponse = MessageOf<typeof InitializeShareGroupStateResponse>
