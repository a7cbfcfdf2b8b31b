/**
 * SyncGroup (API key 14): request and response, versions 0-5, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { array, bytes, int16, int32, string, message, type MessageOf } from '../schema.ts'

export const SyncGroupRequest = message(
  'SyncGroupRequest',
  { versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  },
)
export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>

export const SyncGroupResponse = message(
  'SyncGroupResponse',
  { versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    protocolType: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
    assignment: bytes(),
  },
)
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>
