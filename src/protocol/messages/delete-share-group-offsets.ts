/**
 * DeleteShareGroupOffsets (API key 92): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, string, uuid, message, type MessageOf } from '../schema.ts'

export const DeleteShareGroupOffsetsRequest = message(
  'DeleteShareGroupOffsetsRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  },
)
export type DeleteShareGroupOffsetsRequest = MessageOf<typeof DeleteShareGroupOffsetsRequest>

export const DeleteShareGroupOffsetsResponse = message(
  'DeleteShareGroupOffsetsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)
export type DeleteShareGroupOffsetsResponse = MessageOf<typeof DeleteShareGroupOffsetsResponse>
