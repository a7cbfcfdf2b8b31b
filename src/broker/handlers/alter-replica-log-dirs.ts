/**
 * AlterReplicaLogDirs (34), versions 1 and 2: where replicas of this node are to lie. Answered when the moves have begun;
 * DescribeLogDirs tells how far they are. Kafka's answer to a partition that is not here yet is REPLICA_NOT_AVAILABLE, and
 * it will be made in that directory when it comes.
 */
import { toApiError } from '../../protocol/errors.ts'
import type { BrokerServices, Handler } from './context.ts'

export const alterReplicaLogDirsHandler: Handler<'AlterReplicaLogDirs'> = {
  handle(request, _context, services) {
    const results = new Map<string, Map<number, string>>()
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions } of topics) {
        const paths = results.get(name) ?? new Map<number, string>()
        results.set(name, paths)
        // of a partition named twice the last directory counts
        for (const partitionIndex of partitions) paths.set(partitionIndex, path)
      }
    }
    return {
      results: [...results]
        .filter(([, paths]) => paths.size > 0)
        .map(([topicName, paths]) => ({
          topicName,
          partitions: [...paths].map(([partitionIndex, path]) => ({
            partitionIndex,
            errorCode: alter(services, topicName, partitionIndex, path),
          })),
        })),
    }
  },
}

function alter(services: BrokerServices, topic: string, partition: number, path: string): number {
  try {
    services.replicas.moves.alter(topic, partition, path)
    return 0
  } catch (error) {
    const apiError = toApiError(error)
    if (apiError.error === 'UNKNOWN_SERVER_ERROR') services.log.error(`${topic}-${partition} cannot be moved`, error)
    else services.log.warn(`${topic}-${partition} is not moved to ${path}: ${apiError.message}`)
    return apiError.errorCode
  }
}
