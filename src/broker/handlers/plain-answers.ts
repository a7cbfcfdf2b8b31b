/**
 * What Apache Kafka's brokers say over the wire where they have nothing more exact to say. Clients show these words to people, and
 * programs compare them, so they are Kafka's own; what a person reads from mq's commands stands in protocol/error-messages.ts.
 */
import type { ErrorName } from '../../protocol/errors.ts'

const PLAIN = {
  INVALID_REQUEST:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
} as const satisfies Partial<Record<ErrorName, string>>

/** Kafka's words for an error that needs no more of them. */
export function plainAnswer(error: keyof typeof PLAIN): string {
  return PLAIN[error]
}
