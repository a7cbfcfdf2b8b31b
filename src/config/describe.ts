/**
 * What DescribeConfigs says of a resource: every key with its value, where it comes from, the chain of synonyms behind
 * it, type and documentation; codes and order of sources as Apache Kafka answers them. Secrets are never in it.
 */
import { type BrokerConfig, isBrokerKey } from './broker-config.ts'
import { type BrokerKey, brokerKeys } from './broker-keys.ts'
import { documentationOf } from './documentation.ts'
import { groupKeys } from './group-keys.ts'
import { type ConfigType, type Key, type KeyTable, renderValue } from './key.ts'
import { inheritedValue } from './topic-config.ts'
import { topicKeys } from './topic-keys.ts'

/** Where a value comes from: the codes on the wire. */
export const configSources = {
  unknown: 0,
  topic: 1,
  'dynamic-broker': 2,
  'dynamic-default-broker': 3,
  'static-broker': 4,
  default: 5,
  'dynamic-broker-logger': 6,
  'client-metrics': 7,
  group: 8,
} as const
export type ConfigSource = keyof typeof configSources

/** Types of values: the codes on the wire. */
export const configTypes: Readonly<Record<ConfigType | 'UNKNOWN', number>> = {
  UNKNOWN: 0,
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}

export type DescribedKind = 'topic' | 'group' | 'broker' | 'broker-default'

export interface ConfigSynonym {
  name: string
  value: string | null
  source: number
}

/** One entry, with the field names of the DescribeConfigs response. */
export interface DescribedConfig {
  name: string
  value: string | null
  readOnly: boolean
  configSource: number
  isSensitive: boolean
  synonyms: ConfigSynonym[]
  configType: number
  documentation: string | null
}

type Texts = ReadonlyMap<string, string>

/** The broker's side: its static configuration and the dynamic values of the metadata log. */
export interface BrokerLayers {
  config: BrokerConfig
  dynamicBroker: Texts
  dynamicDefault: Texts
}

export interface DescribeOptions {
  /** Only these; null, undefined or empty: all. */
  names?: readonly string[] | null
  synonyms?: boolean
  documentation?: boolean
}

/** Keys that Kafka lists together with the one asked for, first wins. */
const RELATED: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [
    ['log.roll.ms', 'log.roll.hours'],
    ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
    ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ].flatMap((names) => names.map((name) => [name, names])),
)
const FLUSH = ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms']

function relatedBrokerKeys(name: string): readonly string[] {
  if (name === 'log.flush.interval.ms') return FLUSH
  const related = RELATED[name]
  if (related !== undefined) return related
  const base = /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1]
  if (base === undefined) return [name]
  const perMechanism = [
    'connections.max.reauth.ms',
    'sasl.jaas.config',
    'sasl.login.callback.handler.class',
    'sasl.login.class',
    'sasl.server.callback.handler.class',
  ]
  return [name, perMechanism.find((key) => base.endsWith(key)) ?? base]
}

function brokerSynonyms(name: string, layers: BrokerLayers, sensitive: boolean): ConfigSynonym[] {
  const found: ConfigSynonym[] = []
  const names = relatedBrokerKeys(name)
  const add = (source: ConfigSource, lookUp: (key: string) => string | null | undefined) => {
    for (const key of names) {
      const value = lookUp(key)
      if (value === undefined || value === null) continue
      found.push({ name: key, value: sensitive ? null : value, source: configSources[source] })
    }
  }
  add('dynamic-broker', (key) => layers.dynamicBroker.get(key))
  add('dynamic-default-broker', (key) => layers.dynamicDefault.get(key))
  add('static-broker', (key) => layers.config.values[key])
  add('default', (key) => (isBrokerKey(key) ? layers.config.defaultText(key) : undefined))
  const first = found.findIndex((synonym) => synonym.name === name)
  return first < 0 ? [] : found.slice(first)
}

function entry(
  name: string,
  key: Key | undefined,
  value: string | null,
  synonyms: ConfigSynonym[],
  facts: { kind: DescribedKind; readOnly: boolean; options: DescribeOptions },
): DescribedConfig {
  const sensitive = key === undefined || key.sensitive
  return {
    name,
    value: sensitive ? null : value,
    readOnly: facts.readOnly,
    configSource: synonyms[0]?.source ?? configSources.default,
    isSensitive: sensitive,
    synonyms: facts.options.synonyms === true ? synonyms : [],
    configType: configTypes[key?.type ?? 'UNKNOWN'],
    documentation: facts.options.documentation === true ? documentationOf(facts.kind, name) : null,
  }
}

function describeOverlay(
  kind: 'topic' | 'group',
  table: KeyTable,
  own: Texts,
  layers: BrokerLayers,
  options: DescribeOptions,
): DescribedConfig[] {
  const broker = layers.config.withDynamic(layers.dynamicDefault, layers.dynamicBroker)
  const described: DescribedConfig[] = []
  for (const name of Object.keys(table).filter(wanted(options))) {
    const key = table[name]!
    if (key.internal) continue
    const behind = key.fallbacks[0]?.key
    const synonyms = behind === undefined ? [] : brokerSynonyms(behind, layers, key.sensitive)
    const set = own.get(name)
    if (set !== undefined) {
      synonyms.unshift({ name, value: key.sensitive ? null : set, source: configSources[kind] })
    } else if (synonyms.length === 0 && kind === 'group') {
      synonyms.push({ name, value: renderValue(key, key.default), source: configSources.default })
    }
    const value = set ?? renderValue(key, inheritedValue(name, key, broker))
    described.push(entry(name, key, value, synonyms, { kind, readOnly: false, options }))
  }
  return described
}

const brokerTable: KeyTable = brokerKeys

function isReadOnly(name: string): boolean {
  const base = /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1] ?? name
  return !isBrokerKey(base) || brokerTable[base]!.update === 'read-only'
}

/** Rates that exist as dynamic values only: listed when set. */
const DYNAMIC_ONLY: readonly string[] = [
  'follower.replication.throttled.rate',
  'leader.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second',
] satisfies BrokerKey[]

function describeBroker(layers: BrokerLayers, options: DescribeOptions): DescribedConfig[] {
  const effective = layers.config.withDynamic(layers.dynamicDefault, layers.dynamicBroker)
  const names = new Set([
    ...Object.keys(brokerKeys).filter((name) => !brokerTable[name]!.internal && !DYNAMIC_ONLY.includes(name)),
    ...Object.keys(layers.config.values),
    ...layers.dynamicDefault.keys(),
    ...layers.dynamicBroker.keys(),
  ])
  return [...names].filter(wanted(options)).map((name) => {
    const key = brokerTable[name]
    const synonyms = brokerSynonyms(name, layers, key === undefined || key.sensitive)
    return entry(name, key, effective.text(name), synonyms, { kind: 'broker', readOnly: isReadOnly(name), options })
  })
}

function describeBrokerDefault(layers: BrokerLayers, options: DescribeOptions): DescribedConfig[] {
  return [...layers.dynamicDefault.keys()].filter(wanted(options)).map((name) => {
    const key = brokerTable[name]
    const synonyms = brokerSynonyms(name, layers, key === undefined || key.sensitive).filter(
      (synonym) => synonym.source === configSources['dynamic-default-broker'],
    )
    const value = layers.dynamicDefault.get(name) ?? null
    return entry(name, key, value, synonyms, { kind: 'broker-default', readOnly: isReadOnly(name), options })
  })
}

function wanted(options: DescribeOptions): (name: string) => boolean {
  const { names } = options
  return names === null || names === undefined || names.length === 0 ? () => true : (name) => names.includes(name)
}

/**
 * Describes one resource. `own` are the topic's or group's own values; unused for brokers, whose values are in `layers`.
 */
export function describeConfig(
  kind: DescribedKind,
  own: Texts,
  layers: BrokerLayers,
  options: DescribeOptions = {},
): DescribedConfig[] {
  switch (kind) {
    case 'topic':
      return describeOverlay(kind, topicKeys, own, layers, options)
    case 'group':
      return describeOverlay(kind, groupKeys, own, layers, options)
    case 'broker':
      return describeBroker(layers, options)
    case 'broker-default':
      return describeBrokerDefault(layers, options)
  }
}
