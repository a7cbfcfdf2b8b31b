/**
 * RemoveRaftVoter (API key 81): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { int16, int32, string, uuid, message, type MessageOf } from '../schema.ts'

export const RemoveRaftVoterRequest = message(
  'RemoveRaftVoterRequest',
  { versions: '0', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  },
)
export type RemoveRaftVoterRequest = MessageOf<typeof RemoveRaftVoterRequest>

export const RemoveRaftVoterResponse = message(
  'RemoveRaftVoterResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', ignorable: true }),
  },
)
export type RemoveRaftVoterResponse = MessageOf<typeof RemoveRaftVoterResponse>
