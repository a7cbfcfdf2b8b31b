/**
 * AddRaftVoter (API key 80): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const AddRaftVoterRequest = message(
  'AddRaftVoterRequest',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool({ versions: '1+', default: true }),
  },
)
export type AddRaftVoterRequest = MessageOf<typeof AddRaftVoterRequest>

export const AddRaftVoterResponse = message(
  'AddRaftVoterResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', ignorable: true }),
  },
)
export type AddRaftVoterResponse = MessageOf<typeof AddRaftVoterResponse>
