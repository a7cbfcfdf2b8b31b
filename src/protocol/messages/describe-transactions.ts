/**
 * DescribeTransactions (API key 65): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, list, string, message, type MessageOf } from '../schema.ts'

export const DescribeTransactionsRequest = message(
  'DescribeTransactionsRequest',
  { versions: '0', flexible: '0+' },
  {
    transactionalIds: list(string()),
  },
)
export type DescribeTransactionsRequest = MessageOf<typeof DescribeTransactionsRequest>

export const DescribeTransactionsResponse = message(
  'DescribeTransactionsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string({ mapKey: true }),
        partitions: list(int32()),
      }),
    }),
  },
)
export type DescribeTransactionsResponse = MessageOf<typeof DescribeTransactionsResponse>
