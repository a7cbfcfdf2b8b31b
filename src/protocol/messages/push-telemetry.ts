/**
 * PushTelemetry (API key 72): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { bool, bytes, int16, int32, int8, uuid, message, type MessageOf } from '../schema.ts'

export const PushTelemetryRequest = message(
  'PushTelemetryRequest',
  { versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  },
)
export type PushTelemetryRequest = MessageOf<typeof PushTelemetryRequest>

export const PushTelemetryResponse = message(
  'PushTelemetryResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export type PushTelemetryResponse = MessageOf<typeof PushTelemetryResponse>
