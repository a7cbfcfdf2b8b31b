/** Members of the newer group protocols for the compat suites, by bare heartbeats: one member that owns what it is assigned. */
import { randomUUID } from 'node:crypto'
import type { ClusterClient } from '../../../src/client/cluster-client.ts'
import { ApiError, errorName } from '../../../src/protocol/errors.ts'
import { eventually } from './process.ts'

export type NewGroupType = 'consumer' | 'share' | 'streams'

interface Beat {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberEpoch: number
  /** Whether this answer has an assignment with something in it. */
  readonly isAssigned: boolean
}

/** Joins `group` as a member that reads `topic`; resolves when it is assigned something. `leave` ends the membership. */
export async function joinGroup(
  client: ClusterClient,
  type: NewGroupType,
  group: string,
  topic: string,
): Promise<{ memberId: string; leave(): Promise<void> }> {
  const memberId = randomUUID()
  let memberEpoch = 0
  let isAssigned = false
  const beat = (epoch: number): Promise<void> =>
    client.retry(async () => {
      const answer = await BEATS[type](client, { group, topic, memberId, epoch })
      if (answer.errorCode !== 0) throw new ApiError(errorName(answer.errorCode), answer.errorMessage ?? undefined)
      memberEpoch = answer.memberEpoch
      isAssigned ||= answer.isAssigned
    })
  await eventually(`a ${type} member is assigned ${topic}`, async () => {
    await beat(memberEpoch)
    return isAssigned
  })
  return { memberId, leave: () => beat(-1) }
}

interface Member {
  readonly group: string
  readonly topic: string
  readonly memberId: string
  readonly epoch: number
}

const BEATS: Record<NewGroupType, (client: ClusterClient, member: Member) => Promise<Beat>> = {
  async consumer(client, { group, topic, memberId, epoch }) {
    const joins = epoch === 0 ? { subscribedTopicNames: [topic], rebalanceTimeoutMs: 60_000, topicPartitions: [] } : {}
    const body = { groupId: group, memberId, memberEpoch: epoch, ...joins }
    const answer = await client.request('ConsumerGroupHeartbeat', body, { group })
    return { ...answer, isAssigned: (answer.assignment?.topicPartitions.length ?? 0) > 0 }
  },
  async share(client, { group, topic, memberId, epoch }) {
    const joins = epoch === 0 ? { subscribedTopicNames: [topic] } : {}
    const body = { groupId: group, memberId, memberEpoch: epoch, ...joins }
    const answer = await client.request('ShareGroupHeartbeat', body, { group })
    return { ...answer, isAssigned: (answer.assignment?.topicPartitions.length ?? 0) > 0 }
  },
  async streams(client, { group, topic, memberId, epoch }) {
    const nothing = { stateChangelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [] }
    const subtopology = { subtopologyId: 'main', sourceTopics: [topic], sourceTopicRegex: [], copartitionGroups: [] }
    const joins = {
      topology: { epoch: 0, subtopologies: [{ ...subtopology, ...nothing }] },
      rebalanceTimeoutMs: 60_000,
      processId: memberId,
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      clientTags: [],
    }
    const body = {
      ...{ groupId: group, memberId, memberEpoch: epoch, endpointInformationEpoch: -1 },
      ...(epoch === 0 ? joins : {}),
    }
    const answer = await client.request('StreamsGroupHeartbeat', body, { group })
    return { ...answer, isAssigned: (answer.activeTasks?.length ?? 0) > 0 }
  },
}
