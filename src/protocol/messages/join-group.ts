/**
 * JoinGroup (API key 11): request and response, versions 0-9, flexible from 6. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, bytes, int16, int32, string, message, type MessageOf } from '../schema.ts'

export const JoinGroupRequest = message(
  'JoinGroupRequest',
  { versions: '0-9', flexible: '6+' },
  {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ versions: '1+', default: -1, ignorable: true }),
    memberId: string(),
    groupInstanceId: string({ versions: '5+', nullable: '5+', default: null }),
    protocolType: string(),
    protocols: array({
      name: string({ mapKey: true }),
      metadata: bytes(),
    }),
    reason: string({ versions: '8+', nullable: '8+', default: null, ignorable: true }),
  },
)
export type JoinGroupRequest = MessageOf<typeof JoinGroupRequest>

export const JoinGroupResponse = message(
  'JoinGroupResponse',
  { versions: '0-9', flexible: '6+' },
  {
    throttleTimeMs: int32({ versions: '2+', ignorable: true }),
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ versions: '7+', nullable: '7+', default: null, ignorable: true }),
    protocolName: string({ nullable: '7+' }),
    leader: string(),
    skipAssignment: bool({ versions: '9+' }),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      metadata: bytes(),
    }),
  },
)
export type JoinGroupResponse = MessageOf<typeof JoinGroupResponse>
