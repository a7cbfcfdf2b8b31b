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
import { type ControllerContext, type Decision, checkBrokerEpoch } from './decision.ts'
import { changePartition, moveLeadership } from './leadership.ts'
import { isOnlineDirectory } from './online-directory.ts'
import { DIRECTORY_ASSIGNMENT_VERSION } from './partition-change.ts'

/** metadata.version from which brokers tell which of their directories get no new replicas (4.3-IV0). */
const CORDONED_DIRECTORIES_VERSION = 30

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
  const offline = new Map<PartitionImage, TopicImage>()
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const topic = context.state.topics.byId(topicId)
        const before = topic?.partitions[partitionIndex]
        const error = objection(topic, before, broker.id)
        if (error === undefined) {
          const targetDirectory = { broker: broker.id, directory: id }
          const record = changePartition(context, topic!, before!, { targetDirectory })
          if (record !== undefined) records.push(record)
          if (!isOnlineDirectory(id, broker.logDirs)) offline.set(before!, topic!)
        }
        return { partitionIndex, errorCode: errorCode(error ?? 'NONE') }
      }),
    })),
  }))
  const indexed = [...offline].map(([partition, topic]) => ({ topic, partition }))
  records.push(...moveLeadership(context, indexed, { leaving: broker.id }))
  return { records, divisible: true, response: { directories } }
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

/** A heartbeat named directories as offline: the replicas in those that were online until now leave. */
export function directoriesOffline(
  context: ControllerContext,
  broker: BrokerImage,
  offline: readonly Uuid[],
): MetadataRecord[] {
  const news = sortedDirectories(broker.logDirs.filter((id) => offline.includes(id)))
  if (news.length === 0 || !knowsDirectories(context)) return []
  const { index } = context.state.topics
  return [
    ...news.flatMap((id) => [...moveLeadership(context, index.inDirectory(id), { leaving: broker.id })]),
    metadataRecord('BrokerRegistrationChangeRecord', 2, {
      brokerId: broker.id,
      brokerEpoch: broker.epoch,
      logDirs: sortedDirectories(broker.logDirs.filter((id) => !news.includes(id))),
    }),
  ]
}

/** A heartbeat named the directories that get no new replicas; null from a broker that does not know of such. */
export function directoriesCordoned(
  context: ControllerContext,
  broker: BrokerImage,
  cordoned: readonly Uuid[] | null,
): MetadataRecord[] {
  if (cordoned === null || context.state.features.metadataVersion < CORDONED_DIRECTORIES_VERSION) return []
  const before = broker.cordonedLogDirs
  const isSame = before !== null && new Set(before).size === new Set([...before, ...cordoned]).size
  if (isSame && before.every((id) => cordoned.includes(id))) return []
  return [
    metadataRecord('BrokerRegistrationChangeRecord', 3, {
      brokerId: broker.id,
      brokerEpoch: broker.epoch,
      cordonedLogDirs: [...cordoned],
    }),
  ]
}

/** False when all the log directories of the broker are cordoned. */
export function takesReplicas({ logDirs, cordonedLogDirs }: BrokerImage): boolean {
  return logDirs.length === 0 || cordonedLogDirs === null || !logDirs.every((id) => cordonedLogDirs.includes(id))
}

/** In the order of Kafka's ids: two signed numbers of 64 bits. */
function sortedDirectories(ids: readonly Uuid[]): Uuid[] {
  const halves = (id: Uuid): [bigint, bigint] => {
    const bytes = Buffer.from(id, 'base64url')
    return [bytes.readBigInt64BE(0), bytes.readBigInt64BE(8)]
  }
  return [...ids].sort((one, other) => {
    const [[high, low], [otherHigh, otherLow]] = [halves(one), halves(other)]
    return high === otherHigh ? (low < otherLow ? -1 : 1) : high < otherHigh ? -1 : 1
  })
}

function knowsDirectories(context: ControllerContext): boolean {
  return context.state.features.metadataVersion >= DIRECTORY_ASSIGNMENT_VERSION
}
