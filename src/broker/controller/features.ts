/**
 * UpdateFeatures: finalises the levels of features. A level must be supported by this controller and by every registered
 * broker and controller; going down needs the caller's word for it. All updates of a request take effect, or none.
 */
import { javaMapOrder } from '../../base/java-order.ts'
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { configRecord } from '../metadata/configs.ts'
import {
  ELR_FEATURE,
  ELR_METADATA_VERSION_MIN,
  KRAFT_VERSION,
  METADATA_VERSION,
  supportedFeature,
} from '../metadata/features.ts'
import type { FeatureRange } from '../metadata/cluster.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, NO_ERROR, errorFields } from './decision.ts'

type Request = RequestOf<'UpdateFeatures'>
type Update = Request['featureUpdates'][number]

const UPGRADE = 1
/** 2 is the safe downgrade. */
const UNSAFE_DOWNGRADE = 3

/** Features of Apache Kafka 4.3.1 that this broker does not serve: off, and may be said to be off. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set([
  'group.version',
  'share.version',
  'streams.version',
  'transaction.version',
])

export function updateFeatures(
  context: ControllerContext,
  request: Request,
  version: number,
): Decision<ResponseInput<'UpdateFeatures'>> {
  // A feature that stands twice counts once, with what was said last.
  const updates = [...new Map(request.featureUpdates.map((update) => [update.feature, update])).values()]
  const records: MetadataRecord[] = []
  for (const update of javaMapOrder(updates, ({ feature }) => feature)) {
    try {
      records.push(...decide(context, update, updates, version))
    } catch (error) {
      return refusal(error)
    }
  }
  const quorum = updates.find(({ feature }) => feature === KRAFT_VERSION)
  if (quorum !== undefined && !request.validateOnly && quorum.maxVersionLevel > levelOf(context, KRAFT_VERSION)) {
    try {
      context.upgradeKraftVersion?.(quorum.maxVersionLevel, false)
    } catch (error) {
      return refusal(error)
    }
  }
  if (updates.some(({ feature, maxVersionLevel }) => feature === ELR_FEATURE && maxVersionLevel > 0)) {
    records.unshift(...oneMinIsrForAll(context))
  }
  const results = request.featureUpdates.map(({ feature }) => ({ feature, errorCode: 0, errorMessage: 'NONE' }))
  return { records: request.validateOnly ? [] : records, response: { ...NO_ERROR, results } }
}

function refusal(error: unknown): Decision<ResponseInput<'UpdateFeatures'>> {
  const { errorCode, errorMessage } = errorFields(error)
  const whole = `The update failed for all features since the following feature had an error: ${errorMessage}`
  return { records: [], response: { errorCode, errorMessage: whole } }
}

/** Records of one update; none when the level stays. */
function decide(
  context: ControllerContext,
  update: Update,
  updates: readonly Update[],
  version: number,
): MetadataRecord[] {
  const { feature, maxVersionLevel: level } = update
  const current = levelOf(context, feature)
  // Kafka's controller does not look at version 0's word on downgrades
  const upgradeType = version === 0 ? UPGRADE : update.upgradeType
  const refuse = (reason: string) =>
    new ApiError('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${reason}`)
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    throw refuse('The controller does not support the given upgrade type.')
  }
  if (level < 0) throw refuse('A feature version cannot be less than 0.')
  checkSupport(context, feature, level, refuse)
  if (level < current && upgradeType === UPGRADE) {
    throw refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UPGRADE) throw refuse("Can't downgrade to a newer version.")
  if (feature === METADATA_VERSION) return metadataVersion(current, level, upgradeType === UNSAFE_DOWNGRADE)
  if (feature === KRAFT_VERSION) {
    if (level === current) return []
    if (level < current) throw refuse("Can't downgrade the version of this feature.")
    if (context.upgradeKraftVersion === undefined) throw refuse('This quorum cannot have dynamic voters.')
    // Raised when all updates are known to be good: the quorum takes nothing back.
    context.upgradeKraftVersion(level, true)
    return []
  }
  if (supportedFeature(feature) === undefined && !KNOWN_FEATURES.has(feature)) {
    throw refuse(`Feature ${feature} not found.`)
  }
  if (feature === ELR_FEATURE && level > 0) {
    const wanted = updates.find((other) => other.feature === METADATA_VERSION)?.maxVersionLevel
    if ((wanted ?? context.state.features.metadataVersion) < ELR_METADATA_VERSION_MIN) {
      throw refuse(
        `${feature} could not be set to ${level} because it depends on ${METADATA_VERSION} level ${ELR_METADATA_VERSION_MIN}`,
      )
    }
  }
  return [levelRecord(feature, level)]
}

/** Eligible leader replicas are worked out with one min.insync.replicas: that of the cluster, and none of a broker. */
function oneMinIsrForAll({ state: { configs }, config }: ControllerContext): MetadataRecord[] {
  const key = 'min.insync.replicas'
  const records: MetadataRecord[] = []
  if (!configs.get('broker', '').has(key)) {
    records.push(configRecord('broker', '', key, String(config.get(key))))
  }
  for (const name of configs.names('broker')) {
    if (name !== '' && configs.get('broker', name).has(key)) records.push(configRecord('broker', name, key, null))
  }
  return records
}

/** kraft.version stands in the quorum's own records, the others in the metadata. */
function levelOf(context: ControllerContext, feature: string): number {
  if (feature === KRAFT_VERSION) return context.kraftVersion?.() ?? 0
  return feature === METADATA_VERSION ? context.state.features.metadataVersion : context.state.features.get(feature)
}

function levelRecord(name: string, featureLevel: number): MetadataRecord {
  return metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })
}

/** Metadata versions whose records differ from those before: a cluster does not go back over one. */
const CHANGES_RECORDS: ReadonlySet<number> = new Set([8, 11, 13, 14, 15, 17, 23, 30])

function metadataVersion(current: number, level: number, unsafe: boolean): MetadataRecord[] {
  const refuse = (reason: string) =>
    new ApiError(
      'INVALID_UPDATE_VERSION',
      `Unsupported metadata.version downgrade from ${current} to ${level}. ${reason}`,
    )
  if (level < current && [...CHANGES_RECORDS].some((changing) => changing > level && changing <= current)) {
    throw refuse(
      unsafe
        ? 'Unsafe metadata downgrade is not supported in this version.'
        : 'Refusing to perform the requested downgrade because it might delete metadata information.',
    )
  }
  return [levelRecord(METADATA_VERSION, level)]
}

function checkSupport(
  context: ControllerContext,
  feature: string,
  level: number,
  refuse: (reason: string) => ApiError,
): void {
  const own = supportedFeature(feature)
  if (own === undefined && level !== 0) {
    throw refuse(`Local controller ${context.nodeId} does not support this feature.`)
  }
  if (own !== undefined && (level < own.minVersion || level > own.maxVersion)) {
    throw refuse(`Local controller ${context.nodeId} only supports versions ${own.minVersion}-${own.maxVersion}`)
  }
  checkNodes(context, feature, level, refuse)
}

function checkNodes(
  context: ControllerContext,
  feature: string,
  level: number,
  refuse: (reason: string) => ApiError,
): void {
  const check = (what: string, features: readonly FeatureRange[]) => {
    const range = features.find((one) => one.name === feature)
    const [min, max] = range === undefined ? [0, 0] : [range.minSupportedVersion, range.maxSupportedVersion]
    if (level >= min && level <= max) return
    throw refuse(max === 0 ? `${what} does not support this feature.` : `${what} only supports versions ${min}-${max}`)
  }
  for (const broker of context.state.brokers.values()) check(`Broker ${broker.id}`, broker.features)
  for (const controller of context.state.controllers.values()) {
    if (controller.id !== context.nodeId) check(`Controller ${controller.id}`, controller.features)
  }
  if (!context.state.features.recordVersions.controllerRegistration) return
  const isKnown = (id: number) => id === context.nodeId || context.state.controllers.has(id)
  const silent = context.config.quorumVoters.find(({ id }) => !isKnown(id))
  if (silent === undefined) return
  throw refuse(`controller ${silent.id} has not registered, and may not support this feature`)
}
