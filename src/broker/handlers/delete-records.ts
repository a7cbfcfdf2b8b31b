/**
 * DeleteRecords (21): moves the log start of partitions forward; what lies before it cannot be read any more (KIP-107).
 *
 * v1  same.  v2  flexible.
 * Offset -1 means the high watermark. The answer comes when the live replicas have moved too, with the lowest log start
 * among them, or after the request's timeout with REQUEST_TIMED_OUT.
 */
import { ApiError, toApiError } from '../../protocol/errors.ts'
import type { Partition } from '../replication/partition.ts'
import type { BrokerServices, Handler } from './context.ts'
import { distinctPartitions } from './distinct.ts'
import { isInternalTopic, mayWriteInternalTopics } from './topics.ts'

const HIGH_WATERMARK = -1
const NO_LOW_WATERMARK = -1

interface Outcome {
  readonly partitionIndex: number
  readonly lowWatermark: number
  readonly errorCode: number
}

export const deleteRecordsHandler: Handler<'DeleteRecords'> = {
  async handle(request, context, services) {
    const internalAllowed = mayWriteInternalTopics(context)
    const asked = distinctPartitions(
      request.topics,
      (topic) => topic.name,
      'partitions',
      (each) => each.partitionIndex,
    )
    const topics = asked.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partitionIndex, offset }) =>
          deleteFrom(services, { name, partitionIndex, offset, internalAllowed, timeoutMs: request.timeoutMs }),
        ),
      ),
    }))
    return { topics: await Promise.all(topics) }
  },
}

async function deleteFrom(
  services: BrokerServices,
  item: { name: string; partitionIndex: number; offset: number; internalAllowed: boolean; timeoutMs: number },
): Promise<Outcome> {
  const { name, partitionIndex } = item
  try {
    if (services.image.topics.partition(name, partitionIndex) === undefined) {
      throw new ApiError('UNKNOWN_TOPIC_OR_PARTITION')
    }
    if (isInternalTopic(name) && !item.internalAllowed) {
      throw new ApiError('INVALID_TOPIC_EXCEPTION', `records of the internal topic ${name} cannot be deleted`)
    }
    const partition = services.replicas.partition(name, partitionIndex)
    const log = partition.logFor(-1, true)
    if (!log.config.get('cleanup.policy').includes('delete')) {
      throw new ApiError('POLICY_VIOLATION', `the cleanup policy of ${name} is not delete`)
    }
    const offset = item.offset === HIGH_WATERMARK ? log.highWatermark : item.offset
    if (offset < 0 || offset > log.highWatermark) {
      throw new ApiError('OFFSET_OUT_OF_RANGE', `offset ${offset} is not within 0 and ${log.highWatermark}`)
    }
    log.advanceLogStartOffset(offset)
    await untilReached(services, partition, offset, item.timeoutMs)
    return { partitionIndex, lowWatermark: partition.lowWatermark(), errorCode: 0 }
  } catch (error) {
    return { partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode: toApiError(error).errorCode }
  }
}

function untilReached(
  services: BrokerServices,
  partition: Partition,
  offset: number,
  timeoutMs: number,
): Promise<void> | undefined {
  if (partition.lowWatermark() >= offset) return undefined
  return new Promise((resolve, reject) => {
    services.replicas.parked.park([partition], timeoutMs, {
      tryComplete: () => {
        if (!partition.isLeader) reject(new ApiError('NOT_LEADER_OR_FOLLOWER'))
        else if (!partition.isOnline) reject(new ApiError('KAFKA_STORAGE_ERROR', 'the log directory is offline'))
        else if (partition.lowWatermark() >= offset) resolve()
        else return false
        return true
      },
      expire: () => reject(new ApiError('REQUEST_TIMED_OUT')),
    })
  })
}
