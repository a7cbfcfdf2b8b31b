/**
 * CreatePartitions (API key 37): request and response, versions 0-3, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const CreatePartitionsRequest = message(
  'CreatePartitionsRequest',
  { versions: '0-3', flexible: '2+' },
  {
    topics: array({
      name: string({ mapKey: true }),
      count: int32(),
      assignments: array(
        {
          brokerIds: list(int32()),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
)
export type CreatePartitionsRequest = MessageOf<typeof CreatePartitionsRequest>

export const CreatePartitionsResponse = message(
  'CreatePartitionsResponse',
  { versions: '0-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)
export type CreatePartitionsResponse = MessageOf<typeof CreatePartitionsResponse>
