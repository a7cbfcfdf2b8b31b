/**
 * BrokerHeartbeat (API key 63): request and response, versions 0-2, flexible from 0. Facts: Apache Kafka 4.3.1.
 */
import { bool, int16, int32, int64, list, uuid, message, type MessageOf } from '../schema.ts'

export const BrokerHeartbeatRequest = message(
  'BrokerHeartbeatRequest',
  { versions: '0-2', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: list(uuid(), { versions: '1+', tag: 0 }),
    cordonedLogDirs: list(uuid(), { versions: '2+', nullable: '2+', tag: 1, default: null }),
  },
)
export type BrokerHeartbeatRequest = MessageOf<typeof BrokerHeartbeatRequest>

export const BrokerHeartbeatResponse = message(
  'BrokerHeartbeatResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool({ default: true }),
    shouldShutDown: bool(),
  },
)
export type BrokerHeartbeatResponse = MessageOf<typeof BrokerHeartbeatResponse>
