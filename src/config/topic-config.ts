/**
 * The configuration of one topic or group: its own values over the broker keys behind them. Immutable: a changed
 * override makes a new one.
 */
import { BrokerConfig, isBrokerKey } from './broker-config.ts'
import { brokerKeys } from './broker-keys.ts'
import { type GroupConfigValue, type GroupKey, groupKeys } from './group-keys.ts'
import { type Key, type KeyTable, parseValue, renderValue } from './key.ts'
import { type TopicConfigValue, type TopicKey, topicKeys } from './topic-keys.ts'

export type { TopicConfigValue, TopicKey } from './topic-keys.ts'
export type { GroupConfigValue, GroupKey } from './group-keys.ts'
export {
  validateBrokerConfig,
  validateGroupConfig,
  validateGroupConfigs,
  validateTopicConfig,
  validateTopicConfigs,
} from './validate.ts'

type Texts = Readonly<Record<string, string>>
/** Broker settings behind a topic: a resolved configuration, or texts over Kafka's defaults. */
export type BrokerValues = BrokerConfig | Texts

const brokerTable: KeyTable = brokerKeys
const topicTable: KeyTable = topicKeys
const groupTable: KeyTable = groupKeys

/** A broker setting by name, typed; null for a name that is no broker key. */
export function brokerValue(name: string, broker: BrokerValues): unknown {
  if (!isBrokerKey(name)) return null
  if (broker instanceof BrokerConfig) return broker.get(name)
  const given = broker[name]
  return given === undefined ? brokerTable[name]!.default : parseValue(name, brokerTable[name]!, given)
}

/** The value that a topic or group has without one of its own. */
export function inheritedValue(name: string, key: Key, broker: BrokerValues): unknown {
  for (const { key: source, factor } of key.fallbacks) {
    const value = brokerValue(source, broker)
    if (value === null || value === undefined) continue
    const scaled = typeof value === 'number' ? value * factor : value
    // A negative retention, in whatever unit, means: keep for ever.
    return name === 'retention.ms' && typeof scaled === 'number' && scaled < 0 ? -1 : scaled
  }
  return key.default
}

function parseOverrides(table: KeyTable, overrides: Texts): Map<string, unknown> {
  const parsed = new Map<string, unknown>()
  for (const [name, value] of Object.entries(overrides)) {
    const key = table[name]
    if (key === undefined) continue
    try {
      parsed.set(name, parseValue(name, key, value))
    } catch {
      // Requests are validated before they are recorded; a value from elsewhere that is not valid must not stop a log.
    }
  }
  return parsed
}

class Overlay<K extends string> {
  /** The topic's or group's own values, as text. */
  readonly overrides: Texts
  readonly #table: KeyTable
  readonly #broker: BrokerValues
  readonly #values: Map<string, unknown>

  constructor(table: KeyTable, overrides: Texts, broker: BrokerValues) {
    this.overrides = overrides
    this.#table = table
    this.#broker = broker
    this.#values = parseOverrides(table, overrides)
  }

  protected value(name: K): unknown {
    let value = this.#values.get(name)
    if (value === undefined) {
      value = inheritedValue(name, this.#table[name]!, this.#broker)
      this.#values.set(name, value)
    }
    return value
  }

  /** The value in force as Kafka prints it. */
  text(name: K): string | null {
    return renderValue(this.#table[name]!, this.value(name))
  }
}

export class TopicConfig extends Overlay<TopicKey> {
  /** `overrides` are taken as validated; `broker` gives what they leave open. */
  static of(overrides: Texts, broker: BrokerValues = {}): TopicConfig {
    return new TopicConfig(topicTable, overrides, broker)
  }

  get<K extends TopicKey>(key: K): TopicConfigValue<K> {
    return this.value(key) as TopicConfigValue<K>
  }
}

export class GroupConfig extends Overlay<GroupKey> {
  static of(overrides: Texts, broker: BrokerValues = {}): GroupConfig {
    return new GroupConfig(groupTable, overrides, broker)
  }

  get<K extends GroupKey>(key: K): GroupConfigValue<K> {
    return this.value(key) as GroupConfigValue<K>
  }
}

export function isTopicKey(name: string): name is TopicKey {
  return Object.hasOwn(topicKeys, name)
}

export function isGroupKey(name: string): name is GroupKey {
  return Object.hasOwn(groupKeys, name)
}
