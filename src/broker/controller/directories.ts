/**
 * Log directories as the controller sees them (KIP-858): brokers tell in which directory each replica lies, and which of
 * their directories failed. A replica in a directory that is offline neither leads nor is in sync.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, type ErrorName, errorCode } from '../../protocol/errors.ts'
import type { BrokerImage } from '../metadata/cluster.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { PartitionImage, TopicImage } from '../metadata/topics.ts'
import { type ControllerContext, type Decision, checkBrokerEpoch, isActive } from './decision.ts'
import { changeLeadership } from './leadership.ts'
import { isOnlineDirectory } from './online-directory.ts'
import { partitionChange } from './partition-change.ts'

/** metadata.version from which partitions know the directories of their replicas (3.7-IV2). */
const DIRECTORY_ASSIGNMENT_VERSION = 17

type Response = ResponseInput<'AssignReplicasToDirs'>

/** AssignReplicasToDirs: the broker says where its replicas lie. A directory that is offline takes them out of service. */
export function assignReplicasToDirs(
  context: ControllerContext,
  request: RequestOf<'AssignReplicasToDirs'>,
): Decision<Response> {
  if (!knowsDirectories(context)) {
    throw new ApiError('UNSUPPORTED_VERSION', 'Directory assignment is not supported yet.')
  }
  const broker = checkBrokerEpoch(context.state, request.brokerId, request.brokerEpoch)
  const records: MetadataRecord[] = []
  const offline: [TopicImage, PartitionImage][] = []
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const topic = context.state.topics.byId(topicId)
        const before = topic?.partitions[partitionIndex]
        const error = objection(topic, before, broker.id)
        if (error === undefined) {
          records.push(...assign(context, topic!, before!, broker.id, id))
          if (!isOnlineDirectory(id, broker.logDirs)) offline.push([topic!, before!])
        }
        return { partitionIndex, errorCode: errorCode(error ?? 'NONE') }
      }),
    })),
  }))
  for (const [topic, before] of offline) records.push(...leaves(context, topic, before, broker.id))
  return { records, response: { directories } }
}

function objection(
  topic: TopicImage | undefined,
  partition: PartitionImage | undefined,
  brokerId: number,
): ErrorName | undefined {
  if (topic === undefined) return 'UNKNOWN_TOPIC_ID'
  if (partition === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return partition.replicas.includes(brokerId) ? undefined : 'NOT_LEADER_OR_FOLLOWER'
}

function assign(
  context: ControllerContext,
  topic: TopicImage,
  before: PartitionImage,
  brokerId: number,
  directory: Uuid,
): MetadataRecord[] {
  const { features, brokers } = context.state
  const record = partitionChange({
    topicId: topic.id,
    before,
    isAcceptableLeader: (id) => {
      const broker = brokers.get(id)
      const at = before.directories[before.replicas.indexOf(id)]
      return isActive(broker) && (at === undefined || isOnlineDirectory(at, broker!.logDirs))
    },
    uncleanElection: false,
    recordVersion: features.recordVersions.partitionChange,
    metadataVersion: features.metadataVersion,
    targetDirectories: before.replicas.map((id, index) => (id === brokerId ? directory : before.directories[index]!)),
  })
  return record === undefined ? [] : [record]
}

/** A heartbeat named directories as offline: the replicas in those that were online until now leave. */
export function directoriesOffline(
  context: ControllerContext,
  broker: BrokerImage,
  offline: readonly Uuid[],
): MetadataRecord[] {
  const news = new Set(offline.filter((id) => broker.logDirs.includes(id)))
  if (news.size === 0 || !knowsDirectories(context)) return []
  const records: MetadataRecord[] = []
  for (const topic of context.state.topics.values()) {
    for (const before of topic.partitions) {
      const directory = before.directories[before.replicas.indexOf(broker.id)]
      if (directory !== undefined && news.has(directory)) records.push(...leaves(context, topic, before, broker.id))
    }
  }
  records.push(
    metadataRecord('BrokerRegistrationChangeRecord', 2, {
      brokerId: broker.id,
      brokerEpoch: broker.epoch,
      logDirs: broker.logDirs.filter((id) => !news.has(id)),
    }),
  )
  return records
}

function leaves(
  context: ControllerContext,
  topic: TopicImage,
  before: PartitionImage,
  brokerId: number,
): MetadataRecord[] {
  if (!before.isr.includes(brokerId) && before.leader !== brokerId) return []
  const record = changeLeadership(
    context,
    topic,
    before,
    (id) => id !== brokerId && isActive(context.state.brokers.get(id)),
    before.isr.filter((id) => id !== brokerId),
  )
  return record === undefined ? [] : [record]
}

function knowsDirectories(context: ControllerContext): boolean {
  return context.state.features.metadataVersion >= DIRECTORY_ASSIGNMENT_VERSION
}
