/**
 * Topics and partitions of the image. Partition states are immutable values, replaced on change, so a reader may keep
 * one across turns. Partitions of a topic are dense: index equals partition number.
 */
import { assert } from '../../base/assert.ts'
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { DeltaBuilder } from './delta.ts'
import type { FeaturesImage } from './features.ts'
import { PartitionIndex } from './partition-index.ts'
import { type MetadataRecord, type MetadataRecordData, metadataRecord } from './records.ts'

export const NO_LEADER = -1
/** In a PartitionChangeRecord: the leader stays. */
export const LEADER_UNCHANGED = -2
export const RECOVERED = 0
export const RECOVERING = 1

export interface PartitionImage {
  readonly partition: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly removing: readonly number[]
  readonly adding: readonly number[]
  /** -1 while the partition is offline. */
  readonly leader: number
  /** 0 recovered, 1 recovering after an unclean election. */
  readonly leaderRecoveryState: number
  /** Grows with every change of leader. */
  readonly leaderEpoch: number
  /** Grows with every change of the partition's state. */
  readonly partitionEpoch: number
  /** Log directory of each replica, in the order of `replicas`. */
  readonly directories: readonly Uuid[]
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
}

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  readonly partitions: readonly PartitionImage[]
}

interface MutableTopic extends TopicImage {
  readonly partitions: PartitionImage[]
}

export class TopicsImage {
  private readonly byName = new Map<string, MutableTopic>()
  private readonly byUuid = new Map<Uuid, MutableTopic>()
  private partitions = 0
  private kept: PartitionIndex | undefined

  /** What concerns a broker or an election. Kept up to date from the first call on; until then it costs nothing. */
  get index(): PartitionIndex {
    if (this.kept === undefined) {
      this.kept = new PartitionIndex()
      for (const topic of this.byName.values()) {
        for (const partition of topic.partitions) this.kept.update(topic, undefined, partition)
      }
    }
    return this.kept
  }

  get(name: string): TopicImage | undefined {
    return this.byName.get(name)
  }

  byId(id: Uuid): TopicImage | undefined {
    return this.byUuid.get(id)
  }

  names(): IterableIterator<string> {
    return this.byName.keys()
  }

  values(): IterableIterator<TopicImage> {
    return this.byName.values()
  }

  get size(): number {
    return this.byName.size
  }

  get partitionCount(): number {
    return this.partitions
  }

  partition(name: string, partition: number): PartitionImage | undefined {
    return this.byName.get(name)?.partitions[partition]
  }

  replayTopic(record: MetadataRecordData<'TopicRecord'>, delta: DeltaBuilder): void {
    assert(!this.byUuid.has(record.topicId), `topic id ${record.topicId} exists`)
    assert(!this.byName.has(record.name), `topic ${record.name} exists`)
    const topic: MutableTopic = { name: record.name, id: record.topicId, partitions: [] }
    this.byName.set(topic.name, topic)
    this.byUuid.set(topic.id, topic)
    delta.createdTopics.set(topic.id, topic)
  }

  replayPartition(record: MetadataRecordData<'PartitionRecord'>, delta: DeltaBuilder): void {
    const topic = this.mutable(record.topicId)
    const before = topic.partitions[record.partitionId]
    assert(record.partitionId <= topic.partitions.length, `partition ${topic.name}-${record.partitionId} leaves a hole`)
    if (before === undefined) this.partitions++
    this.put(topic, before, {
      partition: record.partitionId,
      replicas: record.replicas,
      isr: record.isr,
      removing: record.removingReplicas,
      adding: record.addingReplicas,
      leader: record.leader,
      leaderRecoveryState: record.leaderRecoveryState,
      leaderEpoch: record.leaderEpoch,
      partitionEpoch: record.partitionEpoch,
      directories: directoriesFor(record.replicas, record.directories),
      elr: record.eligibleLeaderReplicas ?? [],
      lastKnownElr: record.lastKnownElr ?? [],
    })
    delta.partitionChanged(topic, record.partitionId, before)
  }

  replayPartitionChange(record: MetadataRecordData<'PartitionChangeRecord'>, delta: DeltaBuilder): void {
    const topic = this.mutable(record.topicId)
    const before = topic.partitions[record.partitionId]
    assert(before !== undefined, `change of unknown partition ${topic.name}-${record.partitionId}`)
    this.put(topic, before, mergePartitionChange(before, record))
    delta.partitionChanged(topic, record.partitionId, before)
  }

  replayRemoveTopic(record: MetadataRecordData<'RemoveTopicRecord'>, delta: DeltaBuilder): TopicImage {
    const topic = this.mutable(record.topicId)
    this.byUuid.delete(topic.id)
    this.byName.delete(topic.name)
    this.partitions -= topic.partitions.length
    for (const partition of topic.partitions) this.kept?.update(topic, partition, undefined)
    delta.topicDeleted(topic)
    return topic
  }

  replayClearElr(topicName: string, delta: DeltaBuilder): void {
    const topics = topicName === '' ? [...this.byName.values()] : [this.byName.get(topicName)]
    for (const topic of topics) {
      if (topic === undefined) continue
      for (const before of topic.partitions) {
        if (before.elr.length === 0 && before.lastKnownElr.length === 0) continue
        this.put(topic, before, { ...before, elr: [], lastKnownElr: [] })
        delta.partitionChanged(topic, before.partition, before)
      }
    }
  }

  *snapshot(features: FeaturesImage): Generator<MetadataRecord> {
    for (const topic of this.byName.values()) {
      yield metadataRecord('TopicRecord', 0, { name: topic.name, topicId: topic.id })
      for (const partition of topic.partitions) yield partitionRecord(topic.id, partition, features)
    }
  }

  private put(topic: MutableTopic, before: PartitionImage | undefined, after: PartitionImage): void {
    topic.partitions[after.partition] = after
    this.kept?.update(topic, before, after)
  }

  private mutable(id: Uuid): MutableTopic {
    const topic = this.byUuid.get(id)
    assert(topic !== undefined, `record for unknown topic id ${id}`)
    return topic
  }
}

/** The record that creates `partition` as it is. */
export function partitionRecord(topicId: Uuid, partition: PartitionImage, features: FeaturesImage): MetadataRecord {
  const version = features.recordVersions.partition
  return metadataRecord('PartitionRecord', version, {
    partitionId: partition.partition,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removing,
    addingReplicas: partition.adding,
    leader: partition.leader,
    leaderRecoveryState: partition.leaderRecoveryState,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    ...(version >= 1 ? { directories: partition.directories } : {}),
    // Kafka leaves empty sets out, so that the record stays readable for software without them.
    ...(version >= 2 && partition.elr.length > 0 ? { eligibleLeaderReplicas: partition.elr } : {}),
    ...(version >= 2 && partition.lastKnownElr.length > 0 ? { lastKnownElr: partition.lastKnownElr } : {}),
  })
}

/** The state after a change record: a new leader raises the leader epoch, any change the partition epoch. */
export function mergePartitionChange(
  before: PartitionImage,
  change: MetadataRecordData<'PartitionChangeRecord'>,
): PartitionImage {
  const replicas = change.replicas ?? before.replicas
  const leaderChanges = change.leader !== LEADER_UNCHANGED
  return {
    partition: before.partition,
    replicas,
    isr: change.isr ?? before.isr,
    removing: change.removingReplicas ?? before.removing,
    adding: change.addingReplicas ?? before.adding,
    leader: leaderChanges ? change.leader : before.leader,
    leaderRecoveryState: change.leaderRecoveryState === -1 ? before.leaderRecoveryState : change.leaderRecoveryState,
    leaderEpoch: leaderChanges ? before.leaderEpoch + 1 : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
    directories: change.directories ?? keepDirectories(before, replicas),
    elr: change.eligibleLeaderReplicas ?? before.elr,
    lastKnownElr: change.lastKnownElr ?? before.lastKnownElr,
  }
}

/** Directory id of a replica placed by software that knew no directory ids: it lies somewhere. */
export const MIGRATING_DIRECTORY: Uuid = ZERO_UUID

function directoriesFor(replicas: readonly number[], directories: readonly Uuid[]): readonly Uuid[] {
  return directories.length === replicas.length ? directories : replicas.map(() => MIGRATING_DIRECTORY)
}

function keepDirectories(before: PartitionImage, replicas: readonly number[]): readonly Uuid[] {
  if (replicas === before.replicas) return before.directories
  return replicas.map((id) => before.directories[before.replicas.indexOf(id)] ?? MIGRATING_DIRECTORY)
}
