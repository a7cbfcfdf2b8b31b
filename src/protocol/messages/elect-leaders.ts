/**
 * ElectLeaders (API key 43): request and response, versions 0-2, flexible from 2. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, list, string, message, type MessageOf } from '../schema.ts'

export const ElectLeadersRequest = message(
  'ElectLeadersRequest',
  { versions: '0-2', flexible: '2+' },
  {
    electionType: int8({ versions: '1+' }),
    topicPartitions: array(
      {
        topic: string({ mapKey: true }),
        partitions: list(int32()),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
)
export type ElectLeadersRequest = MessageOf<typeof ElectLeadersRequest>

export const ElectLeadersResponse = message(
  'ElectLeadersResponse',
  { versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '1+' }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    }),
  },
)
export type ElectLeadersResponse = MessageOf<typeof ElectLeadersResponse>
