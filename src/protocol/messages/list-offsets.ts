/**
 * ListOffsets (API key 2): request and response, versions 1-11, flexible from 6. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, int8, string, message, type MessageOf } from '../schema.ts'

export const ListOffsetsRequest = message(
  'ListOffsetsRequest',
  { versions: '1-11', flexible: '6+' },
  {
    replicaId: int32(),
    isolationLevel: int8({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1, ignorable: true }),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ versions: '10+', ignorable: true }),
  },
)
export type ListOffsetsRequest = MessageOf<typeof ListOffsetsRequest>

export const ListOffsetsResponse = message(
  'ListOffsetsResponse',
  { versions: '1-11', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64({ versions: '1+', default: -1 }),
        offset: int64({ versions: '1+', default: -1 }),
        leaderEpoch: int32({ versions: '4+', default: -1 }),
      }),
    }),
  },
)
export type ListOffsetsResponse = MessageOf<typeof ListOffsetsResponse>
