/**
 * Feature levels: the one table of what this broker supports, the record versions that each metadata version writes,
 * and the image of what the cluster has finalised. Only what is served is claimed: a finalised level above the table
 * means that another software's data lies here, and the node refuses to open it.
 */
import { MqError } from '../../base/errors.ts'
import { METADATA_VERSION_LATEST, METADATA_VERSION_MIN } from '../../config/metadata-versions.ts'
import type { DeltaBuilder } from './delta.ts'
import { type MetadataRecord, type MetadataRecordData, metadataRecord } from './records.ts'

export {
  METADATA_VERSION_LATEST,
  METADATA_VERSION_MIN,
  metadataVersionLevel,
  metadataVersionName,
} from '../../config/metadata-versions.ts'

export const METADATA_VERSION = 'metadata.version'
export const KRAFT_VERSION = 'kraft.version'

export interface SupportedFeatureRange {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

/** The feature of KIP-966: who left the ISR while nothing was acknowledged without it may lead later. */
export const ELR_FEATURE = 'eligible.leader.replicas.version'
/** metadata.version that the feature's records need (4.0-IV1), and from which a new cluster has it (4.1-IV0). */
export const ELR_METADATA_VERSION_MIN = 23
const ELR_DEFAULT_FROM = 26

/**
 * What this software serves. Absent on purpose: transaction.version, group.version, share.version, streams.version;
 * docs/gaps.md says when they come.
 */
export const supportedFeatures: readonly SupportedFeatureRange[] = [
  { name: ELR_FEATURE, minVersion: 0, maxVersion: 1 },
  { name: KRAFT_VERSION, minVersion: 0, maxVersion: 1 },
  { name: METADATA_VERSION, minVersion: METADATA_VERSION_MIN, maxVersion: METADATA_VERSION_LATEST },
]

export function supportedFeature(name: string): SupportedFeatureRange | undefined {
  return supportedFeatures.find((feature) => feature.name === name)
}

/** Thrown when finalised levels are beyond this software. */
export class UnsupportedFeatureError extends MqError {
  readonly feature: string
  readonly level: number

  constructor(feature: string, level: number) {
    const supported = supportedFeature(feature)
    const range = supported === undefined ? 'not at all' : `levels ${supported.minVersion} to ${supported.maxVersion}`
    super('MQ_FEATURE', `the cluster's ${feature} is finalised at level ${level}; this broker supports it ${range}`, {
      hint: `downgrade it with the software that wrote the data (kafka-features.sh downgrade --feature ${feature}=${supported?.maxVersion ?? 0}), or start from an empty directory`,
    })
    this.feature = feature
    this.level = level
  }
}

/** Throws UnsupportedFeatureError unless `level` of `name` can be served. Level 0 of an unknown feature means "off". */
export function checkFeatureLevel(name: string, level: number): void {
  const range = supportedFeature(name)
  if (range === undefined ? level !== 0 : level < range.minVersion || level > range.maxVersion) {
    throw new UnsupportedFeatureError(name, level)
  }
}

/** The records with which a new cluster of this metadata.version begins. */
export function initialFeatures(metadataVersion: number): MetadataRecord[] {
  const record = (name: string, featureLevel: number) => metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })
  const own = record(METADATA_VERSION, metadataVersion)
  return metadataVersion >= ELR_DEFAULT_FROM ? [own, record(ELR_FEATURE, 1)] : [own]
}

export interface RecordVersions {
  readonly registerBroker: number
  readonly partition: number
  readonly partitionChange: number
  readonly controllerRegistration: boolean
  /** Several batches may be joined by Begin/EndTransactionRecord. */
  readonly transactions: boolean
  readonly scram: boolean
  readonly delegationTokens: boolean
}

/** Record versions that the metadata version `level` writes. */
export function recordVersionsAt(level: number): RecordVersions {
  const partition = level >= 23 ? 2 : level >= 17 ? 1 : 0
  return {
    registerBroker: level >= 30 ? 4 : level >= 17 ? 3 : level >= 8 ? 2 : 1,
    partition,
    partitionChange: partition,
    controllerRegistration: level >= 15,
    transactions: level >= 13,
    scram: level >= 11,
    delegationTokens: level >= 14,
  }
}

export class FeaturesImage {
  private readonly levels = new Map<string, number>()
  private versions = recordVersionsAt(METADATA_VERSION_LATEST)

  /** The finalised metadata.version; the minimum while none was written. */
  get metadataVersion(): number {
    return this.levels.get(METADATA_VERSION) ?? METADATA_VERSION_MIN
  }

  /** True once the log holds a metadata.version. */
  get isFinalised(): boolean {
    return this.levels.has(METADATA_VERSION)
  }

  /** Finalised level; 0 when the feature is off. */
  get(name: string): number {
    return this.levels.get(name) ?? 0
  }

  finalised(): ReadonlyMap<string, number> {
    return this.levels
  }

  get recordVersions(): RecordVersions {
    return this.versions
  }

  replay(record: MetadataRecordData<'FeatureLevelRecord'>, delta: DeltaBuilder): void {
    checkFeatureLevel(record.name, record.featureLevel)
    if (record.featureLevel === 0) this.levels.delete(record.name)
    else this.levels.set(record.name, record.featureLevel)
    if (record.name === METADATA_VERSION) this.versions = recordVersionsAt(record.featureLevel)
    delta.features.add(record.name)
  }

  /** The metadata version comes first: what follows is written in its record versions. */
  *snapshot(): Generator<MetadataRecord> {
    const names = [...this.levels.keys()].sort()
    for (const name of [METADATA_VERSION, ...names.filter((other) => other !== METADATA_VERSION)]) {
      const featureLevel = this.levels.get(name)
      if (featureLevel !== undefined) yield metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })
    }
  }
}
