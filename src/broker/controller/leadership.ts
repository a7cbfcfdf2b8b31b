/**
 * What a broker's going and coming means for the partitions: it leaves the ISRs and hands leadership to others, or takes
 * partitions that had no leader.
 */
import { TopicConfig } from '../../config/topic-config.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { NO_LEADER, type PartitionImage, type TopicImage } from '../metadata/topics.ts'
import { type ControllerContext, isActive } from './decision.ts'
import { isOnlineDirectory } from './online-directory.ts'
import { partitionChange } from './partition-change.ts'

/** Records for the partitions of a broker that was fenced, goes down or was unregistered. */
export function* brokerLeaves(context: ControllerContext, id: number): Generator<MetadataRecord> {
  const { state } = context
  const mayLead = (other: number) => other !== id && isActive(state.brokers.get(other))
  for (const topic of state.topics.values()) {
    for (const before of topic.partitions) {
      if (!before.isr.includes(id) && before.leader !== id) continue
      const record = changeLeadership(
        context,
        topic,
        before,
        mayLead,
        before.isr.filter((other) => other !== id),
      )
      if (record !== undefined) yield record
    }
  }
}

/** Records for the partitions without a leader that a broker can lead now that it is unfenced. */
export function* brokerReturns(context: ControllerContext, id: number): Generator<MetadataRecord> {
  const { state } = context
  const mayLead = (other: number) => other === id || isActive(state.brokers.get(other))
  for (const topic of state.topics.values()) {
    for (const before of topic.partitions) {
      if (before.leader !== NO_LEADER || !before.replicas.includes(id)) continue
      const record = changeLeadership(context, topic, before, mayLead)
      if (record !== undefined) yield record
    }
  }
}

/** The record for one partition; a replica in a log directory that is offline does not become leader. */
export function changeLeadership(
  context: ControllerContext,
  topic: TopicImage,
  before: PartitionImage,
  isAcceptableLeader: (id: number) => boolean,
  targetIsr?: readonly number[],
  /** Asked for by someone: the preferred leader, or one from outside the ISR whatever the topic says. */
  election?: 'preferred' | 'unclean',
): MetadataRecord | undefined {
  const { features } = context.state
  return partitionChange({
    topicId: topic.id,
    before,
    isAcceptableLeader: (id) => isAcceptableLeader(id) && hasDirectory(context, before, id),
    uncleanElection: election === 'unclean' || uncleanElectionEnabled(context, topic.name),
    preferredElection: election === 'preferred',
    recordVersion: features.recordVersions.partitionChange,
    metadataVersion: features.metadataVersion,
    ...(targetIsr === undefined ? {} : { targetIsr }),
  })
}

function hasDirectory(context: ControllerContext, partition: PartitionImage, id: number): boolean {
  const directory = partition.directories[partition.replicas.indexOf(id)]
  const broker = context.state.brokers.get(id)
  return directory === undefined || broker === undefined || isOnlineDirectory(directory, broker.logDirs)
}

function uncleanElectionEnabled(context: ControllerContext, topic: string): boolean {
  const own = context.state.configs.get('topic', topic)
  const config = context.config.withDynamic(context.state.configs.get('broker', ''), [])
  return TopicConfig.of(Object.fromEntries(own), config).get('unclean.leader.election.enable')
}

/** True when the broker leads any partition. */
export function leadsAny(context: ControllerContext, id: number): boolean {
  for (const topic of context.state.topics.values()) {
    for (const partition of topic.partitions) if (partition.leader === id) return true
  }
  return false
}
