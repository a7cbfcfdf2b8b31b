/**
 * EndTxn (API key 26): request and response, versions 0-5, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { bool, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const EndTxnRequest = message(
  'EndTxnRequest',
  { versions: '0-5', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
)
export type EndTxnRequest = MessageOf<typeof EndTxnRequest>

export const EndTxnResponse = message(
  'EndTxnResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: '5+', default: -1, ignorable: true }),
    producerEpoch: int16({ versions: '5+', default: -1, ignorable: true }),
  },
)
export type EndTxnResponse = MessageOf<typeof EndTxnResponse>
