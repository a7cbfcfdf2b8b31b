/**
 * ListTransactions (API key 66): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, list, string, message, type MessageOf } from '../schema.ts'

export const ListTransactionsRequest = message(
  'ListTransactionsRequest',
  { versions: '0-2', flexible: '0+' },
  {
    stateFilters: list(string()),
    producerIdFilters: list(int64()),
    durationFilter: int64({ versions: '1+', default: -1 }),
    transactionalIdPattern: string({ versions: '2+', nullable: '2+', default: null }),
  },
)
export type ListTransactionsRequest = MessageOf<typeof ListTransactionsRequest>

export const ListTransactionsResponse = message(
  'ListTransactionsResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: list(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
)
export type ListTransactionsResponse = MessageOf<typeof ListTransactionsResponse>
