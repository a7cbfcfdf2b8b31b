/**
 * AlterPartitionReassignments and ListPartitionReassignments (KIP-455): other replicas for a partition. What is added joins the
 * replicas at once and stands under `adding` until it is in the ISR; then what is to go leaves (partition-change.ts). A new
 * target takes the place of one that is under way; null takes the change back.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import type { PartitionImage, TopicImage } from '../metadata/topics.ts'
import { checkManualAssignment } from './assignments.ts'
import { type ControllerContext, type Decision, NO_ERROR, checkRecordCount, errorFields } from './decision.ts'
import { changePartition, topicRules } from './leadership.ts'

type Request = RequestOf<'AlterPartitionReassignments'>
type Response = ResponseInput<'AlterPartitionReassignments'>

export function alterPartitionReassignments(context: ControllerContext, request: Request): Decision<Response> {
  const records: MetadataRecord[] = []
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      try {
        const record = reassign(context, request, name, partitionIndex, replicas)
        if (record !== undefined) records.push(record)
        return { partitionIndex, ...NO_ERROR }
      } catch (error) {
        const fields = errorFields(error)
        // Kafka has no words of its own for this one; clients show theirs.
        const isNone = fields.errorCode === errorCode('NO_REASSIGNMENT_IN_PROGRESS')
        return { partitionIndex, ...fields, ...(isNone ? { errorMessage: null } : {}) }
      }
    }),
  }))
  checkRecordCount(records)
  const { allowReplicationFactorChange } = request
  return {
    records,
    response: { responses, allowReplicationFactorChange, errorMessage: responses.length === 0 ? '' : null },
  }
}

function reassign(
  context: ControllerContext,
  request: Request,
  name: string,
  index: number,
  replicas: readonly number[] | null,
): MetadataRecord | undefined {
  const topic = context.state.topics.get(name)
  if (topic === undefined) throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  const before = topic.partitions[index]
  if (before === undefined) {
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${index}.`)
  }
  if (replicas === null) return cancel(context, topic, before)
  checkManualAssignment(context, replicas, undefined)
  if (!request.allowReplicationFactorChange) checkReplicationFactor(before, replicas.length)
  const removing = before.replicas.filter((id) => !replicas.includes(id)).sort((one, other) => one - other)
  const adding = replicas.filter((id) => !before.replicas.includes(id)).sort((one, other) => one - other)
  return changePartition(context, topic, before, {
    targetReplicas: [...replicas, ...removing],
    // What stands there already stays when the new target adds or removes nothing.
    ...(removing.length > 0 ? { targetRemoving: removing } : {}),
    ...(adding.length > 0 ? { targetAdding: adding } : {}),
  })
}

/** Counts as it will be when the reassignment under way has ended. */
function checkReplicationFactor(before: PartitionImage, factor: number): void {
  const current = before.replicas.filter((id) => !before.removing.includes(id)).length
  if (current === factor) return
  throw new ApiError('INVALID_REPLICATION_FACTOR', `The replication factor is changed from ${current} to ${factor}`)
}

/** Back to the replicas before the reassignment. */
function cancel(context: ControllerContext, topic: TopicImage, before: PartitionImage): MetadataRecord | undefined {
  if (before.adding.length === 0 && before.removing.length === 0) throw new ApiError('NO_REASSIGNMENT_IN_PROGRESS')
  const replicas = before.replicas.filter((id) => !before.adding.includes(id))
  let isr = before.isr.filter((id) => !before.adding.includes(id))
  const { uncleanElection } = topicRules(context, topic)
  if (isr.length === 0) {
    if (replicas.length === 0) {
      throw new ApiError(
        'INVALID_REPLICA_ASSIGNMENT',
        'Invalid replica assignment: addingReplicas contains all replicas.',
      )
    }
    if (!uncleanElection) {
      throw new ApiError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Unable to revert partition assignment for ${topic.name}:${before.partition} because it would require an unclean leader election.`,
      )
    }
    isr = [replicas[0]!]
  }
  return changePartition(context, topic, before, {
    election: uncleanElection ? 'unclean' : 'online',
    targetIsr: isr,
    targetReplicas: replicas,
    targetRemoving: [],
    targetAdding: [],
  })
}

/** What is under way: the partitions with replicas that come or go. */
export function listPartitionReassignments(
  context: ControllerContext,
  request: RequestOf<'ListPartitionReassignments'>,
): Decision<ResponseInput<'ListPartitionReassignments'>> {
  const topics =
    request.topics === null
      ? everyReassignment(context)
      : request.topics.flatMap(({ name, partitionIndexes }) => {
          const topic = context.state.topics.get(name)
          const asked = partitionIndexes.map((index) => topic?.partitions[index]).filter((one) => one !== undefined)
          return topic === undefined ? [] : [{ name, partitions: asked.filter(isUnderWay).map(described) }]
        })
  return {
    records: [],
    response: { topics: topics.filter(({ partitions }) => partitions.length > 0), errorMessage: null },
  }
}

function everyReassignment({ state }: ControllerContext) {
  const byTopic = new Map<TopicImage, ReturnType<typeof described>[]>()
  for (const { topic, partition } of state.topics.index.standing('reassigning')) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push(described(partition))
  }
  return [...byTopic].map(([{ name }, partitions]) => ({
    name,
    partitions: partitions.sort((one, other) => one.partitionIndex - other.partitionIndex),
  }))
}

const isUnderWay = ({ adding, removing }: PartitionImage): boolean => adding.length > 0 || removing.length > 0

function described({ partition, replicas, adding, removing }: PartitionImage) {
  return {
    partitionIndex: partition,
    replicas: [...replicas],
    addingReplicas: [...adding],
    removingReplicas: [...removing],
  }
}
