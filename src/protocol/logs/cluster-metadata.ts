/**
 * Records of `__cluster_metadata`, by record type id. Facts: Apache Kafka 4.3.1.
 */
import {
  array,
  bool,
  bytes,
  float64,
  int16,
  int32,
  int64,
  int8,
  list,
  string,
  uint16,
  uuid,
  message,
  type MessageOf,
} from '../schema.ts'

export const RegisterBrokerRecord = message(
  'RegisterBrokerRecord',
  { versions: '0-4', flexible: '0+' },
  {
    brokerId: int32(),
    isMigratingZkBroker: bool({ versions: '2+' }),
    incarnationId: uuid(),
    brokerEpoch: int64(),
    endPoints: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string({ mapKey: true }),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
    rack: string({ nullable: '0+' }),
    fenced: bool({ default: true }),
    inControlledShutdown: bool({ versions: '1+' }),
    logDirs: list(uuid(), { versions: '3+', tag: 0 }),
    cordonedLogDirs: list(uuid(), { versions: '4+', nullable: '4+', tag: 1, default: null }),
  },
)
export type RegisterBrokerRecord = MessageOf<typeof RegisterBrokerRecord>

export const UnregisterBrokerRecord = message(
  'UnregisterBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64(),
  },
)
export type UnregisterBrokerRecord = MessageOf<typeof UnregisterBrokerRecord>

export const TopicRecord = message(
  'TopicRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    topicId: uuid(),
  },
)
export type TopicRecord = MessageOf<typeof TopicRecord>

export const PartitionRecord = message(
  'PartitionRecord',
  { versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    replicas: list(int32()),
    isr: list(int32()),
    removingReplicas: list(int32()),
    addingReplicas: list(int32()),
    leader: int32({ default: -1 }),
    leaderRecoveryState: int8({ tag: 0 }),
    leaderEpoch: int32({ default: -1 }),
    partitionEpoch: int32({ default: -1 }),
    directories: list(uuid(), { versions: '1+' }),
    eligibleLeaderReplicas: list(int32(), { versions: '2+', nullable: '2+', tag: 1, default: null }),
    lastKnownElr: list(int32(), { versions: '2+', nullable: '2+', tag: 2, default: null }),
  },
)
export type PartitionRecord = MessageOf<typeof PartitionRecord>

export const ConfigRecord = message(
  'ConfigRecord',
  { versions: '0', flexible: '0+' },
  {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: string({ nullable: '0+' }),
  },
)
export type ConfigRecord = MessageOf<typeof ConfigRecord>

export const PartitionChangeRecord = message(
  'PartitionChangeRecord',
  { versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    isr: list(int32(), { nullable: '0+', tag: 0, default: null }),
    leader: int32({ tag: 1, default: -2 }),
    replicas: list(int32(), { nullable: '0+', tag: 2, default: null }),
    removingReplicas: list(int32(), { nullable: '0+', tag: 3, default: null }),
    addingReplicas: list(int32(), { nullable: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8({ tag: 5, default: -1 }),
    directories: list(uuid(), { versions: '1+', nullable: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: list(int32(), { versions: '2+', nullable: '2+', tag: 6, default: null }),
    lastKnownElr: list(int32(), { versions: '2+', nullable: '2+', tag: 7, default: null }),
  },
)
export type PartitionChangeRecord = MessageOf<typeof PartitionChangeRecord>

export const FenceBrokerRecord = message(
  'FenceBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: int64(),
  },
)
export type FenceBrokerRecord = MessageOf<typeof FenceBrokerRecord>

export const UnfenceBrokerRecord = message(
  'UnfenceBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: int64(),
  },
)
export type UnfenceBrokerRecord = MessageOf<typeof UnfenceBrokerRecord>

export const RemoveTopicRecord = message(
  'RemoveTopicRecord',
  { versions: '0', flexible: '0+' },
  {
    topicId: uuid(),
  },
)
export type RemoveTopicRecord = MessageOf<typeof RemoveTopicRecord>

export const DelegationTokenRecord = message(
  'DelegationTokenRecord',
  { versions: '0', flexible: '0+' },
  {
    owner: string(),
    requester: string(),
    renewers: list(string()),
    issueTimestamp: int64(),
    maxTimestamp: int64(),
    expirationTimestamp: int64(),
    tokenId: string(),
  },
)
export type DelegationTokenRecord = MessageOf<typeof DelegationTokenRecord>

export const UserScramCredentialRecord = message(
  'UserScramCredentialRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  },
)
export type UserScramCredentialRecord = MessageOf<typeof UserScramCredentialRecord>

export const FeatureLevelRecord = message(
  'FeatureLevelRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    featureLevel: int16(),
  },
)
export type FeatureLevelRecord = MessageOf<typeof FeatureLevelRecord>

export const ClientQuotaRecord = message(
  'ClientQuotaRecord',
  { versions: '0', flexible: '0+' },
  {
    entity: array({
      entityType: string(),
      entityName: string({ nullable: '0+' }),
    }),
    key: string(),
    value: float64(),
    remove: bool(),
  },
)
export type ClientQuotaRecord = MessageOf<typeof ClientQuotaRecord>

export const ProducerIdsRecord = message(
  'ProducerIdsRecord',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    nextProducerId: int64(),
  },
)
export type ProducerIdsRecord = MessageOf<typeof ProducerIdsRecord>

export const BrokerRegistrationChangeRecord = message(
  'BrokerRegistrationChangeRecord',
  { versions: '0-3', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64(),
    fenced: int8({ tag: 0 }),
    inControlledShutdown: int8({ versions: '1+', tag: 1 }),
    logDirs: list(uuid(), { versions: '2+', tag: 2 }),
    cordonedLogDirs: list(uuid(), { versions: '3+', nullable: '3+', tag: 3, default: null }),
  },
)
export type BrokerRegistrationChangeRecord = MessageOf<typeof BrokerRegistrationChangeRecord>

export const AccessControlEntryRecord = message(
  'AccessControlEntryRecord',
  { versions: '0', flexible: '0+' },
  {
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  },
)
export type AccessControlEntryRecord = MessageOf<typeof AccessControlEntryRecord>

export const RemoveAccessControlEntryRecord = message(
  'RemoveAccessControlEntryRecord',
  { versions: '0', flexible: '0+' },
  {
    id: uuid(),
  },
)
export type RemoveAccessControlEntryRecord = MessageOf<typeof RemoveAccessControlEntryRecord>

export const NoOpRecord = message('NoOpRecord', { versions: '0', flexible: '0+' }, {})
export type NoOpRecord = MessageOf<typeof NoOpRecord>

export const ZkMigrationStateRecord = message(
  'ZkMigrationStateRecord',
  { versions: '0', flexible: '0+' },
  {
    zkMigrationState: int8(),
  },
)
export type ZkMigrationStateRecord = MessageOf<typeof ZkMigrationStateRecord>

export const RemoveUserScramCredentialRecord = message(
  'RemoveUserScramCredentialRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
  },
)
export type RemoveUserScramCredentialRecord = MessageOf<typeof RemoveUserScramCredentialRecord>

export const BeginTransactionRecord = message(
  'BeginTransactionRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string({ nullable: '0+', tag: 0, default: null }),
  },
)
export type BeginTransactionRecord = MessageOf<typeof BeginTransactionRecord>

export const EndTransactionRecord = message('EndTransactionRecord', { versions: '0', flexible: '0+' }, {})
export type EndTransactionRecord = MessageOf<typeof EndTransactionRecord>

export const AbortTransactionRecord = message(
  'AbortTransactionRecord',
  { versions: '0', flexible: '0+' },
  {
    reason: string({ nullable: '0+', tag: 0, default: null }),
  },
)
export type AbortTransactionRecord = MessageOf<typeof AbortTransactionRecord>

export const RemoveDelegationTokenRecord = message(
  'RemoveDelegationTokenRecord',
  { versions: '0', flexible: '0+' },
  {
    tokenId: string(),
  },
)
export type RemoveDelegationTokenRecord = MessageOf<typeof RemoveDelegationTokenRecord>

export const RegisterControllerRecord = message(
  'RegisterControllerRecord',
  { versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string({ mapKey: true }),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
)
export type RegisterControllerRecord = MessageOf<typeof RegisterControllerRecord>

export const ClearElrRecord = message(
  'ClearElrRecord',
  { versions: '0', flexible: '0+' },
  {
    topicName: string(),
  },
)
export type ClearElrRecord = MessageOf<typeof ClearElrRecord>

/** Record type id to schema. */
export const metadataRecords = {
  RegisterBrokerRecord: { type: 0, schema: RegisterBrokerRecord },
  UnregisterBrokerRecord: { type: 1, schema: UnregisterBrokerRecord },
  TopicRecord: { type: 2, schema: TopicRecord },
  PartitionRecord: { type: 3, schema: PartitionRecord },
  ConfigRecord: { type: 4, schema: ConfigRecord },
  PartitionChangeRecord: { type: 5, schema: PartitionChangeRecord },
  FenceBrokerRecord: { type: 7, schema: FenceBrokerRecord },
  UnfenceBrokerRecord: { type: 8, schema: UnfenceBrokerRecord },
  RemoveTopicRecord: { type: 9, schema: RemoveTopicRecord },
  DelegationTokenRecord: { type: 10, schema: DelegationTokenRecord },
  UserScramCredentialRecord: { type: 11, schema: UserScramCredentialRecord },
  FeatureLevelRecord: { type: 12, schema: FeatureLevelRecord },
  ClientQuotaRecord: { type: 14, schema: ClientQuotaRecord },
  ProducerIdsRecord: { type: 15, schema: ProducerIdsRecord },
  BrokerRegistrationChangeRecord: { type: 17, schema: BrokerRegistrationChangeRecord },
  AccessControlEntryRecord: { type: 18, schema: AccessControlEntryRecord },
  RemoveAccessControlEntryRecord: { type: 19, schema: RemoveAccessControlEntryRecord },
  NoOpRecord: { type: 20, schema: NoOpRecord },
  ZkMigrationStateRecord: { type: 21, schema: ZkMigrationStateRecord },
  RemoveUserScramCredentialRecord: { type: 22, schema: RemoveUserScramCredentialRecord },
  BeginTransactionRecord: { type: 23, schema: BeginTransactionRecord },
  EndTransactionRecord: { type: 24, schema: EndTransactionRecord },
  AbortTransactionRecord: { type: 25, schema: AbortTransactionRecord },
  RemoveDelegationTokenRecord: { type: 26, schema: RemoveDelegationTokenRecord },
  RegisterControllerRecord: { type: 27, schema: RegisterControllerRecord },
  ClearElrRecord: { type: 28, schema: ClearElrRecord },
} as const
