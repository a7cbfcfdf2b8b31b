/**
 * LeaveGroup (API key 13): request and response, versions 0-5, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, string, message, type MessageOf } from '../schema.ts'

export const LeaveGroupRequest = message(
  'LeaveGroupRequest',
  { versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    memberId: string({ versions: '0-2' }),
    members: array(
      {
        memberId: string({ versions: '3+' }),
        groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
        reason: string({ versions: '5+', nullable: '5+', default: null, ignorable: true }),
      },
      { versions: '3+' },
    ),
  },
)
export type LeaveGroupRequest = MessageOf<typeof LeaveGroupRequest>

export const LeaveGroupResponse = message(
  'LeaveGroupResponse',
  { versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
    members: array(
      {
        memberId: string({ versions: '3+' }),
        groupInstanceId: string({ versions: '3+', nullable: '3+' }),
        errorCode: int16({ versions: '3+' }),
      },
      { versions: '3+' },
    ),
  },
)
export type LeaveGroupResponse = MessageOf<typeof LeaveGroupResponse>
