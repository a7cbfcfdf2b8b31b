/**
 * DescribeLogDirs (35): every log directory of this node, the size of each replica in it, and the room on its volume.
 *
 * v1  same as v0.  v2  flexible.  v3  top-level error.  v4  total and usable bytes (KIP-827).  v5  cordoned directories.
 * Null topics mean all; an offline directory stands in the answer with KAFKA_STORAGE_ERROR.
 */
import { errorCode } from '../../protocol/errors.ts'
import type { Log } from '../storage/log.ts'
import type { BrokerServices, Handler } from './context.ts'

type Wanted = (topic: string, partition: number) => boolean

export const describeLogDirsHandler: Handler<'DescribeLogDirs'> = {
  handle(request, _context, services) {
    const wanted = filterOf(request.topics)
    const byDirectory = new Map<string, Log[]>()
    for (const log of services.logs.logs()) {
      if (!wanted(log.topic, log.partition)) continue
      const logs = byDirectory.get(log.directory)
      if (logs === undefined) byDirectory.set(log.directory, [log])
      else logs.push(log)
    }
    return {
      results: services.logs.directories.map(({ path, state }) => {
        if (state === 'offline') return { errorCode: errorCode('KAFKA_STORAGE_ERROR'), logDir: path, topics: [] }
        return { logDir: path, topics: topicsOf(byDirectory.get(path) ?? []), ...volumeOf(services, path) }
      }),
    }
  },
}

function filterOf(topics: readonly { topic: string; partitions: number[] }[] | null): Wanted {
  if (topics === null) return () => true
  const wanted = new Map(topics.map(({ topic, partitions }) => [topic, new Set(partitions)]))
  return (topic, partition) => wanted.get(topic)?.has(partition) ?? false
}

function topicsOf(logs: readonly Log[]) {
  const topics = new Map<string, { partitionIndex: number; partitionSize: number; offsetLag: number }[]>()
  for (const log of logs) {
    const entry = {
      partitionIndex: log.partition,
      partitionSize: log.sizeBytes,
      offsetLag: Math.max(0, log.highWatermark - log.logEndOffset),
    }
    const partitions = topics.get(log.topic)
    if (partitions === undefined) topics.set(log.topic, [entry])
    else partitions.push(entry)
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}

function volumeOf(services: BrokerServices, path: string): { totalBytes?: number; usableBytes?: number } {
  try {
    return services.disk.volume(path)
  } catch {
    // A volume that does not tell its size is no reason to hide what lies on it.
    return {}
  }
}
