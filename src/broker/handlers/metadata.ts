/**
 * Metadata, versions 0 to 13: the live brokers on the client's listener, and topics with their partitions.
 *
 * v0   An empty list means all topics; from v1 on null does, and empty means none.
 * v4   The client may forbid automatic creation. A topic that is being created is unknown in this answer.
 * v8   Authorized operations on request; those of the cluster only up to v10.
 * v10  Topic ids in the answer. v12 takes them in the request too.
 * v13  An error for the whole answer (KIP-1102), which is not used here.
 */
import { ZERO_UUID } from '../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { type ErrorName, errorCode } from '../../protocol/errors.ts'
import { topicNameProblem } from '../controller/topic-names.ts'
import type { TopicImage } from '../metadata/image.ts'
import { allClusterOperations, allTopicOperations, OPERATIONS_NOT_ASKED } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { metadataPartition } from './describe-partitions.ts'
import { createAutomatically } from './internal-topics.ts'
import { aliveNodes, controllerNodeId } from './nodes.ts'
import { isInternalTopic } from './topics.ts'

type Request = RequestOf<'Metadata'>
type ResponseTopic = NonNullable<ResponseInput<'Metadata'>['topics']>[number]

export const metadataHandler: Handler<'Metadata'> = {
  handle(request, context, services) {
    const { version } = context
    const isAll = request.topics === null || (version === 0 && request.topics.length === 0)
    const refusal = isAll ? undefined : refusalOf(request, version)
    if (refusal !== undefined) return refuse(request, version, refusal)
    let topics = isAll
      ? [...services.image.topics.values()].map((topic) => found(services, context, topic))
      : lookUp(services, context, request)
    if (version >= 8 && request.includeTopicAuthorizedOperations) {
      topics = topics.map((topic) =>
        topic.errorCode === UNKNOWN_TOPIC_ID ? topic : { ...topic, topicAuthorizedOperations: allTopicOperations },
      )
    }
    const asksForCluster = version >= 8 && version <= 10 && request.includeClusterAuthorizedOperations
    return {
      brokers: aliveNodes(services.image, context.listenerName).map(({ id, host, port, rack }) => ({
        nodeId: id,
        host,
        port,
        rack,
      })),
      clusterId: services.clusterId,
      controllerId: controllerNodeId(services),
      topics,
      clusterAuthorizedOperations: asksForCluster ? allClusterOperations : OPERATIONS_NOT_ASKED,
    }
  },
}

const UNKNOWN_TOPIC_ID = errorCode('UNKNOWN_TOPIC_ID')

/** Versions 10 and 11 have fields for ids that must not be used yet. Later a topic without name and id makes no sense. */
function refusalOf(request: Request, version: number): ErrorName | undefined {
  if (version < 12) {
    const isBad = request.topics!.some((topic) => topic.name === null || topic.topicId !== ZERO_UUID)
    return isBad ? 'INVALID_REQUEST' : undefined
  }
  const hasIds = request.topics!.some((topic) => topic.topicId !== ZERO_UUID)
  return !hasIds && request.topics!.some((topic) => topic.name === null) ? 'UNKNOWN_SERVER_ERROR' : undefined
}

/** The answer to a request that is wrong as a whole: nothing but the error, at every topic. */
function refuse(request: Request, version: number, error: ErrorName): ResponseInput<'Metadata'> {
  const topics = request.topics!.map(({ name, topicId }) => ({
    errorCode: errorCode(error),
    name: name ?? '',
    topicId,
  }))
  return version >= 13 ? { topics, errorCode: errorCode(error) } : { topics }
}

/** Topics of the request in its order, each once. When ids are given, names beside them do not count. */
function lookUp(services: BrokerServices, context: RequestContext, request: Request): ResponseTopic[] {
  const { topics } = services.image
  const ids = new Set(request.topics!.map((topic) => topic.topicId).filter((id) => id !== ZERO_UUID))
  if (ids.size > 0) {
    return [...ids].map((topicId) => {
      const topic = topics.byId(topicId)
      return topic === undefined
        ? { errorCode: UNKNOWN_TOPIC_ID, name: null, topicId }
        : found(services, context, topic)
    })
  }
  const names = new Set(request.topics!.flatMap((topic) => (topic.name === null ? [] : [topic.name])))
  const mayCreate = request.allowAutoTopicCreation && services.config.get('auto.create.topics.enable')
  const missing = [...names].filter((name) => topics.get(name) === undefined && topicNameProblem(name) === undefined)
  if (mayCreate && missing.length > 0) void createAutomatically(services, context, missing)
  return [...names].map((name) => {
    const topic = topics.get(name)
    if (topic !== undefined) return found(services, context, topic)
    const isLegal = topicNameProblem(name) === undefined
    return {
      errorCode: errorCode(isLegal ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION'),
      name,
      isInternal: isInternalTopic(name),
    }
  })
}

function found(services: BrokerServices, context: RequestContext, topic: TopicImage): ResponseTopic {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition) =>
      metadataPartition(services.image, partition, context.listenerName, context.version),
    ),
  }
}
