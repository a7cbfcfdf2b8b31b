/**
 * ShareGroupHeartbeat (API key 76): request and response, versions 1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, object, string, struct, uuid, message, type MessageOf } from '../schema.ts'

export const ShareGroupHeartbeatRequest = message(
  'ShareGroupHeartbeatRequest',
  { versions: '1', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string({ nullable: '0+', default: null }),
    subscribedTopicNames: list(string(), { nullable: '0+', default: null }),
  },
)
export type ShareGroupHeartbeatRequest = MessageOf<typeof ShareGroupHeartbeatRequest>

const ShareGroupHeartbeatResponseTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32()),
})

export const ShareGroupHeartbeatResponse = message(
  'ShareGroupHeartbeatResponse',
  { versions: '1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+', default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: object(
      {
        topicPartitions: array(ShareGroupHeartbeatResponseTopicPartitions),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type ShareGroupHeartbeatResponse = MessageOf<typeof ShareGroupHeartbeatResponse>
