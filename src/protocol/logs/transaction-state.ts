/**
 * Keys and values of `__transaction_state`. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, list, string, message, type MessageOf } from '../schema.ts'

export const TransactionLogKey = message(
  'TransactionLogKey',
  { versions: '0', flexible: 'none' },
  {
    transactionalId: string({ versions: '0' }),
  },
)
export type TransactionLogKey = MessageOf<typeof TransactionLogKey>

export const TransactionLogValue = message(
  'TransactionLogValue',
  { versions: '0-1', flexible: '1+' },
  {
    producerId: int64(),
    previousProducerId: int64({ versions: '1+', tag: 0, default: -1 }),
    nextProducerId: int64({ versions: '1+', tag: 1, default: -1 }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ versions: '1+', tag: 3, default: -1 }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array(
      {
        topic: string(),
        partitionIds: list(int32()),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ versions: '1+', tag: 2 }),
  },
)
export type TransactionLogValue = MessageOf<typeof TransactionLogValue>

/** Record type (the int16 before the key body) to key and value schema. */
export const transactionStateRecords = [
  { type: 0, name: 'TransactionLog', key: TransactionLogKey, value: TransactionLogValue },
] as const
