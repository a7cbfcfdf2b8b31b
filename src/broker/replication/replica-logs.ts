/**
 * The logs under a node's replicas: opened where the metadata says they lie, with the settings that hold for their topic.
 */
import { type Uuid, ZERO_UUID } from '../../base/uuid.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { TopicConfig } from '../../config/topic-config.ts'
import { ApiError } from '../../protocol/errors.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { PartitionImage, TopicImage } from '../metadata/topics.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { Log } from '../storage/log.ts'
import { isPassing } from '../storage/storage-guard.ts'

/** The first metadata.version (3.7-IV2) in which partitions know the directories of their replicas. */
const FIRST_VERSION_WITH_DIRECTORIES = 17

export interface ReplicaLogsOptions {
  readonly nodeId: number
  readonly logs: LogManager
  readonly image: MetadataImage
  readonly config: BrokerConfig
  /** Before a log is opened: a move that lost its current log at the swap is finished. */
  recover(topic: string, index: number, assigned: Uuid | undefined): void
  unavailable(topic: string, index: number, error: unknown): void
}

export class ReplicaLogs {
  readonly #o: ReplicaLogsOptions

  constructor(options: ReplicaLogsOptions) {
    this.#o = options
  }

  /** `later`: there was no room for it, and there may be. `again`: that was said before. */
  open(topic: TopicImage, image: PartitionImage, isNew: boolean, again = false): { log?: Log; later: boolean } {
    const directoryId = image.directories[image.replicas.indexOf(this.#o.nodeId)]
    try {
      this.#o.recover(topic.name, image.partition, this.assignedDirectory(image))
      const log = this.#o.logs.getOrCreate(topic.name, image.partition, {
        topicId: topic.id,
        config: this.configOf(topic.name),
        isNew,
        ...(directoryId === undefined ? {} : { directoryId }),
      })
      return { log, later: false }
    } catch (error) {
      const later = error instanceof ApiError && isPassing(error.cause)
      if (!(again && later)) this.#o.unavailable(topic.name, image.partition, error)
      return { later }
    }
  }

  /** Where the metadata says that this node's replica lies; undefined before partitions knew directories. */
  assignedDirectory(image: PartitionImage): Uuid | undefined {
    if (this.#o.image.features.metadataVersion < FIRST_VERSION_WITH_DIRECTORIES) return undefined
    return image.directories[image.replicas.indexOf(this.#o.nodeId)]
  }

  /** The topic's own values, over this node's dynamic ones, over the cluster's, over the configuration file. */
  configOf(topic: string): TopicConfig {
    const { config, image, nodeId } = this.#o
    const forAll = image.configs.get('broker', '')
    const forNode = image.configs.get('broker', String(nodeId))
    const broker = forAll.size + forNode.size === 0 ? config : config.withDynamic(forAll, forNode)
    return TopicConfig.of(Object.fromEntries(image.configs.get('topic', topic)), broker)
  }

  updateConfig(topic: string): void {
    this.#o.logs.updateConfig(topic, this.configOf(topic))
  }
}

/** Whether the metadata gives this node a replica of the log's partition; one that does not know its topic id goes by the name. */
export function isReplicaOf(image: MetadataImage, nodeId: number, log: Log): boolean {
  const topic = log.topicId === ZERO_UUID ? image.topics.get(log.topic) : image.topics.byId(log.topicId)
  return topic?.partitions[log.partition]?.replicas.includes(nodeId) === true
}
