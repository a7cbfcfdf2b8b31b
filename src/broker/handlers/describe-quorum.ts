/**
 * DescribeQuorum, versions 0 to 2 (KIP-595, KIP-836, KIP-853): the state of the metadata quorum as its leader sees it.
 * A node that does not lead asks the leader.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'
import { askLeader } from './forward.ts'
import { plainAnswer } from './plain-answers.ts'

type Response = ResponseInput<'DescribeQuorum'>
type Partition = NonNullable<NonNullable<Response['topics']>[number]['partitions']>[number]
type Replica = NonNullable<Partition['currentVoters']>[number]

const METADATA_TOPIC = '__cluster_metadata'

export const describeQuorumHandler: Handler<'DescribeQuorum'> = {
  handle(request, context, services) {
    if (!asksForMetadataLog(request)) return unknownPartitions(request, context.version)
    if (services.quorum.leaderId === services.nodeId) return atVersion(services.quorum.describe(), context.version)
    return askLeader('DescribeQuorum', describeQuorumOnController, request, context, services)
  },
}

/** On a controller listener every node speaks for itself. */
export const describeQuorumOnController: Handler<'DescribeQuorum'> = {
  handle(request, context, services) {
    if (!asksForMetadataLog(request)) return unknownPartitions(request, context.version)
    return atVersion(services.quorum.describe(), context.version)
  },
}

/** Nodes and directory ids exist from version 2 on. */
function atVersion(answer: Response, version: number): Response {
  if (version >= 2) return answer
  const plain = (replicas: readonly Replica[] = []) => replicas.map(({ replicaDirectoryId: _, ...replica }) => replica)
  const { nodes: _, ...rest } = answer
  return {
    ...rest,
    topics: (answer.topics ?? []).map((topic) => ({
      ...topic,
      partitions: (topic.partitions ?? []).map((partition) => ({
        ...partition,
        currentVoters: plain(partition.currentVoters),
        observers: plain(partition.observers),
      })),
    })),
  }
}

function asksForMetadataLog({ topics }: RequestOf<'DescribeQuorum'>): boolean {
  const [topic] = topics
  if (topics.length !== 1 || topic === undefined || topic.topicName !== METADATA_TOPIC) return false
  return topic.partitions.length === 1 && topic.partitions[0]!.partitionIndex === 0
}

function unknownPartitions({ topics }: RequestOf<'DescribeQuorum'>, version: number): ResponseInput<'DescribeQuorum'> {
  return {
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
        ...(version >= 2 ? { errorMessage: plainAnswer('UNKNOWN_TOPIC_OR_PARTITION') } : {}),
      })),
    })),
  }
}
