/** Changes of feature levels (KIP-584, KIP-1022): all of a request take effect or none, checked first by the controller itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MqError, UsageError } from '../base/errors.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import { knownMetadataVersionName, metadataVersionLevel } from '../config/metadata-versions.ts'
import { ApiError, errorName } from '../protocol/errors.ts'
import { codeError, similarNames } from './items.ts'
import type { ClusterFeatures } from './features.ts'

export type FeatureDirection = 'upgrade' | 'downgrade' | 'unsafe-downgrade'

export interface FeatureChange {
  feature: string
  /** 0: off. */
  before: number
  beforeName: string | null
  after: number
  /** Kafka's name of the level, of metadata.version alone. */
  afterName: string | null
}

const TYPE = { upgrade: 1, downgrade: 2, 'unsafe-downgrade': 3 } as const
const METADATA_VERSION = 'metadata.version'
const SHOWN_MS = 5000

/** Reads `feature=level`; of metadata.version also a release or a name. Throws UsageError. */
export function parseFeatureLevel(text: string): { feature: string; level: number } {
  const at = text.indexOf('=')
  const [feature, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  const level =
    feature === METADATA_VERSION ? metadataVersionLevel(value) : /^\d{1,4}$/.test(value) ? Number(value) : undefined
  if (at > 0 && level !== undefined) return { feature, level }
  const what = feature === METADATA_VERSION ? 'a level, a release such as 4.3, or a name such as 4.3-IV0' : 'a level'
  throw new UsageError(at > 0 ? `${feature} needs ${what}, not "${value}"` : `"${text}" is not FEATURE=LEVEL`)
}

/** What these levels would change; those that are in force already are left out. Throws for a wrong direction or an unknown feature. */
export function planFeatures(
  now: ClusterFeatures,
  wanted: readonly { readonly feature: string; readonly level: number }[],
  direction: FeatureDirection,
): FeatureChange[] {
  const name = (feature: string, level: number) =>
    feature === METADATA_VERSION ? (knownMetadataVersionName(level) ?? null) : null
  return wanted.flatMap(({ feature, level }) => {
    const found = now.features.find((one) => one.feature === feature)
    if (found === undefined) {
      const names = now.features.map((one) => one.feature)
      const similar = similarNames(feature, names)
      throw new MqError('MQ_UNKNOWN_FEATURE', `there is no feature ${feature}`, {
        hint: similar.length === 0 ? `features: ${names.join(', ')}` : `did you mean ${similar.join(' or ')}?`,
      })
    }
    if (found.finalized === level) return []
    if (direction === 'upgrade' && level < found.finalized) {
      throw new UsageError(
        `${feature} is at ${found.finalized}, and ${level} is lower`,
        'mq cluster features downgrade lowers it',
      )
    }
    if (direction !== 'upgrade' && level > found.finalized) {
      throw new UsageError(
        `${feature} is at ${found.finalized}, and ${level} is higher`,
        'mq cluster features upgrade raises it',
      )
    }
    const [before, after] = [found.finalized, level]
    return [{ feature, before, beforeName: name(feature, before), after, afterName: name(feature, after) }]
  })
}

/**
 * Has the controller check the changes, or make them; then returns when the cluster shows them, or after 5 s. Rejects with the
 * controller's reason.
 */
export async function changeFeatures(
  client: ClusterClient,
  changes: readonly FeatureChange[],
  options: { readonly direction: FeatureDirection; readonly dryRun: boolean },
): Promise<void> {
  const answer = await client.request(
    'UpdateFeatures',
    {
      timeoutMs: client.options.requestTimeoutMs,
      featureUpdates: changes.map(({ feature, after }) => ({
        ...{ feature, maxVersionLevel: after, upgradeType: TYPE[options.direction] },
      })),
      validateOnly: options.dryRun,
    },
    'controller',
    { minVersion: 1 },
  )
  const failed = [answer, ...answer.results].find(({ errorCode }) => errorCode !== 0)
  if (failed !== undefined) {
    throw new ApiError(errorName(failed.errorCode), codeError(failed.errorCode, failed.errorMessage).message)
  }
  const until = performance.now() + SHOWN_MS
  while (!options.dryRun && performance.now() < until) {
    const asking = { clientSoftwareName: 'mq', clientSoftwareVersion: '0.1.0' }
    const { finalizedFeatures } = await client.request('ApiVersions', asking)
    const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
    if (changes.every(({ feature, after }) => (levels.get(feature) ?? 0) === after)) return
    await sleep(100)
  }
}
