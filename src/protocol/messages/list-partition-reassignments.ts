/**
 * ListPartitionReassignments (API key 46): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const ListPartitionReassignmentsRequest = message(
  'ListPartitionReassignmentsRequest',
  { versions: '0', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    topics: array(
      {
        name: string(),
        partitionIndexes: list(int32()),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type ListPartitionReassignmentsRequest = MessageOf<typeof ListPartitionReassignmentsRequest>

export const ListPartitionReassignmentsResponse = message(
  'ListPartitionReassignmentsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: list(int32()),
        addingReplicas: list(int32()),
        removingReplicas: list(int32()),
      }),
    }),
  },
)
export type ListPartitionReassignmentsResponse = MessageOf<typeof ListPartitionReassignmentsResponse>
