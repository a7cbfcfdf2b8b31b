/**
 * The cluster's metadata as of an offset of `__cluster_metadata`. Only `replay` writes: brokers, controllers, restarts
 * and tests build the same state from the same records. Replaying `snapshot()` into an empty image gives an equal one.
 *
 * Records between BeginTransaction and EndTransaction take effect together at the end, or never (AbortTransaction).
 */
import { assert, unreachable } from '../../base/assert.ts'
import { type BrokerImage, ClusterImage, type ControllerImage } from './cluster.ts'
import { ConfigsImage } from './configs.ts'
import { DeltaBuilder, type MetadataDelta } from './delta.ts'
import { FeaturesImage } from './features.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'
import { QuotasImage, SecurityImage } from './security.ts'
import { replacementRecords } from './snapshot-replacement.ts'
import { TopicsImage } from './topics.ts'

export type { BrokerImage, ControllerImage, EndpointImage } from './cluster.ts'
export type { ConfigScope } from './configs.ts'
export type { MetadataDelta, PartitionChange } from './delta.ts'
export type { PartitionImage, TopicImage } from './topics.ts'

export interface ProducerIdsImage {
  /** First producer id of the block handed out next. */
  readonly next: number
}

export type DeltaListener = (delta: MetadataDelta) => void

export class MetadataImage {
  readonly topics = new TopicsImage()
  readonly cluster = new ClusterImage()
  readonly configs = new ConfigsImage()
  readonly features = new FeaturesImage()
  readonly security = new SecurityImage()
  readonly quotas = new QuotasImage()
  private nextProducerId = 0
  private lastProducerIds: MetadataRecord | undefined
  private migrationState: number | undefined
  private transaction: MetadataRecord[] | undefined
  private appliedOffset = -1
  private appliedEpoch = 0
  private readonly listeners: DeltaListener[] = []

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.cluster.brokers
  }

  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.cluster.controllers
  }

  get producerIds(): ProducerIdsImage {
    return { next: this.nextProducerId }
  }

  /** Offset of the last record applied; -1 at first. */
  get offset(): number {
    return this.appliedOffset
  }

  /** Leader epoch of the last record applied. */
  get epoch(): number {
    return this.appliedEpoch
  }

  /** True between the begin and the end of a metadata transaction: no snapshot may be taken now. */
  get inTransaction(): boolean {
    return this.transaction !== undefined
  }

  /** No record was ever applied, or none that left a trace. */
  get isEmpty(): boolean {
    for (const _ of this.snapshot()) return false
    return this.transaction === undefined
  }

  /** `listener` runs after each batch that was applied, in the order of registration. */
  subscribe(listener: DeltaListener): void {
    this.listeners.push(listener)
  }

  /** Applies one batch, then tells the listeners. `offset` is that of the last record. */
  apply(records: readonly MetadataRecord[], offset: number, epoch: number): void {
    assert(offset >= this.appliedOffset, `batch at ${offset} applied after ${this.appliedOffset}`)
    const delta = new DeltaBuilder()
    for (const record of records) this.replay(record, delta)
    this.appliedOffset = offset
    this.appliedEpoch = epoch
    const built = delta.build(offset, epoch)
    for (const listener of this.listeners) listener(built)
  }

  /** Puts a snapshot in the place of everything; `offset` is the last that it stands for. */
  load(records: readonly MetadataRecord[], offset: number, epoch: number): void {
    this.transaction = undefined
    this.apply(replacementRecords(this.snapshot(), records), offset, epoch)
  }

  /** Applies one record; the only writer. */
  replay(record: MetadataRecord, delta: DeltaBuilder = new DeltaBuilder()): void {
    switch (record.name) {
      case 'BeginTransactionRecord':
        assert(this.transaction === undefined, 'a metadata transaction begins inside another one')
        this.transaction = []
        return
      case 'EndTransactionRecord': {
        const records = this.transaction
        assert(records !== undefined, 'a metadata transaction ends that never began')
        this.transaction = undefined
        for (const held of records) this.replayNow(held, delta)
        return
      }
      case 'AbortTransactionRecord':
        assert(this.transaction !== undefined, 'a metadata transaction is aborted that never began')
        this.transaction = undefined
        return
      default:
        if (this.transaction === undefined) this.replayNow(record, delta)
        else this.transaction.push(record)
    }
  }

  /** Records that build this state from nothing, in Kafka's order: features, cluster, topics, configs, the rest. */
  *snapshot(): Generator<MetadataRecord> {
    yield* this.features.snapshot()
    yield* this.cluster.snapshot(this.features)
    yield* this.topics.snapshot(this.features)
    yield* this.configs.snapshot()
    yield* this.quotas.snapshot()
    if (this.lastProducerIds !== undefined) yield this.lastProducerIds
    yield* this.security.snapshot()
    if (this.migrationState !== undefined) {
      yield metadataRecord('ZkMigrationStateRecord', 0, { zkMigrationState: this.migrationState })
    }
  }

  private replayNow(record: MetadataRecord, delta: DeltaBuilder): void {
    switch (record.name) {
      case 'RegisterBrokerRecord':
        this.cluster.replayRegisterBroker(record.value, delta)
        break
      case 'UnregisterBrokerRecord':
        this.cluster.replayUnregisterBroker(record.value, delta)
        break
      case 'FenceBrokerRecord':
        this.cluster.replayFence(record.value.id, record.value.epoch, true, delta)
        break
      case 'UnfenceBrokerRecord':
        this.cluster.replayFence(record.value.id, record.value.epoch, false, delta)
        break
      case 'BrokerRegistrationChangeRecord':
        this.cluster.replayRegistrationChange(record.value, delta)
        break
      case 'RegisterControllerRecord':
        this.cluster.replayRegisterController(record.value)
        break
      case 'TopicRecord':
        this.topics.replayTopic(record.value, delta)
        break
      case 'PartitionRecord':
        this.topics.replayPartition(record.value, delta)
        break
      case 'PartitionChangeRecord':
        this.topics.replayPartitionChange(record.value, delta)
        break
      case 'RemoveTopicRecord':
        this.configs.topicDeleted(this.topics.replayRemoveTopic(record.value, delta).name, delta)
        break
      case 'ClearElrRecord':
        this.topics.replayClearElr(record.value.topicName, delta)
        break
      case 'ConfigRecord':
        this.configs.replay(record.value, delta)
        break
      case 'FeatureLevelRecord':
        this.features.replay(record.value, delta)
        break
      case 'ClientQuotaRecord':
        this.quotas.replay(record.value, delta)
        break
      case 'ProducerIdsRecord':
        this.nextProducerId = record.value.nextProducerId
        this.lastProducerIds = record
        break
      case 'ZkMigrationStateRecord':
        this.migrationState = record.value.zkMigrationState
        break
      case 'NoOpRecord':
        break
      case 'AccessControlEntryRecord':
      case 'RemoveAccessControlEntryRecord':
      case 'UserScramCredentialRecord':
      case 'RemoveUserScramCredentialRecord':
      case 'DelegationTokenRecord':
      case 'RemoveDelegationTokenRecord':
        this.security.replay(record, delta)
        break
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        assert(false, 'transaction markers are handled by replay')
        break
      default:
        unreachable(record)
        break
    }
  }
}
