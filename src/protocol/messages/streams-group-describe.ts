/**
 * StreamsGroupDescribe (API key 89): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  list,
  object,
  string,
  struct,
  uint16,
  message,
  type MessageOf,
} from '../schema.ts'

export const StreamsGroupDescribeRequest = message(
  'StreamsGroupDescribeRequest',
  { versions: '0', flexible: '0+' },
  {
    groupIds: list(string()),
    includeAuthorizedOperations: bool(),
  },
)
export type StreamsGroupDescribeRequest = MessageOf<typeof StreamsGroupDescribeRequest>

const StreamsGroupDescribeResponseKeyValue = struct({
  key: string(),
  value: string(),
})

const StreamsGroupDescribeResponseTopicInfo = struct({
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(StreamsGroupDescribeResponseKeyValue),
})

const StreamsGroupDescribeResponseEndpoint = struct({
  host: string(),
  port: uint16(),
})

const StreamsGroupDescribeResponseTaskOffset = struct({
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
})

const StreamsGroupDescribeResponseTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32()),
})

const StreamsGroupDescribeResponseAssignment = struct({
  activeTasks: array(StreamsGroupDescribeResponseTaskIds),
  standbyTasks: array(StreamsGroupDescribeResponseTaskIds),
  warmupTasks: array(StreamsGroupDescribeResponseTaskIds),
})

export const StreamsGroupDescribeResponse = message(
  'StreamsGroupDescribeResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: object(
        {
          epoch: int32(),
          subtopologies: array(
            {
              subtopologyId: string(),
              sourceTopics: list(string()),
              repartitionSinkTopics: list(string()),
              stateChangelogTopics: array(StreamsGroupDescribeResponseTopicInfo),
              repartitionSourceTopics: array(StreamsGroupDescribeResponseTopicInfo),
            },
            { nullable: '0+', default: null },
          ),
        },
        { nullable: '0+', default: null },
      ),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        clientId: string(),
        clientHost: string(),
        topologyEpoch: int32(),
        processId: string(),
        userEndpoint: object(StreamsGroupDescribeResponseEndpoint, { nullable: '0+', default: null }),
        clientTags: array(StreamsGroupDescribeResponseKeyValue),
        taskOffsets: array(StreamsGroupDescribeResponseTaskOffset),
        taskEndOffsets: array(StreamsGroupDescribeResponseTaskOffset),
        assignment: object(StreamsGroupDescribeResponseAssignment),
        targetAssignment: object(StreamsGroupDescribeResponseAssignment),
        isClassic: bool(),
      }),
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
)
export type StreamsGroupDescribeResponse = MessageOf<typeof StreamsGroupDescribeResponse>
