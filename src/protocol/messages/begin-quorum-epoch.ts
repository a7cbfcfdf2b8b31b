/**
 * BeginQuorumEpoch (API key 53): request and response, versions 0-1, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const BeginQuorumEpochRequest = message(
  'BeginQuorumEpochRequest',
  { versions: '0-1', flexible: '1+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        voterDirectoryId: uuid({ versions: '1+', ignorable: true }),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    leaderEndpoints: array(
      {
        name: string({ versions: '1+', mapKey: true }),
        host: string({ versions: '1+' }),
        port: uint16({ versions: '1+' }),
      },
      { versions: '1+', ignorable: true },
    ),
  },
)
export type BeginQuorumEpochRequest = MessageOf<typeof BeginQuorumEpochRequest>

export const BeginQuorumEpochResponse = message(
  'BeginQuorumEpochResponse',
  { versions: '0-1', flexible: '1+' },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: '1+', mapKey: true }),
        host: string({ versions: '1+' }),
        port: uint16({ versions: '1+' }),
      },
      { versions: '1+', tag: 0 },
    ),
  },
)
export type BeginQuorumEpochResponse = MessageOf<typeof BeginQuorumEpochResponse>
