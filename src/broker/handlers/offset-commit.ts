/**
 * OffsetCommit, versions 2 to 10. Sorts out topics and partitions that do not exist, which the coordinator does not know,
 * and hands it the rest. v10 names topics by id, older ones by name.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { type ErrorName, errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'

type Request = RequestOf<'OffsetCommit'>
type RequestTopic = Request['topics'][number]
type ResponseTopic = NonNullable<ResponseInput<'OffsetCommit'>['topics']>[number]

const TOPIC_ID_VERSION = 10

export const offsetCommitHandler: Handler<'OffsetCommit'> = {
  handle(request, context, services) {
    const refused: ResponseTopic[] = []
    const accepted: RequestTopic[] = []
    const byId = context.version >= TOPIC_ID_VERSION
    for (const topic of request.topics) {
      const image = byId ? services.image.topics.byId(topic.topicId) : services.image.topics.get(topic.name)
      if (image === undefined) {
        refused.push(refuse(topic, topic.partitions, byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION'))
        continue
      }
      const exists = ({ partitionIndex }: { partitionIndex: number }) => image.partitions[partitionIndex] !== undefined
      const missing = topic.partitions.filter((partition) => !exists(partition))
      const named = { ...topic, name: image.name }
      if (missing.length > 0) refused.push(refuse(named, missing, 'UNKNOWN_TOPIC_OR_PARTITION'))
      if (missing.length < topic.partitions.length) {
        accepted.push({ ...named, partitions: topic.partitions.filter(exists) })
      }
    }
    if (accepted.length === 0) return { topics: merge(refused, []) }
    return services.groups.commitOffsets({ ...request, topics: accepted }, context).then((response) => ({
      // Kafka puts the entries of a topic together only where some were refused
      topics: refused.length === 0 ? (response.topics ?? []) : merge(refused, response.topics ?? []),
    }))
  },
}

function refuse(
  topic: { name: string; topicId: string },
  partitions: readonly { partitionIndex: number }[],
  error: ErrorName,
): ResponseTopic {
  return {
    name: topic.name,
    topicId: topic.topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: errorCode(error) })),
  }
}

/** One entry per topic, refused partitions first. */
function merge(refused: readonly ResponseTopic[], committed: readonly ResponseTopic[]): ResponseTopic[] {
  type Partitions = NonNullable<ResponseTopic['partitions']>[number][]
  const topics = new Map<string, ResponseTopic & { partitions: Partitions }>()
  for (const topic of [...refused, ...committed]) {
    const key = `${topic.name}/${topic.topicId}`
    const entry = topics.get(key) ?? { ...topic, partitions: [] }
    topics.set(key, entry)
    for (const partition of topic.partitions ?? []) entry.partitions.push(partition)
  }
  return [...topics.values()]
}
