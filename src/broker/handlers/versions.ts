/**
 * Which versions of an API are served and which are advertised. They differ in one place: Produce is advertised from 0,
 * because librdkafka before 2.11.1 looks for version 0 there before it compresses, and served from 3.
 */
import { type ApiName, apis } from '../../protocol/apis.ts'

export interface VersionRange {
  readonly min: number
  /** Inclusive. */
  readonly max: number
}

const PRODUCE_ADVERTISED_MIN = 0

/** `unstable`: with the versions that Kafka has not released (`unstable.api.versions.enable`). */
export function servedVersions(api: ApiName, unstable: boolean): VersionRange {
  const { min, max, maxUnstable } = apis[api]
  return { min, max: unstable ? maxUnstable : max }
}

export function advertisedVersions(api: ApiName, unstable: boolean): VersionRange {
  const { min, max } = servedVersions(api, unstable)
  return { min: api === 'Produce' ? PRODUCE_ADVERTISED_MIN : min, max }
}
