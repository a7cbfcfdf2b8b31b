/** Kafka's metrics of log directories and of their cleaning: LogManager, LogCleaner, LogCleanerManager. */
import type { MetricRegistry, MetricSample } from '../../base/metrics.ts'
import type { LogManager } from '../storage/log-manager.ts'

export interface LogParts {
  readonly logs: LogManager
  readonly config: { get(key: 'cordoned.log.dirs'): readonly string[] }
}

export function registerLogMetrics(registry: MetricRegistry, parts: LogParts): void {
  registerDirectories(registry, parts)
  registerCleaner(registry, parts)
}

function registerDirectories(registry: MetricRegistry, parts: LogParts): void {
  const { logs } = parts
  type Directory = (typeof logs.directories)[number]
  const isOffline = ({ state }: Directory): boolean => state === 'offline'
  const isCordoned = ({ path }: Directory): boolean => {
    const cordoned = parts.config.get('cordoned.log.dirs')
    return cordoned.includes(path) || cordoned.includes('*')
  }
  const each = (kind: string, help: string, holds: (directory: Directory) => boolean): void => {
    const bean = { domain: 'kafka.log', type: 'LogManager' }
    registry.gauge({ ...bean, name: `${kind}LogDirectoryCount` }, `Log directories that ${help}`, () => {
      return logs.directories.filter(holds).length
    })
    registry.pull({ ...bean, name: `LogDirectory${kind}` }, 'gauge', `1 for a log directory that ${help}`, () =>
      logs.directories.map((one) => ({ tags: { logDirectory: one.path }, value: +holds(one) })),
    )
  }
  each('Offline', 'failed', isOffline)
  each('Cordoned', 'takes no new partitions', isCordoned)
}

function registerCleaner(registry: MetricRegistry, { logs }: LogParts): void {
  const { metrics } = logs.cleaner
  const gauge = (type: 'LogCleaner' | 'LogCleanerManager', name: string, help: string, read: () => number): void =>
    registry.gauge({ domain: 'kafka.log', type, name }, help, read)
  const cleaner = (name: string, help: string, read: () => number): void => gauge('LogCleaner', name, help, read)
  const manager = (name: string, help: string, read: () => number): void => gauge('LogCleanerManager', name, help, read)
  cleaner(
    'cleaner-recopy-percent',
    'Share of what the last cleanings read that they wrote again',
    () => metrics.recopyPercent,
  )
  cleaner('max-clean-time-secs', 'Seconds that the longest of the last cleanings took', () => metrics.maxCleanTimeSecs)
  cleaner(
    'max-buffer-utilization-percent',
    'Share of the map of keys that the last cleanings needed',
    () => metrics.maxBufferUtilizationPercent,
  )
  cleaner(
    'max-compaction-delay-secs',
    'Seconds by which a log exceeds max.compaction.lag.ms at most',
    () => metrics.maxCompactionDelaySecs,
  )
  cleaner('DeadThreadCount', 'Always 0: a failed cleaning concerns its log alone', () => metrics.deadThreadCount)
  manager('max-dirty-percent', 'Share of dirty bytes of the dirtiest compacted log', () => metrics.maxDirtyPercent)
  manager(
    'time-since-last-run-ms',
    'Milliseconds since the cleaner looked at the logs',
    () => metrics.timeSinceLastRunMs,
  )
  const ofDirectory = (name: string, help: string, read: (path: string) => number): void => {
    registry.pull(
      { domain: 'kafka.log', type: 'LogCleanerManager', name },
      'gauge',
      help,
      function* (): Iterable<MetricSample> {
        for (const { path } of logs.directories) yield { tags: { logDirectory: path }, value: read(path) }
      },
    )
  }
  ofDirectory('uncleanable-partitions-count', 'Partitions that could not be cleaned and are left alone', (path) =>
    metrics.uncleanablePartitionsCount(path),
  )
  ofDirectory('uncleanable-bytes', 'Bytes of partitions that could not be cleaned', (path) =>
    metrics.uncleanableBytes(path),
  )
}
