/**
 * Fetch (API key 1): request and response, versions 4-18, flexible from 12. Facts: Apache Kafka 4.3.1.
 */
import { INT64_MAX } from '../limits.ts'
import {
  array,
  int16,
  int32,
  int64,
  int8,
  list,
  object,
  records,
  string,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const FetchRequest = message(
  'FetchRequest',
  { versions: '4-18', flexible: '12+' },
  {
    clusterId: string({ versions: '12+', nullable: '12+', tag: 0, default: null, ignorable: true }),
    replicaId: int32({ versions: '0-14', default: -1 }),
    replicaState: object(
      {
        replicaId: int32({ versions: '15+', default: -1 }),
        replicaEpoch: int64({ versions: '15+', default: -1 }),
      },
      { versions: '15+', tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ versions: '3+', default: 2147483647, ignorable: true }),
    isolationLevel: int8({ versions: '4+', ignorable: true }),
    sessionId: int32({ versions: '7+', ignorable: true }),
    sessionEpoch: int32({ versions: '7+', default: -1, ignorable: true }),
    topics: array({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: '9+', default: -1, ignorable: true }),
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ versions: '12+', default: -1 }),
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid({ versions: '17+', tag: 0, ignorable: true }),
        highWatermark: int64({ versions: '18+', tag: 1, default: INT64_MAX, ignorable: true }),
      }),
    }),
    forgottenTopicsData: array(
      {
        topic: string({ versions: '7-12', ignorable: true }),
        topicId: uuid({ versions: '13+', ignorable: true }),
        partitions: list(int32(), { versions: '7+' }),
      },
      { versions: '7+' },
    ),
    rackId: string({ versions: '11+', ignorable: true }),
  },
)
export type FetchRequest = MessageOf<typeof FetchRequest>

export const FetchResponse = message(
  'FetchResponse',
  { versions: '4-18', flexible: '12+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16({ versions: '7+', ignorable: true }),
    sessionId: int32({ versions: '7+' }),
    responses: array({
      topic: string({ versions: '0-12', ignorable: true }),
      topicId: uuid({ versions: '13+', ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ versions: '4+', default: -1, ignorable: true }),
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        divergingEpoch: object(
          {
            epoch: int32({ versions: '12+', default: -1 }),
            endOffset: int64({ versions: '12+', default: -1 }),
          },
          { versions: '12+', tag: 0 },
        ),
        currentLeader: object(
          {
            leaderId: int32({ versions: '12+', default: -1 }),
            leaderEpoch: int32({ versions: '12+', default: -1 }),
          },
          { versions: '12+', tag: 1 },
        ),
        snapshotId: object(
          {
            endOffset: int64({ default: -1 }),
            epoch: int32({ default: -1 }),
          },
          { versions: '12+', tag: 2 },
        ),
        abortedTransactions: array(
          {
            producerId: int64({ versions: '4+' }),
            firstOffset: int64({ versions: '4+' }),
          },
          { versions: '4+', nullable: '4+', ignorable: true },
        ),
        preferredReadReplica: int32({ versions: '11+', default: -1 }),
        records: records({ nullable: '0+' }),
      }),
    }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: '16+', mapKey: true }),
        host: string({ versions: '16+' }),
        port: int32({ versions: '16+' }),
        rack: string({ versions: '16+', nullable: '16+', default: null }),
      },
      { versions: '16+', tag: 0 },
    ),
  },
)
export type FetchResponse = MessageOf<typeof FetchResponse>
