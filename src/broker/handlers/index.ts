/**
 * The registries: which APIs this node serves on its broker and its controller listeners. Dispatch and the ranges that
 * ApiVersions advertises derive from them; what is not here is not advertised.
 */
import { createAclsHandler, deleteAclsHandler, describeAclsHandler } from './acls.ts'
import {
  createDelegationTokenHandler,
  describeDelegationTokenHandler,
  describeDelegationTokenOnController,
  expireDelegationTokenHandler,
  renewDelegationTokenHandler,
} from './delegation-tokens.ts'
import { electLeadersHandler } from './elect-leaders.ts'
import { saslAuthenticateHandler, saslHandshakeHandler } from './sasl.ts'
import { alterConfigsHandler } from './alter-configs.ts'
import { alterReplicaLogDirsHandler } from './alter-replica-log-dirs.ts'
import { apiVersionsHandler } from './api-versions.ts'
import type { Handlers } from './context.ts'
import { alterClientQuotasHandler, describeClientQuotasHandler } from './client-quotas.ts'
import {
  allocateProducerIdsHandler,
  alterPartitionHandler,
  assignReplicasToDirsHandler,
  brokerHeartbeatHandler,
  brokerRegistrationHandler,
  controllerRegistrationHandler,
} from './controller-requests.ts'
import { createPartitionsHandler } from './create-partitions.ts'
import { createTopicsHandler } from './create-topics.ts'
import { deleteGroupsHandler } from './delete-groups.ts'
import { deleteRecordsHandler } from './delete-records.ts'
import { deleteTopicsHandler } from './delete-topics.ts'
import { describeClusterHandler } from './describe-cluster.ts'
import { describeConfigsHandler } from './describe-configs.ts'
import { describeGroupsHandler } from './describe-groups.ts'
import { describeLogDirsHandler } from './describe-log-dirs.ts'
import { describeProducersHandler } from './describe-producers.ts'
import { describeQuorumHandler, describeQuorumOnController } from './describe-quorum.ts'
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts'
import { envelopeHandler } from './envelope.ts'
import { fetchHandler } from './fetch.ts'
import { findCoordinatorHandler } from './find-coordinator.ts'
import { heartbeatHandler } from './heartbeat.ts'
import { incrementalAlterConfigsHandler } from './incremental-alter-configs.ts'
import { initProducerIdHandler } from './init-producer-id.ts'
import { joinGroupHandler } from './join-group.ts'
import { leaveGroupHandler } from './leave-group.ts'
import { listConfigResourcesHandler } from './list-config-resources.ts'
import { listGroupsHandler } from './list-groups.ts'
import { listOffsetsHandler } from './list-offsets.ts'
import { metadataHandler } from './metadata.ts'
import { offsetCommitHandler } from './offset-commit.ts'
import { offsetDeleteHandler } from './offset-delete.ts'
import { offsetFetchHandler } from './offset-fetch.ts'
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts'
import { alterPartitionReassignmentsHandler, listPartitionReassignmentsHandler } from './partition-reassignments.ts'
import { produceHandler } from './produce.ts'
import {
  beginQuorumEpochHandler,
  endQuorumEpochHandler,
  fetchMetadataHandler,
  fetchSnapshotHandler,
  voteHandler,
} from './quorum.ts'
import {
  addRaftVoterHandler,
  addRaftVoterOnController,
  removeRaftVoterHandler,
  removeRaftVoterOnController,
  updateRaftVoterHandler,
} from './raft-voters.ts'
import { syncGroupHandler } from './sync-group.ts'
import { unregisterBrokerHandler } from './unregister-broker.ts'
import { updateFeaturesHandler } from './update-features.ts'
import {
  alterUserScramCredentialsHandler,
  describeUserScramCredentialsHandler,
  describeUserScramCredentialsOnController,
} from './user-scram-credentials.ts'

/** What a node without authentication and access control refuses, on either kind of listener. */
const refused: Handlers = {
  SaslHandshake: saslHandshakeHandler,
  SaslAuthenticate: saslAuthenticateHandler,
  DescribeAcls: describeAclsHandler,
  CreateAcls: createAclsHandler,
  DeleteAcls: deleteAclsHandler,
  CreateDelegationToken: createDelegationTokenHandler,
  RenewDelegationToken: renewDelegationTokenHandler,
  ExpireDelegationToken: expireDelegationTokenHandler,
  DescribeDelegationToken: describeDelegationTokenHandler,
}

/** Served on broker listeners. */
export const brokerHandlers: Handlers = {
  ...refused,
  Produce: produceHandler,
  Fetch: fetchHandler,
  ListOffsets: listOffsetsHandler,
  ApiVersions: apiVersionsHandler(() => brokerHandlers),
  DeleteRecords: deleteRecordsHandler,
  InitProducerId: initProducerIdHandler,
  OffsetForLeaderEpoch: offsetForLeaderEpochHandler,
  DescribeLogDirs: describeLogDirsHandler,
  AlterReplicaLogDirs: alterReplicaLogDirsHandler,
  DescribeProducers: describeProducersHandler,
  Metadata: metadataHandler,
  DescribeCluster: describeClusterHandler('broker'),
  DescribeTopicPartitions: describeTopicPartitionsHandler,
  DescribeQuorum: describeQuorumHandler,
  AddRaftVoter: addRaftVoterHandler,
  RemoveRaftVoter: removeRaftVoterHandler,
  CreateTopics: createTopicsHandler,
  DeleteTopics: deleteTopicsHandler,
  CreatePartitions: createPartitionsHandler,
  AlterPartitionReassignments: alterPartitionReassignmentsHandler,
  ListPartitionReassignments: listPartitionReassignmentsHandler,
  DescribeConfigs: describeConfigsHandler,
  AlterConfigs: alterConfigsHandler,
  IncrementalAlterConfigs: incrementalAlterConfigsHandler,
  ListConfigResources: listConfigResourcesHandler,
  DescribeClientQuotas: describeClientQuotasHandler,
  UpdateFeatures: updateFeaturesHandler,
  UnregisterBroker: unregisterBrokerHandler,
  ElectLeaders: electLeadersHandler,
  AlterClientQuotas: alterClientQuotasHandler,
  DescribeUserScramCredentials: describeUserScramCredentialsHandler,
  AlterUserScramCredentials: alterUserScramCredentialsHandler,
  FindCoordinator: findCoordinatorHandler,
  JoinGroup: joinGroupHandler,
  SyncGroup: syncGroupHandler,
  Heartbeat: heartbeatHandler,
  LeaveGroup: leaveGroupHandler,
  OffsetCommit: offsetCommitHandler,
  OffsetFetch: offsetFetchHandler,
  OffsetDelete: offsetDeleteHandler,
  ListGroups: listGroupsHandler,
  DescribeGroups: describeGroupsHandler,
  DeleteGroups: deleteGroupsHandler,
}

/** Served on controller listeners. Each node answers for itself here; nothing is forwarded. */
export const controllerHandlers: Handlers = {
  ...refused,
  ApiVersions: apiVersionsHandler(() => controllerHandlers),
  Vote: voteHandler,
  BeginQuorumEpoch: beginQuorumEpochHandler,
  EndQuorumEpoch: endQuorumEpochHandler,
  Fetch: fetchMetadataHandler,
  FetchSnapshot: fetchSnapshotHandler,
  AddRaftVoter: addRaftVoterOnController,
  RemoveRaftVoter: removeRaftVoterOnController,
  UpdateRaftVoter: updateRaftVoterHandler,
  Envelope: envelopeHandler(() => controllerHandlers),
  BrokerRegistration: brokerRegistrationHandler,
  BrokerHeartbeat: brokerHeartbeatHandler,
  ControllerRegistration: controllerRegistrationHandler,
  AllocateProducerIds: allocateProducerIdsHandler,
  AlterPartition: alterPartitionHandler,
  AssignReplicasToDirs: assignReplicasToDirsHandler,
  DescribeCluster: describeClusterHandler('controller'),
  DescribeQuorum: describeQuorumOnController,
  CreateTopics: createTopicsHandler,
  DeleteTopics: deleteTopicsHandler,
  CreatePartitions: createPartitionsHandler,
  AlterPartitionReassignments: alterPartitionReassignmentsHandler,
  ListPartitionReassignments: listPartitionReassignmentsHandler,
  DescribeConfigs: describeConfigsHandler,
  AlterConfigs: alterConfigsHandler,
  IncrementalAlterConfigs: incrementalAlterConfigsHandler,
  UpdateFeatures: updateFeaturesHandler,
  UnregisterBroker: unregisterBrokerHandler,
  ElectLeaders: electLeadersHandler,
  AlterClientQuotas: alterClientQuotasHandler,
  DescribeUserScramCredentials: describeUserScramCredentialsOnController,
  DescribeDelegationToken: describeDelegationTokenOnController,
  AlterUserScramCredentials: alterUserScramCredentialsHandler,
}
