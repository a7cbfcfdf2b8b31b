/**
 * InitProducerId (API key 22): request and response, versions 0-6, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { bool, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const InitProducerIdRequest = message(
  'InitProducerIdRequest',
  { versions: '0-6', flexible: '2+' },
  {
    transactionalId: string({ nullable: '0+' }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: '3+', default: -1 }),
    producerEpoch: int16({ versions: '3+', default: -1 }),
    enable2Pc: bool({ versions: '6+' }),
    keepPreparedTxn: bool({ versions: '6+' }),
  },
)
export type InitProducerIdRequest = MessageOf<typeof InitProducerIdRequest>

export const InitProducerIdResponse = message(
  'InitProducerIdResponse',
  { versions: '0-6', flexible: '2+' },
  {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64({ versions: '6+', default: -1 }),
    ongoingTxnProducerEpoch: int16({ versions: '6+', default: -1 }),
  },
)
export type InitProducerIdResponse = MessageOf<typeof InitProducerIdResponse>
