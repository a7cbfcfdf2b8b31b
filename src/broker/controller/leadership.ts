/**
 * What a broker's going and coming means for the partitions: it leaves the ISRs and hands leadership to others, or leads
 * partitions that had no leader. Every change of a partition is built here, from the state, the features and the settings
 * of its topic.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { TopicConfig } from '../../config/topic-config.ts'
import { ELR_FEATURE } from '../metadata/features.ts'
import type { IndexedPartition } from '../metadata/partition-index.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { MIGRATING_DIRECTORY, type PartitionImage, type TopicImage } from '../metadata/topics.ts'
import { type ControllerContext, isActive } from './decision.ts'
import { UNASSIGNED_DIRECTORY, isOnlineDirectory } from './online-directory.ts'
import { DIRECTORY_ASSIGNMENT_VERSION, type PartitionChangeOptions, partitionChange } from './partition-change.ts'

/** Brokers whose standing is about to change: decided as if it had. */
export interface Movement {
  /** Leaves the ISRs and leads nothing. */
  readonly leaving?: number
  /** May lead, though the state still says that it is fenced. */
  readonly returning?: number
  /** Leaves the ISRs, and is no eligible leader: it lost what was not yet on disk. */
  readonly unclean?: number
}

/** Records for those of `partitions` that change by the movement. */
export function* moveLeadership(
  context: ControllerContext,
  partitions: Iterable<IndexedPartition>,
  movement: Movement,
): Generator<MetadataRecord> {
  const { leaving, returning, unclean } = movement
  const mayLead = (id: number) =>
    id !== leaving && id !== unclean && (id === returning || isActive(context.state.brokers.get(id)))
  for (const { topic, partition } of partitions) {
    const record = changePartition(context, topic, partition, {
      mayLead,
      election: topicRules(context, topic).uncleanElection ? 'unclean' : 'online',
      targetIsr: partition.isr.filter((id) => id !== leaving && id !== unclean),
      ...(unclean === undefined ? {} : { uncleanShutdown: unclean }),
    })
    if (record !== undefined) yield record
  }
}

/** Records for the partitions of a broker that was fenced, or goes down and told so. */
export function brokerLeaves(context: ControllerContext, id: number): Iterable<MetadataRecord> {
  return moveLeadership(context, context.state.topics.index.inIsrOf(id), { leaving: id })
}

/** Records for the partitions without a leader, now that a broker is unfenced. */
export function brokerReturns(context: ControllerContext, id: number): Iterable<MetadataRecord> {
  return moveLeadership(context, context.state.topics.index.standing('leaderless'), { returning: id })
}

type Change = Partial<Omit<PartitionChangeOptions, 'topicId' | 'before' | 'isAcceptableLeader'>> & {
  /** Default: who is unfenced and not on its way down. */
  readonly mayLead?: (id: number) => boolean
}

/** The record for one partition; a replica in a log directory that is offline does not become leader. */
export function changePartition(
  context: ControllerContext,
  topic: TopicImage,
  before: PartitionImage,
  { mayLead, ...change }: Change,
): MetadataRecord | undefined {
  const { features, brokers } = context.state
  const isAcceptable = mayLead ?? ((id: number) => isActive(brokers.get(id)))
  return partitionChange({
    topicId: topic.id,
    before,
    isAcceptableLeader: (id) => isAcceptable(id) && hasOnlineDirectory(context, before, id),
    recordVersion: features.recordVersions.partitionChange,
    metadataVersion: features.metadataVersion,
    elrEnabled: isElrEnabled(context),
    minIsr: topicRules(context, topic).minIsr,
    defaultDirectory: (id) => directoryOf(context, id),
    ...change,
  })
}

function hasOnlineDirectory(context: ControllerContext, partition: PartitionImage, id: number): boolean {
  const broker = context.state.brokers.get(id)
  if (broker === undefined) return false
  const directory = partition.directories[partition.replicas.indexOf(id)]
  return directory === undefined || isOnlineDirectory(directory, broker.logDirs)
}

/** The log directory of a new replica: the broker's only one, or unassigned, which lets the broker choose. */
export function directoryOf(context: ControllerContext, id: number): Uuid {
  const broker = context.state.brokers.get(id)
  if (context.state.features.metadataVersion < DIRECTORY_ASSIGNMENT_VERSION) return MIGRATING_DIRECTORY
  if (broker === undefined) return UNASSIGNED_DIRECTORY
  if (broker.logDirs.length === 0) return MIGRATING_DIRECTORY
  return broker.logDirs.length === 1 ? broker.logDirs[0]! : UNASSIGNED_DIRECTORY
}

export function isElrEnabled({ state }: ControllerContext): boolean {
  return state.features.get(ELR_FEATURE) > 0
}

export interface TopicRules {
  readonly uncleanElection: boolean
  /** min.insync.replicas, at most the replication factor. */
  readonly minIsr: number
}

const rules = new WeakMap<ControllerContext, { config: BrokerConfig; byTopic: Map<TopicImage, TopicRules> }>()

/** Settings that elections look at; worked out once a decision. */
export function topicRules(context: ControllerContext, topic: TopicImage): TopicRules {
  let cache = rules.get(context)
  if (cache === undefined) {
    const { configs } = context.state
    const config = context.config.withDynamic(configs.get('broker', ''), configs.get('broker', String(context.nodeId)))
    cache = { config, byTopic: new Map() }
    rules.set(context, cache)
  }
  let found = cache.byTopic.get(topic)
  if (found === undefined) {
    const own = context.state.configs.get('topic', topic.name)
    const config = TopicConfig.of(Object.fromEntries(own), cache.config)
    found = {
      uncleanElection: config.get('unclean.leader.election.enable'),
      minIsr: Math.min(config.get('min.insync.replicas'), topic.partitions[0]?.replicas.length ?? 1),
    }
    cache.byTopic.set(topic, found)
  }
  return found
}
