/** DeleteTopics, by name or by id. The topic's configuration goes with it when the record is replayed. */
import { ZERO_UUID } from '../../base/uuid.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, NO_ERROR, duplicatesOf, errorFields } from './decision.ts'

type ResponseTopic = NonNullable<ResponseInput<'DeleteTopics'>['responses']>[number]

interface Target {
  readonly name: string | null
  readonly topicId: string
}

export function deleteTopics(
  context: ControllerContext,
  request: RequestOf<'DeleteTopics'>,
  version: number,
): Decision<ResponseInput<'DeleteTopics'>> {
  const targets: Target[] =
    version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
  const deletable = context.config.get('delete.topic.enable')
  const duplicates = duplicatesOf(targets, keyOf)
  const records: MetadataRecord[] = []
  const responses: ResponseTopic[] = []
  const answered = new Set<string>()
  const doomed = new Set<string>()
  for (const target of targets) {
    if (answered.has(keyOf(target))) continue
    answered.add(keyOf(target))
    try {
      if (!deletable) {
        throw new ApiError(version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED', 'Topic deletion is disabled.')
      }
      const topic = find(context, target, duplicates)
      // Named once by name and once by id: one deletion, and the second mention is refused.
      if (doomed.has(topic.id))
        throw new ApiError('INVALID_REQUEST', 'The provided topic name maps to an ID that was already supplied.')
      doomed.add(topic.id)
      records.push(metadataRecord('RemoveTopicRecord', 0, { topicId: topic.id }))
      responses.push({ name: topic.name, topicId: topic.id, ...NO_ERROR })
    } catch (error) {
      responses.push({ name: target.name, topicId: target.topicId, ...errorFields(error) })
    }
  }
  return { records, response: { responses } }
}

function keyOf(target: Target): string {
  return target.name === null ? `id:${target.topicId}` : `name:${target.name}`
}

function find(context: ControllerContext, target: Target, duplicates: ReadonlySet<string>) {
  const { topics } = context.state
  const hasId = target.topicId !== ZERO_UUID
  if (target.name !== null && hasId) {
    throw new ApiError('INVALID_REQUEST', 'You may not specify both topic name and topic id.')
  }
  if (target.name === null && !hasId) throw new ApiError('INVALID_REQUEST', 'Neither topic name nor id were specified.')
  if (duplicates.has(keyOf(target))) {
    throw new ApiError('INVALID_REQUEST', target.name === null ? 'Duplicate topic id.' : 'Duplicate topic name.')
  }
  const topic = target.name === null ? topics.byId(target.topicId) : topics.get(target.name)
  if (topic !== undefined) return topic
  if (target.name === null) throw new ApiError('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.')
  throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
}
