/**
 * Produce (API key 0): request and response, versions 3-13, flexible from 9. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, object, records, string, uuid, message, type MessageOf } from '../schema.ts'

export const ProduceRequest = message(
  'ProduceRequest',
  { versions: '3-13', flexible: '9+' },
  {
    transactionalId: string({ versions: '3+', nullable: '3+', default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: '0-12', ignorable: true, mapKey: true }),
      topicId: uuid({ versions: '13+', ignorable: true, mapKey: true }),
      partitionData: array({
        index: int32(),
        records: records({ nullable: '0+' }),
      }),
    }),
  },
)
export type ProduceRequest = MessageOf<typeof ProduceRequest>

export const ProduceResponse = message(
  'ProduceResponse',
  { versions: '3-13', flexible: '9+' },
  {
    responses: array({
      name: string({ versions: '0-12', ignorable: true, mapKey: true }),
      topicId: uuid({ versions: '13+', ignorable: true, mapKey: true }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ versions: '2+', default: -1, ignorable: true }),
        logStartOffset: int64({ versions: '5+', default: -1, ignorable: true }),
        recordErrors: array(
          {
            batchIndex: int32({ versions: '8+' }),
            batchIndexErrorMessage: string({ versions: '8+', nullable: '8+', default: null }),
          },
          { versions: '8+', ignorable: true },
        ),
        errorMessage: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
        currentLeader: object(
          {
            leaderId: int32({ versions: '10+', default: -1 }),
            leaderEpoch: int32({ versions: '10+', default: -1 }),
          },
          { versions: '10+', tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    nodeEndpoints: array(
      {
        nodeId: int32({ versions: '10+', mapKey: true }),
        host: string({ versions: '10+' }),
        port: int32({ versions: '10+' }),
        rack: string({ versions: '10+', nullable: '10+', default: null }),
      },
      { versions: '10+', tag: 0 },
    ),
  },
)
export type ProduceResponse = MessageOf<typeof ProduceResponse>
