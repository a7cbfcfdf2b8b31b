/**
 * OffsetForLeaderEpoch (23): where a leader epoch ends in this leader's log, which tells a consumer or follower how far
 * its own log agrees (KIP-101, KIP-320).
 *
 * v2  leader epoch of the request is checked.  v3  replica id.  v4  flexible.
 * An epoch that the log does not know is answered with epoch -1 and offset -1, without an error.
 */
import { toApiError } from '../../protocol/errors.ts'
import type { BrokerServices, Handler } from './context.ts'

export const offsetForLeaderEpochHandler: Handler<'OffsetForLeaderEpoch'> = {
  handle(request, _context, services) {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((asked) => endOfEpoch(services, topic, asked)),
      })),
    }
  },
}

function endOfEpoch(
  services: BrokerServices,
  topic: string,
  asked: { partition: number; currentLeaderEpoch: number; leaderEpoch: number },
) {
  const { partition } = asked
  try {
    const log = services.replicas.partition(topic, partition).logFor(asked.currentLeaderEpoch, true)
    const { epoch, endOffset } = log.epochs.endOffsetFor(asked.leaderEpoch)
    return { partition, leaderEpoch: epoch, endOffset }
  } catch (error) {
    return { partition, errorCode: toApiError(error).errorCode }
  }
}
