/**
 * UpdateFeatures: finalises the levels of features. A level must be supported by this controller and by every registered
 * broker and controller; going down needs the caller's word for it. All updates of a request take effect, or none.
 */
import type { RequestOf, ResponseInput } from '../../protocol/apis.ts'
import { ApiError } from '../../protocol/errors.ts'
import { KRAFT_VERSION, METADATA_VERSION, metadataVersionName, supportedFeature } from '../metadata/features.ts'
import type { FeatureRange } from '../metadata/cluster.ts'
import { metadataRecord } from '../metadata/records.ts'
import { type ControllerContext, type Decision, NO_ERROR, duplicatesOf, errorFields } from './decision.ts'

type Request = RequestOf<'UpdateFeatures'>
type Update = Request['featureUpdates'][number]

const UPGRADE = 1
const SAFE_DOWNGRADE = 2
const UNSAFE_DOWNGRADE = 3

export function updateFeatures(
  context: ControllerContext,
  request: Request,
  version: number,
): Decision<ResponseInput<'UpdateFeatures'>> {
  const failures: { feature: string; error: ApiError }[] = []
  const duplicates = duplicatesOf(request.featureUpdates, (update) => update.feature)
  for (const update of request.featureUpdates) {
    try {
      if (duplicates.has(update.feature)) throw new ApiError('INVALID_REQUEST', `Duplicate feature ${update.feature}`)
      check(context, update, version)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      failures.push({ feature: update.feature, error })
    }
  }
  const first = failures[0]
  if (first !== undefined) {
    // From version 2 on one error stands for the whole request; before, each feature had its own.
    const whole = errorFields(first.error)
    const results = request.featureUpdates.map(({ feature }) => {
      const own = failures.find((failure) => failure.feature === feature)
      return { feature, ...(own === undefined ? NO_ERROR : errorFields(own.error)) }
    })
    return { records: [], response: version >= 2 ? { ...whole } : { ...NO_ERROR, results } }
  }
  const records = request.featureUpdates
    .filter((update) => context.state.features.get(update.feature) !== update.maxVersionLevel)
    .map((update) =>
      metadataRecord('FeatureLevelRecord', 0, { name: update.feature, featureLevel: update.maxVersionLevel }),
    )
  const results = request.featureUpdates.map(({ feature }) => ({ feature, ...NO_ERROR }))
  return { records: request.validateOnly ? [] : records, response: { ...NO_ERROR, results } }
}

function check(context: ControllerContext, update: Update, version: number): void {
  const { feature, maxVersionLevel: level } = update
  const current = context.state.features.get(feature)
  const upgradeType = version === 0 ? (update.allowDowngrade ? SAFE_DOWNGRADE : UPGRADE) : update.upgradeType
  const refuse = (reason: string) =>
    new ApiError('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${reason}`)
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    throw refuse('The controller does not support the given upgrade type.')
  }
  if (level < 0) throw refuse('A feature version cannot be less than 0.')
  const own = supportedFeature(feature)
  if (own === undefined) throw refuse(`Local controller ${context.nodeId} does not support this feature.`)
  if (level < own.minVersion || level > own.maxVersion) {
    throw refuse(`Local controller ${context.nodeId} only supports versions ${own.minVersion}-${own.maxVersion}`)
  }
  checkNodes(context, feature, level, refuse)
  if (level < current && upgradeType === UPGRADE) {
    throw refuse(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (feature === METADATA_VERSION && level < current) {
    throw refuse(
      `Downgrading ${METADATA_VERSION} from ${metadataVersionName(current)} to ${metadataVersionName(level)} is not supported by this controller.`,
    )
  }
  if (feature === KRAFT_VERSION)
    throw refuse('Changing the quorum to dynamic voters is not supported by this controller.')
}

function checkNodes(
  context: ControllerContext,
  feature: string,
  level: number,
  refuse: (reason: string) => ApiError,
): void {
  const supports = (features: readonly FeatureRange[]) => {
    const range = features.find((one) => one.name === feature)
    if (range === undefined) return level === 0
    return level >= range.minSupportedVersion && level <= range.maxSupportedVersion
  }
  for (const broker of context.state.brokers.values()) {
    if (!supports(broker.features)) throw refuse(`Broker ${broker.id} does not support this version.`)
  }
  for (const controller of context.state.controllers.values()) {
    if (!supports(controller.features)) throw refuse(`Controller ${controller.id} does not support this version.`)
  }
}
