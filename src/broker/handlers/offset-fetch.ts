/**
 * OffsetFetch, versions 1 to 10.
 *
 * v2   Null topics: all that the group has committed. v1 answers errors per partition, having no other place.
 * v7   May ask for stable offsets: none that an open transaction may still change (KIP-447).
 * v8   Several groups at once (KIP-709).
 * v10  Topics by id.
 */
import { ZERO_UUID } from '../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'

type Request = RequestOf<'OffsetFetch'>
type RequestGroup = Request['groups'][number]
type ResponseGroup = NonNullable<ResponseInput<'OffsetFetch'>['groups']>[number]
type ResponseTopic = NonNullable<ResponseGroup['topics']>[number]

const TOPIC_ID_VERSION = 10

export const offsetFetchHandler: Handler<'OffsetFetch'> = {
  handle(request, context, services) {
    const groups = context.version >= 8 ? request.groups : [onlyGroup(request)]
    const answers = groups.map((group) => fetchGroup(services, context, group, request.requireStable))
    return Promise.all(answers).then((fetched) =>
      context.version >= 8 ? { groups: fetched } : single(fetched[0]!, request, context),
    )
  },
}

function onlyGroup(request: Request): RequestGroup {
  return {
    groupId: request.groupId,
    memberId: null,
    memberEpoch: -1,
    topics: request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null,
  }
}

async function fetchGroup(
  services: BrokerServices,
  context: RequestContext,
  group: RequestGroup,
  requireStable: boolean,
): Promise<ResponseGroup> {
  const byId = context.version >= TOPIC_ID_VERSION
  const unknown: ResponseTopic[] = []
  const wanted = group.topics === null ? null : []
  for (const { name, topicId, partitionIndexes } of group.topics ?? []) {
    const known = byId ? services.image.topics.byId(topicId)?.name : name
    if (known !== undefined) wanted?.push({ name: known, topicId, partitions: partitionIndexes } as never)
    else
      unknown.push({ topicId, partitions: partitionIndexes.map((partition) => failed(partition, 'UNKNOWN_TOPIC_ID')) })
  }
  const found = await services.groups.fetchOffsets({ groupId: group.groupId, topics: wanted, requireStable })
  const topics: ResponseTopic[] = found.topics
  if (!byId) return { ...found, topics }
  // A topic without an id cannot be named in this version: its offsets are left out.
  const named = topics.flatMap((topic) => {
    const topicId = topic.topicId === ZERO_UUID ? services.image.topics.get(topic.name ?? '')?.id : topic.topicId
    return topicId === undefined ? [] : [{ ...topic, topicId }]
  })
  return { ...found, topics: [...named, ...unknown] }
}

function failed(partitionIndex: number, error: 'UNKNOWN_TOPIC_ID') {
  return {
    partitionIndex,
    committedOffset: -1,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: errorCode(error),
  }
}

/** The one group of versions before 8. Version 1 has no field for the group's error: every partition carries it. */
function single(group: ResponseGroup, request: Request, context: RequestContext): ResponseInput<'OffsetFetch'> {
  const error = group.errorCode ?? 0
  if (error === 0 || context.version >= 2) {
    const topics = (group.topics ?? []).map(({ name, partitions }) => ({ name, partitions }))
    return { topics, errorCode: error } as ResponseInput<'OffsetFetch'>
  }
  const topics = (request.topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      metadata: '',
      errorCode: error,
    })),
  }))
  return { topics }
}
