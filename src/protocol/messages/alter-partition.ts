/**
 * AlterPartition (API key 56): request and response, versions 2-3, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, list, uuid, message, type MessageOf } from '../schema.ts'

export const AlterPartitionRequest = message(
  'AlterPartitionRequest',
  { versions: '2-3', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    topics: array({
      topicId: uuid({ versions: '2+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: list(int32(), { versions: '0-2' }),
        newIsrWithEpochs: array(
          {
            brokerId: int32({ versions: '3+' }),
            brokerEpoch: int64({ versions: '3+', default: -1 }),
          },
          { versions: '3+' },
        ),
        leaderRecoveryState: int8({ versions: '1+' }),
        partitionEpoch: int32(),
      }),
    }),
  },
)
export type AlterPartitionRequest = MessageOf<typeof AlterPartitionRequest>

export const AlterPartitionResponse = message(
  'AlterPartitionResponse',
  { versions: '2-3', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid({ versions: '2+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: list(int32()),
        leaderRecoveryState: int8({ versions: '1+', ignorable: true }),
        partitionEpoch: int32(),
      }),
    }),
  },
)
export type AlterPartitionResponse = MessageOf<typeof AlterPartitionResponse>
