/**
 * Keys and values of `__consumer_offsets`. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bytes,
  int16,
  int32,
  int64,
  int64Exact,
  int8,
  list,
  object,
  string,
  struct,
  uint16,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const LegacyOffsetCommitKey = message(
  'LegacyOffsetCommitKey',
  { versions: '0', flexible: 'none' },
  {
    group: string({ versions: '0' }),
    topic: string({ versions: '0' }),
    partition: int32({ versions: '0' }),
  },
)
export type LegacyOffsetCommitKey = MessageOf<typeof LegacyOffsetCommitKey>

export const LegacyOffsetCommitValue = message(
  'LegacyOffsetCommitValue',
  { versions: '0', flexible: 'none' },
  {
    offset: int64({ versions: '0' }),
    metadata: string({ versions: '0' }),
    commitTimestamp: int64({ versions: '0' }),
  },
)
export type LegacyOffsetCommitValue = MessageOf<typeof LegacyOffsetCommitValue>

export const OffsetCommitKey = message(
  'OffsetCommitKey',
  { versions: '0', flexible: 'none' },
  {
    group: string({ versions: '0' }),
    topic: string({ versions: '0' }),
    partition: int32({ versions: '0' }),
  },
)
export type OffsetCommitKey = MessageOf<typeof OffsetCommitKey>

export const OffsetCommitValue = message(
  'OffsetCommitValue',
  { versions: '0-4', flexible: '4+' },
  {
    offset: int64(),
    leaderEpoch: int32({ versions: '3+', default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ versions: '1', default: -1, ignorable: true }),
    topicId: uuid({ versions: '4+', tag: 0, ignorable: true }),
  },
)
export type OffsetCommitValue = MessageOf<typeof OffsetCommitValue>

export const GroupMetadataKey = message(
  'GroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    group: string({ versions: '0' }),
  },
)
export type GroupMetadataKey = MessageOf<typeof GroupMetadataKey>

const GroupMetadataValueMemberMetadata = struct({
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null, ignorable: true }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ versions: '1+', default: -1, ignorable: true }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
})

export const GroupMetadataValue = message(
  'GroupMetadataValue',
  { versions: '0-4', flexible: '4+' },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: '0+' }),
    leader: string({ nullable: '0+' }),
    currentStateTimestamp: int64({ versions: '2+', default: -1, ignorable: true }),
    members: array(GroupMetadataValueMemberMetadata),
  },
)
export type GroupMetadataValue = MessageOf<typeof GroupMetadataValue>

export const ConsumerGroupMetadataKey = message(
  'ConsumerGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ConsumerGroupMetadataKey = MessageOf<typeof ConsumerGroupMetadataKey>

export const ConsumerGroupMetadataValue = message(
  'ConsumerGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64Exact({ tag: 0 }),
  },
)
export type ConsumerGroupMetadataValue = MessageOf<typeof ConsumerGroupMetadataValue>

export const ConsumerGroupPartitionMetadataKey = message(
  'ConsumerGroupPartitionMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ConsumerGroupPartitionMetadataKey = MessageOf<typeof ConsumerGroupPartitionMetadataKey>

export const ConsumerGroupPartitionMetadataValue = message(
  'ConsumerGroupPartitionMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: list(string()),
      }),
    }),
  },
)
export type ConsumerGroupPartitionMetadataValue = MessageOf<typeof ConsumerGroupPartitionMetadataValue>

export const ConsumerGroupMemberMetadataKey = message(
  'ConsumerGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ConsumerGroupMemberMetadataKey = MessageOf<typeof ConsumerGroupMemberMetadataKey>

export const ConsumerGroupMemberMetadataValue = message(
  'ConsumerGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: list(string()),
    subscribedTopicRegex: string({ nullable: '0+' }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: '0+' }),
    classicMemberMetadata: object(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      // Kafka's default is an empty one; none is an explicit null.
      { nullable: '0+', tag: 0 },
    ),
  },
)
export type ConsumerGroupMemberMetadataValue = MessageOf<typeof ConsumerGroupMemberMetadataValue>

export const ConsumerGroupTargetAssignmentMetadataKey = message(
  'ConsumerGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ConsumerGroupTargetAssignmentMetadataKey = MessageOf<typeof ConsumerGroupTargetAssignmentMetadataKey>

export const ConsumerGroupTargetAssignmentMetadataValue = message(
  'ConsumerGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, ignorable: true }),
  },
)
export type ConsumerGroupTargetAssignmentMetadataValue = MessageOf<typeof ConsumerGroupTargetAssignmentMetadataValue>

export const ConsumerGroupTargetAssignmentMemberKey = message(
  'ConsumerGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ConsumerGroupTargetAssignmentMemberKey = MessageOf<typeof ConsumerGroupTargetAssignmentMemberKey>

export const ConsumerGroupTargetAssignmentMemberValue = message(
  'ConsumerGroupTargetAssignmentMemberValue',
  { versions: '0', flexible: '0+' },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: list(int32()),
    }),
  },
)
export type ConsumerGroupTargetAssignmentMemberValue = MessageOf<typeof ConsumerGroupTargetAssignmentMemberValue>

export const ConsumerGroupCurrentMemberAssignmentKey = message(
  'ConsumerGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ConsumerGroupCurrentMemberAssignmentKey = MessageOf<typeof ConsumerGroupCurrentMemberAssignmentKey>

const ConsumerGroupCurrentMemberAssignmentValueTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32()),
  // Kafka's default is an empty list; none is an explicit null.
  assignmentEpochs: list(int32(), { nullable: '0+', tag: 0 }),
})

export const ConsumerGroupCurrentMemberAssignmentValue = message(
  'ConsumerGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(ConsumerGroupCurrentMemberAssignmentValueTopicPartitions),
    partitionsPendingRevocation: array(ConsumerGroupCurrentMemberAssignmentValueTopicPartitions),
  },
)
export type ConsumerGroupCurrentMemberAssignmentValue = MessageOf<typeof ConsumerGroupCurrentMemberAssignmentValue>

export const ShareGroupMemberMetadataKey = message(
  'ShareGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ShareGroupMemberMetadataKey = MessageOf<typeof ShareGroupMemberMetadataKey>

export const ShareGroupMemberMetadataValue = message(
  'ShareGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: list(string()),
  },
)
export type ShareGroupMemberMetadataValue = MessageOf<typeof ShareGroupMemberMetadataValue>

export const ShareGroupMetadataKey = message(
  'ShareGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ShareGroupMetadataKey = MessageOf<typeof ShareGroupMetadataKey>

export const ShareGroupMetadataValue = message(
  'ShareGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64Exact(),
  },
)
export type ShareGroupMetadataValue = MessageOf<typeof ShareGroupMetadataValue>

export const ShareGroupTargetAssignmentMetadataKey = message(
  'ShareGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ShareGroupTargetAssignmentMetadataKey = MessageOf<typeof ShareGroupTargetAssignmentMetadataKey>

export const ShareGroupTargetAssignmentMetadataValue = message(
  'ShareGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, ignorable: true }),
  },
)
export type ShareGroupTargetAssignmentMetadataValue = MessageOf<typeof ShareGroupTargetAssignmentMetadataValue>

export const ShareGroupTargetAssignmentMemberKey = message(
  'ShareGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ShareGroupTargetAssignmentMemberKey = MessageOf<typeof ShareGroupTargetAssignmentMemberKey>

export const ShareGroupTargetAssignmentMemberValue = message(
  'ShareGroupTargetAssignmentMemberValue',
  { versions: '0', flexible: '0+' },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: list(int32()),
    }),
  },
)
export type ShareGroupTargetAssignmentMemberValue = MessageOf<typeof ShareGroupTargetAssignmentMemberValue>

export const ShareGroupCurrentMemberAssignmentKey = message(
  'ShareGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type ShareGroupCurrentMemberAssignmentKey = MessageOf<typeof ShareGroupCurrentMemberAssignmentKey>

const ShareGroupCurrentMemberAssignmentValueTopicPartitions = struct({
  topicId: uuid(),
  partitions: list(int32()),
})

export const ShareGroupCurrentMemberAssignmentValue = message(
  'ShareGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(ShareGroupCurrentMemberAssignmentValueTopicPartitions),
  },
)
export type ShareGroupCurrentMemberAssignmentValue = MessageOf<typeof ShareGroupCurrentMemberAssignmentValue>

export const ShareGroupStatePartitionMetadataKey = message(
  'ShareGroupStatePartitionMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type ShareGroupStatePartitionMetadataKey = MessageOf<typeof ShareGroupStatePartitionMetadataKey>

const ShareGroupStatePartitionMetadataValueTopicPartitionsInfo = struct({
  topicId: uuid(),
  topicName: string(),
  partitions: list(int32()),
})

const ShareGroupStatePartitionMetadataValueTopicInfo = struct({
  topicId: uuid(),
  topicName: string(),
})

export const ShareGroupStatePartitionMetadataValue = message(
  'ShareGroupStatePartitionMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    initializingTopics: array(ShareGroupStatePartitionMetadataValueTopicPartitionsInfo),
    initializedTopics: array(ShareGroupStatePartitionMetadataValueTopicPartitionsInfo),
    deletingTopics: array(ShareGroupStatePartitionMetadataValueTopicInfo),
  },
)
export type ShareGroupStatePartitionMetadataValue = MessageOf<typeof ShareGroupStatePartitionMetadataValue>

export const ConsumerGroupRegularExpressionKey = message(
  'ConsumerGroupRegularExpressionKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    regularExpression: string({ versions: '0' }),
  },
)
export type ConsumerGroupRegularExpressionKey = MessageOf<typeof ConsumerGroupRegularExpressionKey>

export const ConsumerGroupRegularExpressionValue = message(
  'ConsumerGroupRegularExpressionValue',
  { versions: '0', flexible: '0+' },
  {
    topics: list(string()),
    version: int64(),
    timestamp: int64(),
  },
)
export type ConsumerGroupRegularExpressionValue = MessageOf<typeof ConsumerGroupRegularExpressionValue>

export const StreamsGroupMetadataKey = message(
  'StreamsGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type StreamsGroupMetadataKey = MessageOf<typeof StreamsGroupMetadataKey>

const StreamsGroupMetadataValueLastAssignmentConfig = struct({
  key: string(),
  value: string(),
})

export const StreamsGroupMetadataValue = message(
  'StreamsGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: int64Exact(),
    validatedTopologyEpoch: int32({ tag: 0, default: -1 }),
    lastAssignmentConfigs: array(StreamsGroupMetadataValueLastAssignmentConfig, {
      // Kafka's default is an empty list; none is an explicit null.
      nullable: '0+',
      tag: 1,
    }),
  },
)
export type StreamsGroupMetadataValue = MessageOf<typeof StreamsGroupMetadataValue>

export const StreamsGroupMemberMetadataKey = message(
  'StreamsGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type StreamsGroupMemberMetadataKey = MessageOf<typeof StreamsGroupMemberMetadataKey>

const StreamsGroupMemberMetadataValueEndpoint = struct({
  host: string(),
  port: uint16(),
})

const StreamsGroupMemberMetadataValueKeyValue = struct({
  key: string(),
  value: string(),
})

export const StreamsGroupMemberMetadataValue = message(
  'StreamsGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: object(StreamsGroupMemberMetadataValueEndpoint, { nullable: '0+', default: null }),
    clientTags: array(StreamsGroupMemberMetadataValueKeyValue),
  },
)
export type StreamsGroupMemberMetadataValue = MessageOf<typeof StreamsGroupMemberMetadataValue>

export const StreamsGroupTargetAssignmentMetadataKey = message(
  'StreamsGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type StreamsGroupTargetAssignmentMetadataKey = MessageOf<typeof StreamsGroupTargetAssignmentMetadataKey>

export const StreamsGroupTargetAssignmentMetadataValue = message(
  'StreamsGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, ignorable: true }),
  },
)
export type StreamsGroupTargetAssignmentMetadataValue = MessageOf<typeof StreamsGroupTargetAssignmentMetadataValue>

export const StreamsGroupTargetAssignmentMemberKey = message(
  'StreamsGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type StreamsGroupTargetAssignmentMemberKey = MessageOf<typeof StreamsGroupTargetAssignmentMemberKey>

const StreamsGroupTargetAssignmentMemberValueTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32()),
})

export const StreamsGroupTargetAssignmentMemberValue = message(
  'StreamsGroupTargetAssignmentMemberValue',
  { versions: '0', flexible: '0+' },
  {
    activeTasks: array(StreamsGroupTargetAssignmentMemberValueTaskIds),
    standbyTasks: array(StreamsGroupTargetAssignmentMemberValueTaskIds),
    warmupTasks: array(StreamsGroupTargetAssignmentMemberValueTaskIds),
  },
)
export type StreamsGroupTargetAssignmentMemberValue = MessageOf<typeof StreamsGroupTargetAssignmentMemberValue>

export const StreamsGroupCurrentMemberAssignmentKey = message(
  'StreamsGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
    memberId: string({ versions: '0' }),
  },
)
export type StreamsGroupCurrentMemberAssignmentKey = MessageOf<typeof StreamsGroupCurrentMemberAssignmentKey>

const StreamsGroupCurrentMemberAssignmentValueTaskIds = struct({
  subtopologyId: string(),
  partitions: list(int32()),
  // Kafka's default is an empty list; none is an explicit null.
  assignmentEpochs: list(int32(), { nullable: '0+', tag: 0 }),
})

export const StreamsGroupCurrentMemberAssignmentValue = message(
  'StreamsGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasks: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasks: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    activeTasksPendingRevocation: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    standbyTasksPendingRevocation: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
    warmupTasksPendingRevocation: array(StreamsGroupCurrentMemberAssignmentValueTaskIds),
  },
)
export type StreamsGroupCurrentMemberAssignmentValue = MessageOf<typeof StreamsGroupCurrentMemberAssignmentValue>

export const StreamsGroupTopologyKey = message(
  'StreamsGroupTopologyKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string({ versions: '0' }),
  },
)
export type StreamsGroupTopologyKey = MessageOf<typeof StreamsGroupTopologyKey>

const StreamsGroupTopologyValueTopicConfig = struct({
  key: string(),
  value: string(),
})

const StreamsGroupTopologyValueTopicInfo = struct({
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(StreamsGroupTopologyValueTopicConfig),
})

export const StreamsGroupTopologyValue = message(
  'StreamsGroupTopologyValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    subtopologies: array({
      subtopologyId: string(),
      sourceTopics: list(string()),
      sourceTopicRegex: list(string()),
      stateChangelogTopics: array(StreamsGroupTopologyValueTopicInfo),
      repartitionSinkTopics: list(string()),
      repartitionSourceTopics: array(StreamsGroupTopologyValueTopicInfo),
      copartitionGroups: array({
        sourceTopics: list(int16()),
        sourceTopicRegex: list(int16()),
        repartitionSourceTopics: list(int16()),
      }),
    }),
  },
)
export type StreamsGroupTopologyValue = MessageOf<typeof StreamsGroupTopologyValue>

/** Record type (the int16 before the key body) to key and value schema. */
export const consumerOffsetsRecords = [
  { type: 0, name: 'LegacyOffsetCommit', key: LegacyOffsetCommitKey, value: LegacyOffsetCommitValue },
  { type: 1, name: 'OffsetCommit', key: OffsetCommitKey, value: OffsetCommitValue },
  { type: 2, name: 'GroupMetadata', key: GroupMetadataKey, value: GroupMetadataValue },
  { type: 3, name: 'ConsumerGroupMetadata', key: ConsumerGroupMetadataKey, value: ConsumerGroupMetadataValue },
  {
    type: 4,
    name: 'ConsumerGroupPartitionMetadata',
    key: ConsumerGroupPartitionMetadataKey,
    value: ConsumerGroupPartitionMetadataValue,
  },
  {
    type: 5,
    name: 'ConsumerGroupMemberMetadata',
    key: ConsumerGroupMemberMetadataKey,
    value: ConsumerGroupMemberMetadataValue,
  },
  {
    type: 6,
    name: 'ConsumerGroupTargetAssignmentMetadata',
    key: ConsumerGroupTargetAssignmentMetadataKey,
    value: ConsumerGroupTargetAssignmentMetadataValue,
  },
  {
    type: 7,
    name: 'ConsumerGroupTargetAssignmentMember',
    key: ConsumerGroupTargetAssignmentMemberKey,
    value: ConsumerGroupTargetAssignmentMemberValue,
  },
  {
    type: 8,
    name: 'ConsumerGroupCurrentMemberAssignment',
    key: ConsumerGroupCurrentMemberAssignmentKey,
    value: ConsumerGroupCurrentMemberAssignmentValue,
  },
  {
    type: 10,
    name: 'ShareGroupMemberMetadata',
    key: ShareGroupMemberMetadataKey,
    value: ShareGroupMemberMetadataValue,
  },
  { type: 11, name: 'ShareGroupMetadata', key: ShareGroupMetadataKey, value: ShareGroupMetadataValue },
  {
    type: 12,
    name: 'ShareGroupTargetAssignmentMetadata',
    key: ShareGroupTargetAssignmentMetadataKey,
    value: ShareGroupTargetAssignmentMetadataValue,
  },
  {
    type: 13,
    name: 'ShareGroupTargetAssignmentMember',
    key: ShareGroupTargetAssignmentMemberKey,
    value: ShareGroupTargetAssignmentMemberValue,
  },
  {
    type: 14,
    name: 'ShareGroupCurrentMemberAssignment',
    key: ShareGroupCurrentMemberAssignmentKey,
    value: ShareGroupCurrentMemberAssignmentValue,
  },
  {
    type: 15,
    name: 'ShareGroupStatePartitionMetadata',
    key: ShareGroupStatePartitionMetadataKey,
    value: ShareGroupStatePartitionMetadataValue,
  },
  {
    type: 16,
    name: 'ConsumerGroupRegularExpression',
    key: ConsumerGroupRegularExpressionKey,
    value: ConsumerGroupRegularExpressionValue,
  },
  { type: 17, name: 'StreamsGroupMetadata', key: StreamsGroupMetadataKey, value: StreamsGroupMetadataValue },
  {
    type: 19,
    name: 'StreamsGroupMemberMetadata',
    key: StreamsGroupMemberMetadataKey,
    value: StreamsGroupMemberMetadataValue,
  },
  {
    type: 20,
    name: 'StreamsGroupTargetAssignmentMetadata',
    key: StreamsGroupTargetAssignmentMetadataKey,
    value: StreamsGroupTargetAssignmentMetadataValue,
  },
  {
    type: 21,
    name: 'StreamsGroupTargetAssignmentMember',
    key: StreamsGroupTargetAssignmentMemberKey,
    value: StreamsGroupTargetAssignmentMemberValue,
  },
  {
    type: 22,
    name: 'StreamsGroupCurrentMemberAssignment',
    key: StreamsGroupCurrentMemberAssignmentKey,
    value: StreamsGroupCurrentMemberAssignmentValue,
  },
  { type: 23, name: 'StreamsGroupTopology', key: StreamsGroupTopologyKey, value: StreamsGroupTopologyValue },
] as const
