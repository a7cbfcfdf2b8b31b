/**
 * ConsumerGroupHeartbeat (API key 68): request and response, versions 0-1, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, list, object, string, struct, uuid, message, type MessageOf } from '../schema.ts'

export const ConsumerGroupHeartbeatRequest = message(
  'ConsumerGroupHeartbeatRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: list(string(), { nullable: '0+', default: null }),
    subscribedTopicRegex: string({ versions: '1+', nullable: '1+', default: null }),
    serverAssignor: string({ nullable: '0+', default: null }),
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: list(int32()),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type ConsumerGroupHeartbeatRequest = MessageOf<typeof ConsumerGroupHeartbeatRequest>

const ConsumerGroupHeartbeatResponseTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32()),
})

export const ConsumerGroupHeartbeatResponse = message(
  'ConsumerGroupHeartbeatResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+', default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: object(
      {
        topicPartitions: array(ConsumerGroupHeartbeatResponseTopicPartitions),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type ConsumerGroupHeartbeatResponse = MessageOf<typeof ConsumerGroupHeartbeatResponse>
