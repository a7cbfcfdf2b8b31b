/**
 * GetTelemetrySubscriptions (API key 71): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { bool, int16, int32, int8, list, string, uuid, message, type MessageOf } from '../schema.ts'

export const GetTelemetrySubscriptionsRequest = message(
  'GetTelemetrySubscriptionsRequest',
  { versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
  },
)
export type GetTelemetrySubscriptionsRequest = MessageOf<typeof GetTelemetrySubscriptionsRequest>

export const GetTelemetrySubscriptionsResponse = message(
  'GetTelemetrySubscriptionsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: list(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: list(string()),
  },
)
export type GetTelemetrySubscriptionsResponse = MessageOf<typeof GetTelemetrySubscriptionsResponse>
