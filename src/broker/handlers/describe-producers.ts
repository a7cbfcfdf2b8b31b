/**
 * DescribeProducers (61): the producers whose state a partition's leader holds (KIP-664). v0 only.
 */
import { errorCode, toApiError } from '../../protocol/errors.ts'
import { checkTopicName } from '../controller/topic-names.ts'
import type { BrokerServices, Handler } from './context.ts'

export const describeProducersHandler: Handler<'DescribeProducers'> = {
  handle(request, _context, services) {
    return {
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((index) => describePartition(services, name, index)),
      })),
    }
  },
}

/** Kafka says no more about what it does not find. */
function unknown(partitionIndex: number) {
  return {
    partitionIndex,
    errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
    errorMessage: null,
    activeProducers: [],
  }
}

function describePartition(services: BrokerServices, topic: string, partitionIndex: number) {
  try {
    checkTopicName(topic)
    if (services.image.topics.partition(topic, partitionIndex) === undefined) return unknown(partitionIndex)
    const log = services.replicas.partition(topic, partitionIndex).logFor(-1, true)
    return { partitionIndex, activeProducers: log.activeProducers() }
  } catch (error) {
    const refusal = toApiError(error)
    return { partitionIndex, errorCode: refusal.errorCode, errorMessage: refusal.message, activeProducers: [] }
  }
}
