/**
 * OffsetDelete (API key 47): request and response, versions 0, never flexible. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, string, message, type MessageOf } from '../schema.ts'

export const OffsetDeleteRequest = message(
  'OffsetDeleteRequest',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
)
export type OffsetDeleteRequest = MessageOf<typeof OffsetDeleteRequest>

export const OffsetDeleteResponse = message(
  'OffsetDeleteResponse',
  { versions: '0', flexible: 'none' },
  {
    errorCode: int16(),
    throttleTimeMs: int32({ ignorable: true }),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        errorCode: int16(),
      }),
    }),
  },
)
export type OffsetDeleteResponse = MessageOf<typeof OffsetDeleteResponse>
