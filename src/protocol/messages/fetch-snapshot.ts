/**
 * FetchSnapshot (API key 59): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  int16,
  int32,
  int64,
  object,
  records,
  string,
  uint16,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const FetchSnapshotRequest = message(
  'FetchSnapshotRequest',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+', tag: 0, default: null }),
    replicaId: int32({ default: -1 }),
    maxBytes: int32({ default: 2147483647 }),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: object({
          endOffset: int64(),
          epoch: int32(),
        }),
        position: int64(),
        replicaDirectoryId: uuid({ versions: '1+', tag: 0, ignorable: true }),
      }),
    }),
  },
)
export type FetchSnapshotRequest = MessageOf<typeof FetchSnapshotRequest>

export const FetchSnapshotResponse = message(
  'FetchSnapshotResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ ignorable: true }),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: object({
          endOffset: int64(),
          epoch: int32(),
        }),
        currentLeader: object(
          {
            leaderId: int32(),
            leaderEpoch: int32(),
          },
          { tag: 0 },
        ),
        size: int64(),
        position: int64(),
        unalignedRecords: records(),
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
export type FetchSnapshotResponse = MessageOf<typeof FetchSnapshotResponse>
