/**
 * ApiVersions (18): what this listener serves, and the features of the cluster.
 *
 * v0-v2  API ranges only.  v3  flexible; names the client's software, which is checked; features in tags.
 * v4  lists features whose lowest level is 0, which older clients cannot read (KAFKA-17011).
 * A version that is not known is answered in version 0 with UNSUPPORTED_VERSION and the range of this API (KIP-511).
 */
import { type ApiName, apiNames, apis, type ResponseInput } from '../../protocol/apis.ts'
import { errorCode } from '../../protocol/errors.ts'
import { encodeResponseFrame } from '../../protocol/frame.ts'
import type { BrokerServices, Handler, Handlers } from './context.ts'
import { advertisedVersions, type VersionRange } from './versions.ts'

const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const FIRST_VERSION_WITH_SOFTWARE = 3
const FIRST_VERSION_WITH_ZERO_LEVELS = 4

/** The handler that advertises `handlers()`; a function, because the registry holds this handler itself. */
export function apiVersionsHandler(handlers: () => Handlers): Handler<'ApiVersions'> {
  return {
    handle(request, context, services) {
      if (
        context.version >= FIRST_VERSION_WITH_SOFTWARE &&
        !(SOFTWARE_NAME.test(request.clientSoftwareName) && SOFTWARE_NAME.test(request.clientSoftwareVersion))
      ) {
        return { errorCode: errorCode('INVALID_REQUEST') }
      }
      return {
        apiKeys: rangesOf(handlers(), services.config.get('unstable.api.versions.enable')),
        ...featuresOf(services, context.version),
      }
    },
  }
}

/** Ranges of all APIs of a registry, ascending by key. */
export function rangesOf(
  handlers: Handlers,
  unstable: boolean,
): { apiKey: number; minVersion: number; maxVersion: number }[] {
  return apiNames
    .filter((name: ApiName) => handlers[name] !== undefined)
    .map((name) => {
      const { min, max } = advertisedVersions(name, unstable)
      return { apiKey: apis[name].key, minVersion: min, maxVersion: max }
    })
    .sort((a, b) => a.apiKey - b.apiKey)
}

function featuresOf(services: BrokerServices, version: number): Partial<ResponseInput<'ApiVersions'>> {
  const { image, quorum, supportedFeatures } = services
  const levels = new Map(image.features.finalised())
  if (quorum.kraftVersion !== undefined && quorum.kraftVersion > 0) levels.set('kraft.version', quorum.kraftVersion)
  return {
    supportedFeatures: supportedFeatures.filter(
      ({ minVersion }) => version >= FIRST_VERSION_WITH_ZERO_LEVELS || minVersion > 0,
    ),
    finalizedFeaturesEpoch: image.offset,
    finalizedFeatures: [...levels].map(([name, level]) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
  }
}

export function unsupportedVersionAnswer(correlationId: number, served: VersionRange): readonly Uint8Array[] {
  return encodeResponseFrame('ApiVersions', 0, correlationId, {
    errorCode: errorCode('UNSUPPORTED_VERSION'),
    apiKeys: [{ apiKey: apis.ApiVersions.key, minVersion: served.min, maxVersion: served.max }],
  })
}
