/** Appends that were refused, as Kafka's meters count them: by size, by checksum, and the ones that should not have failed. */
import { type ErrorName, toApiError } from '../../protocol/errors.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'

/** Refusals that are the client's or the moment's: Kafka does not count them as failures of the broker. */
const EXPECTED_REFUSALS: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

/** One append of `bytes` ended with `thrown`. */
export function countRefusal(metrics: TopicMetrics, thrown: unknown, bytes: number): void {
  const { error } = toApiError(thrown)
  if (error === 'MESSAGE_TOO_LARGE' || error === 'RECORD_LIST_TOO_LARGE') metrics.mark('BytesRejectedPerSec', bytes)
  if (error === 'CORRUPT_MESSAGE') metrics.mark('InvalidMessageCrcRecordsPerSec')
  if (!EXPECTED_REFUSALS.has(error)) metrics.mark('FailedProduceRequestsPerSec')
}
