/**
 * Request and response headers. Which version goes with which API is in the API table, not in a formula.
 */
import { int16, int32, string, message, type MessageOf } from '../schema.ts'

export const RequestHeader = message(
  'RequestHeader',
  { versions: '1-2', flexible: '2+' },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ versions: '1+', nullable: '1+', flexible: 'none' }),
  },
)
export type RequestHeader = MessageOf<typeof RequestHeader>

export const ResponseHeader = message(
  'ResponseHeader',
  { versions: '0-1', flexible: '1+' },
  {
    correlationId: int32(),
  },
)
export type ResponseHeader = MessageOf<typeof ResponseHeader>
