/**
 * AssignReplicasToDirs (API key 73): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int64, uuid, message, type MessageOf } from '../schema.ts'

export const AssignReplicasToDirsRequest = message(
  'AssignReplicasToDirsRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
        }),
      }),
    }),
  },
)
export type AssignReplicasToDirsRequest = MessageOf<typeof AssignReplicasToDirsRequest>

export const AssignReplicasToDirsResponse = message(
  'AssignReplicasToDirsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
)
export type AssignReplicasToDirsResponse = MessageOf<typeof AssignReplicasToDirsResponse>
