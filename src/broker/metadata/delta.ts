/**
 * What one committed batch changed: names of what to look at again, not copies. Listeners read the new state from the
 * image; only what is gone (deleted topics, former partition states) is carried here.
 */
import type { Uuid } from '../../base/uuid.ts'
import type { ConfigScope } from './configs.ts'
import type { PartitionImage, TopicImage } from './topics.ts'

export interface PartitionChange {
  readonly topic: TopicImage
  readonly partition: number
  /** State before the batch; undefined when the batch created it. */
  readonly before: PartitionImage | undefined
}

export interface MetadataDelta {
  /** Offset of the last record applied, and its leader epoch. */
  readonly offset: number
  readonly epoch: number
  readonly createdTopics: readonly TopicImage[]
  readonly deletedTopics: readonly TopicImage[]
  /** Partitions created or changed in topics that still exist. */
  readonly partitions: readonly PartitionChange[]
  readonly configs: readonly { readonly scope: ConfigScope; readonly name: string }[]
  readonly brokers: ReadonlySet<number>
  readonly features: ReadonlySet<string>
  /** True when ACLs, SCRAM credentials, delegation tokens or quotas changed. */
  readonly security: boolean
  readonly quotas: boolean
}

/** Collects a delta while a batch is replayed. The first state seen of a partition is the one before the batch. */
export class DeltaBuilder {
  readonly createdTopics = new Map<Uuid, TopicImage>()
  readonly deletedTopics = new Map<Uuid, TopicImage>()
  readonly partitions = new Map<string, PartitionChange>()
  readonly configs = new Map<string, { scope: ConfigScope; name: string }>()
  readonly brokers = new Set<number>()
  readonly features = new Set<string>()
  security = false
  quotas = false

  partitionChanged(topic: TopicImage, partition: number, before: PartitionImage | undefined): void {
    const key = `${topic.id}:${partition}`
    if (!this.partitions.has(key)) this.partitions.set(key, { topic, partition, before })
  }

  topicDeleted(topic: TopicImage): void {
    for (const partition of topic.partitions) this.partitions.delete(`${topic.id}:${partition.partition}`)
    // Created and deleted in one batch: nobody has seen it.
    if (!this.createdTopics.delete(topic.id)) this.deletedTopics.set(topic.id, topic)
  }

  configChanged(scope: ConfigScope, name: string): void {
    this.configs.set(`${scope}:${name}`, { scope, name })
  }

  build(offset: number, epoch: number): MetadataDelta {
    return {
      offset,
      epoch,
      createdTopics: [...this.createdTopics.values()],
      deletedTopics: [...this.deletedTopics.values()],
      partitions: [...this.partitions.values()],
      configs: [...this.configs.values()],
      brokers: this.brokers,
      features: this.features,
      security: this.security,
      quotas: this.quotas,
    }
  }
}
