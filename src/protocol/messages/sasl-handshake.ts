/**
 * SaslHandshake (API key 17): request and response, versions 0-1, never flexible. Facts: Apache Kafka 4.3.1.
 */
import { int16, list, string, message, type MessageOf } from '../schema.ts'

export const SaslHandshakeRequest = message(
  'SaslHandshakeRequest',
  { versions: '0-1', flexible: 'none' },
  {
    mechanism: string(),
  },
)
export type SaslHandshakeRequest = MessageOf<typeof SaslHandshakeRequest>

export const SaslHandshakeResponse = message(
  'SaslHandshakeResponse',
  { versions: '0-1', flexible: 'none' },
  {
    errorCode: int16(),
    mechanisms: list(string()),
  },
)
export type SaslHandshakeResponse = MessageOf<typeof SaslHandshakeResponse>
