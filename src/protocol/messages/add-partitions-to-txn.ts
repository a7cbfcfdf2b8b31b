/**
 * AddPartitionsToTxn (API key 24): request and response, versions 0-5, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, list, string, struct, message, type MessageOf } from '../schema.ts'

const AddPartitionsToTxnRequestAddPartitionsToTxnTopic = struct({
  name: string({ mapKey: true }),
  partitions: list(int32()),
})

export const AddPartitionsToTxnRequest = message(
  'AddPartitionsToTxnRequest',
  { versions: '0-5', flexible: '3+' },
  {
    transactions: array(
      {
        transactionalId: string({ versions: '4+', mapKey: true }),
        producerId: int64({ versions: '4+' }),
        producerEpoch: int16({ versions: '4+' }),
        verifyOnly: bool({ versions: '4+' }),
        topics: array(AddPartitionsToTxnRequestAddPartitionsToTxnTopic, { versions: '4+' }),
      },
      { versions: '4+' },
    ),
    v3AndBelowTransactionalId: string({ versions: '0-3' }),
    v3AndBelowProducerId: int64({ versions: '0-3' }),
    v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
    v3AndBelowTopics: array(AddPartitionsToTxnRequestAddPartitionsToTxnTopic, { versions: '0-3' }),
  },
)
export type AddPartitionsToTxnRequest = MessageOf<typeof AddPartitionsToTxnRequest>

const AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult = struct({
  partitionIndex: int32({ mapKey: true }),
  partitionErrorCode: int16(),
})

const AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult = struct({
  name: string({ mapKey: true }),
  resultsByPartition: array(AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult),
})

export const AddPartitionsToTxnResponse = message(
  'AddPartitionsToTxnResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '4+', ignorable: true }),
    resultsByTransaction: array(
      {
        transactionalId: string({ versions: '4+', mapKey: true }),
        topicResults: array(AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult, { versions: '4+' }),
      },
      { versions: '4+' },
    ),
    resultsByTopicV3AndBelow: array(AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult, { versions: '0-3' }),
  },
)
export type AddPartitionsToTxnResponse = MessageOf<typeof AddPartitionsToTxnResponse>
