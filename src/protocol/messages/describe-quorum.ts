/**
 * DescribeQuorum (API key 55): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, string, struct, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const DescribeQuorumRequest = message(
  'DescribeQuorumRequest',
  { versions: '0-2', flexible: '0+' },
  {
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
)
export type DescribeQuorumRequest = MessageOf<typeof DescribeQuorumRequest>

const DescribeQuorumResponseReplicaState = struct({
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: '1+', default: -1, ignorable: true }),
  lastCaughtUpTimestamp: int64({ versions: '1+', default: -1, ignorable: true }),
})

export const DescribeQuorumResponse = message(
  'DescribeQuorumResponse',
  { versions: '0-2', flexible: '0+' },
  {
    errorCode: int16(),
    errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: '2+', nullable: '2+', ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array(DescribeQuorumResponseReplicaState),
        observers: array(DescribeQuorumResponseReplicaState),
      }),
    }),
    nodes: array(
      {
        nodeId: int32({ versions: '2+', mapKey: true }),
        listeners: array(
          {
            name: string({ versions: '2+', mapKey: true }),
            host: string({ versions: '2+' }),
            port: uint16({ versions: '2+' }),
          },
          { versions: '2+' },
        ),
      },
      { versions: '2+' },
    ),
  },
)
export type DescribeQuorumResponse = MessageOf<typeof DescribeQuorumResponse>
