/**
 * DeleteRecords (API key 21): request and response, versions 0-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const DeleteRecordsRequest = message(
  'DeleteRecordsRequest',
  { versions: '0-2', flexible: '2+' },
  {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  },
)
export type DeleteRecordsRequest = MessageOf<typeof DeleteRecordsRequest>

export const DeleteRecordsResponse = message(
  'DeleteRecordsResponse',
  { versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
)
export type DeleteRecordsResponse = MessageOf<typeof DeleteRecordsResponse>
