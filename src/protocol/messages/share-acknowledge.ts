/**
 * ShareAcknowledge (API key 79): request and response, versions 1-2, flexible from 0. Facts: Apache Kafka 4.3.1.
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
  string,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const ShareAcknowledgeRequest = message(
  'ShareAcknowledgeRequest',
  { versions: '1-2', flexible: '0+' },
  {
    groupId: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+' }),
    shareSessionEpoch: int32(),
    isRenewAck: bool({ versions: '2+' }),
    topics: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32({ mapKey: true }),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: list(int8()),
        }),
      }),
    }),
  },
)
export type ShareAcknowledgeRequest = MessageOf<typeof ShareAcknowledgeRequest>

export const ShareAcknowledgeResponse = message(
  'ShareAcknowledgeResponse',
  { versions: '1-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    acquisitionLockTimeoutMs: int32({ versions: '2+', ignorable: true }),
    responses: array({
      topicId: uuid({ mapKey: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        currentLeader: object({
          leaderId: int32(),
          leaderEpoch: int32(),
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
export type ShareAcknowledgeResponse = MessageOf<typeof ShareAcknowledgeResponse>
