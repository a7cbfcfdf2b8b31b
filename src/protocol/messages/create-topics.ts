/**
 * CreateTopics (API key 19): request and response, versions 2-7, flexible from 5. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const CreateTopicsRequest = message(
  'CreateTopicsRequest',
  { versions: '2-7', flexible: '5+' },
  {
    topics: array({
      name: string({ mapKey: true }),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32({ mapKey: true }),
        brokerIds: list(int32()),
      }),
      configs: array({
        name: string({ mapKey: true }),
        value: string({ nullable: '0+' }),
      }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: bool({ versions: '1+' }),
  },
)
export type CreateTopicsRequest = MessageOf<typeof CreateTopicsRequest>

export const CreateTopicsResponse = message(
  'CreateTopicsResponse',
  { versions: '2-7', flexible: '5+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    topics: array({
      name: string({ mapKey: true }),
      topicId: uuid({ versions: '7+', ignorable: true }),
      errorCode: int16(),
      errorMessage: string({ versions: '1+', nullable: '0+', ignorable: true }),
      topicConfigErrorCode: int16({ versions: '5+', tag: 0, ignorable: true }),
      numPartitions: int32({ versions: '5+', default: -1, ignorable: true }),
      replicationFactor: int16({ versions: '5+', default: -1, ignorable: true }),
      configs: array(
        {
          name: string({ versions: '5+' }),
          value: string({ versions: '5+', nullable: '5+' }),
          readOnly: bool({ versions: '5+' }),
          configSource: int8({ versions: '5+', default: -1, ignorable: true }),
          isSensitive: bool({ versions: '5+' }),
        },
        { versions: '5+', nullable: '5+', ignorable: true },
      ),
    }),
  },
)
export type CreateTopicsResponse = MessageOf<typeof CreateTopicsResponse>
