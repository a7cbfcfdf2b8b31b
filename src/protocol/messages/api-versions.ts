/**
 * ApiVersions (API key 18): request and response, versions 0-4, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, string, message, type MessageOf } from '../schema.ts'

export const ApiVersionsRequest = message(
  'ApiVersionsRequest',
  { versions: '0-4', flexible: '3+' },
  {
    clientSoftwareName: string({ versions: '3+', ignorable: true }),
    clientSoftwareVersion: string({ versions: '3+', ignorable: true }),
  },
)
export type ApiVersionsRequest = MessageOf<typeof ApiVersionsRequest>

export const ApiVersionsResponse = message(
  'ApiVersionsResponse',
  { versions: '0-4', flexible: '3+' },
  {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16({ mapKey: true }),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    supportedFeatures: array(
      {
        name: string({ versions: '3+', mapKey: true }),
        minVersion: int16({ versions: '3+' }),
        maxVersion: int16({ versions: '3+' }),
      },
      { versions: '3+', tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64({ versions: '3+', tag: 1, default: -1, ignorable: true }),
    finalizedFeatures: array(
      {
        name: string({ versions: '3+', mapKey: true }),
        maxVersionLevel: int16({ versions: '3+' }),
        minVersionLevel: int16({ versions: '3+' }),
      },
      { versions: '3+', tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool({ versions: '3+', tag: 3, ignorable: true }),
  },
)
export type ApiVersionsResponse = MessageOf<typeof ApiVersionsResponse>
