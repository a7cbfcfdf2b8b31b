/**
 * What a running node takes as dynamic broker settings. The entries of a level (one broker, or all of them) are looked at
 * together and as they would be in force, over the static settings and beside the other level, with Kafka's rules and
 * words. Everything refused is ApiError INVALID_REQUEST, as Kafka has it for brokers.
 */
import { ConfigError } from '../base/errors.ts'
import { ApiError } from '../protocol/errors.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerKey } from './broker-keys.ts'
import { listenerSettingProblem, listenersProblem } from './dynamic-listeners.ts'
import { checkBrokerEntries } from './validate.ts'

type Texts = ReadonlyMap<string, string>

export interface DynamicLevels {
  /** What the node was started with. */
  readonly start: BrokerConfig
  /** What is in force now: pools may grow and shrink only by so much at a time. */
  readonly current: BrokerConfig
  /** The level that the change is for. */
  readonly scope: 'broker' | 'cluster'
  /** The entries of that level after the change. */
  readonly entries: Texts
  /** The entries of the other level. */
  readonly others: Texts
}

/** Pools that at most double and at most halve at a time. */
const POOLS = [
  'background.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
  'remote.log.manager.copier.thread.pool.size',
  'remote.log.manager.expiration.thread.pool.size',
  'remote.log.manager.follower.thread.pool.size',
  'remote.log.reader.threads',
] as const satisfies readonly BrokerKey[]

const BYTES_PER_CLEANER_MIN = 1024 * 1024
/** The one metrics reporter class that means something without a Java machine: Kafka's default. */
const JMX_REPORTER = 'org.apache.kafka.common.metrics.JmxReporter'

/** Throws ApiError INVALID_REQUEST unless a running node may take `entries`. */
export function checkDynamicBroker(levels: DynamicLevels): void {
  const { start, entries, others, scope } = levels
  checkBrokerEntries(entries, scope)
  const clusterWide = scope === 'cluster' ? entries : others
  const ownBroker = scope === 'cluster' ? others : entries
  let next: BrokerConfig
  try {
    next = start.withCheckedDynamic(clusterWide, ownBroker)
  } catch (error) {
    if (error instanceof ConfigError) throw refused(listenersProblem(start, clusterWide, ownBroker) ?? error.message)
    throw error
  }
  // Kafka divides by it before it looks at it
  if (next.get('log.cleaner.threads') === 0) throw refused('/ by zero')
  const wrong = unmet(next)
  if (wrong !== undefined) throw refused(`requirement failed: ${wrong}`)
  const problem = changeProblem(levels.current, next) ?? listenerSettingProblem(levels.current, next, entries)
  if (problem !== undefined) {
    throw refused(
      `Invalid value org.apache.kafka.common.config.ConfigException: ${problem} for configuration Invalid dynamic configuration`,
    )
  }
}

function refused(message: string): ApiError {
  return new ApiError('INVALID_REQUEST', message)
}

/** What a node could not even start with. */
function unmet(next: BrokerConfig): string | undefined {
  const retentionMs = next.get('log.retention.ms')
  if (retentionMs === 0) return 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1'
  const threads = next.get('log.cleaner.threads')
  if (next.get('log.cleaner.dedupe.buffer.size') / threads <= BYTES_PER_CLEANER_MIN) {
    return 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.'
  }
  if (next.get('max.connections.per.ip') === 0 && (next.get('max.connections.per.ip.overrides') ?? '') === '') {
    return 'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.'
  }
  const cordoned = next.get('cordoned.log.dirs')
  const missing = cordoned.filter((directory) => directory !== '*' && !next.logDirs.includes(directory))
  if (missing.length > 0) {
    return `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`
  }
  const bound = next.listeners.map(({ name }) => name)
  if (next.roles.includes('controller') && !next.controllerListenerNames.some((name) => bound.includes(name))) {
    return (
      "controller.listener.names must contain at least one value appearing in the 'listeners' configuration when " +
      'running the KRaft controller role'
    )
  }
  const unbound = next.advertisedListeners.map(({ name }) => name).filter((name) => !bound.includes(name))
  if (next.roles.includes('broker') && (unbound.length > 0 || next.advertisedListeners.length === 0)) {
    return (
      'advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ' +
      `${unbound.join(',')}. The valid options based on the current configuration are ${bound.join(',')}`
    )
  }
  return undefined
}

/** Why the node cannot go from `now` to `next` while it runs. */
function changeProblem(now: BrokerConfig, next: BrokerConfig): string | undefined {
  for (const key of POOLS) {
    const before = now.get(key)
    const after = next.get(key)
    if (after === before) continue
    const failed = `Dynamic thread count update validation failed for ${key}=${after}, value should`
    if (after <= 0) return `${failed} be at least 1`
    if (after < Math.floor(before / 2)) return `${failed} be at least half the current value ${before}`
    if (after > before * 2) return `${failed} not be greater than double the current value ${before}`
  }
  return (
    cleanersProblem(now.get('log.cleaner.threads'), next.get('log.cleaner.threads')) ??
    reportersProblem(now, next) ??
    localRetentionProblem(now, next)
  )
}

function cleanersProblem(before: number, after: number): string | undefined {
  if (after < Math.floor(before / 2)) {
    return `Log cleaner threads cannot be reduced below half the current value ${before}`
  }
  if (after > before * 2) {
    return `Log cleaner threads cannot be increased to more than double the current value ${before}`
  }
  return undefined
}

function reportersProblem(now: BrokerConfig, next: BrokerConfig): string | undefined {
  if (now.text('metric.reporters') === next.text('metric.reporters')) return undefined
  if (next.get('metric.reporters').every((name) => name === JMX_REPORTER)) return undefined
  return (
    'Validation of dynamic config update of Set(metric.reporters) failed with class class ' +
    'kafka.server.DynamicMetricsReporters'
  )
}

const LOCAL_RETENTION_KEYS = [
  'log.retention.ms',
  'log.retention.bytes',
  'log.local.retention.ms',
  'log.local.retention.bytes',
] as const satisfies readonly BrokerKey[]

/** What stays on this node of a topic in remote storage: never more than what stays at all. -2 means "as much". */
function localRetentionProblem(now: BrokerConfig, next: BrokerConfig): string | undefined {
  if (LOCAL_RETENTION_KEYS.every((key) => now.text(key) === next.text(key))) return undefined
  const pairs = [
    ['log.local.retention.ms', 'log.retention.ms', retentionMsOf(next)],
    ['log.local.retention.bytes', 'log.retention.bytes', next.get('log.retention.bytes')],
  ] as const
  for (const [localKey, key, all] of pairs) {
    const local = next.get(localKey)
    if (all < 0 || local === -2) continue
    const failed = `Invalid value ${local} for configuration ${localKey}: Value must not be`
    if (local === -1) return `${failed} -1 as ${key} value is set as ${all}.`
    if (local > all) return `${failed} more than ${key} property value: ${all}`
  }
  return undefined
}

function retentionMsOf(config: BrokerConfig): number {
  const minutes = config.get('log.retention.minutes')
  return config.get('log.retention.ms') ?? (minutes ?? config.get('log.retention.hours') * 60) * 60_000
}
