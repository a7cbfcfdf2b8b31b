/**
 * ControllerRegistration (API key 70): request and response, versions 0, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const ControllerRegistrationRequest = message(
  'ControllerRegistrationRequest',
  { versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    listeners: array({
      name: string({ mapKey: true }),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string({ mapKey: true }),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
)
export type ControllerRegistrationRequest = MessageOf<typeof ControllerRegistrationRequest>

export const ControllerRegistrationResponse = message(
  'ControllerRegistrationResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type ControllerRegistrationResponse = MessageOf<typeof ControllerRegistrationResponse>
