/** OffsetDelete, version 0: removes committed offsets of topics that the group does not subscribe to (KIP-496). */
import { errorCode } from '../../protocol/errors.ts'
import type { Handler } from './context.ts'
import { mergedTopics } from './distinct.ts'

export const offsetDeleteHandler: Handler<'OffsetDelete'> = {
  handle(request, _context, services) {
    const unknown = errorCode('UNKNOWN_TOPIC_OR_PARTITION')
    const asked = mergedTopics(request.topics, (topic) => topic.name, 'partitions')
    const known = asked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(
        ({ partitionIndex }) => services.image.topics.partition(name, partitionIndex) !== undefined,
      ),
    }))
    const topics = known.filter(({ partitions }) => partitions.length > 0)
    return services.groups.deleteOffsets({ ...request, topics }).then((response) => {
      if ((response.errorCode ?? 0) !== 0) return response
      const deleted = new Map(response.topics?.map((topic) => [topic.name, topic.partitions ?? []]))
      return {
        topics: asked.map(({ name, partitions }) => {
          const codes = new Map(deleted.get(name)?.map((partition) => [partition.partitionIndex, partition.errorCode]))
          return {
            name,
            partitions: partitions.map(({ partitionIndex }) => ({
              partitionIndex,
              errorCode: codes.get(partitionIndex) ?? unknown,
            })),
          }
        }),
      }
    })
  },
}
