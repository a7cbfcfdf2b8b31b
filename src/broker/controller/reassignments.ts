/**
 * AlterPartitionReassignments and ListPartitionReassignments: other replicas for a partition. Replicas that are in sync may
 * change their order or leave, which is done at once; a replica cannot be added, since a cluster has one broker and the
 * check of the assignment refuses every other. So no reassignment is ever under way.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError, errorCode } from '../../protocol/errors.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { LEADER_UNCHANGED, type PartitionImage } from '../metadata/topics.ts'
import { checkManualAssignment } from './assignments.ts'
import { type ControllerContext, type Decision, errorFields, isActive, NO_ERROR } from './decision.ts'

type Request = RequestOf<'AlterPartitionReassignments'>
type Response = ResponseInput<'AlterPartitionReassignments'>

export function alterPartitionReassignments(context: ControllerContext, request: Request): Decision<Response> {
  const records: MetadataRecord[] = []
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      try {
        records.push(...reassign(context, request, name, partitionIndex, replicas))
        return { partitionIndex, ...NO_ERROR }
      } catch (error) {
        const fields = errorFields(error)
        // Kafka has no words of its own for this one; clients show theirs.
        const isNone = fields.errorCode === errorCode('NO_REASSIGNMENT_IN_PROGRESS')
        return { partitionIndex, ...fields, ...(isNone ? { errorMessage: null } : {}) }
      }
    }),
  }))
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
): MetadataRecord[] {
  const topic = context.state.topics.get(name)
  if (topic === undefined) throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  const before = topic.partitions[index]
  if (before === undefined) {
    throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${index}.`)
  }
  if (replicas === null) throw new ApiError('NO_REASSIGNMENT_IN_PROGRESS')
  checkManualAssignment(context, replicas, undefined)
  if (!request.allowReplicationFactorChange && replicas.length !== before.replicas.length) {
    throw new ApiError(
      'INVALID_REPLICATION_FACTOR',
      `The replication factor is changed from ${before.replicas.length} to ${replicas.length}`,
    )
  }
  if (
    replicas.every((id, position) => id === before.replicas[position]) &&
    replicas.length === before.replicas.length
  ) {
    return []
  }
  const added = replicas.find((id) => !before.isr.includes(id))
  if (added !== undefined) {
    throw new ApiError('INVALID_REPLICA_ASSIGNMENT', `Broker ${added} is not in sync, and replicas cannot be added.`)
  }
  const isr = before.isr.filter((id) => replicas.includes(id))
  return [
    metadataRecord('PartitionChangeRecord', context.state.features.recordVersions.partitionChange, {
      partitionId: index,
      topicId: topic.id,
      replicas: [...replicas],
      isr,
      leader: isr.includes(before.leader)
        ? LEADER_UNCHANGED
        : (isr.find((id) => isActive(context.state.brokers.get(id))) ?? -1),
      directories: directoriesOf(before, replicas),
    }),
  ]
}

function directoriesOf(before: PartitionImage, replicas: readonly number[]) {
  return replicas.map((id) => before.directories[before.replicas.indexOf(id)]!)
}

/** What is under way: the partitions with replicas that come or go. */
export function listPartitionReassignments(
  context: ControllerContext,
  request: RequestOf<'ListPartitionReassignments'>,
): Decision<ResponseInput<'ListPartitionReassignments'>> {
  const wanted =
    request.topics === null ? undefined : new Map(request.topics.map((one) => [one.name, one.partitionIndexes]))
  const topics = []
  for (const topic of context.state.topics.values()) {
    const indexes = wanted?.get(topic.name)
    if (wanted !== undefined && indexes === undefined) continue
    const partitions = topic.partitions
      .filter((one) => one.adding.length + one.removing.length > 0 && indexes?.includes(one.partition) !== false)
      .map(({ partition, replicas, adding, removing }) => ({
        partitionIndex: partition,
        replicas: [...replicas],
        addingReplicas: [...adding],
        removingReplicas: [...removing],
      }))
    if (partitions.length > 0) topics.push({ name: topic.name, partitions })
  }
  return { records: [], response: { topics, errorMessage: null } }
}
