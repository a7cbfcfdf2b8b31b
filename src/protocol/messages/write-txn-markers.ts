/**
 * WriteTxnMarkers (API key 27): request and response, versions 1-2, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, int8, list, string, message, type MessageOf } from '../schema.ts'

export const WriteTxnMarkersRequest = message(
  'WriteTxnMarkersRequest',
  { versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: list(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ versions: '2+', ignorable: true }),
    }),
  },
)
export type WriteTxnMarkersRequest = MessageOf<typeof WriteTxnMarkersRequest>

export const WriteTxnMarkersResponse = message(
  'WriteTxnMarkersResponse',
  { versions: '1-2', flexible: '1+' },
  {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
)
export type WriteTxnMarkersResponse = MessageOf<typeof WriteTxnMarkersResponse>
