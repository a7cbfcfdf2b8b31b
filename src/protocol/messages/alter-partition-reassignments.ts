/**
 * AlterPartitionReassignments (API key 45): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, list, string, message, type MessageOf } from '../schema.ts'

export const AlterPartitionReassignmentsRequest = message(
  'AlterPartitionReassignmentsRequest',
  { versions: '0-1', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    allowReplicationFactorChange: bool({ versions: '1+', default: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: list(int32(), { nullable: '0+', default: null }),
      }),
    }),
  },
)
export type AlterPartitionReassignmentsRequest = MessageOf<typeof AlterPartitionReassignmentsRequest>

export const AlterPartitionReassignmentsResponse = message(
  'AlterPartitionReassignmentsResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ versions: '1+', default: true, ignorable: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  },
)
export type AlterPartitionReassignmentsResponse = MessageOf<typeof AlterPartitionReassignmentsResponse>
