/**
 * What Kafka's clients say for an error code when the broker says nothing. Scripts look for these, so they are Kafka's; the
 * words that mq's own commands show are in protocol/error-messages.ts.
 */
import { type ErrorName, errorMessage } from '../protocol/errors.ts'

const MESSAGES: Readonly<Partial<Record<ErrorName, string>>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  UNSUPPORTED_VERSION: 'The version of API is not supported.',
}

/** `message`, unless it only is what mq says where a broker said nothing: then what Kafka says there. */
export function kafkaMessage(code: string, message: string): string {
  const kafka = MESSAGES[code as ErrorName]
  if (kafka === undefined) return message
  return message === '' || message === errorMessage(code as ErrorName) || message.endsWith(code) ? kafka : message
}
