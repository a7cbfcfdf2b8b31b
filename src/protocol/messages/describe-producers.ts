/**
 * DescribeProducers (API key 61): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, list, string, message, type MessageOf } from '../schema.ts'

export const DescribeProducersRequest = message(
  'DescribeProducersRequest',
  { versions: '0', flexible: '0+' },
  {
    topics: array({
      name: string(),
      partitionIndexes: list(int32()),
    }),
  },
)
export type DescribeProducersRequest = MessageOf<typeof DescribeProducersRequest>

export const DescribeProducersResponse = message(
  'DescribeProducersResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1 }),
        }),
      }),
    }),
  },
)
export type DescribeProducersResponse = MessageOf<typeof DescribeProducersResponse>
