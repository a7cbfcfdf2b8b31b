/**
 * StreamsGroupHeartbeat (API key 88): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  int8,
  list,
  object,
  string,
  struct,
  uint16,
  message,
  type MessageOf,
} from '../schema.ts'

const StreamsGroupHeartbeatRequestKeyValue = struct({
  key: string(),
  value: string(),
})

const StreamsGroupHeartbeatRequestTopicInfo = struct({
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(StreamsGroupHeartbeatRequestKeyValue),
})

const StreamsGroupHeartbeatRequestTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32()),
})

const StreamsGroupHeartbeatRequestEndpoint = struct({
  host: string(),
  port: uint16(),
})

const StreamsGroupHeartbeatRequestTaskOffset = struct({
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
})

export const StreamsGroupHeartbeatRequest = message(
  'StreamsGroupHeartbeatRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: object(
      {
        epoch: int32(),
        subtopologies: array({
          subtopologyId: string(),
          sourceTopics: list(string()),
          sourceTopicRegex: list(string()),
          stateChangelogTopics: array(StreamsGroupHeartbeatRequestTopicInfo),
          repartitionSinkTopics: list(string()),
          repartitionSourceTopics: array(StreamsGroupHeartbeatRequestTopicInfo),
          copartitionGroups: array({
            sourceTopics: list(int16()),
            sourceTopicRegex: list(int16()),
            repartitionSourceTopics: list(int16()),
          }),
        }),
      },
      { nullable: '0+', default: null },
    ),
    activeTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: '0+', default: null }),
    standbyTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: '0+', default: null }),
    warmupTasks: array(StreamsGroupHeartbeatRequestTaskIds, { nullable: '0+', default: null }),
    processId: string({ nullable: '0+', default: null }),
    userEndpoint: object(StreamsGroupHeartbeatRequestEndpoint, { nullable: '0+', default: null }),
    clientTags: array(StreamsGroupHeartbeatRequestKeyValue, { nullable: '0+', default: null }),
    taskOffsets: array(StreamsGroupHeartbeatRequestTaskOffset, { nullable: '0+', default: null }),
    taskEndOffsets: array(StreamsGroupHeartbeatRequestTaskOffset, { nullable: '0+', default: null }),
    shutdownApplication: bool(),
  },
)
export type StreamsGroupHeartbeatRequest = MessageOf<typeof StreamsGroupHeartbeatRequest>

const StreamsGroupHeartbeatResponseStatus = struct({
  statusCode: int8(),
  statusDetail: string(),
})

const StreamsGroupHeartbeatResponseTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32()),
})

const StreamsGroupHeartbeatResponseEndpoint = struct({
  host: string(),
  port: uint16(),
})

const StreamsGroupHeartbeatResponseTopicPartition = struct({
  topic: string(),
  partitions: list(int32()),
})

export const StreamsGroupHeartbeatResponse = message(
  'StreamsGroupHeartbeatResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(StreamsGroupHeartbeatResponseStatus, { nullable: '0+' }),
    activeTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: '0+', default: null }),
    standbyTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: '0+', default: null }),
    warmupTasks: array(StreamsGroupHeartbeatResponseTaskIds, { nullable: '0+', default: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      {
        userEndpoint: object(StreamsGroupHeartbeatResponseEndpoint),
        activePartitions: array(StreamsGroupHeartbeatResponseTopicPartition),
        standbyPartitions: array(StreamsGroupHeartbeatResponseTopicPartition),
      },
      { nullable: '0+', default: null },
    ),
  },
)
export type StreamsGroupHeartbeatResponse = MessageOf<typeof StreamsGroupHeartbeatResponse>
