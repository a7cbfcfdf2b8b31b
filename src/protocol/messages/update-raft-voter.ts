/**
 * UpdateRaftVoter (API key 82): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, object, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const UpdateRaftVoterRequest = message(
  'UpdateRaftVoterRequest',
  { versions: '0', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: object({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
)
export type UpdateRaftVoterRequest = MessageOf<typeof UpdateRaftVoterRequest>

export const UpdateRaftVoterResponse = message(
  'UpdateRaftVoterResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: object(
      {
        leaderId: int32({ default: -1 }),
        leaderEpoch: int32({ default: -1 }),
        host: string(),
        port: int32(),
      },
      { tag: 0 },
    ),
  },
)
export type UpdateRaftVoterResponse = MessageOf<typeof UpdateRaftVoterResponse>
