/**
 * ShareFetch (API key 78): request and response, versions 1-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
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

export const ShareFetchRequest = message(
  'ShareFetchRequest',
  { versions: '1-2', flexible: '0+' },
  {
    groupId: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+' }),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 2147483647 }),
    maxRecords: int32({ versions: '1+' }),
    batchSize: int32({ versions: '1+' }),
    shareAcquireMode: int8({ versions: '2+', ignorable: true }),
    isRenewAck: bool({ versions: '2+' }),
    topics: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        partitionMaxBytes: int32({ versions: '0' }),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: list(int8()),
        }),
      }),
    }),
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: list(int32()),
    }),
  },
)
export type ShareFetchRequest = MessageOf<typeof ShareFetchRequest>

export const ShareFetchResponse = message(
  'ShareFetchResponse',
  { versions: '1-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    acquisitionLockTimeoutMs: int32({ versions: '1+' }),
    responses: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string({ nullable: '0+', default: null }),
        currentLeader: object({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records({ nullable: '0' }),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32({ mapKey: true }),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
    }),
  },
)
export type ShareFetchResponse = MessageOf<typeof ShareFetchResponse>
