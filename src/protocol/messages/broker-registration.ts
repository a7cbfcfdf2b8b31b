/**
 * BrokerRegistration (API key 62): request and response, versions 0-4, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { array, bool, int16, int32, int64, list, string, uint16, uuid, message, type MessageOf } from '../schema.ts'

export const BrokerRegistrationRequest = message(
  'BrokerRegistrationRequest',
  { versions: '0-4', flexible: '0+' },
  {
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
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
    rack: string({ nullable: '0+' }),
    isMigratingZkBroker: bool({ versions: '1+' }),
    logDirs: list(uuid(), { versions: '2+', ignorable: true }),
    previousBrokerEpoch: int64({ versions: '3+', default: -1, ignorable: true }),
  },
)
export type BrokerRegistrationRequest = MessageOf<typeof BrokerRegistrationRequest>

export const BrokerRegistrationResponse = message(
  'BrokerRegistrationResponse',
  { versions: '0-4', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64({ default: -1 }),
  },
)
export type BrokerRegistrationResponse = MessageOf<typeof BrokerRegistrationResponse>
