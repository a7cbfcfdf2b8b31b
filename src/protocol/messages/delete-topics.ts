/**
 * DeleteTopics (API key 20): request and response, versions 1-6, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const DeleteTopicsRequest = message(
  'DeleteTopicsRequest',
  { versions: '1-6', flexible: '4+' },
  {
    topics: array(
      {
        name: string({ versions: '6+', nullable: '6+', default: null }),
        topicId: uuid({ versions: '6+' }),
      },
      { versions: '6+' },
    ),
    topicNames: list(string(), { versions: '0-5', ignorable: true }),
    timeoutMs: int32(),
  },
)
export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>

export const DeleteTopicsResponse = message(
  'DeleteTopicsResponse',
  { versions: '1-6', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    responses: array({
      name: string({ nullable: '6+', mapKey: true }),
      topicId: uuid({ versions: '6+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    }),
  },
)
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>
