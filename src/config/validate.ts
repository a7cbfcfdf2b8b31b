/**
 * Checks of values that requests want to set, with Kafka's wording, so that clients and scripts which read the message
 * find what they know. Topic and group values are refused with ApiError INVALID_CONFIG, broker values with
 * INVALID_REQUEST.
 */
import { ConfigError } from '../base/errors.ts'
import { ApiError } from '../protocol/errors.ts'
import { isBrokerKey } from './broker-config.ts'
import { brokerKeys } from './broker-keys.ts'
import { groupKeys } from './group-keys.ts'
import { type KeyTable, parseValue } from './key.ts'
import { type BrokerValues, brokerValue, isGroupKey, TopicConfig } from './topic-config.ts'
import { topicKeys } from './topic-keys.ts'

type Texts = Readonly<Record<string, string>>

const brokerTable: KeyTable = brokerKeys
const topicTable: KeyTable = topicKeys
const groupTable: KeyTable = groupKeys

function validate(table: KeyTable, what: string, name: string, value: string): void {
  if (!Object.hasOwn(table, name)) throw new ApiError('INVALID_CONFIG', `Unknown ${what} config name: ${name}`)
  try {
    parseValue(name, table[name]!, value)
  } catch (error) {
    if (error instanceof ConfigError) throw new ApiError('INVALID_CONFIG', error.message, { cause: error })
    throw error
  }
}

/** Throws ApiError INVALID_CONFIG when `name` is no topic key or `value` will not do for it. */
export function validateTopicConfig(name: string, value: string): void {
  validate(topicTable, 'topic', name, value)
}

/** Throws ApiError INVALID_CONFIG when `name` is no group key or `value` will not do for it. */
export function validateGroupConfig(name: string, value: string): void {
  validate(groupTable, 'group', name, value)
}

/**
 * Checks all of a group's own values together: each one, and that it lies between the broker's limits where it has some
 * (`group.consumer.min.session.timeout.ms` and the like). Throws ApiError INVALID_CONFIG.
 */
export function validateGroupConfigs(overrides: Texts, broker: BrokerValues = {}): void {
  for (const [name, given] of Object.entries(overrides)) {
    validateGroupConfig(name, given)
    if (!isGroupKey(name)) continue
    const value = parseValue<unknown>(name, groupTable[name]!, given)
    if (typeof value !== 'number') continue
    for (const limit of limitsOf(name)) {
      const bound = brokerValue(limit.key, broker)
      if (typeof bound !== 'number' || (limit.kind === 'min' ? value >= bound : value <= bound)) continue
      const word = limit.kind === 'min' ? 'greater' : 'less'
      throw new ApiError('INVALID_CONFIG', `${name} must be ${word} than or equal to ${limit.key}`)
    }
  }
}

function limitsOf(name: string): { kind: 'min' | 'max'; key: string }[] {
  if (name === 'streams.num.standby.replicas') return [{ kind: 'max', key: 'group.streams.max.standby.replicas' }]
  const [, kind, rest] = /^(consumer|share|streams)\.(.+)$/.exec(name) ?? []
  return [
    { kind: 'min', key: `group.${kind}.min.${rest}` },
    { kind: 'max', key: `group.${kind}.max.${rest}` },
  ]
}

/**
 * Checks all of a topic's own values together, as after the change: each one, and the pairs that must fit. Throws
 * ApiError INVALID_CONFIG.
 */
/** Names that do not exist are refused first, then values in the order in which Kafka looks at them: which error is told depends on it. */
const TOPIC_KEY_ORDER: readonly string[] = [
  'segment.bytes',
  'segment.ms',
  'segment.jitter.ms',
  'segment.index.bytes',
  'flush.messages',
  'flush.ms',
  'retention.bytes',
  'retention.ms',
  'max.message.bytes',
  'index.interval.bytes',
  'delete.retention.ms',
  'min.compaction.lag.ms',
  'max.compaction.lag.ms',
  'file.delete.delay.ms',
  'min.cleanable.dirty.ratio',
  'cleanup.policy',
  'unclean.leader.election.enable',
  'min.insync.replicas',
  'compression.type',
]

function rankOf(name: string): number {
  if (!Object.hasOwn(topicKeys, name)) return -1
  const rank = TOPIC_KEY_ORDER.indexOf(name)
  return rank < 0 ? TOPIC_KEY_ORDER.length : rank
}

export function validateTopicConfigs(overrides: Texts, broker: BrokerValues = {}): void {
  const entries = Object.entries(overrides)
  for (const [name, value] of [...entries].sort(([a], [b]) => rankOf(a) - rankOf(b))) validateTopicConfig(name, value)
  const config = TopicConfig.of(overrides, broker)
  const least = config.get('min.compaction.lag.ms')
  const most = config.get('max.compaction.lag.ms')
  if (least > most) {
    throw new ApiError(
      'INVALID_CONFIG',
      `conflict topic config setting min.compaction.lag.ms (${config.text('min.compaction.lag.ms')}) > ` +
        `max.compaction.lag.ms (${config.text('max.compaction.lag.ms')})`,
    )
  }
  if (config.get('remote.storage.enable') && brokerValue('remote.log.storage.system.enable', broker) !== true) {
    throw new ApiError(
      'INVALID_CONFIG',
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  }
}

/** Keys that a running broker takes for one listener only. */
const PER_LISTENER: ReadonlySet<string> = new Set([
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.type',
  'ssl.truststore.certificates',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.type',
])

/** Bounds that Kafka checks after parsing, in other words. */
const LEAST: Readonly<Record<string, number>> = { 'log.roll.ms': 1, 'log.roll.jitter.ms': 0 }

/**
 * Checks one dynamic broker value. `scope` is what the request addresses: one broker, or all of them. Everything refused
 * is ApiError INVALID_REQUEST, as Kafka has it for brokers. Names that Kafka does not know pass, as they do there.
 */
export function validateBrokerConfig(name: string, value: string, scope: 'broker' | 'cluster' = 'broker'): void {
  checkBrokerEntries(new Map([[name, value]]), scope)
}

/** Checks dynamic broker values as `validateBrokerConfig` does one; a refusal names all keys that have the same fault. */
export function checkBrokerEntries(entries: ReadonlyMap<string, string>, scope: 'broker' | 'cluster'): void {
  const names = [...entries.keys()].sort()
  const refuseAll = (reason: string, wrong: (name: string) => boolean): void => {
    const found = names.filter(wrong)
    if (found.length > 0) refuse(`${reason}: [${found.join(', ')}]`)
  }
  refuseAll('Cannot update these configs dynamically', (name) => modeOf(name) === 'read-only')
  refuseAll('These security configs can be dynamically updated only per-listener using the listener prefix', (name) =>
    PER_LISTENER.has(name),
  )
  for (const [name, value] of entries) checkBrokerValue(baseName(name), value)
  if (scope === 'cluster') {
    refuseAll('Cannot update these configs at default cluster level, broker id must be specified', isPerBroker)
  }
}

function refuse(message: string, cause?: unknown): never {
  throw new ApiError('INVALID_REQUEST', message, { cause })
}

const LISTENER_PREFIX = /^listener\.name\.[^.]+\.(.+)$/

/** The key behind a name with a listener's prefix, and for SASL with a mechanism's; the name itself without. */
function baseName(name: string): string {
  const prefixed = LISTENER_PREFIX.exec(name)?.[1]
  return prefixed === undefined ? name : prefixed.replace(/^[a-z0-9-]+\.(?=sasl\.)/, '')
}

function modeOf(name: string): string | undefined {
  return isBrokerKey(name) ? brokerTable[name]!.update : undefined
}

/** Of the settings of single listeners these alone may stand for all brokers. */
const CLUSTER_LEVEL_LISTENER_KEYS: ReadonlySet<string> = new Set([
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
])

function isPerBroker(name: string): boolean {
  if (modeOf(name) === 'per-broker') return true
  const prefixed = LISTENER_PREFIX.exec(name)?.[1]
  return prefixed !== undefined && !CLUSTER_LEVEL_LISTENER_KEYS.has(prefixed)
}

function checkBrokerValue(name: string, value: string): void {
  if (!isBrokerKey(name)) return
  const key = brokerTable[name]!
  try {
    const parsed = parseValue<unknown>(name, key, value)
    const least = LEAST[name]
    if (least !== undefined && typeof parsed === 'number' && parsed < least) {
      refuse(`requirement failed: ${name} must be greater than or equal to ${least}`)
    }
    // No class but the default one can be had: there is no Java machine to load it.
    if (key.type === 'CLASS' && value !== key.default) {
      refuse(`Invalid value ${value} for configuration ${name}: Class ${value} could not be found.`)
    }
    if (name === 'max.connections.per.ip.overrides') checkOverrides(name, value)
  } catch (error) {
    if (error instanceof ConfigError) refuse(error.message, error)
    throw error
  }
}

/** `host:count` entries, separated by commas. */
function checkOverrides(name: string, value: string): void {
  for (const entry of value === '' ? [] : value.split(',').map((one) => one.trim())) {
    const colon = entry.lastIndexOf(':')
    if (colon < 0) refuse(`Error parsing configuration property '${name}': begin 0, end -1, length ${entry.length}`)
    const count = entry.slice(colon + 1).trim()
    if (!/^[+-]?\d+$/.test(count)) refuse(`For input string: "${count}"`)
  }
}
