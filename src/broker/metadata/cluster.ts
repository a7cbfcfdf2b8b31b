/**
 * Registered brokers and controllers. A broker's epoch is the offset of its registration record: it never repeats, so a
 * request that carries an old one comes from a former life of that broker.
 */
import { assert } from '../../base/assert.ts'
import type { Uuid } from '../../base/uuid.ts'
import type { DeltaBuilder } from './delta.ts'
import type { FeaturesImage } from './features.ts'
import { type MetadataRecord, type MetadataRecordData, metadataRecord } from './records.ts'

export interface EndpointImage {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Kafka's code: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface FeatureRange {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}

export interface BrokerImage {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly EndpointImage[]
  readonly features: readonly FeatureRange[]
  readonly rack: string | null
  /** A fenced broker leads nothing and clients are not told of it. */
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly logDirs: readonly Uuid[]
  readonly cordonedLogDirs: readonly Uuid[] | null
}

export interface ControllerImage {
  readonly id: number
  readonly incarnationId: Uuid
  readonly zkMigrationReady: boolean
  readonly endpoints: readonly EndpointImage[]
  readonly features: readonly FeatureRange[]
}

export class ClusterImage {
  private readonly brokerById = new Map<number, BrokerImage>()
  private readonly controllerById = new Map<number, ControllerImage>()

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.brokerById
  }

  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.controllerById
  }

  replayRegisterBroker(record: MetadataRecordData<'RegisterBrokerRecord'>, delta: DeltaBuilder): void {
    this.brokerById.set(record.brokerId, {
      id: record.brokerId,
      epoch: record.brokerEpoch,
      incarnationId: record.incarnationId,
      endpoints: record.endPoints,
      features: record.features,
      rack: record.rack,
      fenced: record.fenced,
      inControlledShutdown: record.inControlledShutdown,
      logDirs: record.logDirs,
      cordonedLogDirs: record.cordonedLogDirs,
    })
    delta.brokers.add(record.brokerId)
  }

  replayUnregisterBroker(record: MetadataRecordData<'UnregisterBrokerRecord'>, delta: DeltaBuilder): void {
    this.checked(record.brokerId, record.brokerEpoch)
    this.brokerById.delete(record.brokerId)
    delta.brokers.add(record.brokerId)
  }

  replayFence(id: number, epoch: number, fenced: boolean, delta: DeltaBuilder): void {
    this.brokerById.set(id, { ...this.checked(id, epoch), fenced })
    delta.brokers.add(id)
  }

  replayRegistrationChange(record: MetadataRecordData<'BrokerRegistrationChangeRecord'>, delta: DeltaBuilder): void {
    const before = this.checked(record.brokerId, record.brokerEpoch)
    this.brokerById.set(record.brokerId, {
      ...before,
      // 1 = fence, -1 = unfence, 0 = as it is.
      fenced: record.fenced === 0 ? before.fenced : record.fenced > 0,
      inControlledShutdown: record.inControlledShutdown > 0 ? true : before.inControlledShutdown,
      logDirs: record.logDirs.length > 0 ? record.logDirs : before.logDirs,
      cordonedLogDirs: record.cordonedLogDirs ?? before.cordonedLogDirs,
    })
    delta.brokers.add(record.brokerId)
  }

  replayRegisterController(record: MetadataRecordData<'RegisterControllerRecord'>): void {
    this.controllerById.set(record.controllerId, {
      id: record.controllerId,
      incarnationId: record.incarnationId,
      zkMigrationReady: record.zkMigrationReady,
      endpoints: record.endPoints,
      features: record.features,
    })
  }

  *snapshot(features: FeaturesImage): Generator<MetadataRecord> {
    for (const broker of this.brokerById.values()) yield registerBrokerRecord(broker, features)
    if (!features.recordVersions.controllerRegistration) return
    for (const controller of this.controllerById.values()) {
      yield metadataRecord('RegisterControllerRecord', 0, {
        controllerId: controller.id,
        incarnationId: controller.incarnationId,
        zkMigrationReady: controller.zkMigrationReady,
        endPoints: controller.endpoints,
        features: controller.features,
      })
    }
  }

  private checked(id: number, epoch: number): BrokerImage {
    const broker = this.brokerById.get(id)
    assert(broker !== undefined, `record for unknown broker ${id}`)
    assert(broker.epoch === epoch, `record for broker ${id} with epoch ${epoch}, registered is ${broker.epoch}`)
    return broker
  }
}

/** The record that registers `broker` as it is, in the version that the finalised metadata version writes. */
export function registerBrokerRecord(broker: BrokerImage, features: FeaturesImage): MetadataRecord {
  const version = features.recordVersions.registerBroker
  return metadataRecord('RegisterBrokerRecord', version, {
    brokerId: broker.id,
    incarnationId: broker.incarnationId,
    brokerEpoch: broker.epoch,
    endPoints: broker.endpoints,
    features: broker.features,
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    ...(version >= 3 ? { logDirs: broker.logDirs } : {}),
    ...(version >= 4 ? { cordonedLogDirs: broker.cordonedLogDirs } : {}),
  })
}
