/**
 * EndQuorumEpoch (API key 54): request and response, versions 0-1, flexible from 1. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const EndQuorumEpochRequest = message(
  'EndQuorumEpochRequest',
  { versions: '0-1', flexible: '1+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32(),
        preferredSuccessors: list(int32(), { versions: '0', ignorable: true }),
        preferredCandidates: array(
          {
            candidateId: int32({ versions: '1+' }),
            candidateDirectoryId: uuid({ versions: '1+' }),
          },
          { versions: '1+', ignorable: true },
        ),
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
export type EndQuorumEpochRequest = MessageOf<typeof EndQuorumEpochRequest>

export const EndQuorumEpochResponse = message(
  'EndQuorumEpochResponse',
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
export type EndQuorumEpochResponse = MessageOf<typeof EndQuorumEpochResponse>
