/**
 * DescribeLogDirs (35): every log directory of this node, the size of each replica in it, current or on its way in, and
 * the room on its volume.
 *
 * v1  same as v0.  v2  flexible.  v3  top-level error.  v4  total and usable bytes (KIP-827).  v5  cordoned directories.
 * Null topics mean all; an offline directory stands in the answer with KAFKA_STORAGE_ERROR.
 */
import { errorCode } from '../../protocol/errors.ts'
import type { Log } from '../storage/log.ts'
import type { BrokerServices, Handler } from './context.ts'

/** A replica whose current log is in a directory that failed: nobody knows how far behind it is. */
const UNKNOWN_LAG = -1

interface Placed {
  readonly log: Log
  readonly offsetLag: number
  readonly isFuture: boolean
}

export const describeLogDirsHandler: Handler<'DescribeLogDirs'> = {
  handle(request, _context, services) {
    const wanted = filterOf(request.topics)
    const cordoned = services.config.get('cordoned.log.dirs')
    const byDirectory = new Map<string, Placed[]>()
    for (const placed of placedLogs(services)) {
      const { log } = placed
      if (!wanted(log.topic, log.partition)) continue
      const logs = byDirectory.get(log.directory)
      if (logs === undefined) byDirectory.set(log.directory, [placed])
      else logs.push(placed)
    }
    return {
      results: services.logs.directories.map(({ path, state }) => {
        if (state === 'offline') return { errorCode: errorCode('KAFKA_STORAGE_ERROR'), logDir: path, topics: [] }
        return {
          logDir: path,
          topics: topicsOf(byDirectory.get(path) ?? []),
          ...volumeOf(services, path),
          isCordoned: cordoned.includes('*') || cordoned.includes(path),
        }
      }),
    }
  },
}

function* placedLogs({ logs }: BrokerServices): Generator<Placed> {
  for (const log of logs.logs()) {
    yield { log, offsetLag: Math.max(0, log.highWatermark - log.logEndOffset), isFuture: false }
  }
  for (const log of logs.futures.all()) {
    const current = logs.get(log.topic, log.partition)
    const offsetLag = current === undefined ? UNKNOWN_LAG : current.logEndOffset - log.logEndOffset
    yield { log, offsetLag, isFuture: true }
  }
}

function filterOf(topics: readonly { topic: string; partitions: number[] }[] | null) {
  if (topics === null) return () => true
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    wanted.set(topic, new Set([...(wanted.get(topic) ?? []), ...partitions]))
  }
  return (topic: string, partition: number) => wanted.get(topic)?.has(partition) ?? false
}

function topicsOf(placed: readonly Placed[]) {
  const topics = new Map<string, ReturnType<typeof entryOf>[]>()
  for (const each of placed) {
    const partitions = topics.get(each.log.topic)
    if (partitions === undefined) topics.set(each.log.topic, [entryOf(each)])
    else partitions.push(entryOf(each))
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}

function entryOf({ log, offsetLag, isFuture }: Placed) {
  return { partitionIndex: log.partition, partitionSize: log.sizeBytes, offsetLag, isFutureKey: isFuture }
}

function volumeOf(services: BrokerServices, path: string): { totalBytes?: number; usableBytes?: number } {
  try {
    return services.disk.volume(path)
  } catch {
    // A volume that does not tell its size is no reason to hide what lies on it.
    return {}
  }
}
