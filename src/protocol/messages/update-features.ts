/**
 * UpdateFeatures (API key 57): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int8, string, message, type MessageOf } from '../schema.ts'

export const UpdateFeaturesRequest = message(
  'UpdateFeaturesRequest',
  { versions: '0-2', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array({
      feature: string({ mapKey: true }),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: '0' }),
      upgradeType: int8({ versions: '1+', default: 1 }),
    }),
    validateOnly: bool({ versions: '1+' }),
  },
)
export type UpdateFeaturesRequest = MessageOf<typeof UpdateFeaturesRequest>

export const UpdateFeaturesResponse = message(
  'UpdateFeaturesResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array(
      {
        feature: string({ mapKey: true }),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      },
      { versions: '0-1', ignorable: true },
    ),
  },
)
export type UpdateFeaturesResponse = MessageOf<typeof UpdateFeaturesResponse>
