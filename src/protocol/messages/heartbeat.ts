/**
 * Heartbeat (API key 12): request and response, versions 0-4, flexible from 4. Facts: Apache Kafka 4.3.1.
 */
import { int16, int32, string, message, type MessageOf } from '../schema.ts'

export const HeartbeatRequest = message(
  'HeartbeatRequest',
  { versions: '0-4', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  },
)
export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>

export const HeartbeatResponse = message(
  'HeartbeatResponse',
  { versions: '0-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16(),
  },
)
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>
