/**
 * DescribeProducers (61): the producers whose state a partition's leader holds (KIP-664). v0 only.
 */
import { toApiError } from '../../protocol/errors.ts'
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

function describePartition(services: BrokerServices, topic: string, partitionIndex: number) {
  try {
    const log = services.replicas.partition(topic, partitionIndex).logFor(-1, true)
    return { partitionIndex, activeProducers: log.activeProducers() }
  } catch (error) {
    const { errorCode, message } = toApiError(error)
    return { partitionIndex, errorCode, errorMessage: message, activeProducers: [] }
  }
}
