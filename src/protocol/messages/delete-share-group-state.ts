/**
 * DeleteShareGroupState (API key 86): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, string, uuid, message, type MessageOf } from '../schema.ts'

export const DeleteShareGroupStateRequest = message(
  'DeleteShareGroupStateRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
      }),
    }),
  },
)
export type DeleteShareGroupStateRequest = MessageOf<typeof DeleteShareGroupStateRequest>

export const DeleteShareGroupStateResponse = message(
  'DeleteShareGroupStateResponse',
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
export type DeleteShareGroupStateResponse = MessageOf<typeof DeleteShareGroupStateResponse>
