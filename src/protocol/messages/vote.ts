/**
 * Vote (API key 52): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const VoteRequest = message(
  'VoteRequest',
  { versions: '0-2', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    voterId: int32({ versions: '1+', default: -1, ignorable: true }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid({ versions: '1+', ignorable: true }),
        voterDirectoryId: uuid({ versions: '1+', ignorable: true }),
        lastOffsetEpoch: int32(),
        lastOffset: int64(),
        preVote: bool({ versions: '2+' }),
      }),
    }),
  },
)
export type VoteRequest = MessageOf<typeof VoteRequest>

export const VoteResponse = message(
  'VoteResponse',
  { versions: '0-2', flexible: '0+' },
  {
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        voteGranted: bool(),
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
export type VoteResponse = MessageOf<typeof VoteResponse>
