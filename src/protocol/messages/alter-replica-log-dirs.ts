/**
 * AlterReplicaLogDirs (API key 34): request and response, versions 1-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const AlterReplicaLogDirsRequest = message(
  'AlterReplicaLogDirsRequest',
  { versions: '1-2', flexible: '2+' },
  {
    dirs: array({
      path: string({ mapKey: true }),
      topics: array({
        name: string({ mapKey: true }),
        partitions: list(int32()),
      }),
    }),
  },
)
export type AlterReplicaLogDirsRequest = MessageOf<typeof AlterReplicaLogDirsRequest>

export const AlterReplicaLogDirsResponse = message(
  'AlterReplicaLogDirsResponse',
  { versions: '1-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)
export type AlterReplicaLogDirsResponse = MessageOf<typeof AlterReplicaLogDirsResponse>
