/**
 * AddOffsetsToTxn (API key 25): request and response, versions 0-4, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const AddOffsetsToTxnRequest = message(
  'AddOffsetsToTxnRequest',
  { versions: '0-4', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
)
export type AddOffsetsToTxnRequest = MessageOf<typeof AddOffsetsToTxnRequest>

export const AddOffsetsToTxnResponse = message(
  'AddOffsetsToTxnResponse',
  { versions: '0-4', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export type AddOffsetsToTxnResponse = MessageOf<typeof AddOffsetsToTxnResponse>
