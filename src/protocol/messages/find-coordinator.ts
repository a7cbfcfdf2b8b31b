/**
 * FindCoordinator (API key 10): request and response, versions 0-6, flexible from 3. Facts: Apache Kafka 4.3.1.
 */
import { array, int16, int32, int8, list, string, message, type MessageOf } from '../schema.ts'

export const FindCoordinatorRequest = message(
  'FindCoordinatorRequest',
  { versions: '0-6', flexible: '3+' },
  {
    key: string({ versions: '0-3' }),
    keyType: int8({ versions: '1+' }),
    coordinatorKeys: list(string(), { versions: '4+' }),
  },
)
export type FindCoordinatorRequest = MessageOf<typeof FindCoordinatorRequest>

export const FindCoordinatorResponse = message(
  'FindCoordinatorResponse',
  { versions: '0-6', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', ignorable: true }),
    errorCode: int16({ versions: '0-3' }),
    errorMessage: string({ versions: '1-3', nullable: '1-3', ignorable: true }),
    nodeId: int32({ versions: '0-3' }),
    host: string({ versions: '0-3' }),
    port: int32({ versions: '0-3' }),
    coordinators: array(
      {
        key: string({ versions: '4+' }),
        nodeId: int32({ versions: '4+' }),
        host: string({ versions: '4+' }),
        port: int32({ versions: '4+' }),
        errorCode: int16({ versions: '4+' }),
        errorMessage: string({ versions: '4+', nullable: '4+', ignorable: true }),
      },
      { versions: '4+' },
    ),
  },
)
export type FindCoordinatorResponse = MessageOf<typeof FindCoordinatorResponse>
